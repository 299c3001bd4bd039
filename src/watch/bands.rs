//! Curves of several runs as one: the mean and the spread over seeds.

use std::collections::BTreeMap;

use crate::stats::{mean, quantile};

/// From this many runs on the spread is that of the quartiles; below, it is the whole range.
pub const QUARTILES_FROM: usize = 4;

/// The runs of a variant at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandPoint {
    /// Environment steps.
    pub step: u64,
    /// Mean over the runs that have a number at this step.
    pub mean: f64,
    /// Their lower quartile, or their lowest number.
    pub low: f64,
    /// Their upper quartile, or their highest number.
    pub high: f64,
    /// How many they are.
    pub runs: usize,
}

/// Mean and spread of curves, at every step that one of them has. Every curve is a list of (step, number). A run that is not
/// there yet, or has ended early, does not count.
pub fn over_seeds(curves: &[Vec<(u64, f64)>]) -> Vec<BandPoint> {
    let mut steps: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (step, value) in curves.iter().flatten().filter(|(_, value)| value.is_finite()) {
        steps.entry(*step).or_default().push(*value);
    }
    let point = |(step, mut values): (u64, Vec<f64>)| {
        values.sort_by(f64::total_cmp);
        let level = if values.len() < QUARTILES_FROM { 0.0 } else { 0.25 };
        let (low, high) = (quantile(&values, level), quantile(&values, 1.0 - level));
        BandPoint { step, mean: mean(&values).unwrap_or(f64::NAN), low, high, runs: values.len() }
    };
    steps.into_iter().map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_runs_have_their_range_and_five_have_quartiles() {
        let band = over_seeds(&[vec![(0, 1.0), (10, 4.0)], vec![(0, 3.0), (10, f64::NAN)], vec![(0, 8.0)]]);
        let expected = [
            BandPoint { step: 0, mean: 4.0, low: 1.0, high: 8.0, runs: 3 },
            BandPoint { step: 10, mean: 4.0, low: 4.0, high: 4.0, runs: 1 },
        ];
        assert_eq!(band, expected);
        let five: Vec<_> = [16.0, 1.0, 4.0, 2.0, 8.0].map(|value| vec![(5, value)]).to_vec();
        assert_eq!(over_seeds(&five), [BandPoint { step: 5, mean: 6.2, low: 2.0, high: 8.0, runs: 5 }]);
        assert_eq!(over_seeds(&[vec![], vec![]]), []);
    }
}
