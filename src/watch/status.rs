//! How far an experiment is, once and without a terminal.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::reader::Reader;
use super::run_data::{RunData, RunState};
use super::snapshot::Snapshot;
use super::subject::Subject;
use crate::experiment::{is_locked, worker};

/// A speed takes two looks at a run; so long is waited for the second one.
const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(200);

/// How far an experiment is, or the part of it in one folder.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// The experiment's name.
    pub name: String,
    /// The experiment's folder.
    pub folder: PathBuf,
    /// Whether a process works in the folder; `None` where the file system does not tell.
    pub worked_in: Option<bool>,
    /// Environment steps made by all runs. A run that failed has nothing left to do and counts whole.
    pub steps: u64,
    /// Environment steps of the budgets of all runs.
    pub budget: u64,
    /// Seconds that are left at the speed of the runs in progress, if there are some.
    pub seconds_left: Option<f64>,
    /// The runs, variant by variant.
    pub runs: Vec<StatusOfRun>,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatusOfRun {
    /// The variant's name.
    pub variant: String,
    /// The seed.
    pub seed: u64,
    /// `waiting`, `running`, `stalled` (nothing was written for a while), `interrupted` (no process works at it), `finished`,
    /// `diverged` or `failed`.
    pub state: &'static str,
    /// Why it failed.
    pub reason: Option<String>,
    /// The machine and the process that work at it.
    pub worker: Option<String>,
    /// Environment steps made.
    pub step: u64,
    /// Environment steps of its budget.
    pub budget: u64,
    /// Environment steps per second, of a run in progress.
    pub steps_per_second: Option<f64>,
    /// The mean return of the last evaluation, or of the latest training episodes; the error of the values where a given policy is
    /// learned.
    pub last: Option<f64>,
}

/// Reads how far the experiment, variant or run in `folder` is. Where runs are in progress, it looks for up to three seconds, to
/// see their speed.
///
/// ```
/// # let text = "name = 'walk'\nseeds = [0]\nenv = 'gridworld'\nalgorithm = 'q_learning'\napproximator = {}\n\
/// #     optimizer = { sgd = { learning_rate = 0.5 } }\nbudget = { steps = 5_000 }";
/// # let out = tempfile::tempdir()?;
/// # let options = tilde::experiment::Options::new(out.path());
/// # let prepared = tilde::experiment::prepare(&tilde::config::parse(text, "walk.toml", &[])?, &options)?;
/// # let folder = prepared.folder.join("default/seed-0"); // in a program of your own: "runs/walk/default/seed-0"
/// # tilde::experiment::run(prepared, &options, &tilde::experiment::Progress::new(true));
/// let status = tilde::watch::status(&folder)?;
/// assert_eq!((status.steps, status.budget), (5_000, 5_000));
/// assert_eq!(status.runs[0].state, "finished");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the folder is not that of an experiment, a variant or a run, or cannot be read.
pub fn status(folder: &Path) -> Result<Status, String> {
    let mut reader = Reader::new(Subject::open(folder)?)?;
    let began = Instant::now();
    loop {
        reader.look();
        if reader.is_behind() {
            continue;
        }
        let snapshot = reader.snapshot();
        if let Some(why) = snapshot.lost {
            return Err(format!("{}: {why}", folder.display()));
        }
        let worked_in = is_locked(&snapshot.folder);
        let without_speed =
            |run: usize| snapshot.state(run) == RunState::Running && snapshot.runs[run].steps_per_second.is_none();
        let wants_more = worked_in != Some(false) && (0..snapshot.runs.len()).any(without_speed);
        if !wants_more || began.elapsed() > PATIENCE {
            return Ok(Status::of(&snapshot, worked_in));
        }
        thread::sleep(PAUSE);
    }
}

impl Status {
    fn of(snapshot: &Snapshot, worked_in: Option<bool>) -> Status {
        let run = |(index, data): (usize, &Arc<RunData>)| {
            let state = snapshot.state(index);
            let has_begun = matches!(state, RunState::Running | RunState::Stalled(_));
            let folder = &snapshot.run_folders[index];
            // Other processes may work at other runs. Runs of older versions have no locks.
            let is_alone = has_begun && is_locked(folder).or(worked_in) == Some(false);
            let in_progress = has_begun && !is_alone;
            StatusOfRun {
                variant: snapshot.variants[data.variant].name.clone(),
                seed: data.seed,
                state: if is_alone { "interrupted" } else { state.word() },
                step: data.step(),
                budget: data.budget,
                steps_per_second: data.steps_per_second.filter(|_| in_progress),
                worker: if in_progress { worker(folder) } else { None },
                last: snapshot.measure.last(data),
                reason: match state {
                    RunState::Failed(reason) => Some(reason),
                    _ => None,
                },
            }
        };
        let (steps, budget) = snapshot.progress();
        Status {
            name: snapshot.name.clone(),
            folder: snapshot.folder.clone(),
            worked_in,
            steps,
            budget,
            seconds_left: snapshot.time_left().filter(|_| worked_in != Some(false)).map(|left| left.as_secs_f64()),
            runs: snapshot.runs.iter().enumerate().map(run).collect(),
        }
    }

    /// How many runs are in each state, in words: "2 of 6 runs finished, 1 running".
    pub fn counts(&self) -> String {
        counts(&self.runs.iter().map(|run| run.state).collect::<Vec<_>>())
    }
}

/// How many of these states there are, in words: "2 of 6 runs finished, 1 running".
pub fn counts(states: &[&str]) -> String {
    let count = |word: &str| states.iter().filter(|state| **state == word).count();
    let others = ["running", "stalled", "interrupted", "diverged", "failed", "waiting"].into_iter();
    let named = others.filter(|word| count(word) > 0).map(|word| format!(", {} {word}", count(word)));
    format!("{} of {} runs finished{}", count("finished"), states.len(), named.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::test_runs::snapshot;

    #[test]
    fn a_run_in_progress_is_interrupted_where_no_process_works() {
        let working = Status::of(&snapshot(), Some(true));
        let alone = Status::of(&snapshot(), Some(false));
        for (one, other) in working.runs.iter().zip(&alone.runs) {
            let expected = if ["running", "stalled"].contains(&one.state) { "interrupted" } else { one.state };
            assert_eq!(other.state, expected);
        }
        assert!(working.counts().contains("running") && alone.counts().contains("interrupted"), "{}", alone.counts());
        assert!(working.seconds_left.is_some() && alone.seconds_left.is_none());
    }

    #[test]
    fn what_no_process_works_at_is_read_at_once() {
        let out = tempfile::tempdir().unwrap();
        let text = "name = 'x'\nseeds = [3, 4]\n[budget]\nsteps = 100\n[env.cart_pole]\n[algorithm.dqn]\n";
        std::fs::write(out.path().join(crate::results::EXPERIMENT), text).unwrap();
        let read = status(out.path()).unwrap();
        assert_eq!((read.counts().as_str(), read.steps, read.budget), ("0 of 2 runs finished, 2 waiting", 0, 200));
        assert!(status(&out.path().join("nothing")).is_err());
    }
}
