//! How likely one variant beats another.

use super::estimates::mean;

/// P(X > Y) + P(X = Y) / 2 for a run of one variant against a run of another, averaged over tasks (Agarwal et al. 2021,
/// section 4.3, rliable's function of this name). Of one task with n and m runs it is U / nm, with U the statistic of
/// Mann & Whitney 1947.
///
/// 1/2 says that neither is better. `x` and `y` have the scores of one task each, in the same order of tasks; the
/// numbers of runs may differ. `None` where there is no task, where a task has no score, and where a score is NaN.
///
/// Its interval is `bootstrap.expanded_of_two(x, y, probability_of_improvement)`.
///
/// # Panics
/// If the two have different numbers of tasks.
pub fn probability_of_improvement<S: AsRef<[f64]>>(x: &[S], y: &[S]) -> Option<f64> {
    assert_eq!(x.len(), y.len(), "two variants are compared on the same tasks");
    let in_each: Option<Vec<f64>> = x.iter().zip(y).map(|(x, y)| in_one_task(x.as_ref(), y.as_ref())).collect();
    mean(&in_each?)
}

fn in_one_task(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.is_empty() || y.is_empty() || x.iter().chain(y).any(|score| score.is_nan()) {
        return None;
    }
    // Every pair is looked at: without a branch that is faster than a search, for as few runs as an experiment has.
    let halves = |x: f64| y.iter().map(|&y| u32::from(x > y) + u32::from(x >= y)).sum::<u32>();
    let won: f64 = x.iter().map(|&x| f64::from(halves(x))).sum();
    Some(won / (2 * x.len() * y.len()) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wins_and_draws_by_hand() {
        // 1 beats 0 and draws with 1, 3 beats both: (1 + 1/2 + 2) / 4.
        assert_eq!(probability_of_improvement(&[[1.0, 3.0]], &[[0.0, 1.0]]), Some(0.875));
        assert_eq!(probability_of_improvement(&[[0.0, 1.0]], &[[1.0, 3.0]]), Some(0.125));
        // The mean with a task that is always lost.
        assert_eq!(probability_of_improvement(&[[1.0, 3.0], [0.0, 0.0]], &[[0.0, 1.0], [1.0, 1.0]]), Some(0.4375));
        assert_eq!(probability_of_improvement(&[vec![1.0; 3]], &[vec![1.0; 2]]), Some(0.5));
    }

    #[test]
    fn nothing_beats_nothing() {
        assert_eq!(probability_of_improvement(&[vec![]], &[vec![1.0]]), None);
        assert_eq!(probability_of_improvement(&[[1.0]], &[[f64::NAN]]), None);
        assert_eq!(probability_of_improvement::<Vec<f64>>(&[], &[]), None);
    }
}
