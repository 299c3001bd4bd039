//! A run in its folder: begun, or resumed from its newest checkpoint.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::best::{self, KeptBest};
use super::checkpoint::Snapshot;
use super::files::RunFiles;
use super::live_progress::LiveProgress;
use super::positions::{OptionalFiles, cut};
use super::training::{RunError, Training};
use crate::config::RunConfig;
use crate::results::{EPISODES, Summary, remove_partials};
use crate::tensorboard::TensorBoard;

/// Trains one run to the end of its budget and writes its files into `folder`. The config was checked.
///
/// With `resume`, it goes on from the folder's newest usable checkpoint, if there is one. Otherwise it begins anew, or where
/// another run ended, if the folder has a copy of that one's state. With `board`, which is the experiment's text, an event file
/// for TensorBoard is written beside the rows.
///
/// Another process that makes the same run in the same folder at the same time does no harm: both write the same. It is only
/// wasted work, and event files for TensorBoard have some rows twice.
///
/// # Errors
/// If a file cannot be written, a checkpoint does not belong to this run, or `stop` was set ([`Training::run_until`]).
pub fn train(
    config: &RunConfig,
    seed: u64,
    folder: &Path,
    resume: bool,
    board: Option<&str>,
    progress: &LiveProgress,
    stop: &AtomicBool,
) -> Result<Summary, RunError> {
    let (mut training, files) = open(config, seed, folder, resume, board)?;
    progress.start(training.tally().step);
    training.run_until(stop, &mut (files, progress))
}

/// The run in `folder`, begun or resumed, and its files.
fn open(
    config: &RunConfig,
    seed: u64,
    folder: &Path,
    resume: bool,
    board: Option<&str>,
) -> Result<(Training, RunFiles), RunError> {
    let checkpoints = folder.join("checkpoint");
    fs::create_dir_all(&checkpoints)?;
    let snapshot = if resume { usable_checkpoint(folder)? } else { None };
    let mut training = Training::of_checked(config, seed);
    let start = if snapshot.is_none() { Snapshot::read_start(&checkpoints)? } else { None };
    match (&snapshot, &start) {
        (Some(snapshot), _) => training.restore(snapshot),
        (None, Some(start)) => training.begin_after(start),
        (None, None) => Ok(()),
    }
    .map_err(RunError::Checkpoint)?;
    if snapshot.is_none() && start.is_none() {
        training.set_initial_weights().map_err(|invalid| RunError::Record(io::Error::other(invalid)))?;
    }
    let positions = snapshot.as_ref().map(|snapshot| snapshot.positions);
    let optional = OptionalFiles { values: training.has_exact_solution(), diagnostics: training.has_diagnostics() };
    let mut files = RunFiles::open(folder, positions, optional)?;
    if config.algorithm.learns_policy() && !training.agent().functions().is_empty() {
        files.best = Some(match &snapshot {
            Some(snapshot) => KeptBest::resumed(&checkpoints, &snapshot.tally),
            None => KeptBest::default(),
        });
    }
    if let Some(text) = board {
        let from_step = snapshot.as_ref().map(|snapshot| snapshot.tally.step);
        files.show_on(TensorBoard::open(folder, text, config.budget.log_every, from_step)?);
    }
    Ok((training, files))
}

/// The newest checkpoint that is whole and whose rows are all there. One that is of no use is deleted, with a warning.
///
/// # Errors
/// If a checkpoint cannot be read or deleted. One that cannot be read now may be good, so nothing is deleted then.
fn usable_checkpoint(folder: &Path) -> io::Result<Option<Snapshot>> {
    let shown = folder.display();
    let mut is_first = true;
    for path in Snapshot::paths(&folder.join("checkpoint")) {
        let usable = Snapshot::read(&path)?.and_then(|snapshot| match snapshot.positions.missing_rows(folder) {
            None => Ok(snapshot),
            Some(why) => Err(format!("{shown}: the checkpoint at step {} is of no use: {why}", snapshot.tally.step)),
        });
        match usable {
            Ok(snapshot) => {
                if !is_first {
                    tracing::warn!("{shown}: goes on from step {}", snapshot.tally.step);
                }
                return Ok(Some(snapshot));
            }
            Err(why) => {
                tracing::warn!("{why}");
                // A run keeps a checkpoint that is ahead of it: another process may have written that one.
                fs::remove_file(path)?;
                is_first = false;
            }
        }
    }
    if fs::metadata(folder.join(EPISODES)).is_ok_and(|rows| rows.len() > 0) {
        tracing::warn!("{shown}: no checkpoint can be used, so the run begins again");
    }
    Ok(None)
}

