//! The best checkpoint: the parameters of the evaluation with the highest mean return.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tilde_envs::StateError;

use super::container::{Appended, Container};
use super::tally::Tally;
use crate::agents::Agent;
use crate::approx::RunningMoments;
use crate::results::{EvaluationSummary, remove_if_there, write_atomically};

/// The parameters of an agent's functions at the evaluation with the highest mean return, the last of equal ones. It is for
/// acting: a run goes on from its newest checkpoint, never from this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BestCheckpoint {
    /// Environment steps before the evaluation.
    pub step: u64,
    /// Mean return of the evaluation.
    pub mean_return: f64,
    /// Name and θ of each of the agent's functions.
    pub functions: Vec<(String, Vec<f32>)>,
    /// The moments of observations, where the agent normalises them. They stand at the end of the file: most runs have none.
    #[serde(skip)]
    pub moments: Option<RunningMoments>,
}

/// The file of the best checkpoint.
const CONTAINER: Container = Container { magic: b"tilde parameters", version: 1 };

fn path(checkpoints: &Path) -> PathBuf {
    checkpoints.join("best.bin")
}

impl BestCheckpoint {
    /// Reads the best checkpoint in a run's folder of checkpoints; `None` where there is none.
    ///
    /// # Errors
    /// If it is damaged or has another format.
    pub fn read(checkpoints: &Path) -> Result<Option<BestCheckpoint>, String> {
        let path = path(checkpoints);
        let read = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| error.to_string()).and_then(|file| decode(&file)),
        };
        read.map(Some).map_err(|why| format!("{} cannot be used: {why}", path.display()))
    }

    fn write(&self, checkpoints: &Path) -> io::Result<()> {
        let size = self.functions.iter().map(|(name, weights)| name.len() + size_of_val(&weights[..])).sum::<usize>();
        write_atomically(&path(checkpoints), &CONTAINER.encode(&(self, Appended(self.moments.as_ref())), size + 256)?)
    }

    /// Gives these parameters to `agent`, whose functions keep everything else.
    ///
    /// # Errors
    /// If the agent has other functions; some of the parameters may have been taken over then.
    pub fn give_to(self, agent: &mut dyn Agent) -> Result<(), StateError> {
        let names: Vec<&str> = agent.functions().into_iter().map(|(name, _)| name).collect();
        if !names.iter().eq(self.functions.iter().map(|(name, _)| name)) {
            return Err(StateError(format!("the parameters of other functions than {}", names.join(" and "))));
        }
        match (agent.normalizer().is_some(), self.moments) {
            (true, Some(moments)) => agent.set_moments(moments)?,
            (false, None) => {}
            _ => return Err(StateError("parameters with other wrappers of observations".to_owned())),
        }
        agent
            .functions_mut()
            .into_iter()
            .zip(self.functions)
            .try_for_each(|(function, (_, parameters))| function.set_weights(parameters))
    }
}

fn decode(file: &[u8]) -> Result<BestCheckpoint, String> {
    let (mut best, moments): (BestCheckpoint, Option<RunningMoments>) = CONTAINER.decode(file)?;
    best.moments = moments;
    Ok(best)
}

/// Deletes the best checkpoint in a folder of checkpoints.
///
/// # Errors
/// If it is there and cannot be deleted.
pub fn delete(checkpoints: &Path) -> io::Result<()> {
    remove_if_there(&path(checkpoints))
}

/// The best checkpoint of a run in progress. It is written with the run's checkpoints and not at each evaluation, which would force
/// a file to disk each time: a run that is killed makes its evaluations after the newest checkpoint again.
#[derive(Debug, Default)]
pub struct KeptBest {
    best: Option<BestCheckpoint>,
    /// Whether the file has it.
    written: bool,
}

impl KeptBest {
    /// That of a run that goes on from a checkpoint with the counters `tally`. If the file is lost, the best of the evaluations to
    /// come is kept, with a warning.
    pub fn resumed(checkpoints: &Path, tally: &Tally) -> KeptBest {
        let lost = |why: &str| {
            tracing::warn!(
                "{why}: the best parameters until step {} are lost, and the best of the evaluations after it are kept",
                tally.step
            );
            None
        };
        let best = match BestCheckpoint::read(checkpoints) {
            Ok(None) if tally.best_evaluation.is_some() => lost(&format!("{} is missing", path(checkpoints).display())),
            Ok(best) => best,
            Err(why) => lost(&why),
        };
        KeptBest { best, written: true }
    }

    /// Keeps the agent's parameters if no evaluation before this one had a higher mean return.
    pub fn consider(&mut self, evaluation: &EvaluationSummary, agent: &dyn Agent) {
        let &EvaluationSummary { step, mean, .. } = evaluation;
        // After a resume, the best may be from a later step than the checkpoint. The run comes to that evaluation again.
        let is_best = self
            .best
            .as_ref()
            .is_none_or(|best| mean > best.mean_return || (mean == best.mean_return && step >= best.step));
        if mean.is_nan() || !is_best {
            return;
        }
        let functions =
            agent.functions().into_iter().map(|(name, function)| (name.to_owned(), function.weights())).collect();
        let moments = agent.normalizer().map(|normalizer| normalizer.moments().clone());
        *self = KeptBest { best: Some(BestCheckpoint { step, mean_return: mean, functions, moments }), written: false };
    }

    /// Ends the run: deletes the file of an earlier attempt if this one has no best evaluation, and writes it otherwise.
    ///
    /// # Errors
    /// If the file cannot be deleted or written.
    pub fn complete(&mut self, checkpoints: &Path) -> io::Result<()> {
        if self.best.is_some() { self.write(checkpoints) } else { delete(checkpoints) }
    }

    /// Writes the file, if it has something else.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&mut self, checkpoints: &Path) -> io::Result<()> {
        if let Some(best) = self.best.as_ref().filter(|_| !self.written) {
            best.write(checkpoints)?;
            self.written = true;
        }
        Ok(())
    }
}
