//! The algorithm slot: what a config file can name after `algorithm`.

use std::sync::{Arc, LazyLock};

use tilde_envs::Env;
use tilde_envs::registry::{AnyPart, Entry, Part, Registry, Slot, SlotKind, Takes};

use super::{
    ActorCriticConfig, Agent, AgentSetup, DqnConfig, ExpectedSarsaConfig, QLearningConfig, RandomConfig, ReplayConfig,
    SarsaConfig, TdPredictionConfig,
};
use crate::approx::ApproximatorConfig;
use crate::invalid_value::InvalidValue;
use crate::optim::OptimizerConfig;

/// The settings of an algorithm. They are what a config file has of it; [`Agent`] is what acts and learns.
///
/// An algorithm of your own is a struct of settings that is a [`Part`] and implements this trait, and an [`Agent`] that
/// [`Algorithm::build`] makes. `tilde::App::algorithm` adds it to a program. `examples/your_own` has two; here, the agent is the
/// library's Q-learning:
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tilde::agents::{Agent, AgentSetup, Algorithm, Exploration, LearnedFunction, QLearningConfig};
/// use tilde::invalid_value::{InvalidValue, fraction};
/// use tilde::registry::Part;
/// use tilde_envs::Env;
///
/// /// Q-learning that always explores.
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
/// #[serde(deny_unknown_fields, default)]
/// struct Restless {
///     /// Discount γ.
///     gamma: f64,
/// }
///
/// impl Default for Restless {
///     fn default() -> Self {
///         Restless { gamma: 0.9 }
///     }
/// }
///
/// impl Part for Restless {
///     const ID: &'static str = "restless";
///     const SUMMARY: &'static str = "Q-learning that always explores";
/// }
///
/// impl Algorithm for Restless {
///     fn gamma(&self) -> f64 {
///         self.gamma
///     }
///
///     fn functions(&self, actions: usize) -> Vec<LearnedFunction<'_>> {
///         vec![LearnedFunction::new(actions)] // Q̃(x, ·)
///     }
///
///     fn check(&self, _env: &dyn Env, _budget: u64) -> Result<(), InvalidValue> {
///         fraction("gamma", self.gamma)
///     }
///
///     fn build(&self, setup: &AgentSetup) -> Box<dyn Agent> {
///         QLearningConfig { gamma: self.gamma, exploration: Exploration::constant(1.0) }.build(setup)
///     }
/// }
///
/// tilde::App::new().algorithm::<Restless>();
/// let text = "
///     name = 'walk'
///     seeds = [0]
///     env = 'gridworld'
///     algorithm = 'restless'
///     [budget]
///     steps = 1_000
///     [approximator]
///     [optimizer.sgd]
///     learning_rate = 0.5";
/// let run = &tilde::config::parse(text, "walk.toml", &[])?.variants()[0];
/// let agent = run.algorithm.build(&run.agent_setup(0));
/// assert_eq!((run.algorithm.id(), agent.parameters()), ("restless", 4 * 4 * 4));
/// # Ok::<(), tilde::config::ConfigErrors>(())
/// ```
pub trait Algorithm: AnyPart {
    /// Discount γ, with which returns and exact values are discounted.
    fn gamma(&self) -> f64;

    /// The functions that it learns in an environment with `actions` actions; none, if it learns nothing. An agent makes each of
    /// them with [`AgentSetup::function`], and lists them in the same order in [`Agent::functions`].
    fn functions(&self, actions: usize) -> Vec<LearnedFunction<'_>>;

    /// Whether it learns anything, and so needs an approximator and an optimizer.
    fn learns(&self) -> bool {
        !self.functions(1).is_empty()
    }

    /// Whether its evaluations get better as it learns: not where it learns the values of a given policy. Then a run keeps the
    /// parameters of its best evaluation.
    fn learns_policy(&self) -> bool {
        self.learns()
    }

    /// How many environments are stepped together.
    fn num_envs(&self) -> usize {
        1
    }

