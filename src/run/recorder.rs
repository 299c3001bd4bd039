//! Recorders of a run: in memory, for a display, two of them, or none. That in files is in `files.rs`.

use std::io;

use super::live_progress::LiveProgress;
use super::tally::Tally;
use super::vec_env::VecEnv;
use crate::agents::Agent;
use crate::results::{DiagnosticsRow, EpisodeRow, EvaluationSummary, Summary, UpdateRow, ValueRow};

/// Records a run. A recorder of your own implements the methods that it needs; the others do nothing.
///
/// ```
/// use tilde::results::EpisodeRow;
/// use tilde::run::{Recorder, Training};
///
/// /// The longest episode.
/// struct Longest(u64);
///
/// impl Recorder for Longest {
///     fn episode(&mut self, row: &EpisodeRow) -> std::io::Result<()> {
///         self.0 = self.0.max(row.length);
///         Ok(())
///     }
/// }
///
/// let text = "name = 'x'\nseeds = [0]\nenv = 'cart_pole'\nalgorithm = 'random'\nbudget = { steps = 1_000 }";
/// let config = tilde::config::parse(text, "x.toml", &[])?.variants().remove(0);
/// let mut longest = Longest(0);
/// Training::new(&config, 0)?.run(&mut longest)?;
/// assert!(longest.0 > 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Every method that returns a result: if something cannot be recorded. It ends the run.
#[allow(unused_variables)] // their names are documentation
pub trait Recorder {
    /// A training episode ended.
    fn episode(&mut self, row: &EpisodeRow) -> io::Result<()> {
        Ok(())
    }

    /// A logging interval with rounds of learning is complete.
    fn update(&mut self, row: &UpdateRow) -> io::Result<()> {
        Ok(())
    }

    /// The learned values were compared with the exact solution, if there is one; the evaluation follows.
    fn value(&mut self, row: &ValueRow) -> io::Result<()> {
        Ok(())
    }

    /// An evaluation was made, of a row for each episode.
    fn evaluation(&mut self, rows: &[EpisodeRow]) -> io::Result<()> {
        Ok(())
    }

    /// An evaluation was recorded; `agent` is as it was evaluated.
    fn evaluated(&mut self, evaluation: &EvaluationSummary, agent: &dyn Agent) -> io::Result<()> {
        Ok(())
    }

    /// A function that the agent learns was measured.
    fn diagnostics(&mut self, row: &DiagnosticsRow) -> io::Result<()> {
        Ok(())
    }

    /// An environment step was made.
    fn step(&mut self, tally: &Tally) {}

    /// A checkpoint is due. With what `tally`, `envs` and `agent` save, a run goes on exactly.
    fn checkpoint(&mut self, tally: &Tally, envs: &VecEnv, agent: &dyn Agent) -> io::Result<()> {
        Ok(())
    }

    /// The run is over.
    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        Ok(())
    }
}

/// Records nothing.
impl Recorder for () {}

/// The rows of a run in memory, those of its result files.
///
/// ```
/// use tilde::run::{Rows, Training};
///
/// # let text = "
/// #     name = 'walk'
/// #     seeds = [0]
/// #     env = 'gridworld'
/// #     algorithm = 'q_learning'
/// #     approximator = {}
/// #     optimizer = { sgd = { learning_rate = 0.5 } }
/// #     budget = { steps = 3_000, evaluate_every = 1_000, evaluation_episodes = 1 }";
/// let config = tilde::config::parse(text, "walk.toml", &[])?.variants().remove(0);
///
/// let mut rows = Rows::default();
/// Training::new(&config, 0)?.run(&mut rows)?;
/// let curve: Vec<(u64, f64)> = rows.evaluations.iter().map(|row| (row.step, row.total)).collect();
/// assert_eq!(curve, [(0, 0.0), (1_000, 1.0), (2_000, 1.0), (3_000, 1.0)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Training episodes.
    pub episodes: Vec<EpisodeRow>,
    /// Episodes of evaluations.
    pub evaluations: Vec<EpisodeRow>,
    /// Rounds of learning.
    pub updates: Vec<UpdateRow>,
    /// Distances from the exact solution.
    pub values: Vec<ValueRow>,
    /// Measures of the learned functions.
    pub diagnostics: Vec<DiagnosticsRow>,
}

impl Recorder for Rows {
    fn episode(&mut self, row: &EpisodeRow) -> io::Result<()> {
        self.episodes.push(*row);
        Ok(())
    }

    fn update(&mut self, row: &UpdateRow) -> io::Result<()> {
        self.updates.push(*row);
        Ok(())
    }

    fn value(&mut self, row: &ValueRow) -> io::Result<()> {
        self.values.push(*row);
        Ok(())
    }

    fn evaluation(&mut self, rows: &[EpisodeRow]) -> io::Result<()> {
        self.evaluations.extend_from_slice(rows);
        Ok(())
    }

    fn diagnostics(&mut self, row: &DiagnosticsRow) -> io::Result<()> {
        self.diagnostics.push(row.clone());
        Ok(())
    }
}

/// A display of the run; it never fails.
impl Recorder for &LiveProgress {
    #[inline]
    fn step(&mut self, tally: &Tally) {
        self.show(tally);
    }
}

/// Both record everything, `0` before `1`.
impl<A: Recorder, B: Recorder> Recorder for (A, B) {
    fn episode(&mut self, row: &EpisodeRow) -> io::Result<()> {
        self.0.episode(row)?;
        self.1.episode(row)
    }

    fn update(&mut self, row: &UpdateRow) -> io::Result<()> {
        self.0.update(row)?;
        self.1.update(row)
    }

    fn value(&mut self, row: &ValueRow) -> io::Result<()> {
        self.0.value(row)?;
        self.1.value(row)
    }

    fn evaluation(&mut self, rows: &[EpisodeRow]) -> io::Result<()> {
        self.0.evaluation(rows)?;
        self.1.evaluation(rows)
    }

    fn evaluated(&mut self, evaluation: &EvaluationSummary, agent: &dyn Agent) -> io::Result<()> {
        self.0.evaluated(evaluation, agent)?;
        self.1.evaluated(evaluation, agent)
    }

    fn diagnostics(&mut self, row: &DiagnosticsRow) -> io::Result<()> {
        self.0.diagnostics(row)?;
        self.1.diagnostics(row)
    }

    fn step(&mut self, tally: &Tally) {
        self.0.step(tally);
        self.1.step(tally);
    }

    fn checkpoint(&mut self, tally: &Tally, envs: &VecEnv, agent: &dyn Agent) -> io::Result<()> {
        self.0.checkpoint(tally, envs, agent)?;
        self.1.checkpoint(tally, envs, agent)
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        self.0.summary(summary)?;
        self.1.summary(summary)
    }
}
