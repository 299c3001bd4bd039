//! Estimates over several environments, which papers call tasks (Agarwal et al. 2021). Each task has the scores of its runs, on a scale
//! that all tasks share: normalised scores.
//!
//! Their intervals are [`Bootstrap::interval_of_strata`]'s, with the tasks as strata. All estimates are `None` without tasks, where a
//! task has no score, and where a score is NaN.

use super::bootstrap::{Bootstrap, ConfidenceInterval};
use super::estimates::{interquartile_mean, optimality_gap};
use super::improvement::probability_of_improvement;
use super::profile::share_above;

/// The interquartile mean of all runs of all tasks together, rliable's `aggregate_iqm`. A task with more runs weighs more.
pub fn iqm_over_tasks<S: AsRef<[f64]>>(tasks: &[S]) -> Option<f64> {
    interquartile_mean(&pooled(tasks)?)
}

/// The mean shortfall below `threshold` of all runs of all tasks together, rliable's `aggregate_optimality_gap`.
pub fn optimality_gap_over_tasks<S: AsRef<[f64]>>(tasks: &[S], threshold: f64) -> Option<f64> {
    optimality_gap(&pooled(tasks)?, threshold)
}

/// The mean over tasks of the probability that a run of the first is better than a run of the second, ties as one half: rliable's
/// `probability_of_improvement`. `x[k]` and `y[k]` are the scores in task k. It does not depend on how scores are normalised.
///
/// # Panics
/// If the two do not have the same number of tasks.
pub fn improvement_over_tasks<X: AsRef<[f64]>, Y: AsRef<[f64]>>(x: &[X], y: &[Y]) -> Option<f64> {
    assert_eq!(x.len(), y.len(), "both have scores in the same tasks");
    mean_over(x.iter().zip(y).map(|(x, y)| probability_of_improvement(x.as_ref(), y.as_ref())))
}

/// The mean over tasks of the share of runs with a score above τ, for each τ of `thresholds`: rliable's
/// `create_performance_profile`.
pub fn performance_profile_over_tasks<S: AsRef<[f64]>>(tasks: &[S], thresholds: &[f64]) -> Option<Vec<f64>> {
    thresholds.iter().map(|&threshold| share_over_tasks(tasks, threshold)).collect()
}

/// The interval of that profile at each threshold, pointwise as in
/// [`performance_profile_intervals`](super::performance_profile_intervals).
pub fn performance_profile_intervals_over_tasks(
    bootstrap: &Bootstrap,
    tasks: &[&[f64]],
    thresholds: &[f64],
) -> Option<Vec<ConfidenceInterval>> {
    let at = |&threshold: &f64| bootstrap.interval_of_strata(tasks, |tasks| share_over_tasks(tasks, threshold));
    thresholds.iter().map(at).collect()
}

/// The mean rank of each method over tasks: 1 for the highest score of a task, and equal scores share the mean of their ranks.
/// `scores[k][m]` is the score of method m in task k.
///
/// `None` without tasks, and if a score is NaN.
///
/// # Panics
/// If tasks have different numbers of methods.
pub fn mean_ranks(scores: &[Vec<f64>]) -> Option<Vec<f64>> {
    let methods = scores.first()?.len();
    assert!(scores.iter().all(|task| task.len() == methods), "every method has a score in every task");
    if scores.iter().flatten().any(|score| score.is_nan()) {
        return None;
    }
    let rank = |task: &Vec<f64>, method: usize| {
        let count = |is: fn(f64, f64) -> bool| task.iter().filter(|&&other| is(other, task[method])).count() as f64;
        // Of n equal scores below k others, the ranks are k + 1 to k + n.
        count(|other, own| other > own) + 0.5 * (count(|other, own| other == own) + 1.0)
    };
    (0..methods).map(|method| mean_over(scores.iter().map(|task| Some(rank(task, method))))).collect()
}

/// All scores; `None` if a task has none.
fn pooled<S: AsRef<[f64]>>(tasks: &[S]) -> Option<Vec<f64>> {
    let complete = tasks.iter().all(|scores| !scores.as_ref().is_empty());
    complete.then(|| tasks.iter().flat_map(AsRef::as_ref).copied().collect())
}

