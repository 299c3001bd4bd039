//! How long a run is, and what happens along the way.

use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, at_least_one, require};

/// The length of a run in environment steps, exact, and the intervals of what is done beside learning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Environment steps of one run.
    pub steps: u64,
    /// Environment steps between evaluations; one is made at step 0 and one at the end as well.
    #[serde(default = "Budget::evaluate_every")]
    pub evaluate_every: u64,
    /// Episodes of each evaluation; with 0 only values are compared, where there is an exact solution.
    #[serde(default = "Budget::evaluation_episodes")]
    pub evaluation_episodes: u64,
    /// Environment steps between checkpoints; one is written at the end as well.
    #[serde(default = "Budget::checkpoint_every")]
    pub checkpoint_every: u64,
}

/// More episodes per evaluation than anybody waits for.
const MOST_EPISODES: u64 = 1_000_000;

impl Budget {
    fn evaluate_every() -> u64 {
        10_000
    }

    fn evaluation_episodes() -> u64 {
        10
    }

    fn checkpoint_every() -> u64 {
        50_000
    }

    /// Checks every range.
    pub fn check(&self) -> Result<(), Invalid> {
        at_least_one("steps", self.steps)?;
        at_least_one("evaluate_every", self.evaluate_every)?;
        at_least_one("checkpoint_every", self.checkpoint_every)?;
        require(self.evaluation_episodes <= MOST_EPISODES, "evaluation_episodes", || {
            format!("at most {MOST_EPISODES} episodes, not {}", self.evaluation_episodes)
        })
    }

    /// Whether an evaluation belongs after `step` steps; without episodes it is of the values alone.
    pub fn evaluates_at(&self, step: u64) -> bool {
        step.is_multiple_of(self.evaluate_every) || step == self.steps
    }

    /// Whether a checkpoint belongs after `step` steps.
    pub fn checkpoints_at(&self, step: u64) -> bool {
        step > 0 && (step.is_multiple_of(self.checkpoint_every) || step == self.steps)
    }

    /// Environment steps between rows of `updates.csv`: about a thousand rows, however long the run is.
    pub fn log_every(&self) -> u64 {
        (self.steps / 1000).max(1)
    }
}
