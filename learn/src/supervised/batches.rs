//! Mini-batches.

use rand::RngExt;

use crate::rng::Rng;

/// Rows of a data set in batches, each row once in every epoch, in an order that is drawn anew for each.
#[derive(Debug)]
pub struct Batches {
    order: Vec<usize>,
    /// How many rows of the epoch have been taken.
    taken: usize,
    size: usize,
    rng: Rng,
}

impl Batches {
    /// Batches of `size` of `rows` rows; the last one of an epoch has what is left. A size of `rows` or more is the whole set,
    /// in its own order: gradient descent.
    ///
    /// # Panics
    /// If there are no rows, or the size is 0.
    pub fn new(rows: usize, size: usize, rng: Rng) -> Batches {
        assert!(rows > 0 && size > 0, "batches of {size} of {rows} rows");
        Batches { order: (0..rows).collect(), taken: rows, size: size.min(rows), rng }
    }

    /// The rows of the next batch.
    pub fn next_rows(&mut self) -> &[usize] {
        let rows = self.order.len();
        if self.taken == rows {
            self.taken = 0;
            if self.size < rows {
                self.shuffle();
            }
        }
        let start = self.taken;
        self.taken = (start + self.size).min(rows);
        &self.order[start..self.taken]
    }

    /// How many batches an epoch has.
    pub fn per_epoch(&self) -> usize {
        self.order.len().div_ceil(self.size)
    }

    /// Fisher and Yates' shuffle: every order is equally likely.
    fn shuffle(&mut self) {
        for last in (1..self.order.len()).rev() {
            let other = self.rng.random_range(0..=last);
            self.order.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_has_each_row_once_in_another_order() {
        let mut batches = Batches::new(10, 4, Rng::from_seed(3));
        let mut epoch = || (0..3).map(|_| batches.next_rows().to_vec()).collect::<Vec<_>>();
        let (first, second) = (epoch(), epoch());
        for epoch in [&first, &second] {
            assert_eq!(epoch.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 2]);
            let mut rows = epoch.concat();
            rows.sort_unstable();
            assert_eq!(rows, (0..10).collect::<Vec<_>>());
        }
        assert_ne!(first, second);
        assert_eq!(batches.per_epoch(), 3);
    }

    #[test]
    fn a_batch_of_everything_keeps_its_order() {
        let mut batches = Batches::new(3, 9, Rng::from_seed(3));
        assert_eq!([batches.next_rows().to_vec(), batches.next_rows().to_vec()], [[0, 1, 2], [0, 1, 2]]);
    }

    #[test]
    fn every_row_is_equally_often_the_first() {
        let mut batches = Batches::new(4, 1, Rng::from_seed(3));
        let mut counts = [0; 4];
        for _ in 0..4_000 {
            counts[batches.next_rows()[0]] += 1;
            (1..4).for_each(|_| _ = batches.next_rows());
        }
        assert!(counts.iter().all(|count| (900..1_100).contains(count)), "{counts:?}");
    }
}
