//! Runs in parallel: each thread takes the next job until none is left.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime};

use super::manifest::ManifestWriter;
use super::{Job, Progress};
use crate::parallel::on_threads;
use crate::results::{MANIFEST, Summary};
use crate::run::{LiveProgress, RunError, panic_message, train, updates_before};
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

/// Makes all runs on `threads` threads and returns their results in the order of `jobs`. Once `stop` is set, no further run begins,
/// and interrupted runs have no result.
///
/// Runs share nothing, so no result depends on their number or order. A run that fails or panics does not stop the others.
pub fn run(
    jobs: Vec<Job>,
    threads: usize,
    resume: bool,
    manifests: &ManifestWriter,
    progress: &Progress,
    stop: &AtomicBool,
) -> Vec<RunResult> {
    let mut results = Vec::new();
    progress.show(&jobs, || {
        results = on_threads(threads, &jobs, |job| {
            let is_stopped = stop.load(Ordering::Relaxed);
            (!is_stopped).then(|| run_one(job, resume, manifests, progress, stop)).flatten()
        });
    });
    results.into_iter().flatten().collect()
}

/// Makes one run; `None` if it was interrupted.
fn run_one(
    job: &Job,
    resume: bool,
    manifests: &ManifestWriter,
    progress: &Progress,
    stop: &AtomicBool,
) -> Option<RunResult> {
    let (variant_index, variant, seed) = (job.variant_index, job.config.variant.clone(), job.seed);
    let learns = job.config.algorithm.learns();
    let result = |summary| {
        let updates_before = if learns { updates_before(&job.folder) } else { 0 };
        RunResult { variant_index, variant, seed, learns, updates_before, summary }
    };
    if let Some(summary) = resume.then(|| settled_before(job)).flatten() {
        progress.skipped(job);
        write_event_file(job);
        return Some(result(Ok(summary)));
    }
    let line = progress.started(job);
    let (started, clock) = (SystemTime::now(), Instant::now());
    let summary = match train_caught(job, resume, line.progress(), stop) {
        Err(RunError::Interrupted { step }) => {
            progress.interrupted(line, job, step);
            return None;
        }
        other => other.map_err(|error| format!("{}: {error}", job.folder.display())),
    };
    let took = clock.elapsed();
    let steps = line.progress().steps_made();
    let summary = summary.and_then(|summary| {
        manifests.write(job, started, took, steps).map_err(|error| format!("{}: {error}", job.folder.display()))?;
        Ok(summary)
    });
    let result = result(summary);
    progress.finished(line, job, &result, took);
    Some(result)
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
        let error = std::io::Error::other(format!("the run panicked: {}", panic_message(panic.as_ref())));
        Err(RunError::Record(error))
    })
}

impl RunResult {
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
