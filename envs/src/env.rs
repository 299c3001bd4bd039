//! What an environment is: one trait, one step, three ways for a step to end.

use serde::{Deserialize, Serialize};

use crate::{Rng, Space, TransitionModel};

/// How a step left the episode.
///
/// Three values, because two booleans would have four: Gymnasium may set `terminated` and `truncated` together when an
/// episode terminates on its last allowed step; here that counts as [`Ending::Terminated`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// The episode goes on.
    Continues,
    /// A terminal state was reached: its value is zero by definition, nothing is bootstrapped.
    Terminated,
    /// The episode was cut off, by a time limit for example; the last state still has a value, so learners bootstrap.
    Truncated,
}

impl Ending {
    /// Whether the episode is over and the next call must be [`Env::reset`].
    pub fn is_over(self) -> bool {
        self != Ending::Continues
    }
}

/// What one step returned beside the observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The reward of the transition.
    pub reward: f32,
    /// Whether and how the episode ended.
    pub ending: Ending,
}

/// A Markov decision process with discrete actions that can be stepped.
///
/// The caller owns the observation's buffer and the random stream: a step allocates nothing, and an environment holds no
/// hidden randomness. Every implementation is deterministic in (state, action, stream).
pub trait Env: Send {
    /// Where observations lie. The buffers of [`Env::reset`] and [`Env::step`] hold [`Space::len`] numbers.
    fn observation_space(&self) -> &Space;

    /// How many actions there are; an action is a number in `0..actions()`.
    fn actions(&self) -> usize;

    /// Starts an episode and writes its first observation.
    ///
    /// # Panics
    /// If `observation` has not the length of the observation space.
    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]);

    /// Takes one action and writes the observation that follows.
    ///
    /// # Panics
    /// If no episode is running (before the first reset, or after the end of one), if the action does not exist, or if
    /// `observation` has not the length of the observation space.
    fn step(&mut self, action: usize, rng: &mut Rng, observation: &mut [f32]) -> Step;

    /// Whether an episode is running, so that an action can be taken.
    fn is_running(&self) -> bool;

    /// The whole hidden state as numbers, for a checkpoint. The order is the environment's own business.
    fn state(&self) -> Vec<f64>;

    /// Goes on from what [`Env::state`] returned, exactly.
    ///
    /// # Errors
    /// If these numbers cannot have come from an environment of this configuration.
    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError>;

    /// The exact transition model, where there is one (finite environments), for dynamic programming.
    fn model(&self) -> Option<TransitionModel> {
        None
    }
}

/// A saved state that does not fit what it was given to: an environment here, an agent elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateError(pub String);

impl std::fmt::Display for StateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StateError {}
