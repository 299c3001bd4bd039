//! The loop: reset, act, step, observe, repeat.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use tilde_envs::{Ending, Env};

use super::checkpoint::Snapshot;
use super::evaluation::evaluate;
use super::files::RowFiles;
use super::lane::Lane;
use super::rows::{EpisodeRow, UpdateRow, ValueRow};
use super::summary::{Evaluated, Outcome, Summary};
use super::telemetry::Telemetry;
use super::truth::{Distance, Truth};
use crate::agents::{Agent, Learned};
use crate::config::RunConfig;
use crate::replay::Transition;
use crate::rng::evaluation_stream;

/// Training episodes that the reported training return is the mean of.
const RECENT: usize = 100;

/// Trains one run to the end of its budget and writes its files into `folder`.
///
/// With `resume`, goes on from the folder's last good checkpoint, where there is one. The result is a function of
/// `config` and `seed` alone, to the bit.
///
/// # Errors
/// If a file cannot be written, or a checkpoint does not belong to this run. Divergence is not an error but an
/// [`Outcome`].
pub fn train(
    config: &RunConfig,
    seed: u64,
    folder: &Path,
    resume: bool,
    telemetry: &Telemetry,
) -> Result<Summary, RunError> {
    let mut run = Run::begin(config, seed, folder, resume)?;
    telemetry.show_start(run.step);
    if run.step == 0 {
        run.evaluate_if_due()?;
    }
    while run.outcome.is_none() && run.step < config.budget.steps {
        let index = (run.step % run.lanes.len() as u64) as usize; // environments take turns
        let lane = &mut run.lanes[index];
        let action = run.agent.act(&lane.observation, run.step, index);
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
            run.finish_episode(index, outcome.ending, telemetry)?;
            run.lanes[index].reset();
        }

        if let Some(learned) = learned {
            run.log(learned)?;
        }
        run.evaluate_if_due()?;
        run.checkpoint_if_due()?;
        telemetry.show_step(run.step);
    }
    run.end()
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
}

impl std::fmt::Display for RunError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RunError::File { folder, error } => write!(f, "{}: {error}", folder.display()),
            RunError::Checkpoint { folder, why } => {
                write!(f, "{}: the checkpoint does not belong to this run: {why}", folder.display())
            }
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
    lanes: Vec<Lane>,
    evaluation_env: Box<dyn Env>,
    truth: Option<Truth>,
    step: u64,
    episodes: u64,
    recent_returns: VecDeque<f64>,
    updates: u64,
    next_log: u64,
    final_evaluation: Option<Evaluated>,
    best_evaluation: Option<Evaluated>,
    distance: Option<Distance>,
    outcome: Option<Outcome>,
}

