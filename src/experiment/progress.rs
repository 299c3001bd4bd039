//! Progress on the terminal: one line for each run in progress and one for the experiment, removed at the end. No line is wider than
//! 80 columns or than the terminal.
//!
//! Lines go to standard error. If that is not a terminal, or with `--quiet`, none is drawn; log records tell of finished runs.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::line::{self, RunProgress, in_words, time_left};
use super::{Job, RunResult};
use crate::run::LiveProgress;

/// How often lines are redrawn.
const REFRESH: Duration = Duration::from_millis(100);

/// The lines on the terminal.
pub struct Progress {
    lines: MultiProgress,
    /// Whether failures are told of as any other end of a run.
    expects_failures: bool,
    workload: Mutex<Workload>,
    running: Mutex<Vec<RunLine>>,
}

/// What there is to do, and what is done.
#[derive(Clone, Copy)]
struct Workload {
    began: Instant,
    runs: u64,
    over: u64,
    /// Environment steps of the runs that have not begun.
    waiting: u64,
    /// Environment steps made by the runs that are over.
    made: u64,
}

impl Workload {
    fn of(jobs: &[Job]) -> Workload {
        let waiting = jobs.iter().fold(0_u64, |sum, job| sum.saturating_add(job.config.budget.steps));
        Workload { began: Instant::now(), runs: jobs.len() as u64, over: 0, waiting, made: 0 }
    }

    /// The time left for all runs, of which `running` are in progress: the remaining steps at the rate so far, but no less than the
    /// slowest of `running` needs.
    fn time_left(&self, running: &[RunLine]) -> Option<Duration> {
        let (mut remaining, mut made) = (self.waiting, self.made);
        let mut slowest = Duration::ZERO;
        for run in running.iter().map(RunLine::run) {
            remaining = remaining.saturating_add(run.remaining());
            made += run.made;
            slowest = slowest.max(run.time_left().unwrap_or_default());
        }
        time_left(remaining, made, self.began.elapsed()).map(|left| left.max(slowest))
    }
}

/// The line of a run.
#[derive(Clone)]
pub struct RunLine {
    progress: Arc<LiveProgress>,
    bar: ProgressBar,
    variant: String,
    seed: u64,
    /// Environment steps of the whole run.
    budget: u64,
}

impl RunLine {
    /// Where the run reports its progress.
    pub fn progress(&self) -> &LiveProgress {
        &self.progress
    }

    fn run(&self) -> RunProgress {
        RunProgress {
            step: self.progress.step(),
            budget: self.budget,
            made: self.progress.steps_made(),
            elapsed: self.bar.elapsed(),
            recent_return: self.progress.recent_return(),
        }
    }

    fn refresh(&self) {
        self.bar.set_message(line::of_run(&self.variant, self.seed, &self.run()));
    }
}

impl Progress {
    /// Lines on standard error, or none at all if `quiet`.
    pub fn new(quiet: bool) -> Progress {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Progress {
            lines: MultiProgress::with_draw_target(target),
            expects_failures: false,
            workload: Mutex::new(Workload::of(&[])),
            running: Mutex::new(Vec::new()),
        }
    }

    /// The same for a search, in which runs with bad settings fail: that is no error.
    pub fn of_search(quiet: bool) -> Progress {
        Progress { expects_failures: true, ..Progress::new(quiet) }
    }

    /// A writer for log records, which appear above the lines.
    pub fn log_writer(&self) -> LogWriter {
        LogWriter { lines: self.lines.clone() }
    }

    /// Calls `work`, which makes the runs `jobs`, and draws the lines meanwhile.
    pub fn show(&self, jobs: &[Job], work: impl FnOnce()) {
        let all = self.lines.add(ProgressBar::no_length().with_style(style()));
        *self.locked(&self.workload) = Workload::of(jobs);
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let workload = *self.locked(&self.workload);
                    let running = self.locked(&self.running);
                    running.iter().for_each(RunLine::refresh);
                    let left = workload.time_left(&running);
                    drop(running); // drawing takes time
                    all.set_message(line::of_all(workload.over, workload.runs, workload.began.elapsed(), left));
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
        let bar = self.lines.insert_from_back(1, ProgressBar::no_length().with_style(style()));
        let (variant, budget) = (job.config.variant.clone(), job.config.budget.steps);
        let line = RunLine { progress: Arc::default(), bar, variant, seed: job.seed, budget };
        self.not_waiting(job);
        self.locked(&self.running).push(line.clone());
        line
    }

    /// A run is over.
    pub fn finished(&self, line: RunLine, job: &Job, result: &RunResult, took: Duration) {
        self.remove(&line);
        let left = self.over(line.progress.steps_made());
        let seconds = took.as_secs_f64();
        let rate = line.progress.steps_made() as f64 / seconds;
        match &result.summary {
            Ok(summary) if summary.finished() => {
                let reached =
                    summary.final_return().map_or("no episode ended".to_owned(), |r| format!("return {r:.1}"));
                let (name, steps) = (name(job), summary.steps);
                tracing::info!("{name}: {reached} after {steps} steps in {seconds:.1} s ({rate:.0}/s){left}");
                if result.learned_nothing() {
                    tracing::warn!("{name}: no update was made, so nothing was learned");
                }
            }
            Ok(summary) if self.expects_failures => tracing::info!("{}: {}", name(job), summary.outcome),
            Ok(summary) => tracing::error!("{}: {}", name(job), summary.outcome),
            Err(why) => tracing::error!("{}: {why}", name(job)),
        }
    }

    /// A run was interrupted.
    pub fn interrupted(&self, line: RunLine, job: &Job, step: u64) {
        self.remove(&line);
        tracing::info!("{}: interrupted after step {step}; --resume continues from its checkpoint", name(job));
    }

    /// A run was over before.
    pub fn skipped(&self, job: &Job) {
        self.not_waiting(job);
        self.over(0);
        tracing::info!("{}: already finished", name(job));
    }

    fn remove(&self, line: &RunLine) {
        self.locked(&self.running).retain(|other| !Arc::ptr_eq(&other.progress, &line.progress));
        line.bar.finish_and_clear();
    }

    fn not_waiting(&self, job: &Job) {
        let mut workload = self.locked(&self.workload);
        workload.waiting = workload.waiting.saturating_sub(job.config.budget.steps);
    }

    /// Counts a run that is over and made `made` steps. Returns what is left of the experiment, for a log record.
    fn over(&self, made: u64) -> String {
        let workload = {
            let mut workload = self.locked(&self.workload);
            workload.over += 1;
            workload.made += made;
            *workload
        };
        let left = workload.time_left(&self.locked(&self.running));
        match (workload.runs.saturating_sub(workload.over), left) {
            (0, _) | (_, None) => String::new(),
            (1, Some(left)) => format!("; 1 run to go, about {}", in_words(left)),
            (runs, Some(left)) => format!("; {runs} runs to go, about {}", in_words(left)),
        }
    }

    fn locked<'a, T>(&self, mutex: &'a Mutex<T>) -> std::sync::MutexGuard<'a, T> {
        mutex.lock().expect("nothing panics while a line is drawn")
    }
}

fn name(job: &Job) -> String {
    format!("{}/seed-{}", job.config.variant, job.seed)
}

/// A line is one text, cut off at the width of the terminal.
fn style() -> ProgressStyle {
    ProgressStyle::with_template("{wide_msg}").expect("the template is a constant of this file")
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
