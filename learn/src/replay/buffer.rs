//! A ring of transitions: pushed one by one, sampled in batches.

use rand::RngExt;
use serde::{Deserialize, Serialize};
use tilde_envs::{Ending, Space};

use super::Transition;
use super::storage::Storage;
use crate::rng::Rng;

/// The last `capacity` transitions, sampled uniformly with replacement.
///
/// The buffer grows as it fills; pushing and sampling cost the same at any capacity. Observations are stored without loss in the
/// smallest unit that holds their space: a board of zeros and ones in bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplayBuffer {
    pub(super) capacity: usize,
    /// Numbers per observation.
    pub(super) components: usize,
    /// The row that the next push writes, once the ring is full.
    pub(super) head: usize,
    pub(super) observations: Storage,
    pub(super) steps: Vec<StoredStep>,
}

/// A row beside its observations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredStep {
    pub(super) action: u32,
    pub(super) reward: f32,
    /// Kept as it was: a truncated step ends an episode like a terminal one, yet its next state has a value.
    pub(super) ending: Ending,
}

/// Sampled transitions in flat columns. Sampling into the same batch again allocates nothing.
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

    /// How many transitions are held.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether nothing was stored yet.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Stores a transition, in place of the oldest one if the buffer is full.
    ///
    /// # Panics
    /// If an observation has another length, or a number outside its space that cannot be stored without loss.
    pub fn push(&mut self, transition: Transition<'_>) {
        assert_eq!(transition.observation.len(), self.components, "components of the observation");
        assert_eq!(transition.next_observation.len(), self.components, "components of the next observation");
        let row = self.next_row();
        self.observations.write(row, transition.observation, transition.next_observation);
        let Transition { action, reward, ending, .. } = transition;
        self.steps[row] = StoredStep { action: action as u32, reward, ending };
    }

    /// The row to write: a new one until the buffer is full, then the oldest one.
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

    /// Draws `size` transitions uniformly with replacement into `batch`.
    ///
    /// # Panics
    /// If the buffer is empty.
    pub fn sample(&self, size: usize, rng: &mut Rng, batch: &mut Batch) {
        assert!(!self.is_empty(), "nothing to sample from");
        batch.clear();
        // All rows are drawn before the first is read, so that the processor loads several of them at once.
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

    /// Row `row` as it was pushed, with its observations in `numbers` `[2 · C]`.
    fn get<'a>(buffer: &ReplayBuffer, row: usize, numbers: &'a mut [f32]) -> Transition<'a> {
        let (observation, next_observation) = numbers.split_at_mut(buffer.components);
        buffer.observations.read(&[row], buffer.components, observation, next_observation);
        let StoredStep { action, reward, ending } = buffer.steps[row];
        Transition { observation, action: action as usize, reward, next_observation, ending, env: 0 }
    }

    #[test]
    fn a_full_ring_forgets_the_oldest_first() {
        let mut buffer = buffer(3);
        for n in 0..5 {
            push(&mut buffer, n, Ending::Continues);
            assert_eq!(buffer.len(), (n + 1).min(3));
        }
        let mut kept: Vec<usize> = (0..3).map(|row| get(&buffer, row, &mut [0.0; 4]).action).collect();
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
        assert_eq!([0, 1, 2].map(|row| get(&buffer, row, &mut [0.0; 4]).ending), endings);
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
            let mut numbers = [f32::NAN; 22];
            let row = get(&buffer, 7, &mut numbers);
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
