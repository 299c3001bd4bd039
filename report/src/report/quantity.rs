//! What a curve over environment steps shows.

use super::read::RunRecord;
use crate::results::{Distance, ValueRow};

/// A quantity that is measured during a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    /// The mean return of an evaluation, or of training episodes.
    Return,
    /// Root mean squared error of the values; all states have the same weight.
    ValueError,
    /// Root mean squared error of the values, weighted as the followed policy visits states.
    OnPolicyError,
    /// Root mean squared Bellman error.
    BellmanError,
    /// V* − Vπ at the start of an episode.
    Regret,
}

impl Quantity {
    /// All of them.
    pub const ALL: [Quantity; 5] =
        [Quantity::Return, Quantity::ValueError, Quantity::OnPolicyError, Quantity::BellmanError, Quantity::Regret];

    /// The quantity in a row of `values.csv`; `None` for returns.
    pub fn in_row(self, row: &ValueRow) -> Option<f64> {
        let Distance { value_rmse, regret, value_rmse_on_policy, bellman_rmse, .. } = row.distance;
        match self {
            Quantity::Return => None,
            Quantity::ValueError => value_rmse,
            Quantity::OnPolicyError => value_rmse_on_policy,
            Quantity::BellmanError => bellman_rmse,
            Quantity::Regret => regret,
        }
    }

    /// (environment steps, value) wherever a run was measured and the value is finite.
    pub fn curve(self, run: &RunRecord) -> Vec<(f64, f64)> {
        if self == Quantity::Return {
            return run.curve.clone();
        }
        let points = run.values.iter().filter_map(|row| Some((row.step as f64, self.in_row(row)?)));
        points.filter(|(_, value)| value.is_finite()).collect()
    }

    /// Whether a run was measured at least once.
    pub fn is_in(self, run: &RunRecord) -> bool {
        match self {
            Quantity::Return => !run.curve.is_empty(),
            _ => run.values.iter().any(|row| self.in_row(row).is_some_and(f64::is_finite)),
        }
    }

    /// The last value of a finished run.
    pub fn last(self, run: &RunRecord) -> Option<f64> {
        self.curve(run).last().filter(|_| run.finished()).map(|(_, value)| *value)
    }

    /// The worse of two values.
    pub fn worse(self, a: f64, b: f64) -> f64 {
        match self {
            Quantity::Return => a.min(b),
            _ => a.max(b),
        }
    }
}
