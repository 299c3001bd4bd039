//! The registry of algorithms: a variant of [`AlgorithmConfig`] each, and a line in each of its matches.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::{Env, Space, TransitionModel};

use super::{
    ActorCritic, ActorCriticConfig, Agent, Dqn, DqnConfig, ExpectedSarsaConfig, QLearningConfig, Random, RandomConfig,
    ReplayConfig, SarsaConfig, TdPredictionConfig,
};
use crate::approx::{ApproximatorConfig, Function, FunctionSetup};
use crate::device::Backend;
use crate::invalid_value::{InvalidValue, all};
use crate::optim::OptimizerConfig;
use crate::rng::Rng;

/// The algorithm slot of an experiment: a table with one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlgorithmConfig {
    /// Deep Q-network (Mnih et al. 2015).
    Dqn(DqnConfig),
    /// Q-learning, online (Watkins 1989).
    QLearning(QLearningConfig),
    /// Sarsa, online (Rummery & Niranjan 1994).
    Sarsa(SarsaConfig),
    /// Expected Sarsa, online (van Seijen et al. 2009).
    ExpectedSarsa(ExpectedSarsaConfig),
    /// Ṽ of a given policy by TD(λ) (Sutton 1988).
    TdPrediction(TdPredictionConfig),
    /// Advantage actor–critic (Mnih et al. 2016).
    ActorCritic(ActorCriticConfig),
    /// Random actions.
    Random(RandomConfig),
}

/// What an agent of any algorithm is made from.
#[derive(Clone, Debug)]
pub struct AgentSetup {
    /// The approximator's settings.
    pub approximator: ApproximatorConfig,
    /// The optimizer's settings.
    pub optimizer: OptimizerConfig,
    /// Where observations lie.
    pub space: Space,
    /// How many actions there are.
    pub actions: usize,
    /// The environment's exact model, where it has one. Only TD prediction looks at it, for the policy that it is given.
    pub model: Option<TransitionModel>,
    /// Environment steps of the whole run, for schedules that are a fraction of it.
    pub budget: u64,
    /// Where and how approximators are computed.
    pub backend: Backend,
    /// The run's seed.
    pub seed: u64,
}

impl AgentSetup {
    /// A function of the run's observations, its parameters drawn from `rng`.
    pub(super) fn function(
        &self,
        approximator: &ApproximatorConfig,
        optimizer: &OptimizerConfig,
        outputs: usize,
        rng: &mut Rng,
    ) -> Box<dyn Function> {
        let AgentSetup { space, budget, backend, .. } = self;
        let (budget, backend) = (*budget, *backend);
        approximator.build(&FunctionSetup { optimizer, space, outputs, budget, backend }, rng)
    }
}

impl AlgorithmConfig {
    /// Every algorithm with its defaults, for tests and listings.
    pub fn all() -> Vec<AlgorithmConfig> {
        vec![
            AlgorithmConfig::Dqn(DqnConfig::default()),
            AlgorithmConfig::QLearning(QLearningConfig::default()),
            AlgorithmConfig::Sarsa(SarsaConfig::default()),
            AlgorithmConfig::ExpectedSarsa(ExpectedSarsaConfig::default()),
            AlgorithmConfig::TdPrediction(TdPredictionConfig::default()),
            AlgorithmConfig::ActorCritic(ActorCriticConfig::default()),
            AlgorithmConfig::Random(RandomConfig::default()),
        ]
    }

