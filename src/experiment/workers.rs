//! Runs in parallel: each thread takes the next job until none is left.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::damage::damage;
use super::lock::{Lock, LockKind, this_process};
use super::manifest::ManifestWriter;
use super::{Job, Progress};
use crate::parallel::on_threads;
use crate::results::{MANIFEST, SUMMARY, Summary, remove_if_there};
use crate::run::{LiveProgress, RunError, clean_up, panic_message, train, updates_before};
use crate::tensorboard::write_finished;

/// How a run ended.
pub struct RunResult {
    /// The variant's index in the experiment.
    pub variant_index: usize,
    /// The variant.
    pub variant: String,
    /// The seed.
    pub seed: u64,
    /// Whether its algorithm learns anything.
    pub learns: bool,
    /// Updates of the run whose weights this one began with; 0 for new weights.
    pub updates_before: u64,
    /// Whether it was over before, so that nothing was done.
    pub was_over: bool,
    /// Its summary, or why there is none.
    pub summary: Result<Summary, String>,
}

/// The number of cores.
pub fn default_jobs() -> usize {
    std::thread::available_parallelism().map_or_else(
        |error| {
            tracing::warn!("the number of cores is unknown ({error}): one run at a time; --jobs says how many");
            1
        },
        usize::from,
    )
}

/// How a run ended for this process.
pub enum RunEnd {
    /// It is over.
    Over(Box<RunResult>),
    /// It was interrupted, or never begun.
    Interrupted,
    /// Another process makes it.
    Elsewhere,
}

/// How long a process waits before it looks again for runs that another one has left: at first, and at most. Each time that it finds
/// nothing, the wait is doubled.
pub const LOOK_EVERY: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(1)];

/// Makes runs on several threads.
pub struct Workers<'a> {
    /// How many.
    pub threads: usize,
    /// Whether to wait for runs that other processes make.
    pub wait: bool,
    /// Writes the manifests.
    pub manifests: &'a ManifestWriter,
    /// Shows the progress.
    pub progress: &'a Progress,
    /// Once it is set, no further run begins, and those in progress are interrupted.
    pub stop: &'a AtomicBool,
}

impl Workers<'_> {
    /// Makes all runs. Returns how they ended, in the order of `jobs`.
    ///
    /// Runs share nothing, so no result depends on their number or order. A run that fails or panics does not stop the others. Nor
    /// does one that another process makes: it is looked at again when all others are over, since that process may have ended.
    pub fn run(&self, jobs: Vec<Job>) -> Vec<RunEnd> {
        let mut ends = Vec::new();
        self.progress.show(&jobs, || {
            ends = on_threads(self.threads, &jobs, |job| self.run_one(job));
            let [first, most] = LOOK_EVERY;
            let mut pause = first;
            loop {
                let left: Vec<usize> = (0..ends.len()).filter(|run| matches!(ends[*run], RunEnd::Elsewhere)).collect();
                let again = on_threads(self.threads, &left, |run| self.run_one(&jobs[*run]));
                let taken = again.iter().filter(|end| !matches!(end, RunEnd::Elsewhere)).count();
                for (run, end) in left.iter().zip(again) {
                    ends[*run] = end;
                }
                if taken == left.len() || self.is_stopped() || (taken == 0 && !self.wait) {
                    return;
                }
                if taken > 0 {
                    pause = first;
                    continue;
                }
                thread::sleep(pause);
                pause = most.min(2 * pause);
            }
        });
        ends
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Makes one run.
    fn run_one(&self, job: &Job) -> RunEnd {
        if self.is_stopped() {
            return RunEnd::Interrupted;
        }
        if let Some(summary) = whole_before(job) {
            return self.skip(job, summary);
        }
        let mut lock = match Lock::take(&job.folder, LockKind::Exclusive) {
            Ok(Some(lock)) => lock,
            Ok(None) => return RunEnd::Elsewhere,
            Err(error) => {
                let result = RunResult::of(job, Err(format!("{}: {error}", job.folder.display())));
                return RunEnd::Over(Box::new(result));
            }
        };
        // Again: another process may have finished it in between.
        if let Some(summary) = whole_before(job) {
            return self.skip(job, summary);
        }
        lock.note(&this_process());
        let end = self.make(job, lock.is_real);
        lock.note("");
        end
    }

    /// A run that was over before.
    fn skip(&self, job: &Job, summary: Summary) -> RunEnd {
        self.progress.skipped(job);
        write_event_file(job);
        RunEnd::Over(Box::new(RunResult { was_over: true, ..RunResult::of(job, Ok(summary)) }))
    }

    /// Makes a run that is not over, in a folder that this process has to itself if `alone`.
    fn make(&self, job: &Job, alone: bool) -> RunEnd {
        let line = self.progress.started(job);
        let (started, clock) = (SystemTime::now(), Instant::now());
        let trained = prepare_folder(job, alone)
            .map_err(RunError::Record)
            .and_then(|is_damaged| train_caught(job, !is_damaged, line.progress(), self.stop));
        let summary = match trained {
            Err(RunError::Interrupted { step }) => {
                self.progress.interrupted(line, job, step);
                return RunEnd::Interrupted;
            }
            other => other.map_err(|error| format!("{}: {error}", job.folder.display())),
        };
        let took = clock.elapsed();
        let steps = line.progress().steps_made();
        let summary = summary.and_then(|summary| {
            let written = self.manifests.write(job, started, took, steps);
            written.map_err(|error| format!("{}: {error}", job.folder.display()))?;
            Ok(summary)
        });
        let result = RunResult::of(job, summary);
        self.progress.finished(line, job, &result, took);
        RunEnd::Over(Box::new(result))
    }
}

