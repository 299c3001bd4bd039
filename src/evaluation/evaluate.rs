//! Episodes of a trained run.

use std::path::{Path, PathBuf};

use serde::Serialize;
use tilde_envs::{Env, EnvConfig};

use super::{Episode, Episodes};
use crate::config::Wrappers;
use crate::results::EpisodeRow;
use crate::rng::{Rng, Stream, stream};
use crate::run::{Checkpoint, LoadedRun, load};

/// How a run is evaluated.
#[derive(Clone, Debug)]
pub struct EvaluationOptions {
    /// How many episodes are played.
    pub episodes: u64,
    /// Seed of the episodes, the same ones for every run. `None`: those of the run's own evaluation at the checkpoint's step, and
    /// more of the same stream.
    pub seed: Option<u64>,
    /// Which checkpoint; `None` for the best if there is one, else the last.
    pub checkpoint: Option<Checkpoint>,
    /// Whether actions are those of the policy that is followed in training, exploration included.
    pub stochastic: bool,
    /// Changes of the environment, each `env.KEY=VALUE`.
    pub changes: Vec<String>,
}

impl Default for EvaluationOptions {
    fn default() -> Self {
        EvaluationOptions { episodes: 100, seed: None, checkpoint: None, stochastic: false, changes: Vec::new() }
    }
}

/// A loaded run and the environment that it is evaluated in.
pub struct Subject {
    /// The run.
    pub run: LoadedRun,
    /// The settings of the environment: the run's, with the changes.
    pub env: EnvConfig,
    seed: Option<u64>,
}

impl Subject {
    /// The environment.
    pub fn env(&self) -> Box<dyn Env> {
        self.env.build().expect("a checked environment builds")
    }

    /// The random stream at the beginning of the first episode.
    pub fn stream(&self) -> Rng {
        self.seed.map_or_else(|| self.run.evaluation_stream(), |seed| stream(seed, Stream::Evaluate))
    }
}

/// Loads the run in `folder`, to be evaluated as `options` say.
///
/// # Errors
/// If it cannot be loaded, or the changed environment does not fit the agent; the message has the remedy.
pub fn open(folder: &Path, options: &EvaluationOptions) -> Result<Subject, String> {
    let run = load(folder, options.checkpoint).map_err(|error| error.to_string())?;
    let env = run.changed_env(&options.changes).map_err(|why| format!("{}: {why}", folder.display()))?;
    Ok(Subject { run, env, seed: options.seed })
}

/// The evaluation of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// The folder of the run.
    pub run: PathBuf,
    /// The run's variant.
    pub variant: String,
    /// The run's seed.
    pub seed: u64,
    /// The checkpoint: `best` or `last`.
    pub checkpoint: &'static str,
    /// Environment steps that the agent was trained for.
    pub step: u64,
    /// Mean return of the evaluation in training, if it is the best checkpoint.
    pub best_return: Option<f64>,
    /// Environment steps of the run at its newest checkpoint.
    pub steps_made: u64,
    /// The run's budget in environment steps.
    pub steps: u64,
    /// The environment, with the changes.
    pub env: EnvConfig,
    /// The wrappers between the environment and the agent, as in training.
    pub wrappers: Wrappers,
    /// The changes of the environment.
    pub changes: Vec<String>,
    /// Seed of the episodes, if it is not that of the run's own evaluation.
    pub evaluation_seed: Option<u64>,
    /// Whether actions are those of the policy that is followed in training.
    pub stochastic: bool,
    /// What a user should know of the run: that it is unfinished, or that a file could not be used.
    pub notes: Vec<String>,
    /// The episodes and their statistics.
    #[serde(flatten)]
    pub result: Episodes,
}

/// Evaluates the run in `folder`.
///
/// ```
/// use tilde::evaluation::{EvaluationOptions, evaluate};
///
/// # let text = "name = 'walk'\nseeds = [0]\nenv = 'gridworld'\nalgorithm = 'q_learning'\napproximator = {}\n\
/// #     optimizer = { sgd = { learning_rate = 0.5 } }\nbudget = { steps = 5_000 }";
/// # let out = tempfile::tempdir()?;
/// # let options = tilde::experiment::Options::new(out.path());
/// # let prepared = tilde::experiment::prepare(&tilde::config::parse(text, "walk.toml", &[])?, &options)?;
/// # let folder = prepared.folder.join("default/seed-0"); // in a program of your own: "runs/walk/default/seed-0"
/// # tilde::experiment::run(prepared, &options, &tilde::experiment::Progress::new(true));
/// let options = EvaluationOptions { episodes: 50, ..EvaluationOptions::default() };
/// let mean = |options: &EvaluationOptions| -> Result<_, String> {
///     Ok(evaluate(&folder, options)?.result.returns.map(|returns| returns.mean))
/// };
/// assert_eq!(mean(&options)?, Some(1.0)); // every episode reaches the goal
///
/// // What was learned without slipping, on ice: half of the steps go elsewhere.
/// let on_ice = EvaluationOptions { changes: vec!["env.slip=0.5".to_owned()], ..options };
/// assert!(mean(&on_ice)? < Some(0.9));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`open`].
pub fn evaluate(folder: &Path, options: &EvaluationOptions) -> Result<Evaluation, String> {
    let mut subject = open(folder, options)?;
    let (mut env, mut rng) = (subject.env(), subject.stream());
    let episodes = (1..=options.episodes).map(|episode| {
        let row = subject.run.play(env.as_mut(), options.stochastic, &mut rng);
        Episode::from(EpisodeRow { episode, ..row })
    });
    let result = Episodes::of(episodes.collect());
    let Subject { run, env, .. } = subject;
    Ok(Evaluation {
        run: folder.to_owned(),
        variant: run.config.variant,
        wrappers: run.config.wrappers,
        seed: run.seed,
        checkpoint: run.checkpoint.name(),
        step: run.step,
        best_return: run.best_return,
        steps_made: run.steps_made,
        steps: run.config.budget.steps,
        env,
        changes: options.changes.clone(),
        evaluation_seed: options.seed,
        stochastic: options.stochastic,
        notes: run.notes,
        result,
    })
}
