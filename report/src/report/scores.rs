//! `scores.csv`: one number per line, for other tools.

use super::comparison::Comparison;
use super::quantity::Quantity;
use super::read::{RunRecord, RunState};
use super::scoring::area;
use super::time_to_threshold::{first_optimal, first_reached, is_optimal};
use super::variant_result::VariantResult;
use crate::stats::Reached;

/// `environment,variant,seed,metric,value` of every run, missing ones too. `environment` is the prefix of its figures' files. A run
/// has no line for a metric that it lacks. `finished`, `failed`, `reached_threshold`, `regret_0_at_end` and `reached_regret_0` are
/// 1 or 0.
pub fn csv(comparisons: &[Comparison], prefixes: &[String]) -> String {
    let mut rows = "environment,variant,seed,metric,value\n".to_owned();
    for (comparison, prefix) in comparisons.iter().zip(prefixes) {
        for variant in &comparison.variants {
            for run in &variant.runs {
                for (metric, value) in metrics(comparison, variant, run) {
                    rows += &format!("{prefix},{},{},{metric},{value}\n", variant.name, run.seed);
                }
            }
        }
    }
    rows
}

/// The metrics of a run that were measured. `normalised_score` is there where environments are compared with each other.
pub(super) fn metrics(comparison: &Comparison, variant: &VariantResult, run: &RunRecord) -> Vec<(&'static str, f64)> {
    let threshold = comparison.threshold;
    let normalised = || {
        let (_, total) = variant.final_returns.iter().find(|(seed, _)| *seed == run.seed)?;
        Some(comparison.scale?.normalised(*total))
    };
    let one_or_zero = |yes: bool| f64::from(u8::from(yes));
    let step_of = |reached: Option<Reached>| match reached {
        Some(Reached::At(step)) => Some(step),
        _ => None,
    };
    let begun = run.state != RunState::Missing;
    let reached = threshold.filter(|_| begun).map(|threshold| first_reached(run, threshold, variant.steps));
    let optimal = Quantity::Regret.is_in(run).then(|| first_optimal(run, variant.steps));
    let last = |quantity: Quantity| run.values.last().and_then(|row| quantity.in_row(row));
    let optimal_at_end = last(Quantity::Regret).filter(|_| run.finished()).map(is_optimal);
    let all = [
        ("finished", Some(one_or_zero(run.finished()))),
        ("failed", Some(one_or_zero(run.failed()))),
        ("final_return", run.score),
        ("normalised_score", normalised()),
        ("area_under_curve", area(run, variant.steps)),
        ("reached_threshold", reached.map(|reached| one_or_zero(matches!(reached, Reached::At(_))))),
        ("steps_to_threshold", step_of(reached)),
        ("last_evaluation", run.curve.last().map(|point| point.0)),
        ("value_rmse", last(Quantity::ValueError)),
        ("value_rmse_on_policy", last(Quantity::OnPolicyError)),
        ("bellman_rmse", last(Quantity::BellmanError)),
        ("regret", last(Quantity::Regret)),
        ("regret_0_at_end", optimal_at_end.map(one_or_zero)),
        ("reached_regret_0", optimal.map(|optimal| one_or_zero(matches!(optimal, Reached::At(_))))),
        ("steps_to_regret_0", step_of(optimal)),
        ("parameters", run.parameters.map(|count| count as f64)),
        ("steps_per_second", run.manifest.as_ref().and_then(|manifest| manifest.steps_per_second)),
    ];
    all.into_iter().filter_map(|(metric, value)| Some((metric, value?))).collect()
}
