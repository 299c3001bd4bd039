//! How the replay buffer stores observations: in the smallest unit that holds their space, without loss.

use std::mem::discriminant;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::{bits, bytes};

/// x and x' of each row, one row after another. A sampled row is hardly ever in a cache; side by side, both take one miss. Numbers
/// are stored as bits or bytes if the space has no others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Storage {
    /// Zeros and ones, a bit each; every observation starts a new byte.
    Bits(Vec<u8>),
    /// Whole numbers from 0 to 255.
    Bytes(Vec<u8>),
    /// Any numbers.
    Floats(Vec<f32>),
}

impl Storage {
    /// Empty storage for observations of this space.
    pub fn of(space: &Space) -> Storage {
        const VALUES: usize = 1 << u8::BITS;
        match space {
            Space::MultiBinary { .. } => Storage::Bits(Vec::new()),
            Space::Image { .. } => Storage::Bytes(Vec::new()),
            Space::Discrete { n } if *n <= VALUES => Storage::Bytes(Vec::new()),
            Space::MultiDiscrete { sizes } if sizes.iter().all(|&size| size <= VALUES) => Storage::Bytes(Vec::new()),
            Space::Discrete { .. } | Space::MultiDiscrete { .. } | Space::Box { .. } => Storage::Floats(Vec::new()),
        }
    }

    /// What the numbers of an observation are stored as.
    pub fn unit(&self) -> &'static str {
        match self {
            Storage::Bits(_) => "bits",
            Storage::Bytes(_) => "bytes",
            Storage::Floats(_) => "floats",
        }
    }

    /// Items of the vector per observation.
    fn width(&self, components: usize) -> usize {
        match self {
            Storage::Bits(_) => bits::width(components),
            Storage::Bytes(_) | Storage::Floats(_) => components,
        }
    }

    /// Bytes per row.
    pub fn row_size(&self, components: usize) -> usize {
        let item = match self {
            Storage::Bits(_) | Storage::Bytes(_) => size_of::<u8>(),
            Storage::Floats(_) => size_of::<f32>(),
        };
        2 * self.width(components) * item
    }

    /// Whether this storage, read from a checkpoint, is of the same kind as `other` and holds this many rows.
    pub fn fits(&self, other: &Storage, rows: usize, components: usize) -> bool {
        let held = match self {
            Storage::Bits(items) | Storage::Bytes(items) => items.len(),
            Storage::Floats(items) => items.len(),
        };
        let needed = self.width(components).checked_mul(2).and_then(|row| row.checked_mul(rows));
        discriminant(self) == discriminant(other) && needed == Some(held)
    }

    /// Asks for memory for this many further rows.
    pub fn reserve(&mut self, rows: usize, components: usize) {
        let items = rows.saturating_mul(2 * self.width(components));
        // Without that memory the vector grows as it fills.
        let _ = match self {
            Storage::Bits(all) | Storage::Bytes(all) => all.try_reserve_exact(items),
            Storage::Floats(all) => all.try_reserve_exact(items),
        };
    }

    /// Grows to this many rows in all.
    pub fn grow(&mut self, rows: usize, components: usize) {
        let items = 2 * self.width(components) * rows;
        match self {
            Storage::Bits(all) | Storage::Bytes(all) => all.resize(items, 0),
            Storage::Floats(all) => all.resize(items, 0.0),
        }
    }

    /// Stores the observations of a row, which are equally long.
    ///
    /// # Panics
    /// If a number cannot be stored without loss.
    pub fn write(&mut self, row: usize, observation: &[f32], next_observation: &[f32]) {
        fn pair<T>(items: &mut [T], row: usize, width: usize) -> (&mut [T], &mut [T]) {
            items[span(row, width)].split_at_mut(width)
        }
        let width = self.width(observation.len());
        match self {
            Storage::Bits(all) => {
                let (to, next_to) = pair(all, row, width);
                bits::pack(observation, to);
                bits::pack(next_observation, next_to);
            }
            Storage::Bytes(all) => {
                let (to, next_to) = pair(all, row, width);
                bytes::pack(observation, to);
                bytes::pack(next_observation, next_to);
            }
            Storage::Floats(all) => {
                let (to, next_to) = pair(all, row, width);
                copy(observation, to);
                copy(next_observation, next_to);
            }
        }
    }

    /// Writes the observations of `rows` to `observations` and `next_observations`, both `[rows · components]`.
    pub fn read(&self, rows: &[usize], components: usize, observations: &mut [f32], next_observations: &mut [f32]) {
        assert_eq!(observations.len(), rows.len() * components, "an observation for each row");
        assert_eq!(next_observations.len(), rows.len() * components, "a next observation for each row");
        let width = self.width(components);
        let to = observations.chunks_exact_mut(components).zip(next_observations.chunks_exact_mut(components));
        let rows = rows.iter().zip(to);
        match self {
            Storage::Bits(all) => read_rows(all, width, rows, bits::unpack),
            Storage::Bytes(all) => read_rows(all, width, rows, bytes::unpack),
            Storage::Floats(all) => read_rows(all, width, rows, copy),
        }
    }
}

/// The items of a row.
fn span(row: usize, width: usize) -> Range<usize> {
    row * 2 * width..(row + 1) * 2 * width
}

#[inline(always)]
fn read_rows<'a, T>(
    all: &[T],
    width: usize,
    rows: impl Iterator<Item = (&'a usize, (&'a mut [f32], &'a mut [f32]))>,
    unpack: impl Fn(&[T], &mut [f32]),
) {
    for (&row, (to, next_to)) in rows {
        let (observation, next_observation) = all[span(row, width)].split_at(width);
        unpack(observation, to);
        unpack(next_observation, next_to);
    }
}

