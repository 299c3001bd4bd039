//! How likely a run of one variant is better than a run of another.

use super::estimates::ascending;

/// P(X > Y) + P(X = Y) / 2 for a run of one variant and a run of another: U / nm for n and m runs, with U the statistic of Mann &
/// Whitney 1947. rliable's function of this name (Agarwal et al. 2021, section 4.3) averages it over tasks, as
/// [`improvement_over_tasks`](super::improvement_over_tasks) does.
///
/// 1/2 means that neither is better. `None` if a variant has no score, or if a score is NaN. Its interval is
/// `bootstrap.interval_of_two(x, y, probability_of_improvement)`.
pub fn probability_of_improvement(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.is_empty() || y.is_empty() || x.iter().chain(y).any(|score| score.is_nan()) {
        return None;
    }
    let won: u64 = if x.len() * y.len() <= FEW_PAIRS {
        // For few runs, a loop over all pairs without branches is fastest.
        let halves = |x: f64| y.iter().map(|&y| u32::from(x > y) + u32::from(x >= y)).sum::<u32>();
        x.iter().map(|&x| u64::from(halves(x))).sum()
    } else if x.is_sorted() && y.is_sorted() {
        half_wins(x, y)
    } else {
        half_wins(&ascending(x.iter().copied())?, &ascending(y.iter().copied())?)
    };
    Some(won as f64 / (2 * x.len() * y.len()) as f64)
}

/// Up to so many pairs, all of them are compared.
const FEW_PAIRS: usize = 4_096;

/// Twice U: two for each pair in which `x` is greater, one for each that is equal. Both are in ascending order.
fn half_wins(x: &[f64], y: &[f64]) -> u64 {
    let (mut less, mut not_greater) = (0, 0);
    let mut sum = 0;
    for x in x {
        less += y[less..].iter().take_while(|y| *y < x).count();
        not_greater = not_greater.max(less);
        not_greater += y[not_greater..].iter().take_while(|y| *y <= x).count();
        sum += (less + not_greater) as u64;
    }
    sum
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may panic

    use super::*;

    #[test]
    fn wins_and_draws_by_hand() {
        // 1 beats 0 and draws with 1, 3 beats both: (1 + 1/2 + 2) / 4.
        assert_eq!(probability_of_improvement(&[1.0, 3.0], &[0.0, 1.0]), Some(0.875));
        assert_eq!(probability_of_improvement(&[0.0, 1.0], &[1.0, 3.0]), Some(0.125));
        assert_eq!(probability_of_improvement(&[1.0; 3], &[1.0; 2]), Some(0.5));
    }

    #[test]
    fn many_runs_are_counted_as_few_are() {
        use rand::{RngExt, SeedableRng};
        let mut rng = rand::rngs::SmallRng::seed_from_u64(3);
        for size in [65, 200] {
            let mut draw = |count: usize| -> Vec<f64> {
                (0..count).map(|_| f64::from(rng.random_range(0..40))).collect() // with many ties
            };
            let (x, y) = (draw(size), draw(size / 2 + 40));
            let wins = |x: f64| {
                y.iter()
                    .map(|&y| {
                        if x > y {
                            1.0
                        } else if x == y {
                            0.5
                        } else {
                            0.0
                        }
                    })
                    .sum::<f64>()
            };
            let expected = x.iter().map(|&x| wins(x)).sum::<f64>() / (x.len() * y.len()) as f64;
            assert_eq!(probability_of_improvement(&x, &y), Some(expected));
            let sorted = |scores: &[f64]| ascending(scores.iter().copied()).unwrap();
            assert_eq!(probability_of_improvement(&sorted(&x), &sorted(&y)), Some(expected));
        }
    }

    #[test]
    fn without_scores_and_with_nan_there_is_no_probability() {
        assert_eq!(probability_of_improvement(&[], &[1.0]), None);
        assert_eq!(probability_of_improvement(&[1.0], &[]), None);
        assert_eq!(probability_of_improvement(&[1.0], &[f64::NAN]), None);
    }
}
