//! `tilde inspect`.

use std::path::PathBuf;

use super::{Failure, checkpoints, in_columns, print};
use crate::diagnostics::UnitActivity;
use crate::inspect::{InspectionOptions, Others, inspect, inspection_text};
use crate::run::Checkpoint;
use crate::text::{WIDTH, wrapped};

/// Look inside what a run has learned: layers, units, regions, and values against returns
#[derive(clap::Args)]
pub struct Args {
    /// The folder of a run [example: runs/cart-pole/default/seed-0]
    #[arg(value_name = "RUN_DIR")]
    run: PathBuf,

    /// Folder for figures and tables: maps of values and greedy actions, reliability, singular values, interference
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// The parameters of the evaluation with the highest mean return, or the newest ones [default: best, or last if there is no best]
    #[arg(long, value_name = "WHICH", value_parser = checkpoints())]
    checkpoint: Option<Checkpoint>,

    /// Episodes that give the states
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    episodes: u64,

    /// Seed of the episodes [default: the run's, so that the first episodes are those of its own evaluation]
    #[arg(long, value_name = "S")]
    seed: Option<u64>,

    /// A unit is dormant if its mean absolute output is at most this share of the layer's mean
    #[arg(long, value_name = "TAU", default_value_t = UnitActivity::TAU)]
    tau: f64,

    /// The two components of the state that maps are over, by number from 0 [default: those of the environment]
    #[arg(long, value_name = "I,J", value_parser = axes)]
    axes: Option<[usize; 2]>,

    /// What the other components are: the median of visited states, or all of them, averaged over visited states
    #[arg(long, value_name = "WHICH", value_parser = ["median", "averaged"], default_value = "median")]
    others: String,

    /// Change one value of the environment, such as env.time_limit=2000; may be given several times
    #[arg(long = "set", value_name = "env.KEY=VALUE")]
    set: Vec<String>,
}

/// Inspects the run, prints the result and writes the files that are asked for.
pub fn run(args: &Args) -> Result<(), Failure> {
    if !(0.0..=1.0).contains(&args.tau) {
        return Err(Failure::Usage(format!("--tau: must lie between 0 and 1, not at {}", args.tau)));
    }
    let options = InspectionOptions {
        checkpoint: args.checkpoint,
        episodes: usize::try_from(args.episodes).unwrap_or(usize::MAX),
        seed: args.seed,
        tau: args.tau,
        changes: args.set.clone(),
        axes: args.axes,
        others: if args.others == "averaged" { Others::Averaged } else { Others::Median },
    };
    let inspection = inspect(&args.run, &options).map_err(|why| Failure::Usage(in_columns(&why)))?;
    print(&inspection_text(&inspection))?;
    let without_map = inspection.map.as_ref().err().map(|why| wrapped(&format!("There are no maps: {why}."), WIDTH));
    let Some(out) = &args.out else {
        return print("\nWith --out DIR, figures and tables are written.\n");
    };
    let written = inspection.write(out).map_err(|error| {
        Failure::Running(in_columns(&format!("{}: {error}; choose another folder with --out", out.display())))
    })?;
    print(&format!("\n{}Written: {} ({} files)\n", without_map.unwrap_or_default(), out.display(), written.len()))
}

/// Two numbers with a comma between them.
fn axes(text: &str) -> Result<[usize; 2], String> {
    let numbers = text.split_once(',').and_then(|(x, y)| Some([x.trim().parse().ok()?, y.trim().parse().ok()?]));
    numbers.ok_or_else(|| "give two numbers with a comma between them, such as 2,3".to_owned())
}