/// Copies a row. For two or four numbers the call of `memcpy` would take longer than they do, so these lengths are written out.
#[inline(always)]
fn copy(from: &[f32], to: &mut [f32]) {
    match from.len() {
        2 => to[..2].copy_from_slice(&from[..2]),
        4 => to[..4].copy_from_slice(&from[..4]),
        _ => to.copy_from_slice(from),
    }
}

/// Panics about the first number that cannot be stored without loss. It is not rounded: an environment whose observations leave
/// its space has a bug.
#[cold]
pub(super) fn refuse(numbers: &[f32], unit: &str, what: &str, fits: impl Fn(f32) -> bool) -> ! {
    let (place, number) = numbers.iter().enumerate().find(|(_, number)| !fits(**number)).expect("one does not fit");
    panic!(
        "number {place} of an observation is {number}, {what}, but its space says that it can be stored in {unit}: the \
         environment leaves its observation space"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spaces() -> [(Space, &'static str); 9] {
        [
            (Space::MultiBinary { shape: vec![10, 5, 1] }, "bits"),
            (Space::MultiBinary { shape: vec![2] }, "bits"),
            (Space::Image { shape: [2, 3, 3] }, "bytes"),
            (Space::Discrete { n: 256 }, "bytes"),
            (Space::Discrete { n: 257 }, "floats"),
            (Space::MultiDiscrete { sizes: vec![4, 256] }, "bytes"),
            (Space::MultiDiscrete { sizes: vec![4, 257] }, "floats"),
            (Space::Box { low: vec![-1.0; 4], high: vec![1.0; 4] }, "floats"),
            (Space::Box { low: vec![0.0; 3], high: vec![f32::INFINITY; 3] }, "floats"),
        ]
    }

    /// The observation number `n` of a space, with its bounds among the numbers.
    fn observation(space: &Space, n: usize) -> Vec<f32> {
        let number = |component| {
            let (low, high) = space.bounds(component);
            match (n + component) % 3 {
                0 => low,
                1 => high.min(1e9),
                _ if matches!(space, Space::Box { .. }) => 0.123 * n as f32,
                _ => ((n + 7 * component) % (high as usize + 1)) as f32,
            }
        };
        (0..space.len()).map(number).collect()
    }

    #[test]
    fn each_space_is_kept_in_the_smallest_unit_that_holds_its_numbers() {
        for (space, unit) in spaces() {
            assert_eq!(Storage::of(&space).unit(), unit, "{space}");
        }
        let size = |space: Space| Storage::of(&space).row_size(space.len());
        assert_eq!(size(Space::MultiBinary { shape: vec![10, 5, 1] }), 14); // 50 bits fill 7 bytes
        assert_eq!(size(Space::Image { shape: [84, 84, 3] }), 42_336);
        assert_eq!(size(Space::MultiDiscrete { sizes: vec![4, 4] }), 4);
        assert_eq!(size(Space::Box { low: vec![0.0; 4], high: vec![1.0; 4] }), 32);
    }

    #[test]
    fn every_observation_of_a_space_comes_back_as_it_was() {
        for (space, _) in spaces() {
            let (mut storage, components) = (Storage::of(&space), space.len());
            for row in 0..20 {
                storage.grow(row + 1, components);
                storage.write(row, &observation(&space, row), &observation(&space, row + 100));
            }
            // Over the oldest, as a full ring writes.
            storage.write(3, &observation(&space, 50), &observation(&space, 51));
            let rows = [19, 0, 3, 3, 7];
            let [mut x, mut next] = [(); 2].map(|()| vec![f32::NAN; rows.len() * components]);
            storage.read(&rows, components, &mut x, &mut next);
            let expected = |numbers: [usize; 5]| numbers.map(|n| observation(&space, n)).concat();
            assert_eq!(x, expected([19, 0, 50, 50, 7]), "{space}");
            assert_eq!(next, expected([119, 100, 51, 51, 107]), "{space}");
        }
    }

    fn kept(space: &Space, wrong: f32) {
        let mut storage = Storage::of(space);
        storage.grow(1, space.len());
        let mut observation = vec![1.0; space.len()];
        storage.write(0, &observation.clone(), &observation);
        observation[1] = wrong;
        storage.write(0, &vec![0.0; space.len()], &observation);
    }

    #[test]
    fn a_number_outside_its_space_is_refused_by_its_name() {
        let message = |space: &Space, wrong: f32| {
            let panicked = std::panic::catch_unwind(|| kept(space, wrong)).unwrap_err();
            panicked.downcast_ref::<String>().unwrap().clone()
        };
        let board = Space::MultiBinary { shape: vec![3, 3, 1] };
        for wrong in [0.5, -1.0, 2.0, f32::NAN] {
            let message = message(&board, wrong);
            let expected = format!("number 1 of an observation is {wrong}, neither 0 nor 1");
            assert!(message.starts_with(&expected), "{message}");
        }
        for space in [Space::Image { shape: [1, 2, 1] }, Space::MultiDiscrete { sizes: vec![3, 3] }] {
            for wrong in [0.5, -1.0, 256.0, f32::NAN, f32::INFINITY] {
                let message = message(&space, wrong);
                let expected = format!("number 1 of an observation is {wrong}, not a whole number from 0 to 255");
                assert!(message.starts_with(&expected), "{message}");
            }
        }
        kept(&Space::Box { low: vec![0.0; 2], high: vec![1.0; 2] }, 0.5);
    }
}