/// Removes from the folder of a run what a new attempt would only overwrite: temporary files, and rows after the newest checkpoint
/// that can be used. With `anew`, the attempt begins from the beginning, so all checkpoints and rows go.
///
/// Only for a process that has the folder to itself: see [`crate::run::train`].
///
/// # Errors
/// If a file cannot be changed.
pub fn clean_up(folder: &Path, anew: bool) -> io::Result<()> {
    let checkpoints = folder.join("checkpoint");
    [folder, &checkpoints].into_iter().try_for_each(remove_partials)?;
    if anew {
        Snapshot::paths(&checkpoints).try_for_each(fs::remove_file)?;
    }
    match if anew { None } else { usable_checkpoint(folder)? } {
        Some(snapshot) => cut(folder, Some(snapshot.positions)),
        None => {
            best::delete(&checkpoints)?;
            cut(folder, None)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::agents::{Agent, TdPredictionConfig};
    use crate::config::{Budget, parse};
    use crate::optim::{OptimizerConfig, SgdConfig};
    use crate::results::{EpisodeRow, EvaluationSummary, RunStatus, UpdateRow, ValueRow};
    use crate::run::best::BestCheckpoint;
    use crate::run::test_agent::{Question, TestAgent};
    use crate::run::{Recorder, Rows};

    fn config() -> RunConfig {
        let text = "name = 'x'\nseeds = [0]\nbudget = { steps = 300, checkpoint_every = 100 }\n\
                    [env.cart_pole]\n[algorithm.random]\n";
        parse(text, "x", &[]).unwrap().variants().remove(0)
    }

    #[test]
    fn a_run_that_panics_is_recorded_with_its_step_and_reason() {
        let folder = tempfile::tempdir().unwrap();
        let (mut training, mut files) = open(&config(), 0, folder.path(), false, None).unwrap();
        training.agent = Box::new(TestAgent::acting(|step, _| {
            assert!(step < 2, "the agent gave up");
            0
        }));
        let summary = training.run(&mut files).unwrap();
        let expected = RunStatus::Panicked { step: 2, reason: "the agent gave up".to_owned() };
        assert_eq!(summary.outcome, expected);
        assert_eq!(Summary::read(folder.path()).unwrap(), Some(summary));
    }

    #[test]
    fn a_stopped_run_goes_on_where_it_was() {
        let (whole, stopped) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let config = config();
        let go = |folder: &Path, resume, stop| {
            train(&config, 3, folder, resume, None, &LiveProgress::default(), &AtomicBool::new(stop))
        };
        let expected = go(whole.path(), false, false).unwrap();
        assert!(matches!(go(stopped.path(), false, true), Err(RunError::Interrupted { step: 0 })));
        assert_eq!(go(stopped.path(), true, false).unwrap(), expected);
    }

    /// With an exact solution, and evaluations that fall together with checkpoints and others that do not.
    fn gridworld() -> RunConfig {
        let text = "name = 'x'\nseeds = [0]\n[budget]\nsteps = 230\nevaluate_every = 60\nevaluation_episodes = 3\n\
                    checkpoint_every = 60\nlog_every = 7\n[env.gridworld]\nslip = 0.5\n[algorithm.q_learning]\n\
                    [approximator]\nfeatures = 'one_hot'\n[optimizer.sgd]\nlearning_rate = 0.5\n";
        parse(text, "x", &[]).unwrap().variants().remove(0)
    }

    fn files(folder: &Path) -> [Vec<u8>; 7] {
        let (state, best) = ("checkpoint/state.bin", "checkpoint/best.bin");
        ["episodes.csv", "evaluations.csv", "updates.csv", "values.csv", "summary.json", state, best]
            .map(|name| std::fs::read(folder.join(name)).unwrap())
    }

    #[test]
    fn an_evaluation_that_is_broken_off_is_made_once() {
        let config = gridworld();
        let asked = Arc::new(AtomicUsize::new(0));
        // How often the agent was asked before it gave the values of a state for the last time, in each evaluation.
        let estimated = Arc::new(Mutex::new(BTreeMap::new()));
        // Sets `stop` when the agent was asked so often in evaluations.
        let stopped_after = |folder: &Path, after: usize| {
            let stop = Arc::new(AtomicBool::new(false));
            let (mut training, mut files) = open(&config, 3, folder, false, None).unwrap();
            asked.store(0, Ordering::Relaxed);
            let (asked, estimated, stops) = (Arc::clone(&asked), Arc::clone(&estimated), Arc::clone(&stop));
            let report = move |question| {
                let before = asked.fetch_add(1, Ordering::Relaxed);
                if let Question::Estimate(step) = question {
                    estimated.lock().unwrap().insert(step, before);
                }
                if before == after {
                    stops.store(true, Ordering::Relaxed);
                }
            };
            let inner = std::mem::replace(&mut training.agent, Box::new(TestAgent::default()));
            let (inner, asked) = (Some(inner), Some(Box::new(report) as _));
            training.agent = Box::new(TestAgent { inner, asked, ..TestAgent::default() });
            training.run_until(&stop, &mut files)
        };
        let whole = tempfile::tempdir().unwrap();
        stopped_after(whole.path(), usize::MAX).unwrap();
        let (all, expected) = (asked.load(Ordering::Relaxed), files(whole.path()));
        assert!(all > 50);
        // After the last estimate, the exact solution is being computed.
        let solving = estimated.lock().unwrap().clone();
        assert_eq!(solving.keys().copied().collect::<Vec<_>>(), [0, 60, 120, 180, 230]);
        let mut steps = Vec::new();
        for after in (0..all).step_by(all / 25).chain(solving.into_values()).collect::<BTreeSet<_>>() {
            let folder = tempfile::tempdir().unwrap();
            let Err(RunError::Interrupted { step }) = stopped_after(folder.path(), after) else {
                panic!("it went on after call {after} of {all}")
            };
            // At most the action or the estimate at hand is finished.
            assert_eq!(asked.load(Ordering::Relaxed), after + 1);
            let go_on = |stop| {
                let stop = AtomicBool::new(stop);
                train(&config, 3, folder.path(), true, None, &LiveProgress::default(), &stop)
            };
            assert!(matches!(go_on(true), Err(RunError::Interrupted { step: again }) if again == step));
            go_on(false).unwrap();
            assert!(files(folder.path()) == expected, "stopped at call {after} of {all}, in the evaluation at {step}");
            steps.push(step);
        }
        steps.dedup();
        assert_eq!(steps, [0, 60, 120, 180, 230], "every evaluation was broken off");
    }

    /// The parameters at each evaluation, and its mean return.
    #[derive(Default)]
    struct Evaluated(Vec<(u64, f64, Vec<f32>)>);

    impl Recorder for Evaluated {
        fn evaluated(&mut self, evaluation: &EvaluationSummary, agent: &dyn Agent) -> std::io::Result<()> {
            self.0.push((evaluation.step, evaluation.mean, agent.functions()[0].1.weights()));
            Ok(())
        }
    }

    #[test]
    fn the_best_checkpoint_has_the_parameters_of_the_best_evaluation_the_last_of_equal_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint/best.bin");
        let run = |steps, resume| {
            let config = RunConfig { budget: Budget { steps, ..gridworld().budget }, ..gridworld() };
            train(&config, 3, folder.path(), resume, None, &LiveProgress::default(), &AtomicBool::new(false)).unwrap();
            let mut evaluated = Evaluated::default();
            Training::new(&config, 3).unwrap().run(&mut evaluated).unwrap();
            evaluated.0
        };
        let best = |evaluated: &[(u64, f64, Vec<f32>)]| {
            let best = evaluated.iter().max_by(|one, other| one.1.total_cmp(&other.1)).unwrap(); // the last of equal ones
            let (step, mean_return, functions) = (best.0, best.1, vec![("approximator".to_owned(), best.2.clone())]);
            BestCheckpoint { step, mean_return, functions, moments: None }
        };
        let read = || BestCheckpoint::read(&folder.path().join("checkpoint")).unwrap().unwrap();
        let same = |kept: BestCheckpoint, expected: BestCheckpoint| {
            let parameters = |best: &BestCheckpoint| best.functions[0].1.clone();
            assert_eq!((kept.step, kept.mean_return), (expected.step, expected.mean_return));
            assert_eq!(parameters(&kept), parameters(&expected));
        };
        let all = run(240, false);
        same(read(), best(&all));
        let all = run(2_400, true);
        assert!(all.iter().any(|one| one.1 > 0.0), "it never reaches the goal");
        same(read(), best(&all));
        // A lost file is replaced by the best of the evaluations to come.
        let end = 2_400;
        for (steps, damage) in [(4_800, None), (7_200, Some("half a file"))] {
            match damage {
                None => std::fs::remove_file(&path).unwrap(),
                Some(text) => std::fs::write(&path, text).unwrap(),
            }
            let later: Vec<_> = run(steps, true).into_iter().filter(|one| one.0 > steps - end).collect();
            same(read(), best(&later));
        }
        // A run that begins anew has none of an earlier one.
        std::fs::write(&path, "of another run").unwrap();
        let all = run(240, false);
        same(read(), best(&all));
    }

    #[test]
    fn a_run_without_evaluations_or_without_a_policy_of_its_own_has_no_best_checkpoint() {
        let folder = tempfile::tempdir().unwrap();
        let without = |config: &RunConfig| {
            train(config, 3, folder.path(), false, None, &LiveProgress::default(), &AtomicBool::new(false)).unwrap();
            assert!(folder.path().join("checkpoint/state.bin").is_file());
            assert!(!folder.path().join("checkpoint/best.bin").exists());
        };
        without(&config()); // `random` learns nothing
        without(&RunConfig { budget: Budget { evaluation_episodes: 0, ..gridworld().budget }, ..gridworld() });
        let algorithm = TdPredictionConfig::default().into();
        without(&RunConfig { algorithm, ..gridworld() });
    }

    #[test]
    fn rows_in_memory_are_those_of_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let (mut training, files) = open(&gridworld(), 3, folder.path(), false, None).unwrap();
        let mut both = (Rows::default(), files);
        let summary = training.run(&mut both).unwrap();
        let rows = both.0;
        assert_eq!((rows.evaluations.len(), rows.values.len(), rows.updates.len()), (15, 5, 33));
        fn lines(header: &str, rows: &[impl ToString]) -> String {
            let rows = rows.iter().map(|row| row.to_string() + "\n");
            std::iter::once(format!("{header}\n")).chain(rows).collect()
        }
        let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(lines(EpisodeRow::HEADER, &rows.episodes), text("episodes.csv"));
        assert_eq!(lines(EpisodeRow::HEADER, &rows.evaluations), text("evaluations.csv"));
        assert_eq!(lines(UpdateRow::HEADER, &rows.updates), text("updates.csv"));
        assert_eq!(lines(ValueRow::HEADER, &rows.values), text("values.csv"));
        assert_eq!(serde_json::to_string_pretty(&summary).unwrap() + "\n", text("summary.json"));
        // Nothing of it depends on who records it.
        let mut alone = Rows::default();
        assert_eq!(Training::new(&gridworld(), 3).unwrap().run(&mut alone).unwrap(), summary);
        assert_eq!(alone, rows);
    }

    #[test]
    fn a_config_that_makes_no_sense_is_refused_before_anything_runs() {
        let config = gridworld();
        let without_steps = RunConfig { budget: Budget { steps: 0, ..config.budget.clone() }, ..config.clone() };
        assert_eq!(Training::new(&without_steps, 0).err().unwrap().key, "budget.steps");
        let optimizer = OptimizerConfig::from(SgdConfig::constant(-1.0));
        let uphill = RunConfig { optimizer, ..config };
        assert_eq!(Training::new(&uphill, 0).err().unwrap().key, "optimizer.sgd.learning_rate");
    }

    #[test]
    fn a_checkpoint_whose_rows_are_lost_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let config = config();
        let go =
            |resume| train(&config, 0, folder.path(), resume, None, &LiveProgress::default(), &AtomicBool::new(false));
        let expected = go(false).unwrap();
        let path = folder.path().join("episodes.csv");
        let rows = std::fs::read(&path).unwrap();
        // All rows of the last hundred steps are missing, then all rows.
        for kept in [rows.len() - 1, 3] {
            std::fs::write(&path, &rows[..kept]).unwrap();
            assert_eq!(go(true).unwrap(), expected);
            assert_eq!(std::fs::read(&path).unwrap(), rows);
        }
    }
}
