//! The trait of environments, and the result of a step.

use serde::{Deserialize, Serialize};

use crate::{Rng, Space, TransitionModel};

/// Whether a step ended the episode, and how.
///
/// Two booleans would allow a fourth case: Gymnasium may set both `terminated` and `truncated` when an episode terminates
/// on its last allowed step. Here that is [`Ending::Terminated`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// The episode goes on.
    Continues,
    /// A terminal state was reached. Its value is zero by definition, so nothing is bootstrapped from it.
    Terminated,
    /// The episode was cut off, by a time limit for example. The last state has a value, so learners bootstrap from it.
    Truncated,
}

impl Ending {
    /// Whether the episode is over and the next call must be [`Env::reset`].
    pub fn is_over(self) -> bool {
        self != Ending::Continues
    }
}

/// The result of one step, beside the observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The reward of the transition.
    pub reward: f32,
    /// Whether and how the episode ended.
    pub ending: Ending,
}

/// A Markov decision process with discrete actions that can be stepped.
///
/// The caller owns the observation's buffer and the random stream. So a step allocates nothing, and its result is a
/// function of the state, the action and the stream alone.
///
/// An environment that is a table of transitions need not implement it: [`Tabular`](crate::Tabular) does.
///
/// ```
/// use tilde_envs::{Ending, Env, Rng, Space, StateError, Step};
///
/// /// A corridor from 0 to 1, to be walked to the right in steps of uncertain length.
/// struct Corridor {
///     space: Space,
///     place: f32,
///     running: bool,
/// }
///
/// impl Env for Corridor {
///     fn observation_space(&self) -> &Space {
///         &self.space
///     }
///
///     fn actions(&self) -> usize {
///         2 // to the left, to the right
///     }
///
///     fn reset(&mut self, _: &mut Rng, observation: &mut [f32]) {
///         (self.place, self.running) = (0.0, true);
///         observation.copy_from_slice(&[self.place]);
///     }
///
///     fn step(&mut self, action: usize, rng: &mut Rng, observation: &mut [f32]) -> Step {
///         assert!(self.running && action < 2, "an episode is running, and the action exists");
///         let length = rng.uniform(0.1, 0.3) as f32;
///         self.place = (self.place + if action == 1 { length } else { -length }).clamp(0.0, 1.0);
///         observation.copy_from_slice(&[self.place]);
///         self.running = self.place < 1.0;
///         Step { reward: -1.0, ending: if self.running { Ending::Continues } else { Ending::Terminated } }
///     }
///
///     fn is_running(&self) -> bool {
///         self.running
///     }
///
///     fn state(&self) -> Vec<f64> {
///         vec![f64::from(self.place), f64::from(u8::from(self.running))]
///     }
///
///     fn set_state(&mut self, state: &[f64]) -> Result<(), StateError> {
///         let &[place, running] = state else { return Err(StateError("two numbers are the state".to_owned())) };
///         if !(0.0..=1.0).contains(&place) || ![0.0, 1.0].contains(&running) {
///             return Err(StateError(format!("{state:?} is no place in the corridor")));
///         }
///         (self.place, self.running) = (place as f32, running == 1.0);
///         Ok(())
///     }
/// }
///
/// let mut env = Corridor { space: Space::Box { low: vec![0.0], high: vec![1.0] }, place: 0.0, running: false };
/// let (mut rng, mut observation, mut length) = (Rng::from_seed(0), [0.0], 0);
/// env.reset(&mut rng, &mut observation);
/// while env.is_running() {
///     env.step(1, &mut rng, &mut observation);
///     length += 1;
/// }
/// assert!((4..=10).contains(&length) && observation == [1.0]);
/// ```
pub trait Env: Send {
    /// Where observations lie. The buffers of [`Env::reset`] and [`Env::step`] hold [`Space::len`] numbers.
    fn observation_space(&self) -> &Space;

    /// How many actions there are; an action is a number in `0..actions()`.
    fn actions(&self) -> usize;

    /// Starts an episode and writes its first observation.
    ///
    /// # Panics
    /// If the length of `observation` is not that of the observation space.
    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]);

    /// Takes one action and writes the observation that follows.
    ///
    /// # Panics
    /// If no episode is running (before the first reset, or after the end of one), if the action does not exist, or if the
    /// length of `observation` is not that of the observation space.
    fn step(&mut self, action: usize, rng: &mut Rng, observation: &mut [f32]) -> Step;

    /// Whether an episode is running, so that an action can be taken.
    fn is_running(&self) -> bool;

    /// The whole state as numbers, for a checkpoint, in an order of the environment's choice.
    fn state(&self) -> Vec<f64>;

    /// Goes on from what [`Env::state`] returned, exactly.
    ///
    /// # Errors
    /// If an environment with these settings cannot have such a state.
    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError>;

    /// Tells of the action and the stream that the next [`Env::step`] gets. An environment in another process waits for all that
    /// are stepped together, so that they share a message; all others ignore it.
    fn announce(&mut self, action: usize, rng: &Rng) {
        let _ = (action, rng);
    }

    /// The exact transition model of a finite environment, for dynamic programming.
    fn model(&self) -> Option<TransitionModel> {
        None
    }
}

/// An environment of any type, so that wrappers take one that is chosen while the program runs.
impl Env for Box<dyn Env> {
    fn observation_space(&self) -> &Space {
        (**self).observation_space()
    }

    fn actions(&self) -> usize {
        (**self).actions()
    }

    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]) {
        (**self).reset(rng, observation);
    }

    fn step(&mut self, action: usize, rng: &mut Rng, observation: &mut [f32]) -> Step {
        (**self).step(action, rng, observation)
    }

    fn is_running(&self) -> bool {
        (**self).is_running()
    }

    fn state(&self) -> Vec<f64> {
        (**self).state()
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError> {
        (**self).set_state(state)
    }

    fn announce(&mut self, action: usize, rng: &Rng) {
        (**self).announce(action, rng);
    }

    fn model(&self) -> Option<TransitionModel> {
        (**self).model()
    }
}

/// Why an environment in another process cannot go on: an exception in it, or the end of its process.
///
/// It is not in the result of [`Env::step`], because no other environment can fail. It unwinds instead: a run that catches it
/// records the failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFailure(pub String);

impl EnvFailure {
    /// Unwinds with this failure. No panic hook is called, as it is no bug of the program.
    pub fn unwind(self) -> ! {
        std::panic::resume_unwind(Box::new(self))
    }
}

impl std::fmt::Display for EnvFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EnvFailure {}

/// A saved state that cannot be loaded, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateError(pub String);

impl std::fmt::Display for StateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StateError {}
