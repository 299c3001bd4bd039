//! Two variants against each other.

use std::collections::BTreeMap;

use super::comparison::{Entry, Measure};
use crate::stats::{holm, probability_of_improvement, pseudo_median, wilcoxon_signed_rank};

/// A p-value from here on down is called significant.
pub const SIGNIFICANT: f64 = 0.05;

/// Two variants against each other.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The number of the one.
    pub first: usize,
    /// The number of the other.
    pub second: usize,
    /// Probability that a run of the one is better than a run of the other.
    pub probability: f64,
    /// Seeds that both have a score of.
    pub shared: usize,
    /// Those of them whose scores differ.
    pub different: usize,
    /// By how much the one is better over shared seeds: the median of the means of every two differences.
    pub difference: Option<f64>,
    /// p-value of that difference, corrected for the number of tests; nothing where it was not tested.
    pub p_value: Option<f64>,
}

/// Every two variants that have scores. Tested are all pairs; with a `baseline`, only those with it.
pub fn pairs(entries: &[Entry], measure: Measure, baseline: Option<usize>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (index, one) in entries.iter().enumerate() {
        pairs.extend(entries[index + 1..].iter().filter_map(|other| pair(one, other, measure)));
    }
    for pair in pairs.iter_mut().filter(|pair| baseline.is_some_and(|baseline| !pair.has(baseline))) {
        pair.p_value = None;
    }
    // Holm's correction is for the tests that were made.
    let tested: Vec<f64> = pairs.iter().filter_map(|pair| pair.p_value).collect();
    let mut corrected = holm(&tested).into_iter();
    pairs.iter_mut().filter(|pair| pair.p_value.is_some()).for_each(|pair| pair.p_value = corrected.next());
    pairs
}

/// Two variants against each other, both of which have scores; the p-value is not corrected yet.
fn pair(one: &Entry, other: &Entry, measure: Measure) -> Option<Pair> {
    let differences = shared_differences(one, other, measure.sign());
    Some(Pair {
        first: one.variant,
        second: other.variant,
        probability: probability_of_improvement(&[one.signed_scores(measure)], &[other.signed_scores(measure)])?,
        shared: differences.len(),
        different: differences.iter().filter(|difference| **difference != 0.0).count(),
        difference: pseudo_median(&differences),
        p_value: wilcoxon_signed_rank(&differences),
    })
}

/// How much better the one is, for each seed that both have a score of.
fn shared_differences(one: &Entry, other: &Entry, sign: f64) -> Vec<f64> {
    let others: BTreeMap<u64, f64> = other.scores.iter().copied().collect();
    one.scores.iter().filter_map(|(seed, score)| Some(sign * (score - others.get(seed)?))).collect()
}

/// The fewest differences with which the smallest of so many p-values can be significant: Wilcoxon's smallest of n differences
/// is 2^(1 − n), and Holm's correction multiplies the smallest by the number of pairs.
pub fn fewest_seeds(pairs: usize) -> usize {
    (1..).find(|&seeds| pairs as f64 * 0.5_f64.powi(seeds - 1) <= SIGNIFICANT).map_or(1, |seeds| seeds as usize)
}

impl Pair {
    /// Whether `variant` is one of the two.
    pub fn has(&self, variant: usize) -> bool {
        self.first == variant || self.second == variant
    }

    /// Whether the two differ, as far as these runs can tell.
    pub fn significant(&self) -> bool {
        self.p_value.is_some_and(|p| p <= SIGNIFICANT)
    }

    /// Whether `variant` is significantly better than the other one.
    pub fn won_by(&self, variant: usize) -> bool {
        let difference = self.difference.unwrap_or(0.0);
        self.significant() && variant == if difference >= 0.0 { self.first } else { self.second }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_tests_take_more_seeds() {
        assert_eq!([1, 10, 28].map(fewest_seeds), [6, 9, 11]);
    }
}
