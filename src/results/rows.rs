//! Rows of the result files, and their columns.

use std::fmt::{Display, Formatter};

use tilde_envs::Ending;

use super::{Distance, TrueValues};

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

/// The rounds of learning since the row before: a row of `updates.csv`.
///
/// Loss, mean Q and gradient norm are means over these rounds; the number of gradient steps, ε, the step size and the temperature
/// are those of the last round. What an algorithm lacks stays empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpdateRow {
    /// Environment steps of the run at the last of these rounds.
    pub step: u64,
    /// Gradient steps of the run so far.
    pub updates: u64,
    /// Mean TD loss over the batches: δ²/2, or Huber's (the same where |δ| ≤ 1) where the algorithm minimises that, with
    /// δ = target − prediction. Of the actor–critic it is the critic's.
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
pub struct OrEmpty(pub Option<f64>);

impl Display for OrEmpty {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |value| write!(f, "{value}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_updates_has_a_field_for_each_column() {
        let row = UpdateRow {
            step: 8,
            updates: 3,
            loss: 0.5,
            q_mean: Some(2.0),
            grad_norm: 4.0,
            epsilon: None,
            learning_rate: 0.125,
            temperature: Some(0.75),
        };
        assert_eq!(row.to_string(), "8,3,0.5,2,4,,0.125,0.75");
        assert_eq!(UpdateRow { epsilon: Some(1.0), temperature: None, ..row }.to_string(), "8,3,0.5,2,4,1,0.125,");
        assert_eq!(row.to_string().split(',').count(), UpdateRow::HEADER.split(',').count());
    }

    #[test]
    fn a_row_of_values_has_a_field_for_each_column() {
        let row = |distance| ValueRow { step: 8, distance }.to_string();
        let distance = Distance {
            value_rmse: Some(0.5),
            value_max_error: Some(1.25),
            regret: None,
            value_rmse_on_policy: Some(0.25),
            bellman_rmse: Some(0.125),
            truth: Some(TrueValues::QPi),
        };
        assert_eq!(row(distance), "8,0.5,1.25,,0.25,0.125,q_pi");
        assert_eq!(row(Distance::default()), "8,,,,,,");
        assert_eq!(row(distance).split(',').count(), ValueRow::HEADER.split(',').count());
        for truth in [TrueValues::QStar, TrueValues::QPi, TrueValues::VPi] {
            assert_eq!(serde_json::to_value(truth).unwrap(), truth.id());
        }
    }
}
