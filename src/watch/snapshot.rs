//! What is shown of an experiment at one moment.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::run_data::{RunData, RunState};

/// An experiment, or a part of it, at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The experiment's name.
    pub name: String,
    /// The experiment's folder.
    pub folder: PathBuf,
    /// Environment steps of a run.
    pub steps: u64,
    /// The variants of the experiment, shown or not.
    pub variants: Vec<ShownVariant>,
    /// The runs that are shown, variant by variant.
    pub runs: Vec<Arc<RunData>>,
    /// The folder of each run.
    pub run_folders: Vec<PathBuf>,
    /// What the learning curves are of.
    pub measure: Measure,
    /// The return from which on all variants count as solved, if it is the same for all.
    pub threshold: Option<f64>,
    /// Whether a process works in the folder, if that is known.
    pub worked_in: Option<bool>,
    /// Whether files are still being read for the first time.
    pub reading: bool,
    /// Why the folder cannot be read any more, if so. All else is as before.
    pub lost: Option<String>,
    /// The time of the snapshot.
    pub taken: SystemTime,
}

/// A variant.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownVariant {
    /// Its name.
    pub name: String,
    /// Its environment.
    pub environment: String,
    /// Its algorithm.
    pub algorithm: String,
}

/// What learning curves are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Mean returns of evaluations.
    Evaluation,
    /// Mean returns of training episodes, where nothing is evaluated.
    Training,
    /// Errors of the values, where the values of a given policy are learned.
    ValueError,
}

impl Measure {
    /// What it is, in words.
    pub fn title(self) -> &'static str {
        match self {
            Measure::Evaluation => "return of evaluations",
            Measure::Training => "return of training episodes",
            Measure::ValueError => "rmse of the values",
        }
    }

    /// The curve of a run: (environment steps, number).
    pub fn curve(self, run: &RunData) -> Vec<(u64, f64)> {
        match self {
            Measure::Evaluation => {
                run.whole_evaluations().map(|evaluated| (evaluated.step, evaluated.mean())).collect()
            }
            Measure::Training => run.training.points(),
            Measure::ValueError => run.errors.clone(),
        }
    }

    /// The run's last number of this kind.
    pub fn last(self, run: &RunData) -> Option<f64> {
        match self {
            Measure::ValueError => run.errors.last().map(|(_, error)| *error),
            Measure::Evaluation | Measure::Training => run.last_return(),
        }
    }

    /// The run's best number of this kind, where there are evaluations.
    pub fn best(self, run: &RunData) -> Option<f64> {
        match self {
            Measure::ValueError => run.errors.iter().map(|(_, error)| *error).reduce(f64::min),
            Measure::Evaluation => run.best_return(),
            Measure::Training => None,
        }
    }
}

impl Snapshot {
    /// How far a run is.
    pub fn state(&self, run: usize) -> RunState {
        self.runs[run].state(self.taken, self.worked_in)
    }

    /// Environment steps made by all runs that are shown, and those of their budgets. A run that failed has nothing left to do.
    pub fn progress(&self) -> (u64, u64) {
        let steps = (0..self.runs.len()).map(|run| {
            let over = matches!(self.state(run), RunState::Finished | RunState::Failed(_));
            (if over { self.steps } else { self.runs[run].step() }, self.steps)
        });
        steps.fold((0, 0), |(made, all), (step, budget)| (made + step, all + budget))
    }

    /// The time that is left at the speed of the runs in progress, if there are some.
    pub fn time_left(&self) -> Option<Duration> {
        let running = (0..self.runs.len()).filter(|run| self.state(*run) == RunState::Running);
        let speed: f64 = running.filter_map(|run| self.runs[run].steps_per_second).sum();
        let (made, all) = self.progress();
        (speed > 0.0).then(|| Duration::try_from_secs_f64((all - made) as f64 / speed).unwrap_or(Duration::MAX))
    }
}
