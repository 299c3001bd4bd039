//! The settings that agents share that learn from replay.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::invalid_value::{InvalidValue, all, at_least_one, require};
use crate::losses::TdLoss;

/// Learning from replayed transitions with a target network, under the names that Stable-Baselines3 gives DQN's settings. Steps
/// are environment steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReplayConfig {
    /// Transitions kept for replay.
    pub buffer_size: usize,
    /// Transitions per gradient step.
    pub batch_size: usize,
    /// Steps before the first gradient step.
    pub learning_starts: u64,
    /// Steps between rounds of learning.
    pub train_freq: u64,
    /// Gradient steps per round of learning.
    pub gradient_steps: u64,
    /// Steps between updates of the target network.
    pub target_update_interval: u64,
    /// Share of the online network in an update of the target network; 1 copies it.
    pub tau: f64,
    /// Function of the TD error δ that is minimised: `"huber"`, or `"mse"`, which is δ²/2 and so half of PyTorch's
    /// `mse_loss`; with SGD the same step needs twice the learning rate.
    pub loss: TdLoss,
}

impl Default for ReplayConfig {
    /// DQN's, but for the loss: the mean of the targets is what a value is, and Huber's loss goes for something between the mean
    /// and the median of targets that lie further than 1 apart.
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

/// Transitions that a config may ask to keep, and to draw at once: more is a typing error, not a plan.
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

    /// How many rows of the buffer a run fills: what lies beyond its budget is never reached.
    pub fn rows_ever_held(&self, budget: u64) -> usize {
        self.buffer_size.min(usize::try_from(budget).unwrap_or(usize::MAX))
    }
}
