//! ε-greedy exploration.

use rand::RngExt;

use crate::rng::{Rng, Stream, stream};
use crate::schedule::Linear;

/// With probability ε a random action, else the greedy one; ε follows a line.
pub struct EpsilonGreedy {
    schedule: Linear,
    budget: u64,
    actions: usize,
    /// The run's exploration stream.
    pub rng: Rng,
}

impl EpsilonGreedy {
    /// Exploration among `actions` actions in a run of `budget` environment steps.
    pub fn new(schedule: &Linear, actions: usize, budget: u64, seed: u64) -> EpsilonGreedy {
        EpsilonGreedy { schedule: schedule.clone(), budget, actions, rng: stream(seed, Stream::Explore) }
    }

    /// ε after `step` environment steps.
    #[inline]
    pub fn epsilon(&self, step: u64) -> f64 {
        self.schedule.value(step, self.budget)
    }

    /// Chooses after `step` environment steps. `greedy` is asked only where it is needed.
    #[inline]
    pub fn choose(&mut self, step: u64, greedy: impl FnOnce() -> usize) -> usize {
        self.draw(self.epsilon(step)).unwrap_or_else(greedy)
    }

    /// With probability `epsilon` a random action, else none: the greedy one is to be taken.
    #[inline]
    pub fn draw(&mut self, epsilon: f64) -> Option<usize> {
        // Both are drawn, needed or not: the stream's position then depends on the number of choices alone.
        let (coin, random_action) = (self.rng.random(), self.rng.random_range(0..self.actions));
        (coin < epsilon).then_some(random_action)
    }
}
