//! The time limit, as a wrapper around any environment.

use crate::{Ending, Env, Rng, Space, StateError, Step, TransitionModel, saved_state};

/// Cuts an episode off after a number of steps: [`Ending::Continues`] becomes [`Ending::Truncated`] on the last one.
///
/// An episode that terminates on its last allowed step stays [`Ending::Terminated`]. The limit is not part of the
/// observation, and values do not depend on it: learners bootstrap from a truncated state (Pardo et al., "Time Limits in
/// Reinforcement Learning", 2018).
///
/// Saved state: the environment's own; then the number of steps left.
#[derive(Clone, Debug)]
pub struct TimeLimit<E> {
    env: E,
    limit: u32,
    /// Steps left in the running episode; zero while none is running.
    left: u32,
}

impl<E: Env> TimeLimit<E> {
    /// Episodes of `env`, at most `limit` steps long.
    ///
    /// # Panics
    /// If `limit` is zero. Settings are checked for that.
    pub fn new(env: E, limit: u32) -> Self {
        assert!(limit > 0, "a time limit allows at least one step");
        TimeLimit { env, limit, left: 0 }
    }
}

impl<E: Env> Env for TimeLimit<E> {
    fn observation_space(&self) -> &Space {
        self.env.observation_space()
    }

    fn actions(&self) -> usize {
        self.env.actions()
    }

    #[inline]
    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]) {
        self.env.reset(rng, observation);
        self.left = self.limit;
    }

    #[inline]
    fn step(&mut self, action: usize, rng: &mut Rng, observation: &mut [f32]) -> Step {
        assert!(self.left > 0, "no episode is running: reset the environment before the next step");
        let mut step = self.env.step(action, rng, observation);
        self.left -= 1;
        if step.ending.is_over() {
            self.left = 0;
        } else if self.left == 0 {
            step.ending = Ending::Truncated;
        }
        step
    }

    fn is_running(&self) -> bool {
        self.left > 0 && self.env.is_running()
    }

    fn state(&self) -> Vec<f64> {
        let mut state = self.env.state();
        state.push(f64::from(self.left));
        state
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError> {
        let (&left, inner) =
            state.split_last().ok_or_else(|| StateError("a saved state without numbers".to_owned()))?;
        let left = saved_state::whole(left, self.limit as usize, "the number of steps left")? as u32;
        self.env.set_state(inner)?;
        self.left = left;
        Ok(())
    }

    fn announce(&mut self, action: usize, rng: &Rng) {
        self.env.announce(action, rng);
    }

    fn model(&self) -> Option<TransitionModel> {
        self.env.model().map(|model| {
            let limit = model.time_limit().map_or(self.limit, |inner| inner.min(self.limit));
            model.with_time_limit(limit)
        })
    }
}

/// The default limit of environments whose source has none. Without one, a greedy policy that moves in a circle would never end an
/// evaluation.
pub(crate) const DEFAULT: u32 = 1_000;

/// Checks the setting `time_limit` of an environment.
pub(crate) fn check(limit: u32) -> Result<u32, crate::ConfigError> {
    if limit > 0 { Ok(limit) } else { Err(crate::ConfigError::new("time_limit", "must be at least 1 step, not 0")) }
}
