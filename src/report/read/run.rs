//! One run, from the files in its folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::columns::{Columns, read_columns};
use super::plan::Plan;
use crate::results::{
    EPISODES, EVALUATIONS, EpisodeRow, MANIFEST, Outcome, SUMMARY, Summary, UPDATES, UPDATES_HEADER, VALUES, ValueRow,
};

/// How far a run is.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// The whole budget was used.
    Finished,
    /// It ended early, and why.
    Failed(String),
    /// It has begun and is not over.
    Unfinished,
    /// There is nothing of it.
    Missing,
}

/// A run as its files tell it.
#[derive(Clone, Debug)]
pub struct Run {
    /// The seed.
    pub seed: u64,
    /// How far it is.
    pub state: State,
    /// The figure that runs are compared by; only of a finished run.
    pub score: Option<f64>,
    /// (environment steps, mean return): of each evaluation, or of training episodes where nothing was evaluated.
    pub curve: Vec<(f64, f64)>,
    /// (environment steps, loss, mean Q, gradient norm) of logged rounds of learning.
    pub updates: Vec<[Option<f64>; 4]>,
    /// (environment steps, root mean squared error of the values, regret), where there is an exact solution.
    pub values: Vec<[Option<f64>; 3]>,
    /// Weights learned.
    pub parameters: Option<u64>,
    /// What the machine had to do with it.
    pub manifest: Option<Manifest>,
}

/// What the report tells of a run's manifest.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// The version of this program.
    pub tilde: String,
    /// The version of burn.
    pub burn: String,
    /// The commit of the repository that the command was given in.
    pub git_commit: Option<String>,
    /// The command.
    pub command_line: Vec<String>,
    /// `linux` for example.
    pub os: String,
    /// `x86_64` for example.
    pub arch: String,
    /// Environment steps per second of wall-clock time.
    pub steps_per_second: Option<f64>,
}

/// Training episodes are averaged over this many stretches of a budget where nothing was evaluated.
const STRETCHES: f64 = 50.0;

/// Reads the run of `seed` in `folder`. `problems` gets what is wrong with its files.
pub fn read_run(folder: &Path, seed: u64, plan: &Plan, problems: &mut Vec<String>) -> Run {
    let mut run = Run {
        seed,
        state: State::Missing,
        score: None,
        curve: Vec::new(),
        updates: Vec::new(),
        values: Vec::new(),
        parameters: None,
        manifest: read_manifest(folder),
    };
    if !folder.is_dir() {
        return run;
    }
    let summary = read_summary(folder, problems);
    run.parameters = summary.as_ref().map(|summary| summary.parameters);
    run.state = state(summary.as_ref(), plan.steps);
    run.curve = curve(folder, plan, problems);
    run.updates =
        kept(read_columns(&folder.join(UPDATES), UPDATES_HEADER, ["step", "loss", "q_mean", "grad_norm"]), problems);
    // Only environments with an exact solution have this file.
    if folder.join(VALUES).exists() {
        run.values =
            kept(read_columns(&folder.join(VALUES), ValueRow::HEADER, ["step", "value_rmse", "regret"]), problems);
    }
    if run.state == State::Finished {
        run.score = summary.and_then(|summary| summary.final_return()).filter(|score| score.is_finite());
        if run.score.is_none() {
            problems.push(format!("{SUMMARY} has no final return, so the run has no score"));
        }
    }
    run
}

fn read_summary(folder: &Path, problems: &mut Vec<String>) -> Option<Summary> {
    let text = fs::read_to_string(folder.join(SUMMARY)).ok()?;
    let summary = serde_json::from_str(&text);
    summary.map_err(|error| problems.push(format!("{SUMMARY} cannot be read, so the run has no score: {error}"))).ok()
}

fn read_manifest(folder: &Path) -> Option<Manifest> {
    serde_json::from_str(&fs::read_to_string(folder.join(MANIFEST)).ok()?).ok()
}

fn state(summary: Option<&Summary>, steps: u64) -> State {
    match summary {
        None => State::Unfinished,
        // Of a smaller budget: the run is being extended.
        Some(Summary { outcome: Outcome::Finished, steps: made, .. }) if *made < steps => State::Unfinished,
        Some(Summary { outcome: Outcome::Finished, .. }) => State::Finished,
        Some(Summary { outcome, .. }) => State::Failed(outcome.to_string()),
    }
}

/// The rows of a file, whose problems are kept.
fn kept<const N: usize>(columns: Columns<N>, problems: &mut Vec<String>) -> Vec<[Option<f64>; N]> {
    problems.extend(columns.problems);
    columns.rows
}

fn curve(folder: &Path, plan: &Plan, problems: &mut Vec<String>) -> Vec<(f64, f64)> {
    let evaluated = plan.evaluation_episodes > 0;
    let file = if evaluated { EVALUATIONS } else { EPISODES };
    let rows = kept(read_columns(&folder.join(file), EpisodeRow::HEADER, ["step", "return"]), problems);
    let length = plan.steps as f64;
    let place = |step: f64| if evaluated { step } else { (step / length * STRETCHES).ceil() * length / STRETCHES };
    let finite = |[step, total]: [Option<f64>; 2]| step.zip(total).filter(|(s, t)| s.is_finite() && t.is_finite());
    let read = rows.len();
    let rows: Vec<(f64, f64)> = rows.into_iter().filter_map(finite).collect();
    if rows.len() < read {
        let lost = read - rows.len();
        problems.push(format!("{file} has {lost} episodes whose return is not a finite number, which are left out"));
    }
    means(rows.into_iter().map(|(step, total)| (place(step), total)))
}

/// The mean of all values at each place, in the order of places.
fn means(values: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut sums: BTreeMap<u64, (f64, u64)> = BTreeMap::new();
    for (place, value) in values {
        let (sum, count) = sums.entry(place.max(0.0) as u64).or_default();
        *sum += value;
        *count += 1;
    }
    sums.into_iter().map(|(place, (sum, count))| (place as f64, sum / count as f64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_averaged_where_they_stand() {
        assert_eq!(means([(10.0, 1.0), (20.0, 5.0), (10.0, 2.0)].into_iter()), [(10.0, 1.5), (20.0, 5.0)]);
    }
}
