//! Drawing from a sample with replacement.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use rand::RngExt;
use tilde_envs::Rng;

use super::estimates::ascending;

/// The spawn key of the statistics' random stream. A change would change the intervals of every seed.
const STREAM: u64 = 0x7374_6174;

/// Resamples of strata: scores are drawn with replacement within each stratum (Agarwal et al. 2021, section 4.1).
///
/// A resample is drawn as a number of copies of each score and written in ascending order. So a statistic that sorts has little to do,
/// and it does not depend on the order in which the scores were given.
pub(super) struct Resampler {
    strata: Vec<Vec<f64>>,
    sizes: Vec<usize>,
    drawn: Vec<Vec<f64>>,
    copies: Vec<u32>,
    seed: u64,
    rng: Rng,
    /// The copies of the next resamples, and how many of them are used up.
    remembered: Option<(Arc<Vec<u8>>, usize)>,
}

impl Resampler {
    /// `None` if there is no stratum, if one is empty, or if one has a NaN.
    pub fn new<'a>(strata: impl Iterator<Item = &'a [f64]>, seed: u64) -> Option<Resampler> {
        let strata: Vec<Vec<f64>> = strata.map(|stratum| ascending(stratum.iter().copied())).collect::<Option<_>>()?;
        let sizes: Vec<usize> = strata.iter().map(Vec::len).collect();
        let copies = vec![0; *sizes.iter().max()?];
        let drawn = strata.clone();
        let rng = Rng::from_seed_and_key(seed, &[STREAM]);
        Some(Resampler { strata, sizes, drawn, copies, seed, rng, remembered: None })
    }

    /// Draws `size` scores of each stratum, instead of as many as it has.
    pub fn with_size(mut self, size: usize) -> Resampler {
        self.sizes.fill(size);
        self
    }

    /// For `count` resamples, and no more: the same ones, but where earlier resamples of as many scores had the same seed, their draws
    /// are used again. A report has hundreds of intervals of equally many runs, and drawing is most of their work.
    pub fn with_memory(mut self, count: usize) -> Resampler {
        let scores: usize = self.strata.iter().map(Vec::len).sum();
        if count.saturating_mul(scores) > MOST_REMEMBERED {
            return self;
        }
        let strata = self.strata.iter().map(Vec::len).zip(self.sizes.iter().copied()).collect();
        let key = (self.seed, strata, count);
        // A panic elsewhere leaves the map whole: it only ever gets finished entries.
        let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
        let known = memory.get(&key).cloned().or_else(|| {
            let drawn: Option<Vec<u8>> = self.all_copies(count);
            let drawn = Arc::new(drawn?);
            let held: usize = memory.values().map(|copies| copies.len()).sum();
            if held + drawn.len() > MOST_REMEMBERED {
                memory.clear();
            }
            memory.insert(key, Arc::clone(&drawn));
            Some(drawn)
        });
        match known {
            Some(copies) => self.remembered = Some((copies, 0)),
            // Too many copies of one score for a byte: drawn anew.
            None => self.rng = Rng::from_seed_and_key(self.seed, &[STREAM]),
        }
        drop(memory);
        self
    }

    /// The copies of each score in the next `count` resamples; `None` if one of them does not fit into a byte.
    fn all_copies(&mut self, count: usize) -> Option<Vec<u8>> {
        let mut all = Vec::with_capacity(count * self.strata.iter().map(Vec::len).sum::<usize>());
        for _ in 0..count {
            for stratum in 0..self.strata.len() {
                self.draw_copies(stratum);
                let copies = &self.copies[..self.strata[stratum].len()];
                for &copies in copies {
                    all.push(u8::try_from(copies).ok()?);
                }
            }
        }
        Some(all)
    }

    /// How often each score of a stratum is in the next resample: drawn, or remembered.
    fn draw_copies(&mut self, stratum: usize) {
        let scores = self.strata[stratum].len();
        let copies = &mut self.copies[..scores];
        if let Some((all, used)) = &mut self.remembered {
            for (copies, &known) in copies.iter_mut().zip(&all[*used..*used + scores]) {
                *copies = u32::from(known);
            }
            *used += scores;
            return;
        }
        copies.fill(0);
        for _ in 0..self.sizes[stratum] {
            copies[self.rng.random_range(0..scores)] += 1;
        }
    }

    /// The next resample, each stratum in ascending order. It overwrites the one before it.
    pub fn draw(&mut self) -> &[Vec<f64>] {
        for stratum in 0..self.strata.len() {
            self.draw_copies(stratum);
            let (scores, drawn, size) = (&self.strata[stratum], &mut self.drawn[stratum], self.sizes[stratum]);
            drawn.resize(size + SPARE, 0.0);
            write_copies(scores, &self.copies[..scores.len()], drawn);
            drawn.truncate(size);
        }
        &self.drawn
    }
}

