//! How many seeds an experiment needs.

use super::bootstrap::{Interval, expanded_level, tails};
use super::estimates::{ascending, interquartile_mean};
use super::quantile::quantile;
use super::resample::Resampler;

/// More seeds than these are not considered.
const MAX_SEEDS: usize = 1000;

/// How many experiments are imagined of each size. Their quantiles make the answer uncertain by some 6 %, which is
/// little beside what ten runs know about their spread.
const EXPERIMENTS: usize = 1000;

/// The smallest number of seeds with which the [expanded interval](super::Bootstrap::expanded) of the interquartile
/// mean is expected to be at most `width` wide. `None` where a thousand are not enough, where the pilot has fewer than
/// two scores, and where one is NaN.
///
/// `pilot` are the scores that a few seeds have reached already; `confidence` and `seed` are as in
/// [`Bootstrap`](super::Bootstrap). The pilot is taken for the population: experiments of n runs are drawn from it, and
/// the quantiles of their estimates are as far apart as the interval will be wide. They are expanded with Student's t
/// of n runs, as the interval's are, and by √(p / (p − 1)) for the p runs of the pilot, whose spread is too small by as
/// much. For n = p that is the interval of the pilot itself.
///
/// The width is taken to fall as n grows, and n is found by doubling and halving. It does fall, like 1/√n, except that
/// it jumps a little where one run more is trimmed, at multiples of four: the answer may be off by as many as such a
/// jump hides. A pilot that has not met a rare outcome cannot know of it.
pub fn seeds_needed(pilot: &[f64], width: f64, confidence: f64, seed: u64) -> Option<usize> {
    if pilot.len() < 2 {
        return None; // one score says nothing of the spread
    }
    let narrow = |seeds: usize| Some(expected(pilot, seeds, confidence, seed)?.width() <= width);
    let mut enough = 2;
    while !narrow(enough)? {
        if enough == MAX_SEEDS {
            return None;
        }
        enough = MAX_SEEDS.min(2 * enough);
    }
    let mut too_few = enough / 2; // one, or the number before, which was not enough
    while enough - too_few > 1 {
        let middle = (enough + too_few) / 2;
        if narrow(middle)? { enough = middle } else { too_few = middle }
    }
    Some(enough)
}

/// An interval as wide as that of an experiment with so many seeds is expected to be.
fn expected(pilot: &[f64], seeds: usize, confidence: f64, seed: u64) -> Option<Interval> {
    let mut experiments = Resampler::new([pilot].into_iter(), seed)?.with_size(seeds);
    let estimates =
        (0..EXPERIMENTS).map(|_| interquartile_mean(&experiments.draw()[0])).collect::<Option<Vec<f64>>>()?;
    let estimates = ascending(estimates.into_iter())?;
    let known = pilot.len() as f64;
    let [low, high] = tails(confidence).map(|tail| expanded_level(tail, known / (known - 1.0), (seeds - 1) as f64));
    Some(Interval { low: quantile(&estimates, low?), high: quantile(&estimates, high?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pilot spread evenly over [0, 1].
    fn pilot() -> Vec<f64> {
        (0..20).map(|i| f64::from(i) / 19.0).collect()
    }

    #[test]
    fn a_pilot_of_twenty_tells_how_wide_its_own_interval_is() {
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
    fn what_a_pilot_cannot_answer() {
        assert_eq!(seeds_needed(&pilot(), 1e-4, 0.95, 0), None);
        assert_eq!(seeds_needed(&[1.0], 1.0, 0.95, 0), None);
        assert_eq!(seeds_needed(&[], 1.0, 0.95, 0), None);
        assert_eq!(seeds_needed(&[0.0, f64::NAN], 1.0, 0.95, 0), None);
        // Equal scores say that two seeds are enough.
        assert_eq!(seeds_needed(&[1.0; 5], 0.0, 0.95, 0), Some(2));
    }
}
