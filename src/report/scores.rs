//! `scores.csv`: one number per line, for other tools.

use super::comparison::{Comparison, Entry, NO_REGRET, area, first_optimal, reached};
use super::read::{Distance, RunRecord, State};
use crate::stats::Reached;

/// `environment,variant,seed,metric,value` of every run, missing ones too. `environment` is what names its figures' files. What
/// a run does not have has no line; `finished`, `failed`, `reached_threshold`, `regret_0_at_end` and `reached_regret_0` are 1 or 0.
pub fn csv(comparisons: &[Comparison], prefixes: &[String]) -> String {
    let mut rows = "environment,variant,seed,metric,value\n".to_owned();
    for (comparison, prefix) in comparisons.iter().zip(prefixes) {
        for entry in &comparison.entries {
            for run in &entry.runs {
                for (metric, value) in metrics(entry, run, comparison.threshold) {
                    rows += &format!("{prefix},{},{},{metric},{value}\n", entry.name, run.seed);
                }
            }
        }
    }
    rows
}

fn metrics(entry: &Entry, run: &RunRecord, threshold: Option<f64>) -> Vec<(&'static str, f64)> {
    let truth = |yes: bool| Some(f64::from(u8::from(yes)));
    let time = threshold.filter(|_| run.state != State::Missing).map(|threshold| reached(run, threshold, entry.steps));
    let step = match time {
        Some(Reached::At(step)) => Some(step),
        _ => None,
    };
    let last = |of: Distance| run.values.last().and_then(|row| row[of as usize]);
    let optimal = run.course(Distance::Regret).next().map(|_| first_optimal(run, entry.steps));
    let optimal_step = match optimal {
        Some(Reached::At(step)) => Some(step),
        _ => None,
    };
    let optimal_at_end =
        last(Distance::Regret).filter(|_| run.state == State::Finished).map(|regret| regret <= NO_REGRET);
    let all = [
        ("finished", truth(run.state == State::Finished)),
        ("failed", truth(matches!(run.state, State::Failed(_)))),
        ("final_return", run.score),
        ("area_under_curve", area(run, entry.steps)),
        ("reached_threshold", time.and_then(|_| truth(step.is_some()))),
        ("steps_to_threshold", step),
        ("last_evaluation", run.curve.last().map(|point| point.0)),
        ("value_rmse", last(Distance::ValueError)),
        ("value_rmse_on_policy", last(Distance::OnPolicyError)),
        ("bellman_rmse", last(Distance::BellmanError)),
        ("regret", last(Distance::Regret)),
        ("regret_0_at_end", optimal_at_end.and_then(truth)),
        ("reached_regret_0", optimal.and_then(|_| truth(optimal_step.is_some()))),
        ("steps_to_regret_0", optimal_step),
        ("parameters", run.parameters.map(|count| count as f64)),
        ("steps_per_second", run.manifest.as_ref().and_then(|manifest| manifest.steps_per_second)),
    ];
    all.into_iter().filter_map(|(metric, value)| Some((metric, value?))).collect()
}
