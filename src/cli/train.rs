//! `tilde train`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::selection::Selection;
use super::{Failure, INTERRUPTED, logging, print};
use crate::experiment::{self, Existing, Options, Progress, RunResult, default_jobs};
use crate::report::{Report, Settings};

/// Train every variant × seed of an experiment, in parallel, and write the results to files
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    experiment: Selection,

    /// Runs at the same time [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    jobs: Option<u64>,

    /// Folder for the results; the experiment gets a folder of its own name in it
    #[arg(long, value_name = "DIR", default_value = "runs")]
    out: PathBuf,

    /// Finish the runs of an interrupted experiment from their checkpoints
    #[arg(long, conflicts_with = "overwrite")]
    resume: bool,

    /// Delete the results of an earlier experiment of this name
    #[arg(long)]
    overwrite: bool,

    /// Write event files beside the results, for `tensorboard --logdir DIR`
    #[arg(long)]
    tensorboard: bool,

    /// No progress and no log records but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the experiment, prints its table, and fails if a run failed.
pub fn train(args: &Args) -> Result<(), Failure> {
    let experiment = args.experiment.load(args.quiet)?;
    let progress = Progress::new(args.quiet);
    logging::start(&progress, args.quiet);
    let options = Options {
        out: args.out.clone(),
        existing: match (args.resume, args.overwrite) {
            (true, _) => Existing::Resume,
            (_, true) => Existing::Overwrite,
            _ => Existing::Refuse,
        },
        jobs: args.jobs.map_or_else(default_jobs, |jobs| usize::try_from(jobs).unwrap_or(usize::MAX)),
        tensorboard: args.tensorboard,
        command_line: std::env::args().collect(),
        stop: Arc::default(),
    };
    let prepared = experiment::prepare(&experiment, &options).map_err(|error| Failure::Usage(error.to_string()))?;
    let (folder, runs) = (prepared.folder.clone(), prepared.runs());
    stop_on_signal(&options.stop)?;
    let results = experiment::run(prepared, &options, &progress);
    if results.len() < runs {
        return Err(Failure::Interrupted(format!(
            "interrupted: {} of {runs} runs are over; the same command with --resume goes on",
            results.len()
        )));
    }
    let shown = folder.display();
    match Report::read(std::slice::from_ref(&folder), Settings::default()) {
        Ok(report) => print(&format!(
            "\n{}\nResults: {shown}\nFigures, intervals and tests: tilde report {shown}\n",
            report.text()
        ))?,
        Err(why) => tracing::error!("the results cannot be read back: {why}"),
    }
    all_finished(&results)
}

/// Sets `stop` on Ctrl-C or a request to terminate; a second one ends the process at once.
fn stop_on_signal(stop: &Arc<AtomicBool>) -> Result<(), Failure> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let register = |signal| {
        // In this order: the first signal finds `stop` still unset.
        signal_hook::flag::register_conditional_shutdown(signal, i32::from(INTERRUPTED), Arc::clone(stop))?;
        signal_hook::flag::register(signal, Arc::clone(stop))
    };
    let registered = [SIGINT, SIGTERM].into_iter().try_for_each(|signal| register(signal).map(|_| ()));
    registered.map_err(|error| Failure::Running(format!("signals cannot be caught: {error}")))
}

fn all_finished(results: &[RunResult]) -> Result<(), Failure> {
    let failures: Vec<String> = results
        .iter()
        .filter_map(|run| Some(format!("  {}/seed-{}: {}", run.variant, run.seed, run.failure()?)))
        .collect();
    if failures.is_empty() {
        return Ok(());
    }
    Err(Failure::Running(format!("{} of {} runs failed:\n{}", failures.len(), results.len(), failures.join("\n"))))
}
