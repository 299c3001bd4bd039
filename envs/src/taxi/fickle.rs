//! A passenger who changes the destination on the way.

use super::ride::{IN_TAXI, PADS, Ride};
use crate::numpy_integers::Integers;
use crate::{Env, Rng, Space, StateError, Step, Tabular, saved_state};

/// The taxi with a fickle passenger.
///
/// Saved state: that of the taxi; 1 if the destination will change at the first move with the passenger, else 0; then the half of a
/// draw that is left ([`Integers`]).
pub(super) struct FickleTaxi {
    taxi: Tabular,
    /// The probability that the destination changes in an episode.
    probability: f64,
    will_change: bool,
    integers: Integers,
}

impl FickleTaxi {
    pub(super) fn new(taxi: Tabular, probability: f64) -> Self {
        FickleTaxi { taxi, probability, will_change: false, integers: Integers::default() }
    }
}

impl Env for FickleTaxi {
    fn observation_space(&self) -> &Space {
        self.taxi.observation_space()
    }

    fn actions(&self) -> usize {
        self.taxi.actions()
    }

    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]) {
        self.integers.resume(rng);
        self.taxi.reset(rng, observation);
        self.will_change = rng.random() < self.probability;
        self.integers.pause(rng);
    }

    fn step(&mut self, action: usize, rng: &mut Rng, observation: &mut [f32]) -> Step {
        self.integers.resume(rng);
        let before = Ride::of_number(self.taxi.number());
        let step = self.taxi.step(action, rng, observation);
        let after = Ride::of_number(self.taxi.number());
        let moved = (after.row, after.column) != (before.row, before.column);
        if self.will_change && before.passenger == IN_TAXI && moved {
            self.will_change = false;
            let drawn = self.integers.draw(PADS.len() as u32 - 1, rng) as usize;
            // The pads without the present destination, in their order.
            let destination = if drawn < before.destination { drawn } else { drawn + 1 };
            self.taxi.enter(Ride { destination, ..after }.number(), observation);
        }
        self.integers.pause(rng);
        step
    }

    fn is_running(&self) -> bool {
        self.taxi.is_running()
    }

    fn state(&self) -> Vec<f64> {
        let mut state = self.taxi.state();
        state.push(f64::from(self.will_change));
        state.extend(self.integers.state());
        state
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError> {
        let [number, running, will_change, half @ ..]: [f64; 3 + Integers::STATE] =
            saved_state::of_length(state, "a taxi with a fickle passenger")?;
        let will_change = saved_state::flag(will_change, "whether the destination will change")?;
        let integers = Integers::from_state(half)?;
        self.taxi.set_state(&[number, running])?;
        (self.will_change, self.integers) = (will_change, integers);
        Ok(())
    }
}