fn share_over_tasks<S: AsRef<[f64]>>(tasks: &[S], threshold: f64) -> Option<f64> {
    mean_over(tasks.iter().map(|scores| share_above(scores.as_ref(), threshold)))
}

/// The mean of the figures of tasks; `None` if one is missing, or without tasks.
fn mean_over(figures: impl ExactSizeIterator<Item = Option<f64>>) -> Option<f64> {
    let count = figures.len();
    let sum = figures.sum::<Option<f64>>()?;
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [&[f64]; 2] = [&[0.0, 1.0, 2.0, 9.0], &[0.5, 0.5]];
    const Y: [&[f64]; 2] = [&[1.0, 1.0], &[0.5, 0.0]];

    #[test]
    fn estimates_over_two_tasks_by_hand() {
        // Six scores, one dropped at each end: (0.5 + 0.5 + 1 + 2) / 4.
        assert_eq!(iqm_over_tasks(&X), Some(1.0));
        // 1 − (0 + 1 + 1 + 1 + 0.5 + 0.5) / 6.
        assert_eq!(optimality_gap_over_tasks(&X, 1.0), Some(1.0 - 4.0 / 6.0));
        // Task 1: of 8 pairs 4 wins and 2 ties, 5/8. Task 2: of 4 pairs 2 wins and 2 ties, 3/4.
        assert_eq!(improvement_over_tasks(&X, &Y), Some(0.6875));
        assert_eq!(improvement_over_tasks(&Y, &X), Some(0.3125));
        // Above 0.5: 3/4 and 0; above 0: 3/4 and 1. Tasks weigh the same, whatever their numbers of runs.
        assert_eq!(performance_profile_over_tasks(&X, &[0.5, 0.0]), Some(vec![0.375, 0.875]));
    }

    #[test]
    fn one_task_is_the_plain_estimate() {
        let (x, bootstrap) = ([3.0, 1.0, 2.0, 8.0, 5.0], Bootstrap { resamples: 300, ..Bootstrap::default() });
        assert_eq!(iqm_over_tasks(&[&x[..]]), interquartile_mean(&x));
        let of_strata = bootstrap.interval_of_strata(&[&x], iqm_over_tasks);
        assert!(of_strata.is_some() && of_strata == bootstrap.iqm_interval(&x));
        let profile = performance_profile_intervals_over_tasks(&bootstrap, &[&x], &[1.5, 4.0]);
        assert_eq!(profile, super::super::performance_profile_intervals(&bootstrap, &x, &[1.5, 4.0]));
    }

    #[test]
    fn strata_are_resampled_by_themselves() {
        // Scores differ between tasks and not within them, so there is nothing to resample.
        let tasks: [&[f64]; 2] = [&[0.0; 3], &[1.0; 3]];
        let interval = Bootstrap { resamples: 200, ..Bootstrap::default() }.interval_of_strata(&tasks, iqm_over_tasks);
        assert_eq!(interval, Some(ConfidenceInterval { low: 0.5, high: 0.5 }));
    }

    #[test]
    fn equal_scores_share_the_mean_of_their_ranks() {
        let tasks = [vec![3.0, 1.0, 2.0], vec![5.0, 5.0, 5.0], vec![1.0, 7.0, 7.0]];
        // (1 + 2 + 3) / 3, (3 + 2 + 1.5) / 3, (2 + 2 + 1.5) / 3.
        assert_eq!(mean_ranks(&tasks), Some(vec![2.0, 6.5 / 3.0, 5.5 / 3.0]));
        assert_eq!(mean_ranks(&[]), None);
        assert_eq!(mean_ranks(&[vec![f64::NAN, 1.0]]), None);
    }

    #[test]
    fn without_scores_there_is_no_estimate() {
        let (none, empty): ([&[f64]; 0], [&[f64]; 2]) = ([], [&[1.0], &[]]);
        for tasks in [&none[..], &empty, &[&[1.0, f64::NAN]]] {
            assert_eq!(iqm_over_tasks(tasks), None);
            assert_eq!(optimality_gap_over_tasks(tasks, 1.0), None);
            assert_eq!(improvement_over_tasks(tasks, tasks), None);
            assert_eq!(performance_profile_over_tasks(tasks, &[0.5]), None);
        }
    }
}