    /// The settings of learning from a replay buffer, if it has one.
    fn replay_settings(&self) -> Option<ReplayConfig> {
        None
    }

    /// The environment step of the first update, if it learns; by default the first step.
    fn first_update(&self) -> u64 {
        1
    }

    /// Checks every range and every combination of its settings, those with the environment and with the budget in environment
    /// steps included. The settings of [`Algorithm::functions`] are checked elsewhere.
    ///
    /// # Errors
    /// If a setting cannot be used; the error names its key in the algorithm's table. [`all`](crate::invalid_value::all) brings
    /// several together.
    fn check(&self, env: &dyn Env, budget: u64) -> Result<(), InvalidValue>;

    /// Makes an agent that has seen nothing yet. The settings were checked.
    fn build(&self, setup: &AgentSetup) -> Box<dyn Agent>;
}

/// A function that an algorithm learns: Ṽ(x), Q̃(x, ·) or h̃(· | x).
#[derive(Clone, Copy, Debug)]
pub struct LearnedFunction<'a> {
    /// How many outputs it has: one for Ṽ, one per action for Q̃ and h̃.
    pub outputs: usize,
    /// Its own approximator, if it has one, and the key of it in the algorithm's table. Without, it has that of the experiment.
    pub approximator: Option<(&'static str, &'a ApproximatorConfig)>,
    /// The same of its optimizer.
    pub optimizer: Option<(&'static str, &'a OptimizerConfig)>,
}

impl<'a> LearnedFunction<'a> {
    /// A function with the approximator and the optimizer of the experiment.
    pub fn new(outputs: usize) -> Self {
        LearnedFunction { outputs, approximator: None, optimizer: None }
    }

    /// The same with an approximator of its own, if there is one under `key` of the algorithm's table.
    pub fn with_approximator(self, key: &'static str, own: Option<&'a ApproximatorConfig>) -> Self {
        LearnedFunction { approximator: own.map(|own| (key, own)), ..self }
    }

    /// The same with an optimizer of its own, if there is one under `key` of the algorithm's table.
    pub fn with_optimizer(self, key: &'static str, own: Option<&'a OptimizerConfig>) -> Self {
        LearnedFunction { optimizer: own.map(|own| (key, own)), ..self }
    }

    /// Its own approximator, or that of the experiment.
    pub fn approximator_or(&self, shared: &'a ApproximatorConfig) -> &'a ApproximatorConfig {
        self.approximator.map_or(shared, |(_, own)| own)
    }

    /// Its own optimizer, or that of the experiment.
    pub fn optimizer_or(&self, shared: &'a OptimizerConfig) -> &'a OptimizerConfig {
        self.optimizer.map_or(shared, |(_, own)| own)
    }
}

/// An algorithm with its settings, as a config file has it: `[algorithm.dqn]` and its keys.
pub type AlgorithmConfig = Slot<dyn Algorithm>;

/// Every algorithm: one line each.
static ALGORITHMS: LazyLock<Registry<dyn Algorithm>> = LazyLock::new(|| {
    Registry::new([
        Entry::of::<DqnConfig>(),
        Entry::of::<QLearningConfig>(),
        Entry::of::<SarsaConfig>(),
        Entry::of::<ExpectedSarsaConfig>(),
        Entry::of::<TdPredictionConfig>(),
        Entry::of::<ActorCriticConfig>(),
        Entry::of::<RandomConfig>(),
    ])
});

/// The algorithms by name.
pub fn algorithms() -> &'static Registry<dyn Algorithm> {
    &ALGORITHMS
}

impl SlotKind for dyn Algorithm {
    const NAME: &'static str = "AlgorithmConfig";
    const NOUN: &'static str = "an algorithm";

    fn registry() -> &'static Registry<dyn Algorithm> {
        &ALGORITHMS
    }
}

impl<P: Part + Algorithm> Takes<P> for dyn Algorithm {
    fn erase(part: P) -> Arc<Self> {
        Arc::new(part)
    }
}
