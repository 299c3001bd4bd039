//! The final figures of a run: `summary.json`.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::json::{read_json, write_json};
use super::{Distance, EpisodeRow, SUMMARY};

/// How a run ended, and what it reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The variant's name.
    pub variant: String,
    /// The seed.
    pub seed: u64,
    /// How the run ended.
    pub outcome: RunStatus,
    /// Environment steps taken.
    pub steps: u64,
    /// Finished training episodes.
    pub episodes: u64,
    /// Gradient steps.
    pub updates: u64,
    /// Weights learned.
    pub parameters: u64,
    /// Mean return of the last 100 finished training episodes, or of all where there were fewer; `None` where there was none.
    pub training_return: Option<f64>,
    /// The last evaluation; `None` where there was none.
    pub final_evaluation: Option<EvaluationSummary>,
    /// The evaluation with the highest mean return; the first of them where several are equal.
    pub best_evaluation: Option<EvaluationSummary>,
    /// The last distance from the exact solution, where the environment has one.
    pub distance: Option<Distance>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum RunStatus {
    /// The whole budget was used.
    Finished,
    /// A loss, a gradient or a weight was not finite, so learning stopped.
    Diverged {
        /// The environment step at which it was found.
        step: u64,
        /// Which number was not finite.
        reason: String,
    },
    /// The environment could not go on: an exception in it, or the end of its process.
    Failed {
        /// Environment steps taken before.
        step: u64,
        /// What the environment said.
        reason: String,
    },
    /// The program panicked, which is a bug.
    Panicked {
        /// Environment steps taken before.
        step: u64,
        /// The panic's message.
        reason: String,
    },
}

impl std::fmt::Display for RunStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RunStatus::Finished => f.write_str("finished"),
            RunStatus::Diverged { step, reason } => write!(f, "diverged at step {step}: {reason}"),
            RunStatus::Failed { step, reason } => write!(f, "failed after step {step}: {reason}"),
            RunStatus::Panicked { step, reason } => write!(f, "panicked after step {step}: {reason}"),
        }
    }
}

/// Statistics of one evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationSummary {
    /// Environment steps of the run before it.
    pub step: u64,
    /// Its episodes.
    pub episodes: u64,
    /// Mean return.
    pub mean: f64,
    /// Lowest return.
    pub min: f64,
    /// Highest return.
    pub max: f64,
    /// Mean length in environment steps.
    pub mean_length: f64,
}

impl EvaluationSummary {
    /// The statistics of an evaluation's episodes; `None` where there are none.
    pub fn of(rows: &[EpisodeRow]) -> Option<EvaluationSummary> {
        let step = rows.first()?.step;
        let count = rows.len() as f64;
        Some(EvaluationSummary {
            step,
            episodes: rows.len() as u64,
            mean: rows.iter().map(|row| row.total).sum::<f64>() / count,
            min: rows.iter().map(|row| row.total).fold(f64::INFINITY, f64::min),
            max: rows.iter().map(|row| row.total).fold(f64::NEG_INFINITY, f64::max),
            mean_length: rows.iter().map(|row| row.length as f64).sum::<f64>() / count,
        })
    }
}

impl Summary {
    /// The mean return of the last evaluation, or the training return where nothing was evaluated.
    pub fn final_return(&self) -> Option<f64> {
        self.final_evaluation.map(|evaluated| evaluated.mean).or(self.training_return)
    }

    /// Writes `summary.json` into the run's folder.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        write_json(&folder.join(SUMMARY), self)
    }

    /// Reads the `summary.json` of a run's folder; `None` where the run is not over.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn read(folder: &Path) -> io::Result<Option<Summary>> {
        read_json(&folder.join(SUMMARY))
    }

    /// Whether a run with a budget of `steps` is over. It is not where the run finished a smaller budget, nor after a panic or a
    /// failure of its environment, since another attempt may succeed.
    pub fn is_settled(&self, steps: u64) -> bool {
        match self.outcome {
            RunStatus::Finished => self.steps >= steps,
            RunStatus::Diverged { .. } => true,
            RunStatus::Failed { .. } | RunStatus::Panicked { .. } => false,
        }
    }

    /// Whether the run used its whole budget.
    pub fn finished(&self) -> bool {
        self.outcome == RunStatus::Finished
    }
}

#[cfg(test)]
mod tests {
    use tilde_envs::Ending;

    use super::*;

    #[test]
    fn an_evaluation_is_summed_up() {
        let row = |total, length| EpisodeRow { step: 7, episode: 1, total, length, ending: Ending::Terminated };
        let evaluated = EvaluationSummary::of(&[row(1.0, 10), row(5.0, 20)]).unwrap();
        let expected = EvaluationSummary { step: 7, episodes: 2, mean: 3.0, min: 1.0, max: 5.0, mean_length: 15.0 };
        assert_eq!(evaluated, expected);
        assert_eq!(EvaluationSummary::of(&[]), None);
    }
}