/// Makes the folder of a run ready for an attempt, and says whether it is of a finished run whose files are damaged: that one is
/// made again from the beginning.
fn prepare_folder(job: &Job, alone: bool) -> io::Result<bool> {
    let damage = settled_before(job).and_then(|_| damage(&job.folder));
    if let Some(damage) = &damage {
        tracing::warn!("{}: {damage}: the run is made again", job.folder.display());
    }
    // The manifest is the sign of a finished run: while it is missing, the run is not over for any process.
    for name in [MANIFEST].into_iter().chain(damage.as_ref().map(|_| SUMMARY)) {
        remove_if_there(&job.folder.join(name))?;
    }
    if alone {
        clean_up(&job.folder, damage.is_some())?;
    }
    Ok(damage.is_some())
}

/// The summary of a run that was over before and whose files are whole.
pub fn whole_before(job: &Job) -> Option<Summary> {
    let settled = settled_before(job)?;
    damage(&job.folder).is_none().then_some(settled)
}

/// The summary of a run that was over before. It has a manifest, which is the last file to be written.
pub fn settled_before(job: &Job) -> Option<Summary> {
    let summary = job.folder.join(MANIFEST).is_file().then(|| Summary::read(&job.folder).ok().flatten()).flatten();
    summary.filter(|summary| summary.is_settled(job.config.budget.steps))
}

/// Writes the event file of a run that was over before, if one is asked for and there is none.
fn write_event_file(job: &Job) {
    let (Some(text), shown) = (&job.board, job.folder.display()) else { return };
    match write_finished(&job.folder, text, job.config.budget.log_every) {
        Ok(true) => tracing::info!("{shown}: the event file for TensorBoard was written from the result files"),
        Ok(false) => tracing::info!("{shown}: it already has an event file for TensorBoard"),
        Err(error) => {
            tracing::warn!("{shown}: the event file for TensorBoard cannot be made from the result files: {error}")
        }
    }
}

/// Trains. A panic before the first step becomes an error.
fn train_caught(job: &Job, resume: bool, progress: &LiveProgress, stop: &AtomicBool) -> Result<Summary, RunError> {
    let attempt = || train(&job.config, job.seed, &job.folder, resume, job.board.as_deref(), progress, stop);
    catch_unwind(AssertUnwindSafe(attempt)).unwrap_or_else(|panic| {
        let error = io::Error::other(format!("the run panicked: {}", panic_message(panic.as_ref())));
        Err(RunError::Record(error))
    })
}

impl RunResult {
    fn of(job: &Job, summary: Result<Summary, String>) -> RunResult {
        let learns = job.config.algorithm.learns();
        RunResult {
            variant_index: job.variant_index,
            variant: job.config.variant.clone(),
            seed: job.seed,
            learns,
            updates_before: if learns { updates_before(&job.folder) } else { 0 },
            was_over: false,
            summary,
        }
    }

    /// Whether an algorithm that learns used its whole budget without an update. Its results are those of its first weights.
    pub fn learned_nothing(&self) -> bool {
        self.learns
            && self.summary.as_ref().is_ok_and(|summary| summary.finished() && summary.updates <= self.updates_before)
    }

    /// Why the run did not use its whole budget, if it did not.
    pub fn failure(&self) -> Option<String> {
        match &self.summary {
            Err(why) => Some(why.clone()),
            Ok(summary) => (!summary.finished()).then(|| summary.outcome.to_string()),
        }
    }
}
