//! One run, from the files in its folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

use super::columns::{first_text, read_columns};
use super::plan::Plan;
use crate::results::{
    EPISODES, EVALUATIONS, EpisodeRow, MANIFEST, RunStatus, SUMMARY, Summary, UPDATES, UpdateRow, VALUES, ValueRow,
};
use crate::stats::mean;

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
pub struct RunRecord {
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
    /// Environment steps and the columns of [`Distance`], where there is an exact solution.
    pub values: Vec<[Option<f64>; 5]>,
    /// What the values were measured against, where the file says it: `q_star`, `q_pi` or `v_pi`.
    pub truth: Option<String>,
    /// Weights learned.
    pub parameters: Option<u64>,
    /// What the machine had to do with it.
    pub manifest: Option<Manifest>,
}

/// A distance from the exact solution: its place in [`RunRecord::values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distance {
    /// Root mean squared error of the values, all states alike.
    ValueError = 1,
    /// V* − Vπ at the start of an episode.
    Regret = 2,
    /// Root mean squared error of the values, states weighted as the followed policy visits them.
    OnPolicyError = 3,
    /// Root mean squared Bellman error.
    BellmanError = 4,
}

impl RunRecord {
    /// (environment steps, distance) wherever it was measured and is a number.
    pub fn course(&self, of: Distance) -> impl Iterator<Item = (f64, f64)> {
        let point = move |row: &[Option<f64>; 5]| row[0].zip(row[of as usize]);
        self.values.iter().filter_map(point).filter(|(step, value)| step.is_finite() && value.is_finite())
    }

    /// Whether it ended early.
    pub fn failed(&self) -> bool {
        matches!(self.state, State::Failed(_))
    }
}

/// What the report tells of a run's manifest.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// The version of this program.
    pub tilde: String,
    /// The version of burn.
    pub burn: String,
    /// The commit that this program was built from.
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

/// Reads the run of `variant` and `seed` in `folder`. `problems` gets what is wrong with its files.
pub fn read_run(folder: &Path, variant: &str, seed: u64, plan: &Plan, problems: &mut Vec<String>) -> RunRecord {
    let mut run = RunRecord {
        seed,
        state: State::Missing,
        score: None,
        curve: Vec::new(),
        updates: Vec::new(),
        values: Vec::new(),
        truth: None,
        parameters: None,
        manifest: None,
    };
    if !folder.is_dir() {
        return run;
    }
    let summary = Summary::read(folder).unwrap_or_else(|error| {
        problems.push(format!("{SUMMARY} cannot be read, so the run has no score: {error}"));
        None
    });
    if summary.as_ref().is_some_and(|summary| summary.variant != variant || summary.seed != seed) {
        problems.push(format!("{SUMMARY} is that of another run"));
    }
    run.manifest = read_manifest(folder, problems);
    run.parameters = summary.as_ref().map(|summary| summary.parameters);
    run.state = state(summary.as_ref(), plan.steps);
    let mut rows = Rows { folder, over: run.state != State::Unfinished, problems };
    run.curve = rows.curve(plan);
    run.updates = rows.read(UPDATES, UpdateRow::HEADER, ["step", "loss", "q_mean", "grad_norm"], 4);
    // Only environments with an exact solution have this file.
    if folder.join(VALUES).exists() {
        let wanted = ["step", "value_rmse", "regret", "value_rmse_on_policy", "bellman_rmse"];
        run.values = rows.read(VALUES, ValueRow::HEADER, wanted, 3);
        run.truth = first_text(&folder.join(VALUES), "truth");
    }
    if run.state == State::Finished {
        run.score = summary.and_then(|summary| score(&summary, plan)).filter(|score| score.is_finite());
        if run.score.is_none() {
            problems.push(format!("{SUMMARY} has no final return, so the run has no score"));
        }
    }
    run
}

/// The figure that runs are compared by. Where evaluations were planned, training returns, which have exploration in them, do not
/// take their place.
fn score(summary: &Summary, plan: &Plan) -> Option<f64> {
    match plan.evaluation_episodes {
        0 => summary.training_return,
        _ => summary.final_evaluation.map(|evaluated| evaluated.mean),
    }
}

