//! Two variants against each other.

use std::collections::BTreeMap;

use super::measure::Measure;
use super::variant_result::VariantResult;
use crate::stats::{holm, probability_of_improvement, pseudo_median, wilcoxon_signed_rank};

/// A difference is called significant up to this p-value.
pub const SIGNIFICANT: f64 = 0.05;

/// Two variants against each other.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The index of the first.
    pub first: usize,
    /// The index of the second.
    pub second: usize,
    /// Probability that a run of the first is better than a run of the second.
    pub probability: f64,
    /// How many seeds have a score of both.
    pub shared: usize,
    /// How many of these seeds have different scores.
    pub different: usize,
    /// By how much the first is better over shared seeds: the median of the means of every two differences.
    pub difference: Option<f64>,
    /// p-value of that difference, corrected for the number of tests; `None` where it was not tested.
    pub p_value: Option<f64>,
}

/// Every two variants that have scores. All pairs are tested; with a `baseline`, only its own.
pub fn pairs(variants: &[VariantResult], measure: Measure, baseline: Option<usize>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (index, one) in variants.iter().enumerate() {
        pairs.extend(variants[index + 1..].iter().filter_map(|other| pair(one, other, measure)));
    }
    for pair in pairs.iter_mut().filter(|pair| baseline.is_some_and(|baseline| !pair.has(baseline))) {
        pair.p_value = None;
    }
    // Holm's correction counts only the tests that were made.
    let tested: Vec<f64> = pairs.iter().filter_map(|pair| pair.p_value).collect();
    let mut corrected = holm(&tested).into_iter();
    pairs.iter_mut().filter(|pair| pair.p_value.is_some()).for_each(|pair| pair.p_value = corrected.next());
    pairs
}

/// Two variants, with a p-value that is not corrected yet; `None` if one of them has no scores.
fn pair(one: &VariantResult, other: &VariantResult, measure: Measure) -> Option<Pair> {
    let differences = shared_differences(one, other, measure.sign());
    Some(Pair {
        first: one.index,
        second: other.index,
        probability: probability_of_improvement(&one.signed_scores(measure), &other.signed_scores(measure))?,
        shared: differences.len(),
        different: differences.iter().filter(|difference| **difference != 0.0).count(),
        difference: pseudo_median(&differences),
        p_value: wilcoxon_signed_rank(&differences),
    })
}

/// How much better the first is, for each seed with a score of both.
fn shared_differences(one: &VariantResult, other: &VariantResult, sign: f64) -> Vec<f64> {
    let others: BTreeMap<u64, f64> = other.scores.iter().copied().collect();
    one.scores.iter().filter_map(|(seed, score)| Some(sign * (score - others.get(seed)?))).collect()
}

/// How many shared seeds with different scores it takes at least for one of so many tests to be significant. The smallest possible
/// p-value of Wilcoxon's test is 2^(1 − n) for n differences, and Holm's correction multiplies it by the number of tests.
pub fn fewest_seeds(tests: usize) -> usize {
    (1..).find(|&seeds| tests as f64 * 0.5_f64.powi(seeds - 1) <= SIGNIFICANT).map_or(1, |seeds| seeds as usize)
}

impl Pair {
    /// Whether the variant with this index is one of the two.
    pub fn has(&self, index: usize) -> bool {
        self.first == index || self.second == index
    }

    /// Whether the two differ significantly.
    pub fn significant(&self) -> bool {
        self.p_value.is_some_and(|p| p <= SIGNIFICANT)
    }

    /// Whether the variant with this index is significantly better than the other one.
    pub fn won_by(&self, index: usize) -> bool {
        let difference = self.difference.unwrap_or(0.0);
        self.significant() && index == if difference >= 0.0 { self.first } else { self.second }
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
