//! A ring of transitions.

use std::fmt::{Display, Formatter};

use rand::RngExt;
use serde::{Deserialize, Serialize};
use tilde_envs::{Ending, Space, StateError};

use super::Transition;
use super::storage::Storage;
use crate::rng::Rng;

/// The last `capacity` transitions, sampled uniformly with replacement.
///
/// The buffer grows as it fills, so memory follows what was stored; pushing and sampling cost the same at any capacity.
/// Observations are kept as small as their space allows, bits for a board of zeros and ones, and come back as they were.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplayBuffer {
    capacity: usize,
    /// Numbers per observation.
    components: usize,
    /// The row that the next push writes, once the ring is full.
    head: usize,
    observations: Storage,
    steps: Vec<StoredStep>,
}

/// What a row has beside its observations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct StoredStep {
    action: u32,
    reward: f32,
    /// Kept as it was: a truncated step ends an episode like a terminal one, yet its next state has a value.
    ending: Ending,
}

/// Sampled transitions in flat columns, row after row. A batch is reused: sampling into it allocates once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// `[B · components]`
    pub observations: Vec<f32>,
    /// `[B · components]`
    pub next_observations: Vec<f32>,
    /// `[B]`
    pub actions: Vec<u32>,
    /// `[B]`
    pub rewards: Vec<f32>,
    /// `[B]`
    pub endings: Vec<Ending>,
    /// `[B]`, the rows of the buffer that were drawn.
    rows: Vec<usize>,
}

impl ReplayBuffer {
    /// An empty buffer for `capacity` transitions whose observations lie in `space`.
    ///
    /// # Panics
    /// If the capacity is zero.
    pub fn new(capacity: usize, space: &Space) -> ReplayBuffer {
        assert!(capacity > 0, "a replay buffer holds at least one transition");
        let observations = Storage::of(space);
        ReplayBuffer { capacity, components: space.len(), head: 0, observations, steps: Vec::new() }
    }

    /// Asks for room for `rows` rows in all in one piece, where the system has it: growing by doubling takes three times as
    /// much for a moment. The memory of rows that are never filled is never touched.
    pub fn reserve(&mut self, rows: usize) {
        let rows = rows.min(self.capacity).saturating_sub(self.len());
        self.observations.reserve(rows, self.components);
        // Without it the buffer grows as it fills.
        let _ = self.steps.try_reserve_exact(rows);
    }

    /// How many transitions are held.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether nothing was stored yet.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How many transitions are held at most.
    pub fn capacity(&self) -> usize {
        self.capacity
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

    /// Stores a transition, in place of the oldest one where the buffer is full.
    ///
    /// # Panics
    /// If an observation has not the buffer's number of components, or a number that its space has not and that cannot be kept
    /// as it is.
    pub fn push(&mut self, transition: Transition<'_>) {
        assert_eq!(transition.observation.len(), self.components, "components of the observation");
        assert_eq!(transition.next_observation.len(), self.components, "components of the next observation");
        let row = self.next_row();
        self.observations.write(row, transition.observation, transition.next_observation);
        let Transition { action, reward, ending, .. } = transition;
        self.steps[row] = StoredStep { action: action as u32, reward, ending };
    }

    /// The row to write: a new one while there is room, the oldest one after that.
    fn next_row(&mut self) -> usize {
        let row = self.len();
        if row == self.capacity {
            let oldest = self.head;
            self.head = (oldest + 1) % self.capacity;
            return oldest;
        }
        self.observations.grow(row + 1, self.components);
        self.steps.push(StoredStep { action: 0, reward: 0.0, ending: Ending::Continues });
        row
    }

    /// Row `row` as it was pushed, with its observations in `room`, `[2 · components]`; rows are in no particular order once the
    /// ring has turned.
    ///
    /// # Panics
    /// If there is no such row, or `room` has another length.
    pub fn get<'a>(&self, row: usize, room: &'a mut [f32]) -> Transition<'a> {
        assert_eq!(room.len(), 2 * self.components, "room for two observations");
        let (observation, next_observation) = room.split_at_mut(self.components);
        self.observations.read(&[row], self.components, observation, next_observation);
        let StoredStep { action, reward, ending } = self.steps[row];
        Transition { observation, action: action as usize, reward, next_observation, ending, env: 0 }
    }

    /// Bytes that this many rows take.
    pub fn memory(&self, rows: usize) -> usize {
        rows * (self.observations.row_size(self.components) + size_of::<StoredStep>())
    }

    /// Draws `size` transitions uniformly with replacement into `batch`.
    ///
    /// # Panics
    /// If the buffer is empty.
    pub fn sample(&self, size: usize, rng: &mut Rng, batch: &mut Batch) {
        assert!(!self.is_empty(), "nothing to sample from");
        batch.clear();
        // All rows are known before the first is read, so that the processor waits for several of them at once.
        batch.rows.extend((0..size).map(|_| rng.random_range(0..self.len())));
        batch.observations.resize(size * self.components, 0.0);
        batch.next_observations.resize(size * self.components, 0.0);
        let Batch { rows, observations, next_observations, .. } = &mut *batch;
        self.observations.read(rows, self.components, observations, next_observations);
        for &row in &batch.rows {
            let StoredStep { action, reward, ending } = self.steps[row];
            batch.actions.push(action);
            batch.rewards.push(reward);
            batch.endings.push(ending);
        }
    }
}

/// How many observations there is room for, and how they are kept: 1000 × 2 × 50 bits.
impl Display for ReplayBuffer {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} × 2 × {} {}", self.capacity, self.components, self.observations.unit())
    }
}

