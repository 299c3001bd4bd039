//! `runs.jsonl` and `evaluations.jsonl`: one JSON object per line, for data frames and other tools.

use std::collections::BTreeMap;

use serde::Serialize;

use super::comparison::Comparison;
use super::read::RunState;
use super::scores::metrics;

/// A run.
#[derive(Serialize)]
struct RunLine<'a> {
    /// The prefix of the environment's figures.
    environment: &'a str,
    variant: &'a str,
    /// What the variant is called over environments.
    method: &'a str,
    seed: u64,
    /// `finished`, `failed`, `unfinished` or `missing`.
    state: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// Those of `scores.csv`; a run lacks what was not measured.
    #[serde(flatten)]
    metrics: BTreeMap<&'static str, f64>,
}

/// A point of a run's learning curve.
#[derive(Serialize)]
struct EvaluationLine<'a> {
    environment: &'a str,
    variant: &'a str,
    seed: u64,
    /// Environment steps of training.
    step: f64,
    /// The mean return of the evaluation; of the training episodes since the last point where nothing was evaluated.
    #[serde(rename = "return")]
    mean_return: f64,
}

/// A line for each run, missing ones too. `prefixes` name the environments.
pub fn runs(comparisons: &[Comparison], prefixes: &[String]) -> String {
    let mut lines = String::new();
    for (comparison, environment) in comparisons.iter().zip(prefixes) {
        for variant in &comparison.variants {
            for run in &variant.runs {
                let (state, reason) = match &run.state {
                    RunState::Finished => ("finished", None),
                    RunState::Failed(reason) => ("failed", Some(reason.as_str())),
                    RunState::Unfinished => ("unfinished", None),
                    RunState::Missing => ("missing", None),
                };
                let metrics = metrics(comparison, variant, run).into_iter().collect();
                let (variant, method) = (variant.name.as_str(), variant.method.as_str());
                lines += &line(&RunLine { environment, variant, method, seed: run.seed, state, reason, metrics });
            }
        }
    }
    lines
}

/// A line for each point of each run's learning curve.
pub fn evaluations(comparisons: &[Comparison], prefixes: &[String]) -> String {
    let mut lines = String::new();
    for (comparison, environment) in comparisons.iter().zip(prefixes) {
        for variant in &comparison.variants {
            for run in &variant.runs {
                for &(step, mean_return) in &run.curve {
                    let (variant, seed) = (variant.name.as_str(), run.seed);
                    lines += &line(&EvaluationLine { environment, variant, seed, step, mean_return });
                }
            }
        }
    }
    lines
}

fn line(row: &impl Serialize) -> String {
    serde_json::to_string(row).expect("a row is plain numbers and names") + "\n"
}
