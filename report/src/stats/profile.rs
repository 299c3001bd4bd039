//! Performance profiles: the share of runs above each score.

use super::bootstrap::{Bootstrap, ConfidenceInterval};

/// The share of runs with a score above τ, for each τ of `thresholds`: the score distribution of Agarwal et al. 2021, section 4.2.
/// Over several tasks it is
/// [`performance_profile_over_tasks`](super::performance_profile_over_tasks).
///
/// A profile never rises from one threshold to a higher one. `None` without scores, and if a score is NaN.
pub fn performance_profile(scores: &[f64], thresholds: &[f64]) -> Option<Vec<f64>> {
    thresholds.iter().map(|&threshold| share_above(scores, threshold)).collect()
}

/// The [interval](Bootstrap::interval) of the profile at each threshold.
///
/// The intervals are pointwise: at some threshold or other, the true profile is likely to be outside. Each threshold costs as much as
/// one interval; rliable draws 2,000 resamples for profiles. `None` as in [`performance_profile`] and [`Bootstrap::interval`].
pub fn performance_profile_intervals(
    bootstrap: &Bootstrap,
    scores: &[f64],
    thresholds: &[f64],
) -> Option<Vec<ConfidenceInterval>> {
    let at = |&threshold: &f64| bootstrap.interval(scores, |scores| share_above(scores, threshold));
    thresholds.iter().map(at).collect()
}

/// The share of scores above a threshold.
pub(super) fn share_above(scores: &[f64], threshold: f64) -> Option<f64> {
    let above = scores.iter().filter(|&&score| score > threshold).count() as f64;
    let complete = !scores.is_empty() && !scores.iter().any(|score| score.is_nan());
    complete.then_some(above / scores.len() as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may panic

    use super::*;

    #[test]
    fn a_profile_by_hand() {
        // A score equal to the threshold is not above it: 3/4, 2/4, 0.
        assert_eq!(performance_profile(&[0.0, 1.0, 2.0, 3.0], &[0.0, 1.0, 3.0]), Some(vec![0.75, 0.5, 0.0]));
        assert_eq!(performance_profile(&[0.0, 1.0], &[]), Some(vec![]));
        assert_eq!(performance_profile(&[], &[0.0]), None);
        assert_eq!(performance_profile(&[1.0, f64::NAN], &[0.0]), None);
    }

    #[test]
    fn its_intervals_contain_it() {
        let (scores, thresholds) = ([0.1, 0.5, 0.5, 0.9, 0.2], [0.0, 0.3, 0.5, 1.0]);
        let profile = performance_profile(&scores, &thresholds).unwrap();
        let bootstrap = Bootstrap { resamples: 500, ..Bootstrap::default() };
        let intervals = performance_profile_intervals(&bootstrap, &scores, &thresholds).unwrap();
        assert!(intervals.iter().zip(&profile).all(|(interval, &share)| interval.contains(share)));
        assert_eq!((intervals[0].width(), intervals[3].width()), (0.0, 0.0)); // all above, none above
    }
}
