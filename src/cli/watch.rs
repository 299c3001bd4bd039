//! `tilde watch`.

use std::path::PathBuf;

use super::{Failure, in_columns};
use crate::watch::{Ended, WatchError, watch};

/// Watch an experiment or a run in the terminal, finished or in progress: curves, runs, losses, a replay
#[derive(clap::Args)]
pub struct Args {
    /// Folder of an experiment, of one of its variants or of a run [examples: runs/smoke, runs/smoke/shallow/seed-0]
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Shows the view until the user leaves.
pub fn run(args: &Args) -> Result<(), Failure> {
    match watch(&args.folder) {
        Ok(Ended::Left) => Ok(()),
        Ok(Ended::Interrupted) => Err(Failure::Interrupted("interrupted".to_owned())),
        Err(WatchError::Usage(why)) => Err(Failure::Usage(in_columns(&why))),
        Err(WatchError::Failed(why)) => Err(Failure::Running(in_columns(&why))),
    }
}
