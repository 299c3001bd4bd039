//! `tilde work`.

use std::path::PathBuf;
use std::sync::Arc;

use super::flags::jobs;
use super::signals::Stop;
use super::train::make_runs;
use super::tune::{failure, print_search};
use super::{Failure, in_columns, logging, print, program};
use crate::experiment::{self, IfExists, Options, Progress};
use crate::report::is_search;
use crate::text::{WIDTH, counted, shell_quoted, wrapped};
use crate::tune::{Worked, work};

/// Make the runs of an experiment or a search that are neither finished nor in progress, until none is left
///
/// Any number of processes on any number of machines can do this in the same folder, at the same time: each run is made by one of
/// them. A run whose process ended is taken over from its last checkpoint. Every file ends as it would with one process.
///
/// At a search, one of the processes proposes the trials; when it ends, another one does.
#[derive(clap::Args)]
pub struct Args {
    /// Folder of an experiment or a search, which `train`, `submit` or `tune` made
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Runs at the same time [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    jobs: Option<u64>,

    /// Stay until all runs or the search are over, and take over from a process that ends
    #[arg(long)]
    wait: bool,

    /// Write event files beside the results, for `tensorboard --logdir DIR`
    #[arg(long)]
    tensorboard: bool,

    /// Show no progress, and log errors only
    #[arg(long, short)]
    quiet: bool,
}

/// How this command goes on that was interrupted.
const GOES_ON: &str = "the same command goes on";

/// Makes the runs, and fails if a run failed.
pub fn run(args: &Args) -> Result<(), Failure> {
    let is_search = is_search(&args.folder);
    let progress = if is_search { Progress::of_search(args.quiet) } else { Progress::new(args.quiet) };
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
    if is_search {
        return at_search(args, &options, &progress, &stop);
    }
    let prepared = experiment::open(&args.folder, &options);
    let prepared = prepared.map_err(|error| Failure::Usage(in_columns(&error.to_string())))?;
    make_runs(prepared, &options, &progress, &stop, GOES_ON, true)
}

/// Works at a search. If this process sees its end, it prints what was found, and fails if a run of the verdict failed.
fn at_search(args: &Args, options: &Options, progress: &Progress, stop: &Stop) -> Result<(), Failure> {
    match work(&args.folder, options, progress).map_err(|error| failure(error, stop, GOES_ON))? {
        Worked::Over(finished) => print_search(&finished),
        Worked::NothingLeft(made) => {
            let (program, folder) = (program(), shell_quoted(&args.folder.display().to_string()));
            let made = counted(made, "run");
            print(&wrapped(
                &format!(
                    "{made} made. Another process makes the search, and there is nothing to do for this one now: --wait stays \
                     until there is. `{program} status {folder}` says how far it is."
                ),
                WIDTH,
            ))
        }
    }
}
