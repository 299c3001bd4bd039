//! Temporal-difference prediction: Ṽ of a given policy, by semi-gradient TD(λ) (Sutton 1988; Sutton & Barto 2018,
//! sections 9.3 and 12.2).
//!
//! e ← γλ e + ∂Ṽ(x; θ)/∂θ,  δ = r + γ Ṽ(x'; θ) − Ṽ(x; θ),  θ ← θ + α δ e. The eligibility trace e is zero at the start of an
//! episode; λ = 0 is TD(0).
//!
//! With a replay buffer Ṽ is learned as DQN learns Q̃, from random transitions and with a target network (`td_replay.rs`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::registry::Part;
use tilde_envs::{Env, StateError};

use super::agent::{StateEstimate, Value, act_row_by_row};
use super::given_policy::{GivenPolicy, Policy};
use super::replayed::ReplayConfig;
use super::state::{StateReader, StateWriter};
use super::td_replay::TdReplay;
use super::{Agent, AgentSetup, Algorithm, LearnedFunction, UpdateStats};
use crate::approx::{Function, StepStats, Weights};
use crate::invalid_value::{InvalidValue, all, fraction, require};
use crate::losses::td_target;
use crate::replay::Transition;
use crate::rng::{Rng, Stream, stream};

/// Settings of TD prediction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TdPredictionConfig {
    /// Discount γ.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub gamma: f64,
    /// λ of the eligibility trace: each step multiplies the weight of earlier states by γλ.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lambda: f64,
    /// The policy that acts and whose values are learned.
    pub policy: GivenPolicy,
    /// Learning from replayed transitions with a target network. Without, each transition is learned from once, as it comes. With
    /// it `lambda` must be 0, because a trace needs transitions in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<ReplayConfig>,
}

impl Default for TdPredictionConfig {
    fn default() -> Self {
        TdPredictionConfig { gamma: 0.99, lambda: 0.0, policy: GivenPolicy::default(), replay: None }
    }
}

impl Part for TdPredictionConfig {
    const ID: &'static str = "td_prediction";
    const SUMMARY: &'static str = "values of a given policy by TD(λ) (Sutton 1988)";
}

impl Algorithm for TdPredictionConfig {
    fn gamma(&self) -> f64 {
        self.gamma
    }

    fn learns_policy(&self) -> bool {
        false
    }

    fn functions(&self, _actions: usize) -> Vec<LearnedFunction<'_>> {
        vec![LearnedFunction::new(1)]
    }

    fn replay_settings(&self) -> Option<ReplayConfig> {
        self.replay.clone()
    }

    fn first_update(&self) -> u64 {
        self.replay.as_ref().map_or(1, ReplayConfig::first_update)
    }

    fn check(&self, env: &dyn Env, budget: u64) -> Result<(), InvalidValue> {
        fraction("gamma", self.gamma)?;
        fraction("lambda", self.lambda)?;
        let replay = self.replay.as_ref().map_or(Ok(()), |replay| {
            let checked = all([replay.check(), replay.check_budget(budget)]).map_err(|e| e.within("replay"));
            let lambda = require(self.lambda == 0.0, "lambda", || {
                "must be 0 with `replay`, which draws transitions in any order: leave out one of them".to_owned()
            });
            all([checked, lambda])
        });
        all([self.policy.check(self.gamma, env.model().as_ref()), replay])
    }

    fn build(&self, setup: &AgentSetup) -> Box<dyn Agent> {
        match &self.replay {
            None => Box::new(TdPrediction::new(self, setup)),
            Some(replay) => Box::new(TdReplay::new(self, replay, setup)),
        }
    }
}

/// An agent that evaluates a policy.
pub struct TdPrediction {
    config: TdPredictionConfig,
    /// Ṽ(x; θ), with its trace e.
    value: Box<dyn Function>,
    policy: Policy,
    explore: Rng,
    updates: u64,
}

impl TdPrediction {
    /// An agent that has seen nothing yet.
    pub fn new(config: &TdPredictionConfig, setup: &AgentSetup) -> TdPrediction {
        let mut init = stream(setup.seed, Stream::Init);
        let mut value = setup.function(&LearnedFunction::new(1), &mut init);
        value.clear_trace();
        TdPrediction {
            config: config.clone(),
            value,
            policy: Policy::new(config.policy, config.gamma, setup),
            explore: stream(setup.seed, Stream::Explore),
            updates: 0,
        }
    }
}

impl Agent for TdPrediction {
    fn act(&mut self, observations: &[f32], step: u64, actions: &mut [usize]) {
        act_row_by_row(observations, step, actions, |row, _| self.policy.draw(row, &mut self.explore));
    }

    fn observe(&mut self, transition: Transition<'_>, step: u64) -> Option<UpdateStats> {
        let (gamma, lambda) = (self.config.gamma as f32, self.config.lambda as f32);
        let next_value = self.value.outputs(Weights::Online, transition.next_observation)[0];
        let value = self.value.record(transition.observation)[0];
        let error = td_target(transition.reward, transition.ending, gamma, next_value) - value;

        let StepStats { grad_norm, learning_rate } = self.value.step_along_trace(gamma * lambda, error, step);
        if transition.ending.is_over() {
            self.value.clear_trace();
        }
        self.updates += 1;
        Some(UpdateStats {
            updates: self.updates,
            loss: f64::from(0.5 * error * error),
            q_mean: None,
            grad_norm,
            epsilon: None,
            learning_rate,
            temperature: None,
            policy_loss: None,
        })
    }

    fn act_eval(&mut self, observation: &[f32], rng: &mut Rng) -> usize {
        self.policy.draw(observation, rng)
    }

    fn estimate(&mut self, observation: &[f32], _step: u64) -> StateEstimate {
        let policy = self.policy.probabilities(observation);
        let value = Value::State(self.value.outputs(Weights::Online, observation)[0], policy.clone());
        StateEstimate { value, followed: policy.clone(), policy }
    }

    fn functions(&self) -> Vec<(&'static str, &dyn Function)> {
        vec![("value function", self.value.as_ref())]
    }

    fn functions_mut(&mut self) -> Vec<&mut dyn Function> {
        vec![self.value.as_mut()]
    }

    fn save_extras(&self, to: &mut StateWriter) {
        to.put(&(&self.explore, self.updates));
    }

    fn load_extras(&mut self, from: &mut StateReader<'_>) -> Result<(), StateError> {
        (self.explore, self.updates) = from.take()?;
        Ok(())
    }
}
