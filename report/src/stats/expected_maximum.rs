//! The best of several trials, as a function of their number.

use super::estimates::ascending;

/// The expected maximum of n scores that are drawn from `scores` with replacement, for n = 1, …, N, where N is the number of scores
/// (Dodge et al. 2019, "Show Your Work: Improved Reporting of Experimental Results", section 3.1):
///
/// `E[max]` = Σᵢ s₍ᵢ₎ · ((i/N)ⁿ − ((i − 1)/N)ⁿ) over the scores s₍₁₎ ≤ … ≤ s₍N₎.
///
/// It is what a search of n independent trials finds on average, if `scores` stand for the distribution of a trial's objective. Their
/// maximum is the largest that can be drawn, so for n near N the estimate is too low rather than too high. Empty without scores, and
/// if one is NaN; minus infinity where a score is.
pub fn expected_maximum(scores: &[f64]) -> Vec<f64> {
    let Some(sorted) = ascending(scores.iter().copied()) else { return Vec::new() };
    let size = sorted.len() as f64;
    let expected = |draws: i32| -> f64 {
        let below = |count: usize| (count as f64 / size).powi(draws);
        sorted.iter().enumerate().map(|(index, score)| score * (below(index + 1) - below(index))).sum()
    };
    (1..=sorted.len()).map(|draws| expected(i32::try_from(draws).unwrap_or(i32::MAX))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean, over all tuples of `draws` scores, of their largest one.
    fn enumerated(scores: &[f64], draws: u32) -> f64 {
        let count = scores.len();
        let tuples = count.pow(draws);
        let largest = |tuple: usize| {
            (0..draws).map(|place| scores[tuple / count.pow(place) % count]).fold(f64::NEG_INFINITY, f64::max)
        };
        (0..tuples).map(largest).sum::<f64>() / tuples as f64
    }

    #[test]
    fn two_scores_by_hand() {
        // Of two draws from {0, 1}, one in four has only zeros.
        assert_eq!(expected_maximum(&[1.0, 0.0]), [0.5, 0.75]);
        assert_eq!(expected_maximum(&[3.0]), [3.0]);
    }

    #[test]
    fn it_is_the_mean_over_all_tuples() {
        for scores in [&[1.0, -2.0, 5.0, 5.0, 0.5][..], &[0.0, 10.0, 3.0, 7.0, 1.0, 2.0], &[2.0; 4]] {
            let expected = expected_maximum(scores);
            assert_eq!(expected.len(), scores.len());
            for (index, value) in expected.iter().enumerate() {
                let all = enumerated(scores, index as u32 + 1);
                assert!((value - all).abs() < 1e-12, "{scores:?}, {} draws: {value}, not {all}", index + 1);
            }
        }
    }

    #[test]
    fn no_score_and_nan_have_no_expectation() {
        assert!(expected_maximum(&[]).is_empty() && expected_maximum(&[1.0, f64::NAN]).is_empty());
        assert_eq!(expected_maximum(&[1.0, f64::NEG_INFINITY])[0], f64::NEG_INFINITY);
    }
}
