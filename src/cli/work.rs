//! `tilde work`.

use std::path::PathBuf;
use std::sync::Arc;

use super::flags::jobs;
use super::signals::Stop;
use super::train::make_runs;
use super::{Failure, in_columns, logging};
use crate::experiment::{self, IfExists, Options, Progress};

/// Make the runs of an experiment that are neither finished nor in progress, until none is left
///
/// Any number of processes on any number of machines can do this in the same folder, at the same time: each run is made by one of
/// them. A run whose process ended is taken over from its last checkpoint. Every file ends as it would with one process.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of an experiment, which `train` or `submit` made
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Runs at the same time [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    jobs: Option<u64>,

    /// Stay until all runs are over, and take over those of a process that ends
    #[arg(long)]
    wait: bool,

    /// Write event files beside the results, for `tensorboard --logdir DIR`
    #[arg(long)]
    tensorboard: bool,

    /// Show no progress, and log errors only
    #[arg(long, short)]
    quiet: bool,
}

/// Makes the runs, and fails if a run failed.
pub fn run(args: &Args) -> Result<(), Failure> {
    let progress = Progress::new(args.quiet);
    logging::start(&progress, args.quiet);
    let stop = Stop::on_signals()?;
    let options = Options {
        existing: IfExists::Resume,
        jobs: jobs(args.jobs),
        wait: args.wait,
        tensorboard: args.tensorboard,
        command_line: std::env::args().collect(),
        stop: Arc::clone(&stop.flag),
        ..Options::new(&args.folder)
    };
    let prepared = experiment::open(&args.folder, &options);
    let prepared = prepared.map_err(|error| Failure::Usage(in_columns(&error.to_string())))?;
    make_runs(prepared, &options, &progress, &stop, "the same command goes on", true)
}
