//! One run, from the files in its folder.

use std::collections::BTreeMap;
use std::path::Path;

use super::plan::Plan;
use super::training::TrainingMedians;
use crate::results::{
    DIAGNOSTICS, DiagnosticsRow, EPISODES, EVALUATIONS, EpisodeRow, MANIFEST, Manifest, RowFile, RunStatus, SUMMARY,
    Summary, UPDATES, UpdateRow, VALUES, ValueRow,
};
use crate::stats::mean;

/// How far a run is, by its files.
#[derive(Clone, Debug, PartialEq)]
pub enum RunState {
    /// The whole budget was used.
    Finished,
    /// It ended early, for this reason.
    Failed(String),
    /// It has begun and is not over.
    Unfinished,
    /// It has no folder.
    Missing,
}

/// What the files of a run say.
#[derive(Clone, Debug)]
pub struct RunRecord {
    /// The seed.
    pub seed: u64,
    /// How far the run is.
    pub state: RunState,
    /// The figure that runs are compared by; only finished runs have one.
    pub score: Option<f64>,
    /// (environment steps, mean return) of each evaluation, or of training episodes where nothing was evaluated.
    pub curve: Vec<(f64, f64)>,
    /// What `updates.csv` says.
    pub training: TrainingMedians,
    /// The rows of `values.csv`; none without an exact solution.
    pub values: Vec<ValueRow>,
    /// The rows of `diagnostics.csv`; none where the experiment did not ask for them.
    pub diagnostics: Vec<DiagnosticsRow>,
    /// The number of weights.
    pub parameters: Option<u64>,
    /// How the run was made.
    pub manifest: Option<Manifest>,
}

impl RunRecord {
    /// Whether the run ended early.
    pub fn failed(&self) -> bool {
        matches!(self.state, RunState::Failed(_))
    }

    /// Whether the run used its whole budget.
    pub fn finished(&self) -> bool {
        self.state == RunState::Finished
    }
}

/// Where nothing was evaluated, training episodes are averaged over this many intervals of the budget.
const TRAINING_INTERVALS: f64 = 50.0;

/// Reads the run of `variant` and `seed` in `folder`. Adds what is wrong with its files to `problems`.
pub fn read_run(folder: &Path, variant: &str, seed: u64, plan: &Plan, problems: &mut Vec<String>) -> RunRecord {
    let mut run = RunRecord {
        seed,
        state: RunState::Missing,
        score: None,
        curve: Vec::new(),
        training: TrainingMedians::default(),
        values: Vec::new(),
        diagnostics: Vec::new(),
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
    run.manifest = Manifest::read(folder).unwrap_or_else(|error| {
        problems.push(format!("{MANIFEST} cannot be read: {error}"));
        None
    });
    run.parameters = summary.as_ref().map(|summary| summary.parameters);
    run.state = state(summary.as_ref(), plan.steps);
    let mut files = RunFiles { over: run.state != RunState::Unfinished, problems };
    run.curve = match plan.evaluation_episodes {
        0 => files.training_curve(folder, plan.steps),
        episodes => files.evaluation_curve(folder, episodes),
    };
    run.training = TrainingMedians::of(&files.rows(UpdateRow::read(&folder.join(UPDATES))), plan.steps);
    // Only environments with an exact solution have this file.
    let values = folder.join(VALUES);
    if values.exists() {
        run.values = files.rows(ValueRow::read(&values));
    }
    let diagnostics = folder.join(DIAGNOSTICS);
    if diagnostics.exists() {
        run.diagnostics = files.rows(DiagnosticsRow::read(&diagnostics));
    }
    if run.finished() {
        run.score = summary.and_then(|summary| score(&summary, plan)).filter(|score| score.is_finite());
        if run.score.is_none() {
            problems.push(format!("{SUMMARY} has no final return, so the run has no score"));
        }
    }
    run
}

/// The figure that runs are compared by. Training returns include exploration, so they do not replace a missing evaluation.
fn score(summary: &Summary, plan: &Plan) -> Option<f64> {
    match plan.evaluation_episodes {
        0 => summary.training_return,
        _ => summary.final_evaluation.map(|evaluated| evaluated.mean),
    }
}

fn state(summary: Option<&Summary>, steps: u64) -> RunState {
    match summary {
        None => RunState::Unfinished,
        // It finished a smaller budget and is being extended.
        Some(Summary { outcome: RunStatus::Finished, steps: made, .. }) if *made < steps => RunState::Unfinished,
        Some(Summary { outcome: RunStatus::Finished, .. }) => RunState::Finished,
        Some(Summary { outcome, .. }) => RunState::Failed(outcome.to_string()),
    }
}

/// Reads the CSV files of a run and collects what is wrong with them.
struct RunFiles<'a> {
    /// Whether the run is over, so that its files are complete.
    over: bool,
    problems: &'a mut Vec<String>,
}

