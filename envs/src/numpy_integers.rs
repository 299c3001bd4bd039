//! NumPy's bounded integers, and the half of a draw that it keeps for the next one.

use crate::{Rng, StateError, saved_state};

/// Draws `Generator.integers(n)` for n below 2³², bit for bit.
///
/// NumPy makes two 32-bit numbers of each 64 bits: first of the lower half, and of the upper half when the next one is needed,
/// however many 64-bit draws lie between. NumPy keeps that half in the generator. Here an environment keeps it, together with the
/// state in which it left the stream. Where it is given another stream the half means nothing, and is dropped.
///
/// Between [`Integers::resume`] and [`Integers::pause`] the environment has the stream for itself.
///
/// Source: Lemire, "Fast Random Integer Generation in an Interval", 2019, algorithm 5, with 32 bits as in NumPy's
/// `buffered_bounded_lemire_uint32`.
///
/// Saved state: 1 if there is a half, else 0; the half; the fingerprint of the stream's state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Integers {
    half: Option<Half>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Half {
    bits: u32,
    /// The [`fingerprint`] of the stream to which it belongs.
    stream: u64,
}

impl Integers {
    /// How many numbers the saved state has.
    pub(crate) const STATE: usize = 3;

    /// Goes on with a stream: a half of another stream is dropped.
    pub(crate) fn resume(&mut self, rng: &Rng) {
        self.half = self.half.filter(|half| half.stream == fingerprint(rng));
    }

    /// Gives the stream back.
    pub(crate) fn pause(&mut self, rng: &Rng) {
        if let Some(half) = &mut self.half {
            half.stream = fingerprint(rng);
        }
    }

    /// A number in `0..n`, each as likely.
    pub(crate) fn draw(&mut self, n: u32, rng: &mut Rng) -> u32 {
        assert!(n > 1, "NumPy draws nothing for a choice of one");
        // The products below this are one more for some numbers than for others.
        let threshold = n.wrapping_neg() % n;
        loop {
            let product = u64::from(self.bits(rng)) * u64::from(n);
            if product as u32 >= threshold {
                return (product >> 32) as u32;
            }
        }
    }

    /// The next 32 bits.
    fn bits(&mut self, rng: &mut Rng) -> u32 {
        match self.half.take() {
            Some(half) => half.bits,
            None => {
                let both = rand::Rng::next_u64(rng);
                self.half = Some(Half { bits: (both >> 32) as u32, stream: 0 });
                both as u32
            }
        }
    }

    pub(crate) fn state(&self) -> [f64; Self::STATE] {
        self.half.map_or([0.0; 3], |half| [1.0, f64::from(half.bits), half.stream as f64])
    }

    /// Of the numbers that [`Integers::state`] returned.
    pub(crate) fn from_state([is_there, bits, stream]: [f64; Self::STATE]) -> Result<Integers, StateError> {
        let is_there = saved_state::flag(is_there, "whether half of a draw is left")?;
        let bits = saved_state::whole(bits, u32::MAX as usize, "the half of a draw that is left")?;
        let stream = saved_state::whole(stream, LARGEST_FINGERPRINT as usize, "the fingerprint of the stream")?;
        Ok(Integers { half: is_there.then_some(Half { bits: bits as u32, stream: stream as u64 }) })
    }
}

/// A fingerprint has so many bits that an `f64` holds it exactly.
const LARGEST_FINGERPRINT: u64 = (1 << 53) - 1;

/// A number that tells the state of a stream from others: two states have the same one with a chance of 2⁻⁵³.
fn fingerprint(rng: &Rng) -> u64 {
    rng.numpy_state().into_iter().fold(0, |hash, word| mix(hash ^ word)) >> 11
}

/// The finalizer of SplitMix64 (Steele, Lea & Flood 2014), a bijection that changes about half of the bits for each bit changed.
fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `default_rng(0)` of NumPy 2: `integers(13)` five times, then `random()`, then `integers(13)` four times.
    #[test]
    fn integers_are_numpys_also_across_a_double() {
        let mut rng = Rng::from_seed(0);
        let mut integers = Integers::default();
        let first: Vec<u32> = (0..5).map(|_| integers.draw(13, &mut rng)).collect();
        assert_eq!(first, [11, 8, 6, 3, 4]);
        assert_eq!(rng.random(), 0.016527635528529094);
        let then: Vec<u32> = (0..4).map(|_| integers.draw(13, &mut rng)).collect();
        assert_eq!(then, [0, 2, 10, 8]);
    }

    /// `default_rng(1).integers(3_000_000_000)` six times: more than a quarter of the draws are repeated.
    #[test]
    fn draws_that_would_not_be_uniform_are_repeated_as_in_numpy() {
        let mut rng = Rng::from_seed(1);
        let mut integers = Integers::default();
        let drawn: Vec<u32> = (0..6).map(|_| integers.draw(3_000_000_000, &mut rng)).collect();
        assert_eq!(drawn, [1535464873, 2851391088, 104557657, 2845948340, 935494355, 2607075741]);
    }

    /// What the environment would draw next from a stream.
    fn next(integers: &Integers, rng: &Rng) -> Vec<u32> {
        let (mut integers, mut rng) = (integers.clone(), rng.clone());
        integers.resume(&rng);
        (0..5).map(|_| integers.draw(1_000, &mut rng)).collect()
    }

    #[test]
    fn a_half_belongs_to_its_stream() {
        let mut rng = Rng::from_seed(2);
        let mut integers = Integers::default();
        integers.draw(1_000, &mut rng);
        integers.pause(&rng);
        let other = Rng::from_seed(3);
        assert_eq!(next(&integers, &other), next(&Integers::default(), &other));
        assert_ne!(next(&integers, &rng), next(&Integers::default(), &rng));
        // The same stream one draw later is another one too.
        let mut later = rng.clone();
        later.random();
        assert_eq!(next(&integers, &later), next(&Integers::default(), &later));
        let restored = Integers::from_state(integers.state()).unwrap();
        assert_eq!(next(&restored, &rng), next(&integers, &rng));
    }
}
