//! The rows of the result files, and their columns.

use std::fmt::{Display, Formatter};

use tilde_envs::Ending;

use super::truth::Distance;
use crate::agents::Learned;

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

/// A round of learning: a row of `updates.csv`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpdateRow {
    /// Environment steps so far.
    pub step: u64,
    /// What was learned.
    pub learned: Learned,
}

impl UpdateRow {
    /// The header of a file of such rows.
    pub const HEADER: &str = "step,update,loss,q_mean,grad_norm,epsilon,learning_rate";
}

impl Display for UpdateRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Learned { updates, loss, q_mean, grad_norm, epsilon, learning_rate } = self.learned;
        let (q_mean, epsilon) = (OrEmpty(q_mean), OrEmpty(epsilon));
        write!(f, "{},{updates},{loss},{q_mean},{grad_norm},{epsilon},{learning_rate}", self.step)
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
struct OrEmpty(Option<f64>);

impl Display for OrEmpty {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |value| write!(f, "{value}"))
    }
}
