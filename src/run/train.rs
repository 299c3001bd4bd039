//! The loop: reset, act, step, observe, repeat.

use std::any::Any;
use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use tilde_envs::{Ending, Env, Stopped};

use super::checkpoint::{PROGRAM, Snapshot};
use super::env_slot::EnvSlot;
use super::evaluation::evaluate;
use super::exact_solution::ExactSolution;
use super::files::RowFiles;
use super::interval::Interval;
use super::live_progress::LiveProgress;
use super::start;
use crate::agents::{Agent, UpdateStats};
use crate::config::RunConfig;
use crate::replay::Transition;
use crate::results::{Distance, EPISODES, EpisodeRow, EvaluationSummary, RunStatus, Summary, ValueRow};
use crate::rng::evaluation_stream;
use crate::tensorboard::TensorBoard;

/// Training episodes that the reported training return is the mean of.
const RECENT: usize = 100;

/// Trains one run to the end of its budget and writes its files into `folder`.
///
/// With `resume`, goes on from the folder's last good checkpoint, where there is one. Otherwise it begins anew, or where another
/// run ended, if the folder has a copy of that one's state. With `board`, which is the experiment's text, TensorBoard can look
/// on. The result is a function of `config`, `seed` and that state alone, to the bit.
///
/// Once `stop` is set, the run finishes the step at hand, breaks off an evaluation with its comparison with the exact solution,
/// which is then made anew where the run goes on, writes a checkpoint and ends as [`RunError::Interrupted`].
///
/// # Errors
/// If a file cannot be written, a checkpoint does not belong to this run, or the run was stopped. Divergence and panics
/// are not errors but an [`RunStatus`].
pub fn train(
    config: &RunConfig,
    seed: u64,
    folder: &Path,
    resume: bool,
    board: Option<&str>,
    progress: &LiveProgress,
    stop: &AtomicBool,
) -> Result<Summary, RunError> {
    finish(Run::begin(config, seed, folder, resume, board)?, progress, stop)
}

/// Plays to the end, whatever comes.
fn finish(mut run: Run<'_>, progress: &LiveProgress, stop: &AtomicBool) -> Result<Summary, RunError> {
    match catch_unwind(AssertUnwindSafe(|| play(&mut run, progress, stop))) {
        Ok(played) => played?,
        Err(panic) => run.outcome = Some(RunStatus::Panicked { step: run.step, reason: panic_message(panic.as_ref()) }),
    }
    run.end()
}

/// The loop itself.
fn play(run: &mut Run<'_>, progress: &LiveProgress, stop: &AtomicBool) -> Result<(), RunError> {
    progress.show_start(run.step);
    if run.evaluation_pending {
        run.evaluate_if_due(stop)?;
        run.checkpoint_if_due()?;
    }
    while run.outcome.is_none() && run.step < run.config.budget.steps {
        if stop.load(Ordering::Relaxed) {
            return run.interrupt();
        }
        let index = (run.step % run.lanes.len() as u64) as usize;
        if index == 0 {
            run.choose_actions();
        }
        let lane = &mut run.lanes[index];
        let action = lane.action;
        let outcome = lane.env.step(action, &mut lane.rng, &mut lane.next_observation);
        run.step += 1;

        let learned = run.agent.observe(
            Transition {
                observation: &lane.observation,
                action,
                reward: outcome.reward,
                next_observation: &lane.next_observation,
                ending: outcome.ending,
                env: index,
            },
            run.step,
        );

        lane.running_return += f64::from(outcome.reward);
        lane.running_length += 1;
        std::mem::swap(&mut lane.observation, &mut lane.next_observation);
        if outcome.ending.is_over() {
            run.finish_episode(index, outcome.ending, progress)?;
            run.lanes[index].reset();
        }

        if let Some(learned) = learned {
            run.log(&learned)?;
        }
        run.evaluate_if_due(stop)?;
        run.checkpoint_if_due()?;
        progress.show_step(run.step);
    }
    Ok(())
}

/// What a panic said.
pub fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no message").to_owned()
}

/// A run that could not go on.
#[derive(Debug)]
pub enum RunError {
    /// A file could not be written or read.
    File {
        /// The run's folder.
        folder: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// A checkpoint is whole but is not one of this run.
    Checkpoint {
        /// The run's folder.
        folder: PathBuf,
        /// What does not fit.
        why: String,
    },
    /// It was stopped from outside, with a checkpoint to go on from.
    Interrupted {
        /// Environment steps taken.
        step: u64,
    },
}

impl std::fmt::Display for RunError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RunError::File { folder, error } => write!(f, "{}: {error}", folder.display()),
            RunError::Checkpoint { folder, why } => {
                write!(f, "{}: the checkpoint does not belong to this run: {why}", folder.display())
            }
            RunError::Interrupted { step } => write!(f, "interrupted after step {step}"),
        }
    }
}

