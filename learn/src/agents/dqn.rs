//! Deep Q-network (Mnih et al. 2015), with double Q-learning as an option (van Hasselt et al. 2016).
//!
//! Deviations from the 2015 paper:
//! - Observations are vectors, not stacked frames.
//! - The loss is Huber's; the paper clips the TD error and uses RMSprop.
//! - The target network may follow by Polyak averaging (`tau` < 1, Lillicrap et al. 2016); the paper copies it.
//! - A round of learning may have several gradient steps (`gradient_steps`); the paper makes one every 4 steps.
//! - Several environments may be stepped together (`num_envs`).
//!
//! With `num_envs` > 1 a vector step makes one environment step in each environment. Its actions are chosen together, by one
//! pass through the network; ε is that of each environment step. All settings count environment steps of all environments
//! together. With 10 environments and `train_freq = 10` a gradient step follows each vector step; with `train_freq = 4` some
//! follow in the middle of one. (Stable-Baselines3's `train_freq` counts vector steps.) So budgets, schedules and the ratio of
//! learning to acting do not depend on the number of environments. There are two differences: an action may have been chosen up
//! to `num_envs - 1` environment steps before, and neighbours in the buffer come from different episodes.

mod agent;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Env;
use tilde_envs::registry::Part;

pub use agent::{Dqn, GradientStep};

use super::exploration::Exploration;
use super::replayed::ReplayConfig;
use super::{Agent, AgentSetup, Algorithm, LearnedFunction, check_num_envs};
use crate::invalid_value::{InvalidValue, all, fraction};
use crate::losses::TdLoss;
use crate::schedule::Linear;

/// DQN's hyperparameters, with Stable-Baselines3's names. Steps are environment steps of all environments together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DqnConfig {
    /// Discount γ.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub gamma: f64,
    /// Environments that are stepped together (`n_envs`). Their actions are chosen by one pass through the network.
    #[schemars(range(min = 1, max = 4_096))]
    pub num_envs: usize,
    /// Transitions in the replay buffer, of all environments together.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub buffer_size: usize,
    /// Transitions per gradient step.
    #[schemars(range(min = 1))]
    pub batch_size: usize,
    /// Steps before the first gradient step; actions are uniformly random until then.
    pub learning_starts: u64,
    /// Steps between rounds of learning.
    #[schemars(range(min = 1))]
    pub train_freq: u64,
    /// Gradient steps per round of learning.
    #[schemars(range(min = 1))]
    pub gradient_steps: u64,
    /// Steps between updates of the target network.
    #[schemars(range(min = 1))]
    pub target_update_interval: u64,
    /// τ of an update of the target network, θ⁻ ← (1 − τ) θ⁻ + τ θ; 1 copies the online network.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    pub tau: f64,
    /// Double Q-learning: whether the online network chooses the next action, whose value the target network gives.
    pub double: bool,
    /// Whether the state at a time limit has a value from which targets are bootstrapped. If not, it has the value zero, like a
    /// terminal state.
    pub handle_timeout_termination: bool,
    /// The loss of the TD error δ: `"huber"`, or `"mse"`, which is δ²/2. That is half of PyTorch's `mse_loss`, so that SGD needs
    /// twice the learning rate for the same step.
    pub loss: TdLoss,
    /// How actions are chosen once learning has started: ε-greedily, or by Boltzmann's distribution.
    pub exploration: Exploration,
}

impl Default for DqnConfig {
    /// Stable-Baselines3's defaults, except for the interval of the target network. Its 10,000 steps are for runs of millions of
    /// steps on Atari; 500 is CleanRL's for classic control.
    fn default() -> Self {
        DqnConfig {
            gamma: 0.99,
            num_envs: 1,
            buffer_size: 1_000_000,
            batch_size: 32,
            learning_starts: 100,
            train_freq: 4,
            gradient_steps: 1,
            target_update_interval: 500,
            tau: 1.0,
            double: false,
            handle_timeout_termination: true,
            loss: TdLoss::Huber,
            exploration: Linear { initial: 1.0, end: 0.05, fraction: Some(0.1), steps: None }.into(),
        }
    }
}

impl Part for DqnConfig {
    const ID: &'static str = "dqn";
    const SUMMARY: &'static str = "deep Q-network (Mnih et al. 2015)";
}

impl Algorithm for DqnConfig {
    fn gamma(&self) -> f64 {
        self.gamma
    }

    fn functions(&self, actions: usize) -> Vec<LearnedFunction<'_>> {
        vec![LearnedFunction::new(actions)]
    }

    fn num_envs(&self) -> usize {
        self.num_envs
    }

    fn replay_settings(&self) -> Option<ReplayConfig> {
        Some(self.replay())
    }

    fn first_update(&self) -> u64 {
        self.replay().first_update()
    }

    fn check(&self, _env: &dyn Env, budget: u64) -> Result<(), InvalidValue> {
        let replay = self.replay();
        all([
            fraction("gamma", self.gamma),
            check_num_envs(self.num_envs),
            replay.check(),
            self.exploration.check().map_err(|e| e.within("exploration")),
            replay.check_budget(budget),
        ])
    }

    fn build(&self, setup: &AgentSetup) -> Box<dyn Agent> {
        Box::new(Dqn::new(self, setup))
    }
}

impl DqnConfig {
    /// The settings of learning from a replay buffer.
    pub(super) fn replay(&self) -> ReplayConfig {
        ReplayConfig {
            buffer_size: self.buffer_size,
            batch_size: self.batch_size,
            learning_starts: self.learning_starts,
            train_freq: self.train_freq,
            gradient_steps: self.gradient_steps,
            target_update_interval: self.target_update_interval,
            tau: self.tau,
            loss: self.loss,
        }
    }
}
