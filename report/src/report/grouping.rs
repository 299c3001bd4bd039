//! From experiments to comparisons: which variants are compared with each other.

use std::collections::BTreeMap;

use super::comparison::Comparison;
use super::measure::Measure;
use super::options::ReportOptions;
use super::read::{ExperimentResults, PlannedVariant};
use super::variant_result::VariantResult;
use crate::results::most_like;

/// Groups all variants by environment, by whether their runs were evaluated, and by whether their policy is given, and computes
/// their figures.
///
/// # Errors
/// If no variant has the baseline's name, or several in one environment have it.
pub fn compare(experiments: &[ExperimentResults], options: &ReportOptions) -> Result<Vec<Comparison>, String> {
    let mut comparisons: Vec<Comparison> = Vec::new();
    for experiment in experiments {
        let evaluated = experiment.plan.evaluation_episodes > 0;
        let prefix = if experiments.len() == 1 { String::new() } else { format!("{}/", experiment.name) };
        for (planned, runs) in experiment.plan.variants.iter().zip(&experiment.runs) {
            let same = |c: &Comparison| {
                c.environment == planned.environment && c.evaluated == evaluated && c.prediction == planned.predicts()
            };
            let position = comparisons.iter().position(same).unwrap_or_else(|| {
                comparisons.push(without_variants(planned, evaluated, options));
                comparisons.len() - 1
            });
            let comparison = &mut comparisons[position];
            let index = comparison.variants.len();
            let result = VariantResult::new(&prefix, experiment, planned, index, runs, comparison.threshold);
            comparison.variants.push(result);
        }
    }
    make_titles_unique(&mut comparisons);
    if let Some(name) = &options.baseline {
        set_baseline(&mut comparisons, name)?;
    }
    for comparison in &mut comparisons {
        if !comparison.begins_alike() {
            comparison.variants.iter_mut().for_each(|variant| (variant.reached, variant.optimal) = Default::default());
        }
        comparison.score(&options.bootstrap);
        let regrets = comparison.variants.iter().any(|variant| variant.distances.regret.is_some());
        comparison.exact = regrets && options.threshold.is_none() && !comparison.prediction;
    }
    Ok(comparisons)
}

fn without_variants(planned: &PlannedVariant, evaluated: bool, options: &ReportOptions) -> Comparison {
    let environment = planned.environment.clone();
    Comparison {
        title: environment.id.replace('_', "-"),
        threshold: options.threshold.or(environment.threshold).filter(|_| !planned.predicts()),
        environment,
        exact: false,
        evaluated,
        prediction: planned.predicts(),
        measure: Measure::FinalReturn,
        failed_score: None,
        variants: Vec::new(),
        pairs: Vec::new(),
        baseline: None,
        tie: None,
        speeds: None,
        scale: None,
        worst: BTreeMap::new(),
    }
}

/// Finds the variant with this name in each environment, or else the one with this method. The name may or may not begin with that
/// of the experiment.
fn set_baseline(comparisons: &mut [Comparison], name: &str) -> Result<(), String> {
    let matches = |full: &str| full == name || full.rsplit('/').next() == Some(name);
    let mut found = false;
    for comparison in comparisons.iter_mut() {
        let all = |is: &dyn Fn(&VariantResult) -> bool| -> Vec<&VariantResult> {
            comparison.variants.iter().filter(|variant| is(variant)).collect()
        };
        let named = all(&|variant| matches(&variant.name));
        let matching = if named.is_empty() { all(&|variant| variant.method == name) } else { named };
        if let [one, other, ..] = matching[..] {
            return Err(format!(
                "--baseline {name}: several variants have this name: give {} or {}",
                one.name, other.name
            ));
        }
        comparison.baseline = matching.first().map(|variant| variant.index);
        found |= comparison.baseline.is_some();
    }
    if found {
        return Ok(());
    }
    let variants = || comparisons.iter().flat_map(|comparison| &comparison.variants);
    let methods = variants().map(|variant| variant.method.as_str());
    let names = variants().map(|variant| variant.name.as_str()).chain(methods);
    let nearest = most_like(name, names).map_or("", |(nearest, _)| nearest);
    Err(format!("--baseline {name}: there is no such variant; the nearest name is `{nearest}`"))
}

/// Adds the settings of environments that have the same name to their titles.
fn make_titles_unique(comparisons: &mut [Comparison]) {
    let ids: Vec<String> = comparisons.iter().map(|comparison| comparison.environment.id.clone()).collect();
    for comparison in comparisons.iter_mut() {
        if ids.iter().filter(|id| **id == comparison.environment.id).count() > 1 {
            let returns = if comparison.evaluated { "" } else { ", without evaluations" };
            let policy = if comparison.prediction { ", values of a given policy" } else { "" };
            comparison.title += &format!(" ({}{returns}{policy})", comparison.environment.described());
        }
    }
}