    /// The algorithm's key in a config file.
    pub fn id(&self) -> &'static str {
        match self {
            AlgorithmConfig::Dqn(_) => "dqn",
            AlgorithmConfig::QLearning(_) => "q_learning",
            AlgorithmConfig::Sarsa(_) => "sarsa",
            AlgorithmConfig::ExpectedSarsa(_) => "expected_sarsa",
            AlgorithmConfig::TdPrediction(_) => "td_prediction",
            AlgorithmConfig::ActorCritic(_) => "actor_critic",
            AlgorithmConfig::Random(_) => "random",
        }
    }

    /// Discount γ.
    pub fn gamma(&self) -> f64 {
        match self {
            AlgorithmConfig::Dqn(config) => config.gamma,
            AlgorithmConfig::QLearning(config) => config.gamma,
            AlgorithmConfig::Sarsa(config) => config.gamma,
            AlgorithmConfig::ExpectedSarsa(config) => config.gamma,
            AlgorithmConfig::TdPrediction(config) => config.gamma,
            AlgorithmConfig::ActorCritic(config) => config.gamma,
            AlgorithmConfig::Random(config) => config.gamma,
        }
    }

    /// How many environments are stepped together.
    pub fn num_envs(&self) -> usize {
        match self {
            AlgorithmConfig::Dqn(config) => config.num_envs,
            AlgorithmConfig::ActorCritic(config) => config.num_envs,
            _ => 1,
        }
    }

    /// How many outputs the approximator of the experiment's slot has, in an environment with `actions` actions; nothing
    /// for an algorithm that approximates nothing.
    pub fn outputs(&self, actions: usize) -> Option<usize> {
        match self {
            AlgorithmConfig::TdPrediction(_) => Some(1),
            AlgorithmConfig::Random(_) => None,
            _ => Some(actions),
        }
    }

    /// The approximator of a second function beside that of the slot, the critic's Ṽ, where there is one.
    pub fn critic<'a>(&'a self, slot: &'a ApproximatorConfig) -> Option<&'a ApproximatorConfig> {
        match self {
            AlgorithmConfig::ActorCritic(config) => Some(config.critic_approximator.as_deref().unwrap_or(slot)),
            _ => None,
        }
    }

    /// Whether it learns anything, and so has a use for an approximator and an optimizer.
    pub fn learns(&self) -> bool {
        !matches!(self, AlgorithmConfig::Random(_))
    }

    /// The settings of learning from replay, where it does.
    pub fn replay(&self) -> Option<ReplayConfig> {
        match self {
            AlgorithmConfig::Dqn(config) => Some(config.replay()),
            AlgorithmConfig::TdPrediction(config) => config.replay.clone(),
            _ => None,
        }
    }

    /// The environment step of the first update; nothing for an algorithm that learns nothing.
    pub fn first_update(&self) -> Option<u64> {
        match self {
            AlgorithmConfig::Dqn(config) => Some(config.first_update()),
            AlgorithmConfig::ActorCritic(config) => Some(config.first_update()),
            AlgorithmConfig::TdPrediction(config) => Some(config.first_update()),
            AlgorithmConfig::Random(_) => None,
            _ => Some(1), // online: one with every step
        }
    }

    /// Checks every range and every combination, those with the environment and the budget in environment steps included.
    pub fn check(&self, env: &dyn Env, budget: u64) -> Result<(), InvalidValue> {
        match self {
            AlgorithmConfig::Dqn(config) => all([config.check(), config.check_budget(budget)]),
            AlgorithmConfig::QLearning(config) => config.check(),
            AlgorithmConfig::Sarsa(config) => config.check(),
            AlgorithmConfig::ExpectedSarsa(config) => config.check(),
            AlgorithmConfig::TdPrediction(config) => config.check(env.model().as_ref(), budget),
            AlgorithmConfig::ActorCritic(config) => config.check(env.observation_space(), budget),
            AlgorithmConfig::Random(config) => config.check(),
        }
        .map_err(|e| e.within(self.id()))
    }

    /// An agent that has seen nothing yet.
    pub fn build(&self, setup: &AgentSetup) -> Box<dyn Agent> {
        match self {
            AlgorithmConfig::Dqn(config) => Box::new(Dqn::new(config, setup)),
            AlgorithmConfig::QLearning(config) => Box::new(config.build(setup)),
            AlgorithmConfig::Sarsa(config) => Box::new(config.build(setup)),
            AlgorithmConfig::ExpectedSarsa(config) => Box::new(config.build(setup)),
            AlgorithmConfig::TdPrediction(config) => config.build(setup),
            AlgorithmConfig::ActorCritic(config) => Box::new(ActorCritic::new(config, setup)),
            AlgorithmConfig::Random(_) => Box::new(Random::new(setup)),
        }
    }
}
