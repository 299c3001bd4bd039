//! One number for a trial, and what decides between equal ones.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::results::FAILED;
use crate::stats::interquartile_mean;

/// What a trial is judged by: the interquartile mean, over the tuning seeds, of one figure of each run. Larger is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// The mean return of the final evaluation, or that of the last training episodes where nothing is evaluated; for algorithms
    /// whose policy is given, minus the last root-mean-square error of the values.
    #[default]
    Final,
    /// The mean height of the learning curve: the area under the mean returns of the evaluations, divided by the steps; for
    /// algorithms whose policy is given, minus that of the root-mean-square errors. Where nothing is evaluated, the same as `final`.
    Auc,
}

/// The interquartile mean of the scores of a trial's runs (Agarwal et al. 2021). A run without a score has failed, and counts worst.
///
/// ⌊n/4⌋ of n scores are dropped at each end. So one failed run of four or more is tolerated, and one of fewer makes the trial
/// [`FAILED`].
pub fn of_scores(scores: &[Option<f64>]) -> f64 {
    let worst_for_none: Vec<f64> =
        scores.iter().map(|score| score.filter(|score| !score.is_nan()).unwrap_or(FAILED)).collect();
    interquartile_mean(&worst_for_none).unwrap_or(FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_decides_between_equal_objectives_alone() {
        let of = |objective, auc| Measurement { objective, auc };
        assert_eq!(of(500.0, 300.0).order(&of(500.0, 250.0)), Ordering::Greater);
        assert_eq!(of(499.0, 300.0).order(&of(500.0, 250.0)), Ordering::Less);
        assert_eq!(of(500.0, 1.0).order(&500.0.into()), Ordering::Greater);
        assert_eq!(Measurement::FAILED.order(&of(-1e9, -1e9)), Ordering::Less);
    }

    #[test]
    fn failed_runs_count_worst() {
        assert_eq!(of_scores(&[Some(1.0), Some(3.0)]), 2.0);
        assert_eq!(of_scores(&[Some(1.0), None]), FAILED);
        assert_eq!(of_scores(&[Some(1.0), None, Some(4.0), Some(3.0), Some(2.0)]), 2.0, "1, 2 and 3 are the middle");
        assert_eq!(of_scores(&[Some(1.0), None, None, Some(3.0), Some(2.0)]), FAILED);
        assert_eq!(of_scores(&[Some(f64::NAN), Some(1.0)]), FAILED);
        assert_eq!(of_scores(&[]), FAILED);
    }
}
