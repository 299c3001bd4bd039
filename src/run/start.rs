//! Runs that begin where a run of another experiment ended.

use std::io;
use std::path::Path;

use super::checkpoint::Snapshot;
use super::env_slot::EnvSlot;
use crate::agents::Agent;
use crate::config::RunConfig;

/// Checks that a run can begin where the run in the folder `source` ended.
///
/// # Errors
/// If that one left no checkpoint, used the whole budget of this one already, or is too different from it.
pub fn check_start(config: &RunConfig, seed: u64, source: &Path) -> Result<(), String> {
    let snapshot = newest(source)?;
    let (made, steps) = (snapshot.step, config.budget.steps);
    if made >= steps {
        return Err(format!("{made} steps were made there, so `budget.steps` has to be more than that, not {steps}"));
    }
    let mut lanes: Vec<EnvSlot> =
        (0..config.algorithm.num_envs()).map(|index| EnvSlot::new(config, seed, index)).collect();
    let mut agent = config.algorithm.build(&config.agent_setup(seed));
    load(&snapshot, &mut lanes, agent.as_mut()).map_err(|why| format!("its checkpoint does not fit this config: {why}"))
}

/// Whether the run in `folder` has the state it begins from, if it begins from another run's.
pub fn has_start(folder: &Path) -> bool {
    Snapshot::start_path(&folder.join("checkpoint")).is_file()
}

/// The gradient steps that the run in `folder` began with: those of the run whose state it begins from, if there is one.
pub fn updates_before(folder: &Path) -> u64 {
    Snapshot::read_start(&folder.join("checkpoint")).ok().flatten().map_or(0, |start| start.updates)
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

/// Puts environments and an agent into the state of a checkpoint.
///
/// # Errors
/// If it is that of another run; the message says what does not fit.
pub fn load(snapshot: &Snapshot, lanes: &mut [EnvSlot], agent: &mut dyn Agent) -> Result<(), String> {
    if snapshot.lanes.len() != lanes.len() {
        return Err("it has another number of environments".to_owned());
    }
    for (lane, state) in lanes.iter_mut().zip(&snapshot.lanes) {
        lane.load(state.clone()).map_err(|error| error.to_string())?;
    }
    agent.load(&snapshot.agent).map_err(|error| error.to_string())
}
