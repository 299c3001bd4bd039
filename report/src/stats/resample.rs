//! Drawing from a sample with replacement.

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
    rng: Rng,
}

impl Resampler {
    /// `None` if there is no stratum, if one is empty, or if one has a NaN.
    pub fn new<'a>(strata: impl Iterator<Item = &'a [f64]>, seed: u64) -> Option<Resampler> {
        let strata: Vec<Vec<f64>> = strata.map(|stratum| ascending(stratum.iter().copied())).collect::<Option<_>>()?;
        let sizes: Vec<usize> = strata.iter().map(Vec::len).collect();
        let copies = vec![0; *sizes.iter().max()?];
        let drawn = strata.clone();
        Some(Resampler { strata, sizes, drawn, copies, rng: Rng::from_seed_and_key(seed, &[STREAM]) })
    }

    /// Draws `size` scores of each stratum, instead of as many as it has.
    pub fn with_size(mut self, size: usize) -> Resampler {
        self.sizes.fill(size);
        self
    }

    /// The next resample, each stratum in ascending order. It overwrites the one before it.
    pub fn draw(&mut self) -> &[Vec<f64>] {
        for ((stratum, &size), drawn) in self.strata.iter().zip(&self.sizes).zip(&mut self.drawn) {
            let copies = &mut self.copies[..stratum.len()];
            copies.fill(0);
            for _ in 0..size {
                copies[self.rng.random_range(0..stratum.len())] += 1;
            }
            drawn.resize(size + SPARE, 0.0);
            write_copies(stratum, copies, drawn);
            drawn.truncate(size);
        }
        &self.drawn
    }
}

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
