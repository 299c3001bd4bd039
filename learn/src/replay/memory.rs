//! The memory of a replay buffer, and taking over a saved one.

use std::fmt::{Display, Formatter};

use tilde_envs::StateError;

use super::ReplayBuffer;
use super::buffer::StoredStep;

impl ReplayBuffer {
    /// Bytes that this many rows take.
    pub fn memory(&self, rows: usize) -> usize {
        rows * (self.observations.row_size(self.components) + size_of::<StoredStep>())
    }

    /// Asks for memory for `rows` rows in all at once: growing by doubling takes three times as much for a moment. The memory of
    /// rows that are never filled is never touched.
    pub fn reserve(&mut self, rows: usize) {
        let rows = rows.min(self.capacity).saturating_sub(self.len());
        self.observations.reserve(rows, self.components);
        let _ = self.steps.try_reserve_exact(rows); // without it the buffer grows as it fills
    }

    /// Takes over the transitions of a buffer that was read from a checkpoint, with memory for `rows` rows in all.
    ///
    /// # Errors
    /// If it is another buffer's, or has an action that is not one of `actions`.
    pub fn replace(&mut self, saved: ReplayBuffer, actions: usize, rows: usize) -> Result<(), StateError> {
        if !saved.fits(self, actions) {
            return Err(StateError("the state of an agent with another replay buffer".to_owned()));
        }
        *self = saved;
        self.reserve(rows);
        Ok(())
    }

    /// Whether this buffer, read from a checkpoint, can take the place of `other`: it has the same capacity and keeps
    /// observations of the same kind and length, its rows are complete, and every action is one of `actions`.
    fn fits(&self, other: &ReplayBuffer, actions: usize) -> bool {
        self.capacity == other.capacity
            && self.components == other.components
            && self.len() <= self.capacity
            && self.head < self.capacity
            && self.steps.iter().all(|step| (step.action as usize) < actions)
            && self.observations.fits(&other.observations, self.len(), self.components)
    }
}

/// The capacity and how observations are stored: `1000 × 2 × 50 bits`.
impl Display for ReplayBuffer {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} × 2 × {} {}", self.capacity, self.components, self.observations.unit())
    }
}

#[cfg(test)]
mod tests {
    use tilde_envs::{Ending, Space};

    use super::*;
    use crate::replay::Transition;
    use crate::replay::storage::Storage;

    #[test]
    fn memory_and_layout_follow_the_space() {
        let board = ReplayBuffer::new(1_000, &Space::MultiBinary { shape: vec![10, 5, 1] });
        assert_eq!((board.to_string().as_str(), board.memory(1_000)), ("1000 × 2 × 50 bits", 1_000 * (14 + 12)));
        let place = ReplayBuffer::new(9, &Space::MultiDiscrete { sizes: vec![4, 4] });
        assert_eq!((place.to_string().as_str(), place.memory(9)), ("9 × 2 × 2 bytes", 9 * (4 + 12)));
        let pair = ReplayBuffer::new(5, &Space::Box { low: vec![-1.0; 2], high: vec![1.0; 2] });
        assert_eq!((pair.to_string().as_str(), pair.memory(2)), ("5 × 2 × 2 floats", 2 * (16 + 12)));
    }

    #[test]
    fn a_buffer_from_a_file_fits_only_in_the_place_of_one_like_it() {
        let filled = |capacity, space: Space| {
            let mut buffer = ReplayBuffer::new(capacity, &space);
            for action in 0..3 {
                let observation = &vec![1.0; space.len()][..];
                let (reward, ending, next_observation) = (0.0, Ending::Continues, observation);
                buffer.push(Transition { observation, action, reward, next_observation, ending, env: 0 });
            }
            buffer
        };
        let board = |cells| Space::MultiBinary { shape: vec![cells] };
        let own = ReplayBuffer::new(4, &board(8));
        let good = filled(4, board(8));
        assert!(good.fits(&own, 3));
        assert!(!good.fits(&own, 2), "action 2 does not exist");
        assert!(!filled(5, board(8)).fits(&own, 3));
        assert!(!filled(4, board(7)).fits(&own, 3), "as many bytes, but fewer numbers");
        assert!(!filled(4, Space::MultiDiscrete { sizes: vec![2; 8] }).fits(&own, 3));
        let one_more = StoredStep { action: 0, reward: 0.0, ending: Ending::Continues };
        assert!(!ReplayBuffer { steps: [good.steps.clone(), vec![one_more]].concat(), ..good.clone() }.fits(&own, 3));
        assert!(!ReplayBuffer { observations: Storage::Bits(vec![0; 5]), ..good.clone() }.fits(&own, 3));
        assert!(!ReplayBuffer { head: 4, ..good }.fits(&own, 3));
    }
}
