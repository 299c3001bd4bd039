//! The variants in one environment, compared.

use std::collections::BTreeMap;

use super::measure::Measure;
use super::over_environments::Scale;
use super::pairs::Pair;
use super::quantity::Quantity;
use super::read::PlannedEnvironment;
use super::tie::Tie;
use super::variant_result::VariantResult;
use crate::results::TrueValues;
use crate::stats::{Bootstrap, ConfidenceInterval, probability_of_improvement};

/// An environment and what was run in it.
pub struct Comparison {
    /// The environment.
    pub environment: PlannedEnvironment,
    /// Its name in headings.
    pub title: String,
    /// The return that counts as solved.
    pub threshold: Option<f64>,
    /// Whether solving is measured by regrets, which are exact, and not by returns, which are estimates.
    pub exact: bool,
    /// Whether scores are returns of evaluations and not of training episodes.
    pub evaluated: bool,
    /// Whether the policy is given and its values are learned. Returns then do not measure what is learned.
    pub prediction: bool,
    /// What variants are compared by.
    pub measure: Measure,
    /// The score of failed runs, if there are any.
    pub failed_score: Option<f64>,
    /// The variants, in the order of the experiments.
    pub variants: Vec<VariantResult>,
    /// Every two variants that have scores.
    pub pairs: Vec<Pair>,
    /// The index of the variant that all others are tested against; `None` where all are tested against each other.
    pub baseline: Option<usize>,
    /// Why several variants tie for the best, if they do and learning speed tells them apart.
    pub tie: Option<Tie>,
    /// The same variants compared by how fast they learn, if only some of them tie. The others have no scores there.
    pub speeds: Option<Box<Comparison>>,
    /// How final returns are normalised, where the environment is compared with others.
    pub scale: Option<Scale>,
    /// The worst value that any run ever had.
    pub worst: BTreeMap<Quantity, f64>,
}

impl Comparison {
    /// The worst value that any run ever had.
    pub fn worst_of(&self, quantity: Quantity) -> Option<f64> {
        self.worst.get(&quantity).copied()
    }

    /// How many tests were made.
    pub fn tests(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.p_value.is_some()).count()
    }

    /// What value errors are measured against, in the order of the variants.
    pub fn truths(&self) -> Vec<TrueValues> {
        let measured = self.variants.iter().filter(|variant| variant.distances.value_error.is_some());
        let mut truths: Vec<TrueValues> = Vec::new();
        for variant in measured {
            if !truths.contains(&variant.truth) {
                truths.push(variant.truth);
            }
        }
        truths
    }

    /// The variants from the best score to the worst, those without a score last. Variants that tie for the best come first, sorted
    /// by how fast they learn.
    pub fn ranked(&self) -> Vec<&VariantResult> {
        let mut ranked: Vec<&VariantResult> = self.variants.iter().collect();
        let score = |v: &VariantResult| v.score.map_or(f64::NEG_INFINITY, |score| self.measure.sign() * score.value);
        ranked.sort_by(|a, b| score(b).total_cmp(&score(a)));
        if let Some(speeds) = &self.speeds {
            let speed =
                |v: &VariantResult| speeds.variants[v.index].score.map_or(f64::NEG_INFINITY, |score| score.value);
            ranked.sort_by(|a, b| speed(b).total_cmp(&speed(a)));
        }
        ranked
    }

    /// The pair of two variants, and whether `one` is its second variant.
    pub fn pair(&self, one: usize, other: usize) -> Option<(&Pair, bool)> {
        let found = |first, second| self.pairs.iter().find(|pair| pair.first == first && pair.second == second);
        found(one, other).map(|pair| (pair, false)).or_else(|| found(other, one).map(|pair| (pair, true)))
    }

    /// Whether a variant is significantly better than another one.
    pub fn is_better(&self, one: &VariantResult, other: &VariantResult) -> bool {
        self.pair(one.index, other.index).is_some_and(|(pair, _)| pair.won_by(one.index))
    }

    /// The interval of a pair's probability.
    pub fn probability_interval(&self, pair: &Pair, bootstrap: &Bootstrap) -> Option<ConfidenceInterval> {
        let [x, y] = [pair.first, pair.second].map(|index| self.variants[index].signed_scores(self.measure));
        bootstrap.interval_of_two(&x, &y, probability_of_improvement)
    }
}