impl std::error::Error for RunError {}

/// The state of the loop.
struct Run<'a> {
    config: &'a RunConfig,
    seed: u64,
    folder: &'a Path,
    files: RowFiles,
    agent: Box<dyn Agent>,
    lanes: Vec<EnvSlot>,
    /// Room for a round's observations and actions, one environment after another.
    observations: Vec<f32>,
    actions: Vec<usize>,
    evaluation_env: Box<dyn Env>,
    truth: Option<ExactSolution>,
    step: u64,
    episodes: u64,
    recent_returns: VecDeque<f64>,
    updates: u64,
    next_log: u64,
    interval: Interval,
    /// Whether the evaluation that belongs after `step`, if one does, is still to be made.
    evaluation_pending: bool,
    final_evaluation: Option<EvaluationSummary>,
    best_evaluation: Option<EvaluationSummary>,
    distance: Option<Distance>,
    outcome: Option<RunStatus>,
}

impl<'a> Run<'a> {
    fn begin(
        config: &'a RunConfig,
        seed: u64,
        folder: &'a Path,
        resume: bool,
        board: Option<&str>,
    ) -> Result<Run<'a>, RunError> {
        let in_folder = |error| RunError::File { folder: folder.to_owned(), error };
        std::fs::create_dir_all(folder.join("checkpoint")).map_err(in_folder)?;
        let snapshot = if resume { usable_checkpoint(folder) } else { None };
        let start = match &snapshot {
            Some(_) => None,
            None => Snapshot::read_start(&folder.join("checkpoint")).map_err(in_folder)?,
        };
        let evaluation_env = config.env.build().expect("a checked environment builds");
        let truth = evaluation_env.model().map(|model| ExactSolution::new(model, config.algorithm.gamma()));
        let positions = snapshot.as_ref().map(|snapshot| snapshot.positions);
        let from_step = snapshot.as_ref().map(|snapshot| snapshot.step);
        let mut files = RowFiles::open(folder, positions, truth.is_some()).map_err(in_folder)?;
        if let Some(text) = board {
            files.show_on(TensorBoard::open(folder, text, config.budget.log_every, from_step).map_err(in_folder)?);
        }
        let mut run = Run {
            config,
            seed,
            folder,
            files,
            agent: config.algorithm.build(&config.agent_setup(seed)),
            lanes: (0..config.algorithm.num_envs()).map(|index| EnvSlot::new(config, seed, index)).collect(),
            observations: Vec::new(),
            actions: vec![0; config.algorithm.num_envs()],
            evaluation_env,
            truth,
            step: 0,
            episodes: 0,
            recent_returns: VecDeque::with_capacity(RECENT),
            updates: 0,
            next_log: config.budget.log_every,
            interval: Interval::default(),
            evaluation_pending: true,
            final_evaluation: None,
            best_evaluation: None,
            distance: None,
            outcome: None,
        };
        match (snapshot, start) {
            (Some(snapshot), _) => run.restore(snapshot)?,
            (None, Some(start)) => run.begin_from(start)?,
            (None, None) => {}
        }
        Ok(run)
    }

    /// Has the agent choose the next action in each environment.
    fn choose_actions(&mut self) {
        self.observations.clear();
        self.lanes.iter().for_each(|lane| self.observations.extend_from_slice(&lane.observation));
        self.agent.act_in_all(&self.observations, self.step, &mut self.actions);
        self.lanes.iter_mut().zip(&self.actions).for_each(|(lane, action)| lane.action = *action);
    }

    fn finish_episode(&mut self, lane: usize, ending: Ending, progress: &LiveProgress) -> Result<(), RunError> {
        self.episodes += 1;
        let EnvSlot { running_return: total, running_length: length, .. } = self.lanes[lane];
        let row = EpisodeRow { step: self.step, episode: self.episodes, total, length, ending };
        self.files.episode(&row).map_err(|error| self.file_error(error))?;
        if self.recent_returns.len() == RECENT {
            self.recent_returns.pop_front();
        }
        self.recent_returns.push_back(total);
        progress.show_return(mean(&self.recent_returns).unwrap_or(f64::NAN), self.episodes);
        Ok(())
    }

    /// Takes in a round of learning. The first one at or after the end of a logging interval completes the interval's row, and
    /// so does any in which a number broke.
    fn log(&mut self, learned: &UpdateStats) -> Result<(), RunError> {
        self.updates = learned.updates;
        self.interval.add(self.step, learned);
        let broken = learned.non_finite_figure();
        if self.step >= self.next_log || broken.is_some() {
            self.write_interval()?;
            self.next_log = next_multiple(self.step, self.config.budget.log_every);
        }
        self.diverge_if(broken);
        Ok(())
    }

    fn write_interval(&mut self) -> Result<(), RunError> {
        let row = self.interval.take();
        row.map_or(Ok(()), |row| self.files.update(&row)).map_err(|error| self.file_error(error))
    }

    /// Ends this stretch of the run, with a checkpoint to go on from.
    fn interrupt(&mut self) -> Result<(), RunError> {
        self.checkpoint()?;
        Err(RunError::Interrupted { step: self.step })
    }

    fn diverge_if(&mut self, broken: Option<String>) {
        if let Some(reason) = broken {
            self.outcome = Some(RunStatus::Diverged { step: self.step, reason });
        }
    }

    fn evaluate_if_due(&mut self, stop: &AtomicBool) -> Result<(), RunError> {
        self.evaluation_pending = false;
        if self.outcome.is_some() || !self.config.budget.evaluates_at(self.step) {
            return Ok(());
        }
        self.diverge_if(self.agent.non_finite_parameter());
        if self.outcome.is_some() {
            return Ok(());
        }
        let mut rng = evaluation_stream(self.seed, self.step);
        let episodes = self.config.budget.evaluation_episodes;
        let (agent, env) = (self.agent.as_mut(), self.evaluation_env.as_mut());
        let rows = evaluate(agent, env, &mut rng, episodes, self.step, stop);
        let Some((rows, distance)) = rows.and_then(|rows| Some((rows, self.measure(stop).ok()?))) else {
            self.evaluation_pending = true; // nothing of it was written
            return self.interrupt();
        };
        if let Some(distance) = distance {
            self.distance = Some(distance);
            let row = ValueRow { step: self.step, distance };
            self.files.value(&row).map_err(|error| self.file_error(error))?;
        }
        self.final_evaluation = EvaluationSummary::of(&rows);
        let written = self.files.evaluation(&rows, self.final_evaluation.as_ref());
        written.and_then(|()| self.files.flush()).map_err(|error| self.file_error(error))?; // now somebody looks
        let better = |new: &EvaluationSummary| self.best_evaluation.is_none_or(|best| new.mean > best.mean);
        if let Some(new) = self.final_evaluation.filter(better) {
            self.best_evaluation = Some(new);
        }
        Ok(())
    }

    /// How far the agent is from the exact solution, where there is one.
    fn measure(&mut self, stop: &AtomicBool) -> Result<Option<Distance>, Stopped> {
        let stop = || stop.load(Ordering::Relaxed);
        let distance = self.truth.as_ref().map(|truth| truth.try_distance(self.agent.as_mut(), self.step, &stop));
        distance.transpose()
    }

    fn checkpoint_if_due(&mut self) -> Result<(), RunError> {
        if self.outcome.is_some() || !self.config.budget.checkpoints_at(self.step) {
            return Ok(());
        }
        self.checkpoint()
    }

    fn checkpoint(&mut self) -> Result<(), RunError> {
        let positions = self.files.sync().map_err(|error| self.file_error(error))?;
        let snapshot = Snapshot {
            program: PROGRAM.to_owned(),
            step: self.step,
            episodes: self.episodes,
            recent_returns: self.recent_returns.iter().copied().collect(),
            updates: self.updates,
            next_log: self.next_log,
            interval: self.interval,
            evaluation_pending: self.evaluation_pending,
            final_evaluation: self.final_evaluation,
            best_evaluation: self.best_evaluation,
            distance: self.distance,
            lanes: self.lanes.iter().map(EnvSlot::save).collect(),
            agent: self.agent.save(),
            positions,
        };
        snapshot.write(&self.folder.join("checkpoint")).map_err(|error| self.file_error(error))
    }

    fn restore(&mut self, snapshot: Snapshot) -> Result<(), RunError> {
        start::load(&snapshot, &mut self.lanes, self.agent.as_mut())
            .map_err(|why| RunError::Checkpoint { folder: self.folder.to_owned(), why })?;
        self.step = snapshot.step;
        self.episodes = snapshot.episodes;
        self.recent_returns = snapshot.recent_returns.into();
        self.updates = snapshot.updates;
        self.next_log = snapshot.next_log;
        self.interval = snapshot.interval;
        self.evaluation_pending = snapshot.evaluation_pending;
        self.final_evaluation = snapshot.final_evaluation;
        self.best_evaluation = snapshot.best_evaluation;
        self.distance = snapshot.distance;
        Ok(())
    }

    /// Begins where a run of another experiment ended: with its agent, its environments and its counters, and rows and
    /// evaluations of its own.
    fn begin_from(&mut self, start: Snapshot) -> Result<(), RunError> {
        self.restore(Snapshot {
            next_log: next_multiple(start.step, self.config.budget.log_every),
            interval: Interval::default(),
            evaluation_pending: true,
            final_evaluation: None,
            best_evaluation: None,
            distance: None,
            ..start
        })
    }

    /// Writes `summary.json`, the mark of a run that is over.
    fn end(mut self) -> Result<Summary, RunError> {
        if self.outcome.is_none() {
            self.diverge_if(self.agent.non_finite_parameter());
        }
        let summary = Summary {
            variant: self.config.variant.clone(),
            seed: self.seed,
            outcome: self.outcome.take().unwrap_or(RunStatus::Finished),
            steps: self.step,
            episodes: self.episodes,
            updates: self.updates,
            parameters: self.agent.parameters() as u64,
            training_return: mean(&self.recent_returns),
            final_evaluation: self.final_evaluation,
            best_evaluation: self.best_evaluation,
            distance: self.distance,
        };
        // After the last checkpoint, so that a longer run can complete the interval.
        self.write_interval()?;
        self.files.sync().map_err(|error| self.file_error(error))?;
        summary.write(self.folder).map_err(|error| self.file_error(error))?;
        Ok(summary)
    }

    fn file_error(&self, error: io::Error) -> RunError {
        RunError::File { folder: self.folder.to_owned(), error }
    }
}

