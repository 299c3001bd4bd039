//! Runs that begin where a run of another experiment ended.

use std::io;
use std::path::Path;

use super::checkpoint::Snapshot;
use super::training::Training;
use crate::config::RunConfig;

/// Checks that a run can begin where the run in the folder `source` ended.
///
/// # Errors
/// If that one left no checkpoint, has used the whole budget of this one, or is too different from it.
pub fn check_start(config: &RunConfig, seed: u64, source: &Path) -> Result<(), String> {
    let snapshot = newest(source)?;
    let (made, steps) = (snapshot.tally.step, config.budget.steps);
    if made >= steps {
        return Err(format!("{made} steps were made there, so `budget.steps` has to be more than that, not {steps}"));
    }
    let restored = Training::of_checked(config, seed).restore(&snapshot);
    restored.map_err(|why| format!("its checkpoint does not fit this config: {why}"))
}

/// Whether the run in `folder` has the state of another run to begin from.
pub fn has_start(folder: &Path) -> bool {
    Snapshot::start_path(&folder.join("checkpoint")).is_file()
}

/// The gradient steps that the run in `folder` began with: those of the run whose state it begins from, or 0.
pub fn updates_before(folder: &Path) -> u64 {
    Snapshot::read_start(&folder.join("checkpoint")).ok().flatten().map_or(0, |start| start.tally.updates)
}

/// Keeps the newest state of the run in the folder `source` as the one that the run in `folder` begins from.
///
/// # Errors
/// If there is none, or it cannot be written.
pub fn copy_start(source: &Path, folder: &Path) -> io::Result<()> {
    let checkpoints = folder.join("checkpoint");
    std::fs::create_dir_all(&checkpoints)?;
    newest(source).map_err(io::Error::other)?.write_start(&checkpoints)
}

fn newest(run: &Path) -> Result<Snapshot, String> {
    let newest = Snapshot::read_all(&run.join("checkpoint")).next();
    newest.ok_or_else(|| format!("{}: has no checkpoint that can be used", run.display()))
}