/// The draws that were made: of a seed, the scores of each stratum and of its resamples, and a number of resamples, how often each
/// score is in each resample.
type Memory = BTreeMap<(u64, Vec<(usize, usize)>, usize), Arc<Vec<u8>>>;

static MEMORY: LazyLock<Mutex<Memory>> = LazyLock::new(Mutex::default);

/// The most bytes of draws that are held: 50,000 resamples of 2,500 scores.
const MOST_REMEMBERED: usize = 125_000_000;

/// Places behind the last copy. Up to so many copies of a score are written without asking how many there are: almost always there are
/// fewer, and a branch on a random number is mostly predicted wrong.
const SPARE: usize = 4;

/// Writes each score as often as it was drawn. `drawn` has `SPARE` places more than there are copies.
fn write_copies(scores: &[f64], copies: &[u32], drawn: &mut [f64]) {
    let mut end = 0;
    for (&score, &copies) in scores.iter().zip(copies) {
        let copies = copies as usize;
        if let Some(some) = drawn[end..].first_chunk_mut::<SPARE>() {
            *some = [score; SPARE];
        }
        if copies > SPARE {
            drawn[end + SPARE..end + copies].fill(score);
        }
        end += copies;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may panic

    use super::*;

    #[test]
    fn a_resample_is_sorted_and_each_stratum_has_its_own_scores() {
        let strata = [&[3.0, 1.0, 2.0][..], &[20.0, 10.0]];
        let mut resampler = Resampler::new(strata.into_iter(), 1).unwrap();
        for _ in 0..100 {
            let drawn = resampler.draw();
            assert!(drawn.iter().all(|stratum| stratum.is_sorted()));
            assert!(drawn[0].len() == 3 && drawn[0].iter().all(|score| strata[0].contains(score)));
            assert!(drawn[1].len() == 2 && drawn[1].iter().all(|score| strata[1].contains(score)));
        }
    }

    #[test]
    fn each_score_is_written_as_often_as_it_was_drawn() {
        let mut drawn = vec![0.0; 13 + SPARE];
        write_copies(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2, 0, 4, 6, 1], &mut drawn);
        assert_eq!(drawn[..13], [1.0, 1.0, 3.0, 3.0, 3.0, 3.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 5.0]);
    }

    #[test]
    fn remembered_draws_are_those_of_the_seed() {
        let strata = [vec![3.0, 1.0, 2.0, 9.0], vec![20.0, 10.0]];
        let others = [vec![5.0, 6.0, 7.0, 8.0], vec![1.0, 2.0]];
        for strata in [&strata, &others, &strata] {
            let new = || Resampler::new(strata.iter().map(Vec::as_slice), 3).unwrap();
            let (mut drawn, mut remembered) = (new(), new().with_memory(50));
            assert!(remembered.remembered.is_some());
            for _ in 0..50 {
                assert_eq!(drawn.draw(), remembered.draw());
            }
        }
        // A thousand copies of the one score do not fit into a byte.
        let one = [1.0];
        let new = || Resampler::new([&one[..]].into_iter(), 3).unwrap().with_size(1_000);
        let mut large = new().with_memory(2);
        assert!(large.remembered.is_none() && large.draw() == new().draw());
    }

    #[test]
    fn every_score_is_drawn_equally_often() {
        let mut resampler = Resampler::new([&[0.0, 1.0, 2.0, 3.0][..]].into_iter(), 7).unwrap().with_size(1000);
        let mut counts = [0.0; 4];
        for _ in 0..100 {
            resampler.draw()[0].iter().for_each(|&score| counts[score as usize] += 1.0);
        }
        // Binomial(100,000, 1/4) has a standard deviation of 137.
        assert!(counts.iter().all(|count: &f64| (count - 25_000.0).abs() < 5.0 * 137.0), "{counts:?}");
    }

    #[test]
    fn without_scores_there_are_no_resamples() {
        assert!(Resampler::new([].into_iter(), 0).is_none());
        assert!(Resampler::new([&[1.0][..], &[]].into_iter(), 0).is_none());
        assert!(Resampler::new([&[1.0, f64::NAN][..]].into_iter(), 0).is_none());
    }
}
