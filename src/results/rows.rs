//! Rows of the result files, and their columns.

use std::fmt::{Display, Formatter};

use tilde_envs::Ending;

use super::Distance;

/// A finished episode: a row of `episodes.csv` or `evaluations.csv`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpisodeRow {
    /// Environment steps of the run so far, the episode's own included; for an evaluation, those before it.
    pub step: u64,
    /// Number of the episode, from 1; for an evaluation, within that evaluation.
    pub episode: u64,
    /// Sum of its rewards, not discounted.
    pub total: f64,
    /// Its steps.
    pub length: u64,
    /// How it ended.
    pub ending: Ending,
}

impl EpisodeRow {
    /// The header of a file of such rows.
    pub const HEADER: &str = "step,episode,return,length,ending";
}

impl Display for EpisodeRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let ending = match self.ending {
            Ending::Terminated => "terminated",
            Ending::Truncated => "truncated",
            Ending::Continues => "running",
        };
        write!(f, "{},{},{},{},{ending}", self.step, self.episode, self.total, self.length)
    }
}

/// The distance of what was learned from the exact solution: a row of `values.csv`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueRow {
    /// Environment steps of the run so far.
    pub step: u64,
    /// The distance.
    pub distance: Distance,
}

impl ValueRow {
    /// The header of a file of such rows.
    pub const HEADER: &str = "step,value_rmse,value_max_error,regret";
}

impl Display for ValueRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Distance { value_rmse, value_max_error, regret } = self.distance;
        write!(f, "{},{},{},{}", self.step, OrEmpty(value_rmse), OrEmpty(value_max_error), OrEmpty(regret))
    }
}

/// A number, or an empty field.
pub struct OrEmpty(pub Option<f64>);

impl Display for OrEmpty {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |value| write!(f, "{value}"))
    }
}
