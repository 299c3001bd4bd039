//! A run in memory.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;

use tilde_envs::EnvFailure;

use super::checkpoint::Snapshot;
use super::diagnoser::Diagnoser;
use super::evaluation::Evaluator;
use super::policy_loss::PolicyLoss;
use super::recorder::Recorder;
use super::tally::Tally;
use super::vec_env::VecEnv;
use crate::agents::Agent;
use crate::config::RunConfig;
use crate::invalid_value::InvalidValue;
use crate::results::{RunStatus, Summary};

/// A run: an agent in its environments for a budget of environment steps. Its course is a function of the config, the seed and
/// the state that it was restored from, to the bit.
///
/// A seed says everything about the course of a run:
///
/// ```
/// use tilde::run::{Rows, Training};
///
/// let text = "
///     name = 'walk'
///     seeds = [0]
///     env = 'gridworld'
///     algorithm = 'q_learning'
///     approximator = {}
///     optimizer = { sgd = { learning_rate = 0.5 } }
///     budget = { steps = 5_000 }";
/// let config = tilde::config::parse(text, "walk.toml", &[])?.variants().remove(0);
///
/// let course = |seed| -> Result<Rows, Box<dyn std::error::Error>> {
///     let mut rows = Rows::default();
///     Training::new(&config, seed)?.run(&mut rows)?;
///     Ok(rows)
/// };
/// assert_eq!(course(0)?, course(0)?); // to the bit
/// assert_ne!(course(0)?, course(1)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Training {
    pub(super) config: RunConfig,
    pub(super) seed: u64,
    pub(super) agent: Box<dyn Agent>,
    pub(super) envs: VecEnv,
    pub(super) evaluator: Evaluator,
    /// Where the config asks for diagnostics.
    pub(super) diagnoser: Option<Diagnoser>,
    pub(super) tally: Tally,
}

impl Training {
    /// A run that has not begun. It has the weights of a file, where the config names one.
    ///
    /// # Errors
    /// Everything that is wrong with the config, and with such a file.
    pub fn new(config: &RunConfig, seed: u64) -> Result<Training, InvalidValue> {
        config.check()?;
        let mut training = Training::of_checked(config, seed);
        training.set_initial_weights()?;
        Ok(training)
    }

    /// Gives the agent the weights of the files that the config names, if it names some.
    ///
    /// # Errors
    /// If such a file cannot be read or does not fit.
    pub(super) fn set_initial_weights(&mut self) -> Result<(), InvalidValue> {
        self.config.set_initial_weights(self.agent.as_mut())
    }

    /// A run that has not begun, with a config that was checked, and with weights that were drawn.
    pub(super) fn of_checked(config: &RunConfig, seed: u64) -> Training {
        let mut envs =
            config.environment().build_all(config.algorithm.num_envs() + 2).expect("a checked environment builds");
        let [of_diagnoser, of_evaluator] = [(); 2].map(|()| envs.pop().expect("there are two more"));
        let diagnoser = Diagnoser::new(config, of_diagnoser, seed);
        Training {
            seed,
            agent: config.agent(seed),
            envs: VecEnv::new(envs, seed),
            evaluator: Evaluator::new(config, of_evaluator, seed),
            tally: Tally {
                policy_loss: diagnoser.as_ref().map(|_| PolicyLoss::default()),
                ..Tally::new(&config.budget)
            },
            diagnoser,
            config: config.clone(),
        }
    }

    /// Trains to the end of the budget and tells `recorder` of it. Returns the figures of the run.
    ///
    /// # Errors
    /// If something could not be recorded. Divergence and panics are no errors but a [`RunStatus`].
    pub fn run(&mut self, recorder: &mut dyn Recorder) -> Result<Summary, RunError> {
        self.run_until(&AtomicBool::new(false), recorder)
    }