impl<'a> Run<'a> {
    fn begin(config: &'a RunConfig, seed: u64, folder: &'a Path, resume: bool) -> Result<Run<'a>, RunError> {
        let in_folder = |error| RunError::File { folder: folder.to_owned(), error };
        std::fs::create_dir_all(folder).map_err(in_folder)?;
        let snapshot = if resume { Snapshot::read(&folder.join("checkpoint")) } else { None };
        let evaluation_env = config.env.build().expect("a checked environment builds");
        let truth = evaluation_env.model().map(|model| Truth::new(model, config.algorithm.gamma()));
        let positions = snapshot.as_ref().map(|snapshot| snapshot.positions);
        let mut run = Run {
            config,
            seed,
            folder,
            files: RowFiles::open(folder, positions, truth.is_some()).map_err(in_folder)?,
            agent: config.algorithm.build(&config.agent_setup(seed)),
            lanes: (0..config.algorithm.num_envs()).map(|index| Lane::new(config, seed, index)).collect(),
            evaluation_env,
            truth,
            step: 0,
            episodes: 0,
            recent_returns: VecDeque::with_capacity(RECENT),
            updates: 0,
            next_log: 0,
            final_evaluation: None,
            best_evaluation: None,
            distance: None,
            outcome: None,
        };
        if let Some(snapshot) = snapshot {
            run.restore(snapshot)?;
        }
        Ok(run)
    }

    fn finish_episode(&mut self, lane: usize, ending: Ending, telemetry: &Telemetry) -> Result<(), RunError> {
        self.episodes += 1;
        let Lane { running_return: total, running_length: length, .. } = self.lanes[lane];
        let row = EpisodeRow { step: self.step, episode: self.episodes, total, length, ending };
        self.files.episodes.append(&row).map_err(|error| self.file_error(error))?;
        if self.recent_returns.len() == RECENT {
            self.recent_returns.pop_front();
        }
        self.recent_returns.push_back(total);
        telemetry.show_return(mean(&self.recent_returns).unwrap_or(f64::NAN), self.episodes);
        Ok(())
    }

    /// Writes the first round of learning in each logging interval, and any in which a number broke.
    fn log(&mut self, learned: Learned) -> Result<(), RunError> {
        self.updates = learned.updates;
        let broken = learned.broken_figure();
        if self.step >= self.next_log || broken.is_some() {
            let row = UpdateRow { step: self.step, learned };
            self.files.updates.append(&row).map_err(|error| self.file_error(error))?;
            self.next_log = next_multiple(self.step, self.config.budget.log_every());
        }
        self.diverge_if(broken);
        Ok(())
    }

    fn diverge_if(&mut self, broken: Option<String>) {
        if let Some(reason) = broken {
            self.outcome = Some(Outcome::Diverged { step: self.step, reason });
        }
    }

    fn evaluate_if_due(&mut self) -> Result<(), RunError> {
        if self.outcome.is_some() || !self.config.budget.evaluates_at(self.step) {
            return Ok(());
        }
        self.diverge_if(self.agent.broken_weight());
        if self.outcome.is_some() {
            return Ok(());
        }
        self.measure()?;
        let mut rng = evaluation_stream(self.seed, self.step);
        let episodes = self.config.budget.evaluation_episodes;
        let rows = evaluate(self.agent.as_mut(), self.evaluation_env.as_mut(), &mut rng, episodes, self.step);
        for row in &rows {
            self.files.evaluations.append(row).map_err(|error| self.file_error(error))?;
        }
        self.files.flush().map_err(|error| self.file_error(error))?; // an evaluation is when somebody looks
        self.final_evaluation = Evaluated::of(&rows);
        let better = |new: &Evaluated| self.best_evaluation.is_none_or(|best| new.mean > best.mean);
        if let Some(new) = self.final_evaluation.filter(better) {
            self.best_evaluation = Some(new);
        }
        Ok(())
    }

    /// Writes how far the agent is from the exact solution, where there is one.
    fn measure(&mut self) -> Result<(), RunError> {
        if let (Some(truth), Some(values)) = (&self.truth, &mut self.files.values) {
            let distance = truth.distance(self.agent.as_mut());
            self.distance = Some(distance);
            values
                .append(&ValueRow { step: self.step, distance })
                .map_err(|error| RunError::File { folder: self.folder.to_owned(), error })?;
        }
        Ok(())
    }

    fn checkpoint_if_due(&mut self) -> Result<(), RunError> {
        if self.outcome.is_some() || !self.config.budget.checkpoints_at(self.step) {
            return Ok(());
        }
        let positions = self.files.sync().map_err(|error| self.file_error(error))?;
        let snapshot = Snapshot {
            step: self.step,
            episodes: self.episodes,
            recent_returns: self.recent_returns.iter().copied().collect(),
            updates: self.updates,
            next_log: self.next_log,
            final_evaluation: self.final_evaluation,
            best_evaluation: self.best_evaluation,
            distance: self.distance,
            lanes: self.lanes.iter().map(Lane::save).collect(),
            agent: self.agent.save(),
            positions,
        };
        snapshot.write(&self.folder.join("checkpoint")).map_err(|error| self.file_error(error))
    }

    fn restore(&mut self, snapshot: Snapshot) -> Result<(), RunError> {
        let foreign = |why: String| RunError::Checkpoint { folder: self.folder.to_owned(), why };
        if snapshot.lanes.len() != self.lanes.len() {
            return Err(foreign("it has another number of environments".to_owned()));
        }
        for (lane, state) in self.lanes.iter_mut().zip(snapshot.lanes) {
            lane.load(state).map_err(|e| foreign(e.to_string()))?;
        }
        self.agent.load(&snapshot.agent).map_err(|e| foreign(e.to_string()))?;
        self.step = snapshot.step;
        self.episodes = snapshot.episodes;
        self.recent_returns = snapshot.recent_returns.into();
        self.updates = snapshot.updates;
        self.next_log = snapshot.next_log;
        self.final_evaluation = snapshot.final_evaluation;
        self.best_evaluation = snapshot.best_evaluation;
        self.distance = snapshot.distance;
        Ok(())
    }

    /// Writes `summary.json`, the mark of a run that is over.
    fn end(mut self) -> Result<Summary, RunError> {
        if self.outcome.is_none() {
            self.diverge_if(self.agent.broken_weight());
        }
        let summary = Summary {
            variant: self.config.variant.clone(),
            seed: self.seed,
            outcome: self.outcome.take().unwrap_or(Outcome::Finished),
            steps: self.step,
            episodes: self.episodes,
            updates: self.updates,
            parameters: self.agent.parameters() as u64,
            training_return: mean(&self.recent_returns),
            final_evaluation: self.final_evaluation,
            best_evaluation: self.best_evaluation,
            distance: self.distance,
        };
        self.files.sync().map_err(|error| self.file_error(error))?;
        summary.write(self.folder).map_err(|error| self.file_error(error))?;
        Ok(summary)
    }

    fn file_error(&self, error: io::Error) -> RunError {
        RunError::File { folder: self.folder.to_owned(), error }
    }
}

fn mean(values: &VecDeque<f64>) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The first multiple of `interval` after `step`.
fn next_multiple(step: u64, interval: u64) -> u64 {
    (step / interval + 1) * interval
}
