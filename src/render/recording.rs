//! A greedy episode, with what the agent knew at each step.

use tilde_envs::render::{Learned, Render, Scene};
use tilde_envs::{Ending, EnvConfig};

use super::error::RenderError;
use crate::agents::Agent;
use crate::parallel::cores;
use crate::rng::Rng;

/// The longest episode that is kept. One that is longer has most likely no end.
const MAX_STEPS: usize = 100_000;

/// How many drawings are made at a time; all of an episode would take a lot of memory.
pub(super) fn batch() -> usize {
    4 * cores()
}

/// An episode and what draws it.
pub struct Recording {
    renderer: Box<dyn Render>,
    /// Every observation, the first and the last one included.
    path: Vec<Vec<f32>>,
    /// One for each observation.
    moments: Vec<Moment>,
    /// Of [`Render::states`].
    states: Vec<Learned>,
    /// The smallest and the largest learned value of the moments.
    range: (f32, f32),
    ending: Ending,
}

/// What belongs to an observation of the episode.
struct Moment {
    /// The return before its action.
    total: f64,
    action: Option<usize>,
    learned: Learned,
}

/// Plays one episode with the actions of an evaluation ([`Agent::act_eval`]) and keeps it. The agent learns nothing. `step` is the
/// environment step to which the agent was trained. With the stream of [`LoadedRun::evaluation_stream`] it is the first episode
/// of that evaluation.
///
/// [`LoadedRun::evaluation_stream`]: crate::run::LoadedRun::evaluation_stream
///
/// ```
/// use tilde::render::record;
/// use tilde::run::Training;
///
/// # let text = "
/// #     name = 'walk'
/// #     seeds = [0]
/// #     env = 'gridworld'
/// #     algorithm = 'q_learning'
/// #     approximator = {}
/// #     optimizer = { sgd = { learning_rate = 0.5 } }
/// #     budget = { steps = 5_000 }";
/// # let config = tilde::config::parse(text, "walk.toml", &[])?.variants().remove(0);
/// let mut training = Training::new(&config, 0)?;
/// training.run(&mut ())?;
/// let mut rng = tilde::rng::evaluation_stream(0, 5_000);
/// let episode = record(training.agent(), &config.env, &mut rng, 5_000)?;
/// assert_eq!((episode.length(), episode.total()), (6, 1.0));
/// assert!(episode.svg(6).starts_with("<svg")); // the scene at its end
/// assert!(episode.gif()?.bytes.starts_with(b"GIF89a"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the environment has no renderer, cannot be made from its settings, or comes to no end.
pub fn record(agent: &mut dyn Agent, env: &EnvConfig, rng: &mut Rng, step: u64) -> Result<Recording, RenderError> {
    let id = env.id();
    let renderer = env.renderer().ok_or_else(|| {
        RenderError(format!(
            "the environment `{id}` has no renderer, so it cannot be drawn: implement `tilde::envs::render::Render` for it and \
             return it from `tilde::envs::Environment::renderer`"
        ))
    })?;
    let mut env = env.build().map_err(|error| RenderError(format!("env.{id}.{error}")))?;
    let mut observation = vec![0.0; env.observation_space().len()];
    let (mut path, mut moments) = (Vec::new(), Vec::new());
    let mut total = 0.0;
    env.reset(rng, &mut observation);
    let ending = loop {
        if path.len() == MAX_STEPS {
            return Err(RenderError(format!(
                "the episode has not ended after {MAX_STEPS} steps: give the environment `{id}` a time limit"
            )));
        }
        let action = agent.act_eval(&observation, rng);
        let learned = Learned::from(agent.estimate(&observation, step));
        path.push(observation.clone());
        moments.push(Moment { total, action: Some(action), learned });
        let outcome = env.step(action, rng, &mut observation);
        total += f64::from(outcome.reward);
        if outcome.ending.is_over() {
            break outcome.ending;
        }
    };
    let learned_last = Learned::from(agent.estimate(&observation, step));
    path.push(observation);
    moments.push(Moment { total, action: None, learned: learned_last });
    let states = renderer.states().iter().map(|state| agent.estimate(state, step).into()).collect();
    let shown = moments.len() - usize::from(ending == Ending::Terminated);
    let numbers = || moments[..shown].iter().flat_map(|moment| moment.learned.value.numbers());
    let finite = || numbers().copied().filter(|number| number.is_finite());
    let range = match finite().next() {
        None => (0.0, 0.0),
        Some(first) => (finite().fold(first, f32::min), finite().fold(first, f32::max)),
    };
    Ok(Recording { renderer, path, moments, states, range, ending })
}

impl Recording {
    /// Steps of the episode.
    pub fn length(&self) -> usize {
        self.path.len() - 1
    }

    /// The undiscounted return of the episode.
    pub fn total(&self) -> f64 {
        self.moments[self.length()].total
    }

    /// How the episode ended.
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// What draws it.
    pub fn renderer(&self) -> &dyn Render {
        self.renderer.as_ref()
    }

    /// The scene after `step` steps.
    ///
    /// # Panics
    /// If the episode is shorter.
    pub fn scene(&self, step: usize) -> Scene<'_> {
        let Moment { total, action, learned } = &self.moments[step];
        Scene {
            path: &self.path[..=step],
            observation: &self.path[step],
            step,
            total: *total,
            action: *action,
            ending: if step == self.length() { self.ending } else { Ending::Continues },
            learned,
            states: &self.states,
            range: self.range,
        }
    }

    /// The scene after `step` steps as an SVG document.
    ///
    /// # Panics
    /// If the episode is shorter.
    pub fn svg(&self, step: usize) -> String {
        self.renderer.draw(&self.scene(step))
    }
}
