//! `tilde train`.

use std::path::PathBuf;

use super::selection::Selection;
use super::{Failure, logging, print};
use crate::experiment::{self, Existing, Options, Progress, RunResult, default_jobs, results_table};

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

    /// No progress and no log records but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the experiment, prints its table, and fails if a run failed.
pub fn train(args: &Args) -> Result<(), Failure> {
    let experiment = args.experiment.load()?;
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
        command_line: std::env::args().collect(),
    };
    let prepared = experiment::prepare(&experiment, &options).map_err(|error| Failure::Usage(error.to_string()))?;
    let folder = prepared.folder.clone();
    let results = experiment::run(prepared, &options, &progress);
    let score = match experiment.budget.evaluation_episodes {
        0 => "return of the last 100 training episodes",
        _ => "return of the final evaluation",
    };
    print(&format!(
        "\n{}, {} steps each; {score}:\n\n{}\nResults: {}\n",
        experiment.name,
        experiment.budget.steps,
        results_table(&results),
        folder.display()
    ))?;
    all_finished(&results)
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
