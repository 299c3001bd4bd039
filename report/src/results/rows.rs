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

/// Measures of a learned function: a row of `diagnostics.csv`. What a function lacks, and what is not a finite number, stays
/// empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DiagnosticsRow {
    /// Environment steps of the run so far.
    pub step: u64,
    /// The function's name, such as `critic`.
    pub function: String,
    /// ‖θ‖₂ of all its parameters.
    pub weight_norm: Option<f64>,
    /// Share of its hidden units that are dormant (Sokar et al. 2023, with τ = 0.025).
    pub dormant: Option<f64>,
    /// Effective rank of its last hidden layer: srank of Kumar et al. (2021), with δ = 0.01.
    pub effective_rank: Option<f64>,
    /// Mean of the values minus the mean of the discounted returns that followed, in the function that learns values.
    pub overestimation: Option<f64>,
    /// 1 − Var(G − v) / Var(G) over returns G and values v, in the function that learns values.
    pub explained_variance: Option<f64>,
    /// Mean entropy of the policy of training, in nats, in the function that learns the policy.
    pub entropy: Option<f64>,
    /// Mean policy loss of the updates since the row before, in the function that learns the policy by its gradient.
    pub policy_loss: Option<f64>,
}

impl DiagnosticsRow {
    /// The header of a file of such rows.
    pub const HEADER: &str =
        "step,function,weight_norm,dormant,effective_rank,overestimation,explained_variance,entropy,policy_loss";
}

impl Display for DiagnosticsRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let DiagnosticsRow { step, function, weight_norm, dormant, effective_rank, .. } = self;
        let DiagnosticsRow { overestimation, explained_variance, entropy, policy_loss, .. } = *self;
        let of_weights_and_units = [*weight_norm, *dormant, *effective_rank];
        let of_outputs = [overestimation, explained_variance, entropy, policy_loss];
        write!(f, "{step},{function}")?;
        of_weights_and_units.into_iter().chain(of_outputs).try_for_each(|figure| write!(f, ",{}", OrEmpty(figure)))
    }
}

/// A number, or an empty field.
struct OrEmpty(Option<f64>);

impl Display for OrEmpty {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |value| write!(f, "{value}"))
    }
}