    /// The same until `stop` is set. Then the run finishes the step at hand, breaks off an evaluation, has a checkpoint recorded
    /// and ends as [`RunError::Interrupted`]. Where it goes on, the evaluation is made anew.
    ///
    /// # Errors
    /// If it was stopped, or something could not be recorded.
    pub fn run_until(&mut self, stop: &AtomicBool, recorder: &mut dyn Recorder) -> Result<Summary, RunError> {
        match catch_unwind(AssertUnwindSafe(|| self.play(recorder, stop))) {
            Ok(played) => played?,
            Err(panic) => {
                let step = self.tally.step;
                self.tally.status = Some(match panic.downcast_ref::<EnvFailure>() {
                    Some(EnvFailure(reason)) => RunStatus::Failed { step, reason: reason.clone() },
                    None => RunStatus::Panicked { step, reason: panic_message(panic.as_ref()) },
                });
            }
        }
        if !self.tally.is_over(&self.config.budget) {
            recorder.checkpoint(&self.tally, &self.envs, self.agent.as_ref())?;
            return Err(RunError::Interrupted { step: self.tally.step });
        }
        if self.tally.status.is_none() {
            self.tally.diverge_if(self.agent.non_finite_parameter());
        }
        let summary = self.tally.summary(&self.config, self.seed, self.agent.parameters());
        // Not in the last checkpoint: a longer run completes the interval.
        self.tally.record_interval(recorder)?;
        recorder.summary(&summary)?;
        Ok(summary)
    }

    /// Takes over the state of a checkpoint.
    ///
    /// # Errors
    /// If it is another run's; the message says what does not fit.
    pub(super) fn restore(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        self.envs.load(&snapshot.envs).map_err(|error| error.to_string())?;
        self.agent.load(&snapshot.agent).map_err(|error| error.to_string())?;
        let policy_loss = self.diagnoser.as_ref().map(|_| snapshot.tally.policy_loss.unwrap_or_default());
        self.tally = Tally { policy_loss, ..snapshot.tally.clone() };
        self.tally.evaluation_pending &= self.config.budget.evaluates_at(self.tally.step);
        Ok(())
    }

    /// Begins where a run of another experiment ended.
    ///
    /// # Errors
    /// As [`Training::restore`].
    pub(super) fn begin_after(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        self.restore(snapshot)?;
        self.tally = self.tally.clone().begin_after(&self.config.budget);
        Ok(())
    }

    /// Whether learned values are compared with an exact solution.
    pub(super) fn has_exact_solution(&self) -> bool {
        self.evaluator.has_exact_solution()
    }

    /// Whether the learned functions are measured.
    pub(super) fn has_diagnostics(&self) -> bool {
        self.diagnoser.is_some()
    }

    /// The agent.
    pub fn agent(&mut self) -> &mut dyn Agent {
        self.agent.as_mut()
    }

    /// The counters.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }
}

/// The message of a panic, or of the failure of an environment.
pub fn panic_message(panic: &(dyn Any + Send)) -> String {
    if let Some(EnvFailure(reason)) = panic.downcast_ref() {
        return reason.clone();
    }
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no message").to_owned()
}

/// A run that could not go on.
#[derive(Debug)]
pub enum RunError {
    /// Something could not be recorded, or the records of a run to go on with could not be read.
    Record(io::Error),
    /// A checkpoint is whole but is not one of this run.
    Checkpoint(String),
    /// It was stopped, after a checkpoint.
    Interrupted {
        /// Environment steps taken.
        step: u64,
    },
}

impl From<io::Error> for RunError {
    fn from(error: io::Error) -> RunError {
        RunError::Record(error)
    }
}

impl std::fmt::Display for RunError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RunError::Record(error) => error.fmt(f),
            RunError::Checkpoint(why) => write!(f, "the checkpoint does not belong to this run: {why}"),
            RunError::Interrupted { step } => write!(f, "interrupted after step {step}"),
        }
    }
}

impl std::error::Error for RunError {}
