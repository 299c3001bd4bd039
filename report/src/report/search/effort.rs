//! How good the best of so many trials is.

use super::searched::{SearchResults, SearchedVariant};
use crate::results::FAILED;
use crate::stats::expected_maximum;

/// What a variant reaches with so many trials.
#[derive(Clone, Debug, PartialEq)]
pub struct Effort {
    /// The variant's index.
    pub variant: usize,
    /// The variant's name.
    pub name: String,
    /// The expected best of n independent trials, for n = 1, 2, …; empty if there are fewer than two.
    pub expected: Vec<f64>,
    /// The best of the first n trials in their order, the one with the config's own settings first, for n = 1, 2, …; [`FAILED`] while
    /// all failed.
    pub in_order: Vec<f64>,
}

/// The effort of every variant. A failed trial counts with the lowest objective that any trial of any variant has.
pub fn efforts(results: &SearchResults) -> Vec<Effort> {
    let all = results.variants.iter().flat_map(SearchedVariant::measured).map(|(_, objective)| objective);
    let worst = all.filter(|objective| *objective > FAILED).reduce(f64::min);
    results.variants.iter().map(|variant| effort(results, variant, worst)).collect()
}

fn effort(results: &SearchResults, variant: &SearchedVariant, worst: Option<f64>) -> Effort {
    // Neither the config's own settings nor what was proposed from earlier results are independent draws.
    let drawn = 1..results.search.adaptive_from.unwrap_or(usize::MAX);
    let independent = variant.measured().filter(|(trial, _)| drawn.contains(&trial.number));
    let counted = |objective: f64| if objective > FAILED { Some(objective) } else { worst };
    let independent: Vec<f64> = independent.filter_map(|(_, objective)| counted(objective)).collect();
    let in_order = variant.measured().scan(FAILED, |best, (_, objective)| {
        *best = best.max(objective);
        Some(*best)
    });
    Effort {
        variant: variant.index,
        name: variant.name.clone(),
        expected: if independent.len() < 2 { Vec::new() } else { expected_maximum(&independent) },
        in_order: in_order.collect(),
    }
}