impl RunFiles<'_> {
    fn rows<R>(&mut self, file: RowFile<R>) -> Vec<R> {
        self.problems.extend(file.problems);
        if file.cut_off && self.over {
            self.problems.push(format!("{} ends within a line, which is left out", file.name));
        }
        file.rows
    }

    /// (step, return) of all episodes in a file whose return is finite.
    fn returns(&mut self, file: RowFile<EpisodeRow>) -> Vec<(f64, f64)> {
        let name = file.name.clone();
        let rows = self.rows(file);
        let finite = rows.iter().filter(|row| row.total.is_finite());
        let returns: Vec<(f64, f64)> = finite.map(|row| (row.step as f64, row.total)).collect();
        if returns.len() < rows.len() {
            let lost = rows.len() - returns.len();
            self.problems.push(format!("{name} has non-finite returns, {lost} in all, which are left out"));
        }
        returns
    }

    /// The mean return of the training episodes in each interval of the budget, at the interval's end.
    fn training_curve(&mut self, folder: &Path, steps: u64) -> Vec<(f64, f64)> {
        let returns = self.returns(EpisodeRow::read(&folder.join(EPISODES)));
        let interval = steps as f64 / TRAINING_INTERVALS;
        let at_end = |(step, total): (f64, f64)| ((step / interval).ceil() * interval, total);
        let means = by_step(returns.into_iter().map(at_end)).into_iter();
        means.map(|(step, returns)| (step, mean(&returns).unwrap_or(f64::NAN))).collect()
    }

    /// The mean return of each evaluation. Incomplete evaluations are left out: they are in progress or damaged.
    fn evaluation_curve(&mut self, folder: &Path, episodes: u64) -> Vec<(f64, f64)> {
        let all = by_step(self.returns(EpisodeRow::read(&folder.join(EVALUATIONS))).into_iter());
        let complete = |returns: &[f64]| returns.len() as u64 == episodes;
        let incomplete = all.iter().filter(|(_, returns)| !complete(returns)).count();
        if incomplete > 0 && self.over {
            self.problems.push(format!(
                "{EVALUATIONS} has evaluations that do not have {episodes} episodes, {incomplete} in all, which are left out"
            ));
        }
        let kept = all.into_iter().filter(|(_, returns)| complete(returns));
        kept.filter_map(|(step, returns)| Some((step, mean(&returns)?))).collect()
    }
}

/// All values of each step, in the order of steps.
fn by_step(values: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, Vec<f64>)> {
    let mut found: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (step, value) in values {
        found.entry(step.max(0.0) as u64).or_default().push(value);
    }
    found.into_iter().map(|(step, values)| (step as f64, values)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_step_are_collected() {
        let collected = by_step([(10.0, 1.0), (20.0, 5.0), (10.0, 2.0)].into_iter());
        assert_eq!(collected, [(10.0, vec![1.0, 2.0]), (20.0, vec![5.0])]);
    }
}