/// The newest checkpoint that is whole and whose rows are all there, with a warning for each that is not used.
fn usable_checkpoint(folder: &Path) -> Option<Snapshot> {
    let shown = folder.display();
    let mut refused = 0;
    let usable = Snapshot::read_all(&folder.join("checkpoint")).find(|snapshot| {
        let missing = snapshot.positions.missing_rows(folder);
        if let Some(why) = &missing {
            refused += 1;
            tracing::warn!("{shown}: the checkpoint at step {} is of no use: {why}", snapshot.step);
        }
        missing.is_none()
    });
    match &usable {
        Some(snapshot) if refused > 0 => tracing::warn!("{shown}: goes on from step {}", snapshot.step),
        None if folder.join(EPISODES).exists() => {
            tracing::warn!("{shown}: no checkpoint can be used, so the run begins again");
        }
        _ => {}
    }
    usable
}

fn mean(values: &VecDeque<f64>) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The first multiple of `interval` after `step`.
fn next_multiple(step: u64, interval: u64) -> u64 {
    (step / interval + 1) * interval
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::atomic::AtomicUsize;
    use std::sync::{Arc, Mutex};

    use tilde_envs::StateError;

    use super::*;
    use crate::agents::StateEstimate;
    use crate::rng::Rng;

    /// Acts until its third step.
    struct Panicking;

    impl Agent for Panicking {
        fn act(&mut self, _: &[f32], step: u64) -> usize {
            assert!(step < 2, "the agent gave up");
            0
        }

        fn observe(&mut self, _: Transition<'_>, _: u64) -> Option<UpdateStats> {
            None
        }

        fn act_eval(&mut self, _: &[f32], _: &mut Rng) -> usize {
            0
        }

        fn estimate(&mut self, observation: &[f32], _: u64) -> StateEstimate {
            StateEstimate::greedy(observation, vec![0.25; 4], false)
        }

        fn parameters(&self) -> usize {
            0
        }

        fn memory(&self) -> usize {
            0
        }

        fn non_finite_parameter(&self) -> Option<String> {
            None
        }

        fn save(&self) -> Vec<u8> {
            Vec::new()
        }

        fn load(&mut self, _: &[u8]) -> Result<(), StateError> {
            Ok(())
        }
    }

    fn config() -> RunConfig {
        let text = "name = 'x'\nseeds = [0]\nbudget = { steps = 300, checkpoint_every = 100 }\n\
                    [env.cart_pole]\n[algorithm.random]\n";
        crate::config::parse(text, "x", &[]).unwrap().variants().remove(0)
    }

    #[test]
    fn a_run_that_panics_is_recorded_with_its_step_and_reason() {
        let folder = tempfile::tempdir().unwrap();
        let config = config();
        let mut run = Run::begin(&config, 0, folder.path(), false, None).unwrap();
        run.agent = Box::new(Panicking);
        let summary = finish(run, &LiveProgress::default(), &AtomicBool::new(false)).unwrap();
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

    /// Asks for a stop when it was asked so often in evaluations, for an action or for its values.
    struct Stopping {
        inner: Box<dyn Agent>,
        after: usize,
        asked: Arc<AtomicUsize>,
        /// How often it was asked before it gave the values of a state for the last time, in each evaluation.
        estimated: Arc<Mutex<BTreeMap<u64, usize>>>,
        stop: Arc<AtomicBool>,
    }

    impl Stopping {
        fn asked(&self) -> usize {
            let asked = self.asked.fetch_add(1, Ordering::Relaxed);
            if asked == self.after {
                self.stop.store(true, Ordering::Relaxed);
            }
            asked
        }
    }

    impl Agent for Stopping {
        fn act(&mut self, observation: &[f32], step: u64) -> usize {
            self.inner.act(observation, step)
        }

        fn observe(&mut self, transition: Transition<'_>, step: u64) -> Option<UpdateStats> {
            self.inner.observe(transition, step)
        }

        fn act_eval(&mut self, observation: &[f32], rng: &mut Rng) -> usize {
            self.asked();
            self.inner.act_eval(observation, rng)
        }

        fn estimate(&mut self, observation: &[f32], step: u64) -> StateEstimate {
            let asked = self.asked();
            self.estimated.lock().unwrap().insert(step, asked);
            self.inner.estimate(observation, step)
        }

        fn parameters(&self) -> usize {
            self.inner.parameters()
        }

        fn memory(&self) -> usize {
            self.inner.memory()
        }

        fn non_finite_parameter(&self) -> Option<String> {
            self.inner.non_finite_parameter()
        }

        fn save(&self) -> Vec<u8> {
            self.inner.save()
        }

        fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
            self.inner.load(state)
        }
    }

    #[test]
    fn an_evaluation_that_is_broken_off_is_made_once() {
        let text = "name = 'x'\nseeds = [0]\n[budget]\nsteps = 230\nevaluate_every = 60\nevaluation_episodes = 3\n\
                    checkpoint_every = 60\nlog_every = 7\n[env.gridworld]\nslip = 0.5\n[algorithm.q_learning]\n\
                    [approximator]\nfeatures = 'one_hot'\n[optimizer.sgd]\nlearning_rate = 0.5\n";
        let config = crate::config::parse(text, "x", &[]).unwrap().variants().remove(0);
        let files = |folder: &Path| {
            ["episodes.csv", "evaluations.csv", "updates.csv", "values.csv", "summary.json", "checkpoint/state.bin"]
                .map(|name| std::fs::read(folder.join(name)).unwrap())
        };
        let (asked, estimated) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(BTreeMap::new())));
        let stopped_after = |folder: &Path, after: usize| {
            let stop = Arc::new(AtomicBool::new(false));
            let mut run = Run::begin(&config, 3, folder, false, None).unwrap();
            let inner = std::mem::replace(&mut run.agent, Box::new(Panicking));
            asked.store(0, Ordering::Relaxed);
            let (asked, estimated) = (Arc::clone(&asked), Arc::clone(&estimated));
            run.agent = Box::new(Stopping { inner, after, asked, estimated, stop: Arc::clone(&stop) });
            finish(run, &LiveProgress::default(), &stop)
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

    #[test]
    fn a_checkpoint_whose_rows_are_lost_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let config = config();
        let go =
            |resume| train(&config, 0, folder.path(), resume, None, &LiveProgress::default(), &AtomicBool::new(false));
        let expected = go(false).unwrap();
        let path = folder.path().join("episodes.csv");
        let rows = std::fs::read(&path).unwrap();
        // All rows of the last hundred steps gone, then all rows.
        for kept in [rows.len() - 1, 3] {
            std::fs::write(&path, &rows[..kept]).unwrap();
            assert_eq!(go(true).unwrap(), expected);
            assert_eq!(std::fs::read(&path).unwrap(), rows);
        }
    }
}
