//! The random stream: NumPy's `SeedSequence` → PCG64 → uniform doubles, bit for bit.

use std::convert::Infallible;

use rand::TryRng;
use serde::{Deserialize, Serialize};

use crate::pcg64::Pcg64;

/// A random stream that reproduces `numpy.random.Generator(numpy.random.PCG64(...))`, bit for bit.
///
/// Gymnasium seeds an environment with `Generator(PCG64(SeedSequence(seed)))`. This does the same, so that seed `s` gives
/// the same episode as Gymnasium's `reset(seed=s)`.
///
/// Sources: O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random Number
/// Generation", 2014 (the generator); O'Neill, "Developing a seed_seq Alternative", 2015 (the
/// hash in `SeedSequence`); NumPy's documentation of `SeedSequence`, `PCG64` and `Generator` (their combination).
///
/// It implements `rand`'s traits too, so `rand::RngExt::random_range` and friends work on it; those draws follow
/// `rand`'s algorithms, not NumPy's.
///
/// Its serde form is two 128-bit integers. JSON text and binary formats store them exactly; formats whose integers have 64
/// bits (TOML, `serde_json::Value`) refuse them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rng {
    pcg: Pcg64,
}

impl Rng {
    /// `Generator(PCG64(SeedSequence(seed)))`, which is also `numpy.random.default_rng(seed)`.
    pub fn from_seed(seed: u64) -> Self {
        Self::from_seed_and_key(seed, &[])
    }

    /// `Generator(PCG64(SeedSequence(seed, spawn_key=spawn_key)))`: streams of one seed that do not depend on each
    /// other.
    pub fn from_seed_and_key(seed: u64, spawn_key: &[u64]) -> Self {
        let [state_high, state_low, stream_high, stream_low] =
            generate_state(&mix_entropy(&assemble_entropy(seed, spawn_key)));
        Rng { pcg: Pcg64::new(join(state_high, state_low), join(stream_high, stream_low)) }
    }

    /// A double uniform in [0, 1) from the upper 53 bits of the next 64, as in `Generator.random()`.
    #[inline]
    pub fn random(&mut self) -> f64 {
        const TWO_POW_MINUS_53: f64 = 1.0 / (1u64 << 53) as f64;
        (self.bits() >> 11) as f64 * TWO_POW_MINUS_53
    }

    /// A double uniform in [low, high), as in `Generator.uniform(low, high)`.
    #[inline]
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.random()
    }

    /// The state of the generator as NumPy has it: `bit_generator.state["state"]`, each of its two 128-bit numbers as its upper and
    /// its lower 64 bits, `state` before `inc`.
    pub fn numpy_state(&self) -> [u64; 4] {
        let Pcg64 { state, increment } = self.pcg;
        [(state >> 64) as u64, state as u64, (increment >> 64) as u64, increment as u64]
    }

    /// The stream with this [`Rng::numpy_state`]; `None` if no generator has such a state.
    pub fn from_numpy_state([state_high, state_low, increment_high, increment_low]: [u64; 4]) -> Option<Self> {
        let is_odd = increment_low % 2 == 1;
        is_odd.then(|| Rng {
            pcg: Pcg64 { state: join(state_high, state_low), increment: join(increment_high, increment_low) },
        })
    }

    /// The 64 bits of the latest draw, without a new draw. NumPy keeps their upper half for the next 32-bit draw.
    pub fn last_output(&self) -> u64 {
        self.pcg.output()
    }

    #[inline]
    fn bits(&mut self) -> u64 {
        self.pcg.next()
    }
}

/// It cannot fail, so that `rand::Rng` and `rand::RngExt` are implemented by their blanket implementations.
impl TryRng for Rng {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.bits() as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }

    #[inline]
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        rand::rand_core::utils::fill_bytes_via_next_word(bytes, || self.try_next_u64())
    }
}

fn join(high: u64, low: u64) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

/// How many 32-bit words of state a `SeedSequence` keeps.
const POOL: usize = 4;

/// Seed and spawn key as one list of 32-bit words. With a key, the seed is padded to the pool's size, so that a key never
/// equals the upper words of a longer seed.
fn assemble_entropy(seed: u64, spawn_key: &[u64]) -> Vec<u32> {
    let mut words: Vec<u32> = words_of(seed).collect();
    if !spawn_key.is_empty() {
        words.resize(POOL, 0);
    }
    words.extend(spawn_key.iter().copied().flat_map(words_of));
    words
}

/// The 32-bit words of a number, lowest first, without leading zeros; zero is one word.
fn words_of(number: u64) -> impl Iterator<Item = u32> {
    let (low, high) = (number as u32, (number >> 32) as u32);
    std::iter::once(low).chain((high != 0).then_some(high))
}

/// Hashes the entropy into the pool such that every word of it can change every word of the pool.
fn mix_entropy(entropy: &[u32]) -> [u32; POOL] {
    let mut hash = Hash { constant: 0x43b0_d7e5, multiplier: 0x931e_8875 };
    let mut pool: [u32; POOL] = std::array::from_fn(|word| hash.of(entropy.get(word).copied().unwrap_or(0)));
    for source in 0..POOL {
        for target in (0..POOL).filter(|&target| target != source) {
            pool[target] = mix(pool[target], hash.of(pool[source]));
        }
    }
    for &word in entropy.iter().skip(POOL) {
        for target in &mut pool {
            *target = mix(*target, hash.of(word));
        }
    }
    pool
}

/// Four 64-bit words of seed for the generator, each made of two 32-bit words, the low one first.
fn generate_state(pool: &[u32; POOL]) -> [u64; 4] {
    let mut hash = Hash { constant: 0x8b51_f9dd, multiplier: 0x58f3_8ded };
    let words: [u32; 8] = std::array::from_fn(|word| hash.of(pool[word % POOL]));
    std::array::from_fn(|word| u64::from(words[2 * word]) | u64::from(words[2 * word + 1]) << 32)
}

/// A multiplicative hash whose constant changes with every use, so that equal words at different places hash
/// differently.
struct Hash {
    constant: u32,
    multiplier: u32,
}

impl Hash {
    fn of(&mut self, word: u32) -> u32 {
        let salted = word ^ self.constant;
        self.constant = self.constant.wrapping_mul(self.multiplier);
        fold(salted.wrapping_mul(self.constant))
    }
}

fn mix(x: u32, y: u32) -> u32 {
    fold(x.wrapping_mul(0xca01_f9dd).wrapping_sub(y.wrapping_mul(0x4973_f715)))
}

fn fold(word: u32) -> u32 {
    word ^ word >> 16
}
