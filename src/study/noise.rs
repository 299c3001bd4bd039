//! Noise in data and weights.

use crate::rng::Rng;

/// About normal with mean 0 and variance 1: the sum of twelve numbers that are uniform within ±½.
pub fn noise(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.uniform(-0.5, 0.5)).sum()
}
