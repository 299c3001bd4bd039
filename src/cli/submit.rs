//! `tilde submit`.

use std::path::PathBuf;

use super::flags::if_exists;
use super::jobs::{Jobs, Submission, engines, on_its_machine};
use super::selection::Selection;
use super::{Failure, in_columns};
use crate::cluster::{Engine, Work};
use crate::experiment::{self, Options};

/// Run an experiment on a cluster: by jobs that share its runs, and a report after them
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    experiment: Selection,

    /// What runs the jobs: a Slurm cluster, a HyperQueue server, or processes on this machine (`train --jobs` does the latter
    /// with less)
    #[arg(long, value_name = "ENGINE", value_parser = engines())]
    engine: Engine,

    #[command(flatten)]
    jobs: Jobs,

    /// Folder for the results; the experiment gets a folder with its name in it. All machines have to see it under this path
    #[arg(long, value_name = "DIR", default_value = "runs")]
    out: PathBuf,

    /// Continue an experiment: finish its runs from their checkpoints, all of those in its folder
    #[arg(long, conflicts_with = "overwrite")]
    resume: bool,

    /// Delete the results of an earlier experiment of this name
    #[arg(long)]
    overwrite: bool,
}

/// Creates the experiment's folder with a script in it, and runs the script.
pub fn run(args: &Args) -> Result<(), Failure> {
    let usage = |error: experiment::FolderError| Failure::Usage(in_columns(&error.to_string()));
    let experiment = on_its_machine(args.engine, || args.experiment.load(args.jobs.dry_run))?;
    experiment::refuse_search(&experiment).map_err(usage)?;
    let submission = Submission {
        work: Work::Experiment,
        name: experiment.name.clone(),
        folder: args.out.join(&experiment.name),
        runs: experiment.variants().len() * experiment.seeds.list().len(),
    };
    args.jobs.submit(args.engine, submission, || {
        let options = Options { existing: if_exists(args.resume, args.overwrite), ..Options::new(&args.out) };
        experiment::prepare(&experiment, &options).map(|prepared| prepared.open_runs()).map_err(usage)
    })
}
