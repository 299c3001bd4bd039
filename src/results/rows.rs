//! The rows of the CSV files of a run: their columns, and how they are written.

use std::fmt::{Display, Formatter};

use tilde_envs::Ending;

use super::{Distance, TrueValues};

/// A finished episode: a row of `episodes.csv` or `evaluations.csv`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpisodeRow {
    /// Environment steps of the run up to the end of the episode; for an evaluation, up to its beginning.
    pub step: u64,
    /// Number of the episode, from 1; for an evaluation, within that evaluation.
    pub episode: u64,
    /// Sum of the rewards, not discounted.
    pub total: f64,
    /// Environment steps of the episode.
    pub length: u64,
    /// How the episode ended.
    pub ending: Ending,
}

impl EpisodeRow {
    /// The header of a file of such rows.
    pub const HEADER: &str = "step,episode,return,length,ending";
}

impl Display for EpisodeRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let EpisodeRow { step, episode, total, length, ending } = *self;
        write!(f, "{step},{episode},{total},{length},{}", ending_name(ending))
    }
}

/// The name of an ending in the file.
pub(super) fn ending_name(ending: Ending) -> &'static str {
    match ending {
        Ending::Terminated => "terminated",
        Ending::Truncated => "truncated",
        Ending::Continues => "running",
    }
}

/// The updates since the row before: a row of `updates.csv`.
///
/// Loss, mean Q and gradient norm are means over these updates; the number of gradient steps, ε, the step size and the temperature
/// are those of the last one. What an algorithm lacks stays empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpdateRow {
    /// Environment steps of the run at the last of these updates.
    pub step: u64,
    /// Gradient steps of the run so far.
    pub updates: u64,
    /// Mean TD loss over the batches, with δ = target − prediction: δ²/2, or Huber's loss (the same where |δ| ≤ 1) where the
    /// algorithm minimises that. For the actor–critic it is the critic's.
    pub loss: f64,
    /// Mean predicted value of the actions taken, where action values are learned.
    pub q_mean: Option<f64>,
    /// Mean Euclidean norm of the gradient before clipping.
    pub grad_norm: f64,
    /// ε of ε-greedy exploration.
    pub epsilon: Option<f64>,
    /// Step size of the optimizer.
    pub learning_rate: f64,
    /// Temperature of Boltzmann exploration.
    pub temperature: Option<f64>,
}

impl UpdateRow {
    /// The header of a file of such rows.
    pub const HEADER: &str = "step,update,loss,q_mean,grad_norm,epsilon,learning_rate,temperature";
}

impl Display for UpdateRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let UpdateRow { step, updates, loss, q_mean, grad_norm, epsilon, learning_rate, temperature } = *self;
        let (q_mean, epsilon, temperature) = (OrEmpty(q_mean), OrEmpty(epsilon), OrEmpty(temperature));
        write!(f, "{step},{updates},{loss},{q_mean},{grad_norm},{epsilon},{learning_rate},{temperature}")
    }
}

/// The distance of the learned values from the exact solution: a row of `values.csv`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueRow {
    /// Environment steps of the run so far.
    pub step: u64,
    /// The distance.
    pub distance: Distance,
}

impl ValueRow {
    /// The header of a file of such rows.
    pub const HEADER: &str = "step,value_rmse,value_max_error,regret,value_rmse_on_policy,bellman_rmse,truth";
}

impl Display for ValueRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Distance { value_rmse, value_max_error, regret, value_rmse_on_policy, bellman_rmse, truth } = self.distance;
        let figures = [value_rmse, value_max_error, regret, value_rmse_on_policy, bellman_rmse];
        write!(f, "{}", self.step)?;
        figures.into_iter().try_for_each(|figure| write!(f, ",{}", OrEmpty(figure)))?;
        write!(f, ",{}", truth.map_or("", TrueValues::id))
    }
}

/// A number, or an empty field.
struct OrEmpty(Option<f64>);

impl Display for OrEmpty {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |value| write!(f, "{value}"))
    }
}
