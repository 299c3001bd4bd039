//! A trained policy, for programs that only want its actions and values.

use std::path::Path;

use tilde_envs::Env;

use super::load::{Checkpoint, LoadError, LoadedRun, load};
use crate::rng::Rng;

/// What a run has learned, to act with. It learns nothing further.
///
/// ```
/// # let text = "
/// #     name = 'walk'
/// #     seeds = [0]
/// #     env = 'gridworld'
/// #     algorithm = 'q_learning'
/// #     approximator = {}
/// #     optimizer = { sgd = { learning_rate = 0.5 } }
/// #     budget = { steps = 5_000 }";
/// # let out = tempfile::tempdir()?;
/// # let experiment = tilde::config::parse(text, "walk.toml", &[])?;
/// # let folder = out.path().join("walk/default/seed-0");
/// # std::fs::create_dir_all(&folder)?;
/// # std::fs::write(out.path().join("walk/experiment.toml"), experiment.to_toml())?;
/// # let config = experiment.variants().remove(0);
/// # tilde::run::train(&config, 0, &folder, false, None, &Default::default(), &false.into())?;
/// # let folder = folder.as_path(); // in a program of your own: "runs/walk/default/seed-0"
/// let mut policy = tilde::Policy::load(folder)?;
/// let start = [0.0, 0.0];
/// assert_eq!(policy.values(&start).len(), 4); // Q̃(x, ·)
/// assert!(policy.act(&start) < 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Policy {
    run: LoadedRun,
    /// For policies that are random by nature.
    rng: Rng,
}

impl Policy {
    /// Loads the best checkpoint of the run in `folder`, or the last if there is no best.
    ///
    /// # Errors
    /// As [`load`].
    pub fn load(folder: impl AsRef<Path>) -> Result<Policy, LoadError> {
        load(folder.as_ref(), None).map(Policy::from)
    }

    /// Loads this checkpoint of the run in `folder`.
    ///
    /// # Errors
    /// As [`load`].
    pub fn load_checkpoint(folder: impl AsRef<Path>, checkpoint: Checkpoint) -> Result<Policy, LoadError> {
        load(folder.as_ref(), Some(checkpoint)).map(Policy::from)
    }

    /// The action for an observation, without exploration.
    ///
    /// # Panics
    /// If the observation has another length than those of the run's environment.
    pub fn act(&mut self, observation: &[f32]) -> usize {
        self.run.act(observation, &mut self.rng)
    }

    /// Q̃(x, ·), one number per action, or Ṽ(x) alone, or nothing, as the run learned it.
    ///
    /// # Panics
    /// As [`Policy::act`].
    pub fn values(&mut self, observation: &[f32]) -> Vec<f32> {
        self.run.values(observation)
    }

    /// A new environment as in the run's evaluations. [`Policy::run`] has its settings.
    pub fn env(&self) -> Box<dyn Env> {
        self.run.config.environment().build().expect("a loaded run has a checked environment")
    }

    /// The run: its settings, its seed, and which checkpoint of it was loaded.
    pub fn run(&self) -> &LoadedRun {
        &self.run
    }
}

impl From<LoadedRun> for Policy {
    fn from(run: LoadedRun) -> Policy {
        Policy { rng: run.evaluation_stream(), run }
    }
}
