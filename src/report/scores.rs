//! `scores.csv`: one number per line, for other tools.

use super::comparison::{Comparison, Entry, area, reached};
use super::read::Run;
use crate::stats::Reached;

/// `environment,variant,seed,metric,value` of every run; what a run does not have has no line.
pub fn csv(comparisons: &[Comparison]) -> String {
    let mut rows = "environment,variant,seed,metric,value\n".to_owned();
    for comparison in comparisons {
        for entry in &comparison.entries {
            for run in &entry.runs {
                for (metric, value) in metrics(entry, run, comparison.threshold) {
                    rows += &format!("{},{},{},{metric},{value}\n", comparison.environment.id, entry.name, run.seed);
                }
            }
        }
    }
    rows
}

fn metrics(entry: &Entry, run: &Run, threshold: Option<f64>) -> Vec<(&'static str, f64)> {
    let reached_at = threshold.and_then(|threshold| match reached(run, threshold) {
        Reached::At(step) => Some(step),
        Reached::Censored(_) => None,
    });
    let last = |column: usize| run.values.last().and_then(|row| row[column]);
    let all = [
        ("final_return", run.score),
        ("area_under_curve", area(run, entry.steps)),
        ("steps_to_threshold", reached_at),
        ("value_rmse", last(1)),
        ("regret", last(2)),
        ("parameters", run.parameters.map(|count| count as f64)),
        ("steps_per_second", run.manifest.as_ref().and_then(|manifest| manifest.steps_per_second)),
    ];
    all.into_iter().filter_map(|(metric, value)| Some((metric, value?))).collect()
}
