//! Point estimates of the scores that one variant reached in one environment: one score per run.
//!
//! All of them are `None` where there is no score, and where a score is NaN: a diverged run has to be counted as
//! whatever the caller thinks it is worth before it comes here.

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
/// Of n scores ⌊n/4⌋ are dropped at each end, as `scipy.stats.trim_mean(scores, 0.25)` drops them. With fewer than four
/// scores it is the mean.
pub fn interquartile_mean(scores: &[f64]) -> Option<f64> {
    middle_half(scores.iter().copied())
}

/// By how much the scores fall short of `threshold` in the mean: threshold − mean(min(score, threshold)) (Agarwal et
/// al. 2021, section 4.3). What lies beyond the threshold does not make up for what is missing below.
pub fn optimality_gap(scores: &[f64], threshold: f64) -> Option<f64> {
    // Not `f64::min`, which would take a NaN for the threshold.
    let capped = scores.iter().map(|&score| if score > threshold { threshold } else { score });
    number(threshold - capped.sum::<f64>() / scores.len() as f64)
}

/// The interquartile mean of scores that need not lie side by side.
pub(super) fn middle_half(scores: impl Iterator<Item = f64>) -> Option<f64> {
    let scores = ascending(scores)?;
    let cut = scores.len() / 4;
    mean(&scores[cut..scores.len() - cut])
}

/// The scores in ascending order; `None` where there are none, or one is NaN.
pub(super) fn ascending(scores: impl Iterator<Item = f64>) -> Option<Vec<f64>> {
    let mut scores: Vec<f64> = scores.collect();
    scores.sort_unstable_by(f64::total_cmp);
    // A NaN is sorted to an end, where it would pass for the best or the worst score.
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
