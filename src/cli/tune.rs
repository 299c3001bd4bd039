//! `tilde tune`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use super::flags::{how_to_go_on, if_exists, jobs};
use super::jobs::{Jobs, Submission, engines, on_its_machine};
use super::report::write_search_report;
use super::selection::Selection;
use super::signals::Stop;
use super::train::{all_finished, nothing_learned, print_report};
use super::{Failure, in_columns, logging, print, program};
use crate::cluster::{Engine, Work};
use crate::experiment::{Options, Progress};
use crate::report::{ReportOptions, SearchReport};
use crate::results::{REPORT, remove_partials};
use crate::text::shell_quoted;
use crate::tune::{self, Finished, Plan, TuneError};

/// Search for hyperparameters with an equal budget for every variant, then judge the chosen settings on fresh seeds
///
/// The config is an experiment with a table `[search]`. Its own seeds judge; those of the search are others.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    experiment: Selection,

    /// Runs at the same time [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "engine")]
    jobs: Option<u64>,

    /// Make the search by jobs that share its runs, and a report after them: on a Slurm cluster, by a HyperQueue server, or in
    /// processes on this machine (`--jobs` does the latter with less)
    #[arg(long, value_name = "ENGINE", value_parser = engines())]
    engine: Option<Engine>,

    #[command(flatten)]
    on_engine: Jobs,

    /// Folder for the results; the search gets a folder with the experiment's name in it
    #[arg(long, value_name = "DIR", default_value = "runs")]
    out: PathBuf,

    /// Finish a search that was interrupted, or extend one by more `search.trials`, without successive halving, or by more seeds that
    /// judge. Every file ends as it would from scratch
    #[arg(long, conflicts_with = "overwrite")]
    resume: bool,

    /// Delete an earlier search of this name, with its trials, its verdict and its report
    #[arg(long)]
    overwrite: bool,

    /// Show no progress, and log errors only
    #[arg(long, short)]
    quiet: bool,
}

/// Makes the search and the verdict, prints what was found, and fails if a run of the verdict failed.
pub fn tune(args: &Args) -> Result<(), Failure> {
    let load = || args.experiment.load_written(args.quiet || args.on_engine.dry_run);
    let loaded = args.engine.map_or_else(load, |engine| on_its_machine(engine, load))?;
    let plan = Plan::new(&loaded).map_err(|why| Failure::Usage(in_columns(&why)))?;
    match args.engine {
        Some(engine) => submit(args, engine, &plan),
        None => make(args, &plan),
    }
}

/// Creates the folder of the search with a script in it, and runs the script.
fn submit(args: &Args, engine: Engine, plan: &Plan) -> Result<(), Failure> {
    let trials: usize = plan.variants.iter().map(|variant| variant.trials).sum();
    let runs = trials * plan.search.seeds.count();
    let name = plan.experiment.name.clone();
    let submission = Submission { work: Work::Search, folder: args.out.join(&name), name, runs };
    args.on_engine.submit(engine, submission, || {
        if !args.quiet {
            print(&format!("{}\n", plan.text()))?;
        }
        let begun = tune::begin(&args.out, plan, if_exists(args.resume, args.overwrite));
        // A search that is over ends its workers at once: they only print again what was found.
        begun.map(|()| runs).map_err(|error| Failure::Usage(in_columns(&error.to_string())))
    })
}

/// Makes the search in this process.
fn make(args: &Args, plan: &Plan) -> Result<(), Failure> {
    let progress = Progress::of_search(args.quiet);
    logging::start(&progress, args.quiet);
    let stop = Stop::on_signals()?;
    let options = Options {
        existing: if_exists(args.resume, args.overwrite),
        jobs: jobs(args.jobs),
        command_line: std::env::args().collect(),
        stop: Arc::clone(&stop.flag),
        ..Options::new(&args.out)
    };
    if !args.quiet {
        print(&format!("{}\n", plan.text()))?;
    }
    let finished =
        tune::tune(plan, &options, &progress).map_err(|error| failure(error, &stop, how_to_go_on(args.overwrite)))?;
    print_search(&finished)
}

/// Why a search did not end; `how` says how a command that was interrupted goes on.
pub(super) fn failure(error: TuneError, stop: &Stop, how: &str) -> Failure {
    match error {
        TuneError::Folder(why) => Failure::Usage(in_columns(&why.to_string())),
        TuneError::Failed(why) => Failure::Running(in_columns(&why)),
        TuneError::Interrupted => stop.failure("the search is not over", how),
    }
}

/// Prints what a search has found, and fails if a run of the verdict failed.
pub(super) fn print_search(finished: &Finished) -> Result<(), Failure> {
    let Finished { folder, verdict, results, text, .. } = finished;
    print(&format!("\nThe search, on its own seeds:\n\n{text}\nThe verdict, on the seeds of the experiment:\n"))?;
    let tuned = shell_quoted(&folder.join("tuned.toml").display().to_string());
    print_report(verdict, &format!("The same again: {} train {tuned}\n", program()))?;
    let report = SearchReport::read(folder, &ReportOptions::default()).map_err(Failure::Running)?;
    let out = folder.join(REPORT);
    // What a process left that was killed while it wrote the report.
    [out.clone(), out.join("figures")]
        .iter()
        .try_for_each(|folder| remove_partials(folder))
        .map_err(|error| Failure::Running(format!("{}: {error}", out.display())))?;
    write_search_report(&report, &out)?;
    print(&format!("Report of the search: {}\n", out.join("index.html").display()))?;
    if let Some(warning) = nothing_learned(results) {
        let _ = writeln!(io::stderr(), "warning: {warning}"); // also with --quiet
    }
    all_finished(results)
}
