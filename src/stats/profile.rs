//! Performance profiles: how many runs reach how much.

use super::aggregate::of_each;
use super::bootstrap::{Bootstrap, Interval};
use super::estimates::mean;

/// The share of runs with a score above τ, averaged over tasks, for each τ of `thresholds`: the score distribution of
/// Agarwal et al. 2021, section 4.2, rliable's `create_performance_profile`.
///
/// `tasks` are the scores of one task each. A profile never rises from one threshold to a higher one. `None` where
/// there is no task, where a task has no score, and where a score is NaN.
pub fn performance_profile<S: AsRef<[f64]>>(tasks: &[S], thresholds: &[f64]) -> Option<Vec<f64>> {
    thresholds.iter().map(|&threshold| share_above(tasks, threshold)).collect()
}

/// The [expanded interval](Bootstrap::expanded) of the profile at each threshold, where rliable has the percentile
/// interval.
///
/// The intervals hold pointwise: it is likely that a profile leaves its band at some threshold or other. Every
/// threshold costs as much as an interval does; rliable draws 2,000 resamples for profiles. `None` as in
/// [`performance_profile`] and [`Bootstrap::expanded`].
pub fn performance_profile_intervals<S: AsRef<[f64]>>(
    bootstrap: &Bootstrap,
    tasks: &[S],
    thresholds: &[f64],
) -> Option<Vec<Interval>> {
    let at = |&threshold: &f64| bootstrap.expanded(tasks, |tasks| share_above(tasks, threshold));
    thresholds.iter().map(at).collect()
}

fn share_above<S: AsRef<[f64]>>(tasks: &[S], threshold: f64) -> Option<f64> {
    let share = |scores: &[f64]| {
        let above = scores.iter().filter(|&&score| score > threshold).count() as f64;
        let complete = !scores.is_empty() && !scores.iter().any(|score| score.is_nan());
        complete.then_some(above / scores.len() as f64)
    };
    mean(&of_each(tasks, share)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may panic

    use super::*;

    #[test]
    fn a_profile_of_two_tasks_by_hand() {
        let tasks = [vec![0.0, 1.0, 2.0, 3.0], vec![1.0, 1.0]];
        // A score equal to the threshold is not above it: (3/4 + 1) / 2, (2/4 + 0) / 2, 0.
        assert_eq!(performance_profile(&tasks, &[0.0, 1.0, 3.0]), Some(vec![0.875, 0.25, 0.0]));
        assert_eq!(performance_profile(&tasks, &[]), Some(vec![]));
        assert_eq!(performance_profile(&[vec![1.0], vec![]], &[0.0]), None);
        assert_eq!(performance_profile(&[[1.0, f64::NAN]], &[0.0]), None);
        assert_eq!(performance_profile::<Vec<f64>>(&[], &[0.0]), None);
    }

    #[test]
    fn its_intervals_contain_it() {
        let (tasks, thresholds) = ([[0.1, 0.5, 0.5, 0.9, 0.2]], [0.0, 0.3, 0.5, 1.0]);
        let profile = performance_profile(&tasks, &thresholds).unwrap();
        let bootstrap = Bootstrap { resamples: 500, ..Bootstrap::default() };
        let intervals = performance_profile_intervals(&bootstrap, &tasks, &thresholds).unwrap();
        assert!(intervals.iter().zip(&profile).all(|(interval, &share)| interval.contains(share)));
        assert_eq!((intervals[0].width(), intervals[3].width()), (0.0, 0.0)); // all above, none above
    }
}
