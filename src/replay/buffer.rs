//! A ring of transitions.

use rand::RngExt;
use serde::{Deserialize, Serialize};
use tilde_envs::Ending;

use super::Transition;
use crate::rng::Rng;

/// The last `capacity` transitions, sampled uniformly with replacement.
///
/// The buffer grows as it fills, so memory follows what was stored; pushing and sampling cost the same at any capacity. What
/// belongs to one transition lies together: a sampled row is some place in memory that no cache knows of, and the wait for
/// it is most of what sampling costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplayBuffer {
    capacity: usize,
    /// Numbers per observation.
    components: usize,
    /// The row that the next push writes, once the ring is full.
    head: usize,
    /// x and x' of each row, `[rows · 2 · components]`.
    observations: Vec<f32>,
    steps: Vec<Step>,
}

/// What a row has beside its observations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Step {
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
    /// An empty buffer for `capacity` transitions whose observations have `components` numbers.
    ///
    /// # Panics
    /// If the capacity is zero.
    pub fn new(capacity: usize, components: usize) -> ReplayBuffer {
        assert!(capacity > 0, "a replay buffer holds at least one transition");
        ReplayBuffer { capacity, components, head: 0, observations: Vec::new(), steps: Vec::new() }
    }

    /// Asks for room for `rows` rows in all in one piece, where the system has it: growing by doubling takes three times as
    /// much for a moment. The memory of rows that are never filled is never touched.
    pub fn reserve(&mut self, rows: usize) {
        let rows = rows.min(self.capacity).saturating_sub(self.len());
        // Without it the buffer grows as it fills.
        let _ = self.observations.try_reserve_exact(rows.saturating_mul(2 * self.components));
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

    /// Whether this buffer, read from a checkpoint, is one of this shape with all it needs for each row, and knows no other
    /// actions than there are.
    pub fn fits(&self, capacity: usize, components: usize, actions: usize) -> bool {
        let rows = self.len();
        let numbers = components.checked_mul(2).and_then(|row| rows.checked_mul(row));
        self.capacity == capacity
            && self.components == components
            && rows <= capacity
            && self.head < capacity
            && self.steps.iter().all(|step| (step.action as usize) < actions)
            && Some(self.observations.len()) == numbers
    }

    /// Stores a transition, in place of the oldest one where the buffer is full.
    ///
    /// # Panics
    /// If an observation has not the buffer's number of components.
    pub fn push(&mut self, transition: Transition<'_>) {
        assert_eq!(transition.observation.len(), self.components, "components of the observation");
        assert_eq!(transition.next_observation.len(), self.components, "components of the next observation");
        let row = self.next_row();
        let span = self.span(row);
        let (to, next_to) = self.observations[span].split_at_mut(self.components);
        to.copy_from_slice(transition.observation);
        next_to.copy_from_slice(transition.next_observation);
        let Transition { action, reward, ending, .. } = transition;
        self.steps[row] = Step { action: action as u32, reward, ending };
    }

    /// Where the observations of a row lie.
    fn span(&self, row: usize) -> std::ops::Range<usize> {
        let width = 2 * self.components;
        row * width..(row + 1) * width
    }

    /// The row to write: a new one while there is room, the oldest one after that.
    fn next_row(&mut self) -> usize {
        let row = self.len();
        if row == self.capacity {
            let oldest = self.head;
            self.head = (oldest + 1) % self.capacity;
            return oldest;
        }
        let end = self.span(row).end;
        self.observations.resize(end, 0.0);
        self.steps.push(Step { action: 0, reward: 0.0, ending: Ending::Continues });
        row
    }

    /// Row `row` as it was pushed; rows are in no particular order once the ring has turned.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn get(&self, row: usize) -> Transition<'_> {
        let (observation, next_observation) = self.observations[self.span(row)].split_at(self.components);
        let Step { action, reward, ending } = self.steps[row];
        Transition { observation, action: action as usize, reward, next_observation, ending, env: 0 }
    }

    /// Bytes that this many rows take.
    pub fn memory(&self, rows: usize) -> usize {
        rows * (2 * self.components * size_of::<f32>() + size_of::<Step>())
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
        let observations = batch.observations.chunks_exact_mut(self.components);
        let next_observations = batch.next_observations.chunks_exact_mut(self.components);
        for ((&row, to), next_to) in batch.rows.iter().zip(observations).zip(next_observations) {
            let (observation, next_observation) = self.observations[self.span(row)].split_at(self.components);
            copy_row(observation, to);
            copy_row(next_observation, next_to);
        }
        for &row in &batch.rows {
            let Step { action, reward, ending } = self.steps[row];
            batch.actions.push(action);
            batch.rewards.push(reward);
            batch.endings.push(ending);
        }
    }
}

/// Copies a row. A call for a few numbers takes longer than they do: of the commonest lengths it is spelled out.
#[inline(always)]
fn copy_row(from: &[f32], to: &mut [f32]) {
    match from.len() {
        2 => to[..2].copy_from_slice(&from[..2]),
        4 => to[..4].copy_from_slice(&from[..4]),
        _ => to.copy_from_slice(from),
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
        let mut buffer = ReplayBuffer::new(3, 2);
        for n in 0..5 {
            push(&mut buffer, n, Ending::Continues);
            assert_eq!(buffer.len(), (n + 1).min(3));
        }
        let mut kept: Vec<usize> = (0..3).map(|row| buffer.get(row).action).collect();
        kept.sort_unstable();
        assert_eq!(kept, [2, 3, 4]);
    }

    #[test]
    fn endings_are_kept_apart() {
        let mut buffer = ReplayBuffer::new(3, 2);
        let endings = [Ending::Terminated, Ending::Truncated, Ending::Continues];
        for (n, ending) in endings.into_iter().enumerate() {
            push(&mut buffer, n, ending);
        }
        assert_eq!([0, 1, 2].map(|row| buffer.get(row).ending), endings);
        let mut batch = Batch::default();
        buffer.sample(100, &mut stream(0, Stream::Replay), &mut batch);
        let of_action = |n: u32| batch.actions.iter().position(|&a| a == n).map(|i| batch.endings[i]);
        assert_eq!([0, 1, 2].map(of_action), endings.map(Some));
    }

    #[test]
    fn a_sampled_row_is_one_transition_in_all_its_parts() {
        let mut buffer = ReplayBuffer::new(8, 2);
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

    #[test]
    fn every_row_is_drawn_equally_often() {
        let mut buffer = ReplayBuffer::new(10, 2);
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
