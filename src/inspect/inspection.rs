//! What is measured of a trained run.

use std::path::{Path, PathBuf};

use tilde_envs::EnvConfig;

use super::function::InspectedFunction;
use super::plane::{Others, Plane};
use super::value_map::ValueMap;
use crate::diagnostics::{Calibration, UnitActivity, Visits};
use crate::rng::{Stream, stream};
use crate::run::{Checkpoint, LoadedRun, load};

/// How a run is inspected.
#[derive(Clone, Debug)]
pub struct InspectionOptions {
    /// Which checkpoint; `None` for the best if there is one, else the last.
    pub checkpoint: Option<Checkpoint>,
    /// Episodes that give the states.
    pub episodes: usize,
    /// Seed of the episodes; `None` for those of the run's own evaluation at the checkpoint's step.
    pub seed: Option<u64>,
    /// A unit is dormant with a score of at most τ.
    pub tau: f64,
    /// Changes of the environment, each `env.KEY=VALUE`.
    pub changes: Vec<String>,
    /// The two components of the state that maps are over; `None` for those of the environment.
    pub axes: Option<[usize; 2]>,
    /// What the other components are.
    pub others: Others,
}

impl Default for InspectionOptions {
    fn default() -> Self {
        InspectionOptions {
            checkpoint: None,
            episodes: 20,
            seed: None,
            tau: UnitActivity::TAU,
            changes: Vec::new(),
            axes: None,
            others: Others::Median,
        }
    }
}

/// The episodes have at most this many steps together.
const MAX_STEPS: usize = 100_000;

/// Groups of the reliability diagram.
const BINS: usize = 10;

/// Cells along a side of a map.
const CELLS: usize = 60;

/// A trained run from inside.
pub struct Inspection {
    /// The folder of the run.
    pub run: PathBuf,
    /// The checkpoint: `best` or `last`.
    pub checkpoint: &'static str,
    /// Environment steps that the agent was trained for.
    pub step: u64,
    /// The run's budget in environment steps.
    pub steps: u64,
    /// What a user should know of the run: that it is unfinished, or that a file could not be used.
    pub notes: Vec<String>,
    /// The environment, with the changes.
    pub env: EnvConfig,
    /// The changes of the environment.
    pub changes: Vec<String>,
    /// The threshold of dormant units.
    pub tau: f64,
    /// The discount γ.
    pub gamma: f64,
    /// The states.
    pub visits: Visits,
    /// The functions.
    pub functions: Vec<InspectedFunction>,
    /// The learned values against returns, if values are learned and a return is known.
    pub calibration: Option<Calibration>,
    /// What the agent has learned over two components of the state; or why there is no map.
    pub map: Result<ValueMap, String>,
}

/// Loads the run in `folder` and looks inside. No file of the run is changed.
///
/// ```
/// use tilde::inspect::{InspectionOptions, inspect, inspection_text};
///
/// # let text = "name = 'walk'\nseeds = [0]\nenv = 'gridworld'\nalgorithm = 'q_learning'\napproximator = {}\n\
/// #     optimizer = { sgd = { learning_rate = 0.5 } }\nbudget = { steps = 5_000 }";
/// # let out = tempfile::tempdir()?;
/// # let options = tilde::experiment::Options::new(out.path());
/// # let prepared = tilde::experiment::prepare(&tilde::config::parse(text, "walk.toml", &[])?, &options)?;
/// # let folder = prepared.folder.join("default/seed-0"); // in a program of your own: "runs/walk/default/seed-0"
/// # tilde::experiment::run(prepared, &options, &tilde::experiment::Progress::new(true));
/// let inspection = inspect(&folder, &InspectionOptions::default())?;
/// println!("{}", inspection_text(&inspection));
///
/// let q = &inspection.functions[0];
/// assert_eq!(q.layers[0].shape, [4, 16]); // a table: actions × states
/// let map = inspection.map?;
/// assert_eq!((map.plane().rows(), map.plane().columns()), (4, 4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If it cannot be loaded, learns nothing, or the changed environment does not fit the agent; the message has the remedy.
pub fn inspect(folder: &Path, options: &InspectionOptions) -> Result<Inspection, String> {
    let within = |why: String| format!("{}: {why}", folder.display());
    let mut run = load(folder, options.checkpoint).map_err(|error| error.to_string())?;
    if run.agent.functions().is_empty() {
        let id = run.config.algorithm.id();
        return Err(within(format!(
            "the algorithm `{id}` learns nothing, so there is nothing to look at: inspect a run of another one"
        )));
    }
    let env = run.changed_env(&options.changes).map_err(within)?;
    let visits = visits(&mut run, &env, options);
    let observations: Vec<Vec<f32>> = visits.visits.iter().map(|visit| visit.observation.clone()).collect();
    let plane = Plane::new(&env, options.axes, &options.others, &observations, CELLS);
    // Axes that were asked for are there, or it is an error.
    if let (Some(_), Err(why)) = (options.axes, &plane) {
        return Err(within(format!("--axes: {why}")));
    }
    let functions = InspectedFunction::all(&mut run, &visits, plane.as_ref().ok()).map_err(within)?;
    let map = plane.map(|plane| ValueMap::compute(run.agent.as_mut(), &env, &plane, run.step));
    Ok(Inspection {
        run: folder.to_owned(),
        checkpoint: run.checkpoint.name(),
        step: run.step,
        steps: run.config.budget.steps,
        notes: run.notes,
        env,
        changes: options.changes.clone(),
        tau: options.tau,
        gamma: run.config.algorithm.gamma(),
        functions,
        calibration: Calibration::of(&visits.predictions(), BINS),
        visits,
        map,
    })
}

/// The states of the episodes.
fn visits(run: &mut LoadedRun, env: &EnvConfig, options: &InspectionOptions) -> Visits {
    let mut rng = options.seed.map_or_else(|| run.evaluation_stream(), |seed| stream(seed, Stream::Evaluate));
    let mut env = env.build().expect("a checked environment builds");
    let (gamma, step) = (run.config.algorithm.gamma(), run.step);
    Visits::play(run.agent.as_mut(), env.as_mut(), gamma, [options.episodes, MAX_STEPS], step, &mut rng)
}
