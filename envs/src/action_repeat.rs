//! Action repeat, as a wrapper around any environment.

use crate::{Env, Rng, Space, StateError, Step};

/// Repeats each action for a number of steps of the environment, or until the episode ends. The reward is the sum of theirs, the
/// observation is the last one. For all who step it, one repeated action is one step.
///
/// It is the frame skip of Mnih et al. (2015), without the maximum over the last two frames. There is no exact model: an episode
/// may end in the middle of a repeated action.
///
/// Saved state: the environment's own.
#[derive(Clone, Debug)]
pub struct ActionRepeat<E> {
    env: E,
    times: u32,
}

impl<E: Env> ActionRepeat<E> {
    /// Each action `times` times.
    ///
    /// # Panics
    /// If `times` is zero. Settings are checked for that.
    pub fn new(env: E, times: u32) -> Self {
        assert!(times > 0, "an action is taken at least once");
        ActionRepeat { env, times }
    }
}

impl<E: Env> Env for ActionRepeat<E> {
    fn observation_space(&self) -> &Space {
        self.env.observation_space()
    }

    fn actions(&self) -> usize {
        self.env.actions()
    }

    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]) {
        self.env.reset(rng, observation);
    }

    fn step(&mut self, action: usize, rng: &mut Rng, observation: &mut [f32]) -> Step {
        let mut step = self.env.step(action, rng, observation);
        let mut total = f64::from(step.reward);
        for _ in 1..self.times {
            if step.ending.is_over() {
                break;
            }
            step = self.env.step(action, rng, observation);
            total += f64::from(step.reward);
        }
        Step { reward: total as f32, ending: step.ending }
    }

    fn is_running(&self) -> bool {
        self.env.is_running()
    }

    fn state(&self) -> Vec<f64> {
        self.env.state()
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError> {
        self.env.set_state(state)
    }

    /// Tells of the first of the repeated actions: the streams of the others are not known yet.
    fn announce(&mut self, action: usize, rng: &Rng) {
        self.env.announce(action, rng);
    }
}
