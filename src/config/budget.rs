//! The length of a run, and the intervals of evaluations, checkpoints and logs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::invalid_value::{InvalidValue, all, at_least_one, require};

/// The exact length of a run in environment steps, and the intervals of evaluations, checkpoints and logs. Reading a
/// file fills in the defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "WrittenBudget")]
pub struct Budget {
    /// Environment steps of one run.
    pub steps: u64,
    /// Environment steps between evaluations; one is made at step 0 and one at the end as well. Default 10,000.
    pub evaluate_every: u64,
    /// Episodes of each evaluation; with 0, only values are compared, if there is an exact solution. Default 10.
    pub evaluation_episodes: u64,
    /// Environment steps between checkpoints; one is written at the end as well. Default 50,000.
    pub checkpoint_every: u64,
    /// Environment steps between the rows of `updates.csv`, each of which has the means over its interval. The default
    /// gives about a thousand rows.
    pub log_every: u64,
}

/// The budget as a file has it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenBudget {
    /// Environment steps of one run.
    #[schemars(range(min = 1))]
    steps: u64,
    /// Environment steps between evaluations; one is made at step 0 and one at the end as well.
    #[schemars(range(min = 1), extend("default" = 10_000))]
    evaluate_every: Option<u64>,
    /// Episodes of each evaluation; with 0, only values are compared, if there is an exact solution.
    #[schemars(range(max = 1_000_000), extend("default" = 10))]
    evaluation_episodes: Option<u64>,
    /// Environment steps between checkpoints; one is written at the end as well.
    #[schemars(range(min = 1), extend("default" = 50_000))]
    checkpoint_every: Option<u64>,
    /// Environment steps between the rows of `updates.csv`, each of which has the means over its interval. The default
    /// gives about a thousand rows.
    #[schemars(range(min = 1))]
    log_every: Option<u64>,
}

impl From<WrittenBudget> for Budget {
    fn from(written: WrittenBudget) -> Self {
        Budget {
            steps: written.steps,
            evaluate_every: written.evaluate_every.unwrap_or(10_000),
            evaluation_episodes: written.evaluation_episodes.unwrap_or(10),
            checkpoint_every: written.checkpoint_every.unwrap_or(50_000),
            log_every: written.log_every.unwrap_or((written.steps / 1000).max(1)),
        }
    }
}

/// The largest number of episodes per evaluation: more would take too long for any use.
const MAX_EPISODES: u64 = 1_000_000;

impl Budget {
    /// A budget of `steps` environment steps, with the default of every interval.
    pub fn of(steps: u64) -> Budget {
        let (evaluate_every, evaluation_episodes, checkpoint_every, log_every) = (None, None, None, None);
        WrittenBudget { steps, evaluate_every, evaluation_episodes, checkpoint_every, log_every }.into()
    }

    /// Checks every range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        all([
            at_least_one("steps", self.steps),
            at_least_one("evaluate_every", self.evaluate_every),
            at_least_one("checkpoint_every", self.checkpoint_every),
            at_least_one("log_every", self.log_every),
            require(self.evaluation_episodes <= MAX_EPISODES, "evaluation_episodes", || {
                format!("at most {MAX_EPISODES} episodes, not {}", self.evaluation_episodes)
            }),
        ])
    }

    /// Whether an evaluation follows step `step`. Without episodes, an evaluation compares only the values.
    pub fn evaluates_at(&self, step: u64) -> bool {
        step.is_multiple_of(self.evaluate_every) || step == self.steps
    }

    /// Whether a checkpoint follows step `step`.
    pub fn checkpoints_at(&self, step: u64) -> bool {
        step > 0 && (step.is_multiple_of(self.checkpoint_every) || step == self.steps)
    }
}
