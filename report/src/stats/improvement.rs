//! How likely a run of one variant is better than a run of another.

/// P(X > Y) + P(X = Y) / 2 for a run of one variant and a run of another: U / nm for n and m runs, with U the statistic of Mann &
/// Whitney 1947. rliable's function of this name (Agarwal et al. 2021, section 4.3) averages it over tasks.
///
/// 1/2 means that neither is better. `None` if a variant has no score, or if a score is NaN. Its interval is
/// `bootstrap.interval_of_two(x, y, probability_of_improvement)`.
pub fn probability_of_improvement(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.is_empty() || y.is_empty() || x.iter().chain(y).any(|score| score.is_nan()) {
        return None;
    }
    // All pairs are compared: for as few runs as experiments have, a loop without branches is faster than a search.
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
        assert_eq!(probability_of_improvement(&[1.0, 3.0], &[0.0, 1.0]), Some(0.875));
        assert_eq!(probability_of_improvement(&[0.0, 1.0], &[1.0, 3.0]), Some(0.125));
        assert_eq!(probability_of_improvement(&[1.0; 3], &[1.0; 2]), Some(0.5));
    }

    #[test]
    fn without_scores_and_with_nan_there_is_no_probability() {
        assert_eq!(probability_of_improvement(&[], &[1.0]), None);
        assert_eq!(probability_of_improvement(&[1.0], &[]), None);
        assert_eq!(probability_of_improvement(&[1.0], &[f64::NAN]), None);
    }
}
