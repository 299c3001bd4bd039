//! The settings that agents share that learn from replay.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::invalid_value::{InvalidValue, all, at_least_one, require};
use crate::losses::TdLoss;

/// Settings of learning from replayed transitions with a target network, with Stable-Baselines3's names for DQN's. Steps are
/// environment steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReplayConfig {
    /// Transitions in the replay buffer.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub buffer_size: usize,
    /// Transitions per gradient step.
    #[schemars(range(min = 1))]
    pub batch_size: usize,
    /// Steps before the first gradient step.
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
    /// The loss of the TD error δ: `"huber"`, or `"mse"`, which is δ²/2. That is half of PyTorch's `mse_loss`, so that SGD needs
    /// twice the learning rate for the same step.
    pub loss: TdLoss,
}

impl Default for ReplayConfig {
    /// DQN's, except for the loss. A value is the mean of its targets, which minimises δ²/2; if targets differ by more than 1,
    /// Huber's loss has its minimum between their mean and their median.
    fn default() -> Self {
        ReplayConfig {
            buffer_size: 1_000_000,
            batch_size: 32,
            learning_starts: 100,
            train_freq: 4,
            gradient_steps: 1,
            target_update_interval: 500,
            tau: 1.0,
            loss: TdLoss::Mse,
        }
    }
}

/// The most transitions in a buffer, and in a batch. A larger number is most likely a typing error.
const MAX_BUFFER_SIZE: usize = 1_000_000_000;

impl ReplayConfig {
    /// Checks every range and every combination.
    pub fn check(&self) -> Result<(), InvalidValue> {
        all([
            require((1..=MAX_BUFFER_SIZE).contains(&self.buffer_size), "buffer_size", || {
                format!("must lie between 1 and {MAX_BUFFER_SIZE}, not at {}", self.buffer_size)
            }),
            at_least_one("batch_size", self.batch_size as u64),
            require(self.batch_size <= self.buffer_size, "batch_size", || {
                format!(
                    "{} is more than `buffer_size` = {} holds: lower it or enlarge the buffer",
                    self.batch_size, self.buffer_size
                )
            }),
            at_least_one("train_freq", self.train_freq),
            at_least_one("gradient_steps", self.gradient_steps),
            at_least_one("target_update_interval", self.target_update_interval),
            require(self.tau > 0.0 && self.tau <= 1.0, "tau", || {
                format!("must be above 0 and at most 1, not {}", self.tau)
            }),
        ])
    }

    /// The environment step of the first gradient step.
    pub fn first_update(&self) -> u64 {
        let start = self.learning_starts.max(1);
        start.checked_next_multiple_of(self.train_freq.max(1)).unwrap_or(u64::MAX)
    }

    /// Checks that a run of `budget` environment steps makes a gradient step.
    pub fn check_budget(&self, budget: u64) -> Result<(), InvalidValue> {
        let key = if self.learning_starts > budget { "learning_starts" } else { "train_freq" };
        require(self.first_update() <= budget, key, || {
            format!(
                "the first update would come at step {}, and the budget ends at {budget}, so nothing would be learned: lower \
                 it, or raise `budget.steps`",
                self.first_update()
            )
        })
    }

    /// The rows of the buffer that a run of `budget` steps fills.
    pub fn rows_ever_held(&self, budget: u64) -> usize {
        self.buffer_size.min(usize::try_from(budget).unwrap_or(usize::MAX))
    }
}
