//! Point estimates over several environments ("tasks"): one list of scores per task, one score per run.
//!
//! Named and defined as in rliable (Agarwal et al. 2021), whose score matrix has the same number of runs in every task.
//! Here the numbers may differ; what that means is said at each function. All of them are `None` where there is no
//! task, where a task has no score, and where a score is NaN.

use super::estimates::{mean, median, middle_half, optimality_gap};

/// The mean over tasks of the mean over runs. Tasks weigh the same, however many runs they have.
pub fn aggregate_mean<S: AsRef<[f64]>>(tasks: &[S]) -> Option<f64> {
    mean(&of_each(tasks, mean)?)
}

/// The median over tasks of the mean over runs. Tasks weigh the same, however many runs they have.
pub fn aggregate_median<S: AsRef<[f64]>>(tasks: &[S]) -> Option<f64> {
    median(&of_each(tasks, mean)?)
}

/// The interquartile mean of all runs of all tasks together. A task weighs as much as it has runs.
pub fn aggregate_iqm<S: AsRef<[f64]>>(tasks: &[S]) -> Option<f64> {
    let complete = tasks.iter().all(|task| !task.as_ref().is_empty());
    if complete { middle_half(tasks.iter().flat_map(|task| task.as_ref()).copied()) } else { None }
}

/// The mean over tasks of the [optimality gap](super::optimality_gap). Tasks weigh the same, however many runs they
/// have.
pub fn aggregate_optimality_gap<S: AsRef<[f64]>>(tasks: &[S], threshold: f64) -> Option<f64> {
    mean(&of_each(tasks, |scores| optimality_gap(scores, threshold))?)
}

/// The same estimate of every task, if all of them have one.
pub(super) fn of_each<S: AsRef<[f64]>>(tasks: &[S], estimate: impl Fn(&[f64]) -> Option<f64>) -> Option<Vec<f64>> {
    tasks.iter().map(|task| estimate(task.as_ref())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aggregates_of_three_tasks_by_hand() {
        let tasks = [vec![0.0, 2.0], vec![10.0, 20.0], vec![3.0, 5.0]]; // means 1, 15, 4
        assert_eq!(aggregate_mean(&tasks), Some(20.0 / 3.0));
        assert_eq!(aggregate_median(&tasks), Some(4.0));
        // 0 and 20 are dropped: (2 + 10 + 3 + 5) / 4.
        assert_eq!(aggregate_iqm(&tasks), Some(5.0));
        // Short of 4 by (4 + 2) / 2, by 0, and by (1 + 0) / 2.
        assert_eq!(aggregate_optimality_gap(&tasks, 4.0), Some(3.5 / 3.0));
    }

    #[test]
    fn a_task_without_scores_leaves_no_aggregate() {
        for tasks in [vec![], vec![vec![1.0], vec![]], vec![vec![1.0], vec![f64::NAN]]] {
            assert_eq!(aggregate_mean(&tasks), None);
            assert_eq!(aggregate_median(&tasks), None);
            assert_eq!(aggregate_iqm(&tasks), None);
            assert_eq!(aggregate_optimality_gap(&tasks, 1.0), None);
        }
    }
}
