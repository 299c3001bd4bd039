//! Point estimates of the scores of one variant in one environment, one score per run.
//!
//! All of them are `None` without scores and if a score is NaN: the caller decides what a diverged run is worth.

/// The mean.
pub fn mean(scores: &[f64]) -> Option<f64> {
    number(scores.iter().sum::<f64>() / scores.len() as f64)
}

/// The median: the middle score, or the mean of the two in the middle.
pub fn median(scores: &[f64]) -> Option<f64> {
    let scores = ascending(scores.iter().copied())?;
    let (upper, lower) = (scores.len() / 2, (scores.len() - 1) / 2);
    mean(&scores[lower..=upper])
}

/// The interquartile mean, the estimate that Agarwal et al. 2021 recommend: the mean of the middle half of the scores.
///
/// ⌊n/4⌋ of n scores are dropped at each end, as in `scipy.stats.trim_mean(scores, 0.25)`. With fewer than four scores it is the
/// mean.
pub fn interquartile_mean(scores: &[f64]) -> Option<f64> {
    let scores = ascending(scores.iter().copied())?;
    let cut = scores.len() / 4;
    mean(&scores[cut..scores.len() - cut])
}

/// The mean shortfall below `threshold`: threshold − mean(min(score, threshold)) (Agarwal et al. 2021, section 4.3). Scores above the
/// threshold do not compensate for scores below it.
pub fn optimality_gap(scores: &[f64], threshold: f64) -> Option<f64> {
    // Not `f64::min`, which would replace NaN by the threshold.
    let capped = scores.iter().map(|&score| if score > threshold { threshold } else { score });
    number(threshold - capped.sum::<f64>() / scores.len() as f64)
}

/// The scores in ascending order; `None` if there are none, or if one is NaN.
pub(super) fn ascending(scores: impl Iterator<Item = f64>) -> Option<Vec<f64>> {
    let mut scores: Vec<f64> = scores.collect();
    scores.sort_unstable_by(f64::total_cmp);
    // `total_cmp` sorts NaN to one of the ends.
    (number(*scores.first()?).is_some() && number(*scores.last()?).is_some()).then_some(scores)
}

fn number(value: f64) -> Option<f64> {
    (!value.is_nan()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_of_five_scores_by_hand() {
        let scores = [9.0, 1.0, 2.0, 4.0, -6.0];
        assert_eq!(mean(&scores), Some(2.0));
        assert_eq!(median(&scores), Some(2.0));
        // One score is dropped at each end: (1 + 2 + 4) / 3.
        assert_eq!(interquartile_mean(&scores), Some(7.0 / 3.0));
        // 3 − (3 + 1 + 2 + 3 − 6) / 5.
        assert_eq!(optimality_gap(&scores, 3.0), Some(3.0 - 0.6));
    }

    #[test]
    fn an_even_number_of_scores_has_two_in_the_middle() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 100.0]), Some(3.5));
        assert_eq!(interquartile_mean(&[4.0, 1.0, 3.0, 100.0]), Some(3.5));
        assert_eq!(interquartile_mean(&[1.0, 5.0, 9.0]), Some(5.0));
    }

    #[test]
    fn no_score_and_nan_have_no_estimate() {
        for scores in [&[][..], &[1.0, f64::NAN, 2.0, 3.0, 4.0], &[-f64::NAN, 1.0, 2.0, 3.0]] {
            assert_eq!(mean(scores), None);
            assert_eq!(median(scores), None);
            assert_eq!(interquartile_mean(scores), None);
            assert_eq!(optimality_gap(scores, 1.0), None);
        }
    }
}