impl Batch {
    /// How many transitions were drawn.
    pub fn len(&self) -> usize {
        self.actions.len()
    }

    /// Whether nothing was drawn yet.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.actions.clear();
        self.rewards.clear();
        self.endings.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Stream, stream};

    fn buffer(capacity: usize) -> ReplayBuffer {
        ReplayBuffer::new(capacity, &Space::Box { low: vec![-1.0; 2], high: vec![f32::INFINITY; 2] })
    }

    /// Transition number `n`, recognisable by each of its parts.
    fn push(buffer: &mut ReplayBuffer, n: usize, ending: Ending) {
        let (observation, next_observation) = ([n as f32, -1.0], [n as f32 + 1.0, -1.0]);
        buffer.push(Transition {
            observation: &observation,
            action: n,
            reward: n as f32 * 10.0,
            next_observation: &next_observation,
            ending,
            env: 0,
        });
    }

    #[test]
    fn a_full_ring_forgets_the_oldest_first() {
        let mut buffer = buffer(3);
        for n in 0..5 {
            push(&mut buffer, n, Ending::Continues);
            assert_eq!(buffer.len(), (n + 1).min(3));
        }
        let mut kept: Vec<usize> = (0..3).map(|row| buffer.get(row, &mut [0.0; 4]).action).collect();
        kept.sort_unstable();
        assert_eq!(kept, [2, 3, 4]);
    }

    #[test]
    fn endings_are_kept_apart() {
        let mut buffer = buffer(3);
        let endings = [Ending::Terminated, Ending::Truncated, Ending::Continues];
        for (n, ending) in endings.into_iter().enumerate() {
            push(&mut buffer, n, ending);
        }
        assert_eq!([0, 1, 2].map(|row| buffer.get(row, &mut [0.0; 4]).ending), endings);
        let mut batch = Batch::default();
        buffer.sample(100, &mut stream(0, Stream::Replay), &mut batch);
        let of_action = |n: u32| batch.actions.iter().position(|&a| a == n).map(|i| batch.endings[i]);
        assert_eq!([0, 1, 2].map(of_action), endings.map(Some));
    }

    #[test]
    fn a_sampled_row_is_one_transition_in_all_its_parts() {
        let mut buffer = buffer(8);
        (0..20).for_each(|n| push(&mut buffer, n, Ending::Continues));
        let mut batch = Batch::default();
        buffer.sample(50, &mut stream(0, Stream::Replay), &mut batch);
        assert_eq!(batch.len(), 50);
        for row in 0..batch.len() {
            let n = batch.actions[row] as f32;
            assert_eq!(batch.observations[2 * row..2 * row + 2], [n, -1.0]);
            assert_eq!(batch.next_observations[2 * row..2 * row + 2], [n + 1.0, -1.0]);
            assert_eq!(batch.rewards[row], 10.0 * n);
        }
    }

    /// The same draws and the same numbers, whatever observations are kept as.
    #[test]
    fn a_batch_does_not_depend_on_how_observations_are_kept() {
        let spaces = [
            Space::Box { low: vec![0.0; 11], high: vec![1.0; 11] },
            Space::MultiBinary { shape: vec![11] },
            Space::MultiDiscrete { sizes: vec![2; 11] },
        ];
        let batches = spaces.map(|space| {
            let mut buffer = ReplayBuffer::new(30, &space);
            for n in 0..100_u16 {
                let bits =
                    |n: u16| (0..11).map(|place| f32::from((n.wrapping_mul(2_654) >> place) & 1)).collect::<Vec<f32>>();
                let (observation, next_observation) = (&bits(n)[..], &bits(n + 1)[..]);
                let (action, reward, ending) = (usize::from(n), f32::from(n), Ending::Continues);
                buffer.push(Transition { observation, action, reward, next_observation, ending, env: 0 });
            }
            let mut room = [f32::NAN; 22];
            let row = buffer.get(7, &mut room);
            assert_eq!((row.action, row.observation[1]), (97, f32::from((97_u16.wrapping_mul(2_654) >> 1) & 1)));
            let mut batch = Batch::default();
            buffer.sample(64, &mut stream(0, Stream::Replay), &mut batch);
            batch
        });
        assert_eq!(batches[0].observations.len(), 64 * 11);
        assert_eq!(batches[0], batches[1]);
        assert_eq!(batches[0], batches[2]);
    }

    #[test]
    fn memory_and_layout_follow_the_space() {
        let board = ReplayBuffer::new(1_000, &Space::MultiBinary { shape: vec![10, 5, 1] });
        assert_eq!((board.to_string().as_str(), board.memory(1_000)), ("1000 × 2 × 50 bits", 1_000 * (14 + 12)));
        let place = ReplayBuffer::new(9, &Space::MultiDiscrete { sizes: vec![4, 4] });
        assert_eq!((place.to_string().as_str(), place.memory(9)), ("9 × 2 × 2 bytes", 9 * (4 + 12)));
        assert_eq!((buffer(5).to_string().as_str(), buffer(5).memory(2)), ("5 × 2 × 2 floats", 2 * (16 + 12)));
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

    #[test]
    fn every_row_is_drawn_equally_often() {
        let mut buffer = buffer(10);
        (0..10).for_each(|n| push(&mut buffer, n, Ending::Continues));
        let mut batch = Batch::default();
        buffer.sample(100_000, &mut stream(0, Stream::Replay), &mut batch);
        for n in 0..10 {
            let count = batch.actions.iter().filter(|&&action| action == n).count();
            // Binomial with mean 10,000 and deviation 95: five deviations either way.
            assert!(count.abs_diff(10_000) < 475, "row {n} was drawn {count} times of 100,000");
        }
    }
}
