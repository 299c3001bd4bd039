//! The final figures of a run: `summary.json`.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{EpisodeRow, SUMMARY, write_atomically};

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
    /// Mean return of the last 100 finished training episodes, fewer where there were fewer, none where there was none.
    pub training_return: Option<f64>,
    /// The last evaluation, where there was one.
    pub final_evaluation: Option<EvaluationSummary>,
    /// The evaluation with the highest mean return, the first of equal ones.
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
    /// A number that was not finite turned up: learning could not go on.
    Diverged {
        /// The environment step at which it was found.
        step: u64,
        /// What was found.
        reason: String,
    },
    /// The program itself failed: a mistake of ours.
    Panicked {
        /// Environment steps taken before.
        step: u64,
        /// What the program said.
        reason: String,
    },
}

impl std::fmt::Display for RunStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RunStatus::Finished => f.write_str("finished"),
            RunStatus::Diverged { step, reason } => write!(f, "diverged at step {step}: {reason}"),
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

/// The distance of an agent from the exact solution; a figure that does not exist is missing.
///
/// UpdateStats values are compared with the true ones of what the agent learns, [`TrueValues`]. States are those in which an
/// episode can ask for an action. With γ = 1 true values may be infinite, or take more sweeps than are made, as those of a
/// policy that wanders about 50 by 50 cells do; what is compared with them is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Distance {
    /// Root of the mean squared error of the values, all states counting the same, and of action values all actions too.
    pub value_rmse: Option<f64>,
    /// The largest error among these.
    pub value_max_error: Option<f64>,
    /// V* − Vπ at the start of an episode, π being the policy that evaluations follow: what it costs not to be optimal.
    pub regret: Option<f64>,
    /// Root of the mean squared error of the values, states and actions weighted by how often training meets them now: a
    /// state by its share μ of all visits in an episode under the policy that is followed, exploration and time limit
    /// included, an action by its probability there. Of state values it is the root of the value error VE of Sutton & Barto
    /// 2018, eq. 9.1. (Of DQN, μ is that of the policy, not of what its replay buffer still holds.)
    ///
    /// Visits are counted over 2·10⁸ transitions at most. A map larger than some 56 by 56 cells, with a time limit of four steps
    /// for each and a policy that wanders about, has more: there μ is of the first part of an episode alone, on 100 by 100 cells
    /// of the first 5,000 of 40,000 steps.
    pub value_rmse_on_policy: Option<f64>,
    /// Root of the mean squared Bellman error, weighted the same: how far the values are from what Bellman's equation makes
    /// of them (Sutton & Barto 2018, section 11.4, eq. 11.18 and 11.19), the optimality equation where the truth is Q*, else
    /// the one of the policy.
    pub bellman_rmse: Option<f64>,
    /// What the values are compared with; missing where the agent learns none.
    pub truth: Option<TrueValues>,
}

/// The true values that learned ones are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrueValues {
    /// Q*, the optimal action values: of Q-learning, DQN, and Expected Sarsa with a greedy target.
    QStar,
    /// Qπ of the policy that is followed, exploration included, which changes with what is learned: of Sarsa and Expected
    /// Sarsa.
    QPi,
    /// Vπ of the policy that is followed: of TD prediction, where it is given, and of the actor–critic, where it changes.
    VPi,
}

impl TrueValues {
    /// Its name in the result files.
    pub fn id(self) -> &'static str {
        match self {
            TrueValues::QStar => "q_star",
            TrueValues::QPi => "q_pi",
            TrueValues::VPi => "v_pi",
        }
    }
}

impl EvaluationSummary {
    /// The statistics of an evaluation's episodes; nothing for no episodes.
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
    /// The figure that runs are compared by: the last evaluation's mean return, or the training return where nothing was
    /// evaluated.
    pub fn final_return(&self) -> Option<f64> {
        self.final_evaluation.map(|evaluated| evaluated.mean).or(self.training_return)
    }

    /// Writes `summary.json` into the run's folder.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(io::Error::other)?;
        write_atomically(&folder.join(SUMMARY), format!("{text}\n").as_bytes())
    }

    /// Reads the `summary.json` of a run's folder; nothing where the run is not over.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn read(folder: &Path) -> io::Result<Option<Summary>> {
        match std::fs::read(folder.join(SUMMARY)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => Ok(Some(serde_json::from_slice(&read?)?)),
        }
    }

    /// Whether nothing is left to do with a budget of `steps`: not for a run that finished a smaller one, and not after a
    /// panic, which another version may have mended.
    pub fn is_settled(&self, steps: u64) -> bool {
        match self.outcome {
            RunStatus::Finished => self.steps >= steps,
            RunStatus::Diverged { .. } => true,
            RunStatus::Panicked { .. } => false,
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