fn read_manifest(folder: &Path, problems: &mut Vec<String>) -> Option<Manifest> {
    let read = match fs::read(folder.join(MANIFEST)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None, // written last
        read => read.map_err(|error| error.to_string()),
    };
    let manifest = read.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string()));
    manifest.map_err(|error| problems.push(format!("{MANIFEST} cannot be read: {error}"))).ok()
}

fn state(summary: Option<&Summary>, steps: u64) -> State {
    match summary {
        None => State::Unfinished,
        // Of a smaller budget: the run is being extended.
        Some(Summary { outcome: RunStatus::Finished, steps: made, .. }) if *made < steps => State::Unfinished,
        Some(Summary { outcome: RunStatus::Finished, .. }) => State::Finished,
        Some(Summary { outcome, .. }) => State::Failed(outcome.to_string()),
    }
}

/// The row files of a run.
struct Rows<'a> {
    folder: &'a Path,
    /// Whether nothing is being written any more.
    over: bool,
    problems: &'a mut Vec<String>,
}

impl Rows<'_> {
    fn read<const N: usize>(
        &mut self,
        file: &str,
        header: &str,
        wanted: [&str; N],
        required: usize,
    ) -> Vec<[Option<f64>; N]> {
        let columns = read_columns(&self.folder.join(file), header, wanted, required);
        self.problems.extend(columns.problems);
        if columns.cut_off && self.over {
            self.problems.push(format!("{file} ends within a line, which is left out"));
        }
        columns.rows
    }

    fn curve(&mut self, plan: &Plan) -> Vec<(f64, f64)> {
        let evaluated = plan.evaluation_episodes > 0;
        let file = if evaluated { EVALUATIONS } else { EPISODES };
        let rows = self.read(file, EpisodeRow::HEADER, ["step", "return"], 2);
        let finite = |[step, total]: [Option<f64>; 2]| step.zip(total).filter(|(s, t)| s.is_finite() && t.is_finite());
        let (read, rows): (usize, Vec<(f64, f64)>) = (rows.len(), rows.into_iter().filter_map(finite).collect());
        if rows.len() < read {
            let lost = read - rows.len();
            self.problems
                .push(format!("{file} has returns that are no finite numbers, {lost} in all, which are left out"));
        }
        if evaluated {
            return self.of_evaluations(rows, plan.evaluation_episodes);
        }
        let stretch = plan.steps as f64 / STRETCHES;
        let at_end = |(step, total): (f64, f64)| ((step / stretch).ceil() * stretch, total);
        let means = at_each_place(rows.into_iter().map(at_end)).into_iter();
        means.map(|(place, returns)| (place, mean(&returns).unwrap_or(f64::NAN))).collect()
    }

    /// The mean of each whole evaluation: what is left of one, because it is still under way or was damaged, is no evaluation.
    fn of_evaluations(&mut self, rows: Vec<(f64, f64)>, episodes: u64) -> Vec<(f64, f64)> {
        let all = at_each_place(rows.into_iter());
        let whole = |returns: &[f64]| returns.len() as u64 == episodes;
        let partial = all.iter().filter(|(_, returns)| !whole(returns)).count();
        if partial > 0 && self.over {
            self.problems.push(format!("{EVALUATIONS} has evaluations that are not of {episodes} episodes, {partial} in all, which are left out"));
        }
        let kept = all.into_iter().filter(|(_, returns)| whole(returns));
        kept.filter_map(|(place, returns)| Some((place, mean(&returns)?))).collect()
    }
}

/// All values at each place, in the order of places.
fn at_each_place(values: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, Vec<f64>)> {
    let mut found: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (place, value) in values {
        found.entry(place.max(0.0) as u64).or_default().push(value);
    }
    found.into_iter().map(|(place, values)| (place as f64, values)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_gathered_where_they_stand() {
        let gathered = at_each_place([(10.0, 1.0), (20.0, 5.0), (10.0, 2.0)].into_iter());
        assert_eq!(gathered, [(10.0, vec![1.0, 2.0]), (20.0, vec![5.0])]);
    }
}
