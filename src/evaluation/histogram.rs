//! Histograms of returns.

use serde::Serialize;

/// A bin of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Its lower bound, inclusive.
    pub low: f64,
    /// Its upper bound, exclusive but for the last bin; equal to `low` if the bin is of one value.
    pub high: f64,
    /// Numbers in it.
    pub count: usize,
}

/// The most bins.
const BINS: usize = 10;

/// The bins of finite numbers: one per value if there are at most ten different ones, else ten of equal width from the lowest number
/// to the highest. Empty if a number is not finite.
pub fn histogram(sample: &[f64]) -> Vec<Bin> {
    if sample.iter().any(|x| !x.is_finite()) {
        return Vec::new();
    }
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut values: Vec<Bin> = Vec::new();
    for &x in &sorted {
        match values.last_mut().filter(|bin| bin.low == x) {
            Some(bin) => bin.count += 1,
            None => values.push(Bin { low: x, high: x, count: 1 }),
        }
    }
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return values };
    let (low, width) = (first.low, (last.high - first.low) / BINS as f64);
    if values.len() <= BINS {
        return values;
    }
    let edge = |index: usize| if index == BINS { last.high } else { low + width * index as f64 };
    let mut bins: Vec<Bin> = (0..BINS).map(|index| Bin { low: edge(index), high: edge(index + 1), count: 0 }).collect();
    for value in &values {
        // By the bounds as they are shown, which are rounded.
        let index = bins.iter().rposition(|bin| bin.low <= value.low).unwrap_or(0);
        bins[index].count += value.count;
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_have_a_bin_each() {
        let bin = |at, count| Bin { low: at, high: at, count };
        assert_eq!(histogram(&[1.0, 0.0, 1.0, 1.0]), [bin(0.0, 1), bin(1.0, 3)]);
        assert_eq!(histogram(&[500.0; 7]), [bin(500.0, 7)]);
        assert_eq!(histogram(&[]), []);
        assert_eq!(histogram(&[1.0, f64::NAN]), []);
    }

    #[test]
    fn many_values_have_ten_bins_with_every_number_in_one() {
        let sample: Vec<f64> = (0..=100).map(f64::from).collect();
        let bins = histogram(&sample);
        let counts: Vec<usize> = bins.iter().map(|bin| bin.count).collect();
        assert_eq!(counts, [10, 10, 10, 10, 10, 10, 10, 10, 10, 11]); // the highest number is in the last bin
        assert_eq!((bins[0].low, bins[3].low, bins[3].high, bins[9].high), (0.0, 30.0, 40.0, 100.0));
    }
}
