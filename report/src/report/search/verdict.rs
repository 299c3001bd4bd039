//! What the verdict's runs reached, in the measure of the search.

use std::collections::BTreeMap;
use std::path::Path;

use crate::report::estimate::Estimate;
use crate::report::grouping::compare;
use crate::report::options::ReportOptions;
use crate::report::read::{Plan, RunState, read as read_experiments};
use crate::report::variant_result::VariantResult;
use crate::results::{EXPERIMENT, SearchSettings, VERDICT};
use crate::stats::ConfidenceInterval;

/// What is known of a variant's chosen settings on the judging seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// The figure that the objective is made of, over the judging seeds; `None` before there are results, and where the runs' files do
    /// not have it.
    pub estimate: Option<Estimate>,
    /// How many runs are over.
    pub over: usize,
    /// How many there will be.
    pub runs: usize,
}

/// The verdict of each variant by its name; empty before there is one. What is wrong with its files is added to `problems`.
pub fn read(
    folder: &Path,
    plan: &Plan,
    search: &SearchSettings,
    options: &ReportOptions,
    problems: &mut Vec<String>,
) -> BTreeMap<String, Judged> {
    let place = format!("{VERDICT}/{}-tuned", plan.name);
    let experiment = folder.join(&place);
    if !experiment.join(EXPERIMENT).is_file() {
        return BTreeMap::new();
    }
    // A baseline and a threshold are for comparisons of an experiment.
    let options = ReportOptions { bootstrap: options.bootstrap, ..ReportOptions::default() };
    let compared = read_experiments(&[experiment]).and_then(|(experiments, unreadable)| {
        problems.extend(unreadable);
        let of_files = experiments.iter().flat_map(|experiment| &experiment.warnings);
        problems.extend(of_files.map(|warning| format!("{place}/{warning}")));
        compare(&experiments, &options)
    });
    let comparisons = compared.unwrap_or_else(|why| {
        problems.push(why);
        Vec::new()
    });
    let mut verdict = BTreeMap::new();
    for comparison in &comparisons {
        for variant in &comparison.variants {
            let of_returns = search.by_area && comparison.evaluated;
            let estimate = match (comparison.prediction, of_returns) {
                // The objective is minus the last error. There is no figure for the area under a curve of errors.
                (true, _) => variant.score.filter(|_| !search.by_area).map(negated),
                (false, true) => variant.area,
                (false, false) => variant.final_return,
            };
            verdict.insert(variant.name.clone(), Judged { estimate, over: over(variant), runs: variant.runs.len() });
        }
    }
    verdict
}

fn over(variant: &VariantResult) -> usize {
    variant.count(|state| *state == RunState::Finished) + variant.failed()
}

fn negated(estimate: Estimate) -> Estimate {
    let turned = |interval: ConfidenceInterval| ConfidenceInterval { low: -interval.high, high: -interval.low };
    Estimate { value: -estimate.value, interval: estimate.interval.map(turned) }
}
