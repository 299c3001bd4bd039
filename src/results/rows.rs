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
