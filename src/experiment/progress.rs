//! Progress on the terminal: one line for each running run, one for all of them, gone when nothing runs.
//!
//! Everything goes to standard error. Where that is no terminal, or with `--quiet`, no line is drawn; log records tell of
//! finished runs.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::Job;
use crate::results::Summary;
use crate::run::Telemetry;

/// How often lines are drawn anew.
const REFRESH: Duration = Duration::from_millis(100);

/// The lines on the terminal.
pub struct Progress {
    lines: MultiProgress,
    all: Mutex<Option<ProgressBar>>,
    running: Mutex<Vec<RunLine>>,
}

/// The line of a run.
#[derive(Clone)]
pub struct RunLine {
    telemetry: Arc<Telemetry>,
    bar: ProgressBar,
    /// Environment steps of the whole run. The bar counts those still to be made when this stretch began.
    budget: u64,
}

impl RunLine {
    /// Where the run shows how far it is.
    pub fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    fn refresh(&self) {
        self.bar.set_position(self.telemetry.steps_made());
        self.bar.set_length(self.budget - (self.telemetry.step() - self.telemetry.steps_made()));
        if let Some(mean) = self.telemetry.recent_return() {
            self.bar.set_message(format!("return {mean:.1}"));
        }
    }
}

impl Progress {
    /// Lines on standard error, or none at all if `quiet`.
    pub fn new(quiet: bool) -> Progress {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Progress {
            lines: MultiProgress::with_draw_target(target),
            all: Mutex::new(None),
            running: Mutex::new(Vec::new()),
        }
    }

    /// A writer for log records that does not tear the lines apart.
    pub fn log_writer(&self) -> LogWriter {
        LogWriter { lines: self.lines.clone() }
    }

    /// Does `work`, which makes `runs` runs, while the lines are drawn; they are cleared at the end.
    pub fn show(&self, runs: usize, work: impl FnOnce()) {
        let all = self.lines.add(ProgressBar::new(runs as u64).with_style(style("{msg} {pos}/{len} runs, {elapsed}")));
        all.set_message("finished");
        *self.locked(&self.all) = Some(all.clone());
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    self.locked(&self.running).iter().for_each(RunLine::refresh);
                    all.tick();
                    std::thread::park_timeout(REFRESH);
                }
            });
            work();
            done.store(true, Ordering::Relaxed);
        });
        all.finish_and_clear();
    }

    /// A run begins.
    pub fn started(&self, job: &Job) -> RunLine {
        let bar = ProgressBar::new(job.config.budget.steps)
            .with_style(style("{prefix} {bar:24} {pos}/{len} steps, {rate}, {eta} left, {msg}"));
        let bar = self.lines.insert_from_back(1, bar);
        bar.set_prefix(name(job));
        let line = RunLine { telemetry: Arc::default(), bar, budget: job.config.budget.steps };
        self.locked(&self.running).push(line.clone());
        line
    }

    /// A run is over.
    pub fn finished(&self, line: RunLine, job: &Job, summary: &Result<Summary, String>, took: Duration) {
        self.locked(&self.running).retain(|other| !Arc::ptr_eq(&other.telemetry, &line.telemetry));
        line.bar.finish_and_clear();
        self.count();
        let seconds = took.as_secs_f64();
        let rate = line.telemetry.steps_made() as f64 / seconds;
        match summary {
            Ok(summary) if summary.finished() => {
                let reached =
                    summary.final_return().map_or("no episode ended".to_owned(), |r| format!("return {r:.1}"));
                tracing::info!(
                    "{}: {reached} after {} steps in {seconds:.1} s ({rate:.0}/s)",
                    name(job),
                    summary.steps
                );
            }
            Ok(summary) => tracing::error!("{}: {}", name(job), summary.outcome),
            Err(why) => tracing::error!("{}: {why}", name(job)),
        }
    }

    /// A run was stopped from outside.
    pub fn interrupted(&self, line: RunLine, job: &Job, step: u64) {
        self.locked(&self.running).retain(|other| !Arc::ptr_eq(&other.telemetry, &line.telemetry));
        line.bar.finish_and_clear();
        tracing::info!("{}: interrupted after step {step}, with a checkpoint to go on from", name(job));
    }

    /// A run was already over.
    pub fn skipped(&self, job: &Job) {
        self.count();
        tracing::info!("{}: already finished", name(job));
    }

    fn count(&self) {
        if let Some(all) = &*self.locked(&self.all) {
            all.inc(1);
        }
    }

    fn locked<'a, T>(&self, mutex: &'a Mutex<T>) -> std::sync::MutexGuard<'a, T> {
        mutex.lock().expect("nothing panics while a line is drawn")
    }
}

fn name(job: &Job) -> String {
    format!("{}/seed-{}", job.config.variant, job.seed)
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).expect("the template is a constant of this file");
    style.with_key("rate", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let _ = write!(out, "{:.0}/s", state.per_sec()); // a string takes everything
    })
}

/// Writes log records to standard error, above the lines.
#[derive(Clone)]
pub struct LogWriter {
    lines: MultiProgress,
}

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lines.suspend(|| io::stderr().lock().write_all(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
