//! How many seeds an experiment needs.

use super::bootstrap::{ConfidenceInterval, expanded_level, tails};
use super::estimates::{ascending, interquartile_mean};
use super::quantile::quantile;
use super::resample::Resampler;

/// The largest number of seeds that is tried.
const MAX_SEEDS: usize = 1000;

/// How many experiments of each size are simulated. Their number makes the answer uncertain by about 6 %, which is little compared
/// with the uncertainty of a spread estimated from ten runs.
const EXPERIMENTS: usize = 1000;

/// The smallest number of seeds with which the [interval](super::Bootstrap::iqm_interval) of the interquartile mean is expected to be
/// at most `width` wide. `None` if a thousand seeds are not enough, if the pilot has fewer than two scores, or if one is NaN.
///
/// `pilot` are the scores of some seeds; `confidence` and `seed` are as in [`Bootstrap`](super::Bootstrap). The pilot stands in for
/// the population: experiments of n runs are drawn from it, and the quantiles of their estimates are as far apart as the interval will
/// be wide. The quantiles are expanded with Student's t for n runs, as for the interval, and by √(p / (p − 1)) for the p runs of the
/// pilot, whose spread is too small by that factor. For n = p this is the interval of the pilot itself.
///
/// The search doubles n and then halves the difference, which assumes that the width falls as n grows. It does fall, like 1/√n, but
/// jumps a little at multiples of four, where one more run is trimmed. So the answer may be off by a few seeds. A rare outcome that
/// the pilot did not have is not accounted for.
pub fn seeds_needed(pilot: &[f64], width: f64, confidence: f64, seed: u64) -> Option<usize> {
    if pilot.len() < 2 {
        return None; // one score has no spread
    }
    let narrow = |seeds: usize| Some(expected(pilot, seeds, confidence, seed)?.width() <= width);
    let mut enough = 2;
    while !narrow(enough)? {
        if enough == MAX_SEEDS {
            return None;
        }
        enough = MAX_SEEDS.min(2 * enough);
    }
    let mut too_few = enough / 2; // one, or the last number that was not enough
    while enough - too_few > 1 {
        let middle = (enough + too_few) / 2;
        if narrow(middle)? { enough = middle } else { too_few = middle }
    }
    Some(enough)
}

/// An interval that is as wide as expected of an experiment with this many seeds.
fn expected(pilot: &[f64], seeds: usize, confidence: f64, seed: u64) -> Option<ConfidenceInterval> {
    let mut experiments = Resampler::new([pilot].into_iter(), seed)?.with_size(seeds);
    let estimates =
        (0..EXPERIMENTS).map(|_| interquartile_mean(&experiments.draw()[0])).collect::<Option<Vec<f64>>>()?;
    let estimates = ascending(estimates.into_iter())?;
    let size = pilot.len() as f64;
    let [low, high] = tails(confidence).map(|tail| expanded_level(tail, size / (size - 1.0), (seeds - 1) as f64));
    Some(ConfidenceInterval { low: quantile(&estimates, low?), high: quantile(&estimates, high?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pilot spread evenly over [0, 1].
    fn pilot() -> Vec<f64> {
        (0..20).map(|i| f64::from(i) / 19.0).collect()
    }

    #[test]
    fn a_pilot_of_twenty_has_its_own_interval() {
        use super::super::bootstrap::Bootstrap;
        let own = Bootstrap { resamples: EXPERIMENTS, confidence: 0.95, seed: 4 }.iqm_interval(&pilot());
        assert_eq!(expected(&pilot(), 20, 0.95, 4), own);
    }

    #[test]
    fn half_the_width_takes_four_times_the_seeds() {
        let seeds = |width| seeds_needed(&pilot(), width, 0.95, 0).map_or(f64::NAN, |seeds| seeds as f64);
        let ratio = seeds(0.1) / seeds(0.2);
        assert!((3.3..4.7).contains(&ratio), "{ratio}");
    }

    #[test]
    fn some_pilots_have_no_answer() {
        assert_eq!(seeds_needed(&pilot(), 1e-4, 0.95, 0), None);
        assert_eq!(seeds_needed(&[1.0], 1.0, 0.95, 0), None);
        assert_eq!(seeds_needed(&[], 1.0, 0.95, 0), None);
        assert_eq!(seeds_needed(&[0.0, f64::NAN], 1.0, 0.95, 0), None);
        // With equal scores two seeds are enough.
        assert_eq!(seeds_needed(&[1.0; 5], 0.0, 0.95, 0), Some(2));
    }
}
