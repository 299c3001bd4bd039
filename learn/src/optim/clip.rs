//! The gradient's norm, and clipping by it.

use burn::tensor::Tensor;
use pulp::{Simd, WithSimd};

use super::ParamRange;
use crate::kernels::simd::widest;

/// How many partial sums a long range's squares are added up in: enough for the additions not to wait for each other.
const LANES: usize = 16;

/// Euclidean norm of the gradient over all ranges together, accumulated in double precision.
#[inline]
pub(super) fn global_norm(gradient: &[f32], ranges: &[ParamRange]) -> f64 {
    let squares = |range: &ParamRange| match &gradient[range.range.clone()] {
        short if short.len() < LANES => short_sum(short),
        long => long_sum(long),
    };
    ranges.iter().map(squares).sum::<f64>().sqrt()
}

/// Sum of the squares of a few numbers. The commonest lengths of a sparse feature's ranges are written out, without a
/// loop.
#[inline(always)]
fn short_sum(gradient: &[f32]) -> f64 {
    match gradient {
        [a, b] => square(*a) + square(*b),
        [a, b, c, d] => (square(*a) + square(*b)) + (square(*c) + square(*d)),
        _ => gradient.iter().fold(0.0, |sum, g| sum + square(*g)),
    }
}

#[inline(never)] // inlined, it would slow down short ranges, of which calls and lanes would be most of the work
fn long_sum(gradient: &[f32]) -> f64 {
    widest(LongSum { gradient })
}

/// The sum of the squares of many numbers.
struct LongSum<'a> {
    gradient: &'a [f32],
}

impl WithSimd for LongSum<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> f64 {
        let (blocks, rest) = self.gradient.as_chunks::<LANES>();
        let mut sums = [0.0; LANES];
        for block in blocks {
            for (sum, g) in sums.iter_mut().zip(block) {
                *sum += square(*g);
            }
        }
        sums.iter().sum::<f64>() + short_sum(rest)
    }
}

#[inline(always)]
fn square(g: f32) -> f64 {
    f64::from(g) * f64::from(g)
}

/// Euclidean norm of a gradient in one tensor, accumulated in single precision, which is all that some devices have.
///
/// Waits for the device once. Only if the sum of the squares leaves the range of 32 bits, it looks for the largest
/// component and measures the gradient in units of that.
pub(super) fn norm_of_tensor(gradient: &Tensor<1>) -> f64 {
    let sum = sum_of_squares(gradient.clone());
    if sum.is_nan() || (1e-24..f64::INFINITY).contains(&sum) {
        return sum.sqrt();
    }
    let largest = gradient.clone().abs().max().into_scalar::<f32>();
    if largest == 0.0 || largest.is_infinite() {
        return f64::from(largest);
    }
    f64::from(largest) * sum_of_squares(gradient.clone() / largest).sqrt()
}

fn sum_of_squares(gradient: Tensor<1>) -> f64 {
    f64::from((gradient.clone() * gradient).sum().into_scalar::<f32>())
}

/// What a gradient of length `norm` is multiplied by so that it is no longer than `max_norm` (Pascanu et al. 2013).
///
/// As in `torch.nn.utils.clip_grad_norm_`, except that PyTorch divides by norm + 1e-6 to be safe from a division by
/// zero, which cannot happen here.
pub(super) fn clip_factor(norm: f64, max_norm: Option<f64>) -> f32 {
    // Without a limit it is infinite, which no norm exceeds: this needs no branch.
    let max_norm = max_norm.unwrap_or(f64::INFINITY);
    if norm > max_norm { (max_norm / norm) as f32 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(range: std::ops::Range<usize>) -> ParamRange {
        ParamRange { range, factor: 1.0 }
    }

    #[test]
    fn the_norm_is_over_all_ranges_together_and_nothing_else() {
        let gradient = [3.0, 100.0, 0.0, 4.0];
        assert_eq!(global_norm(&gradient, &[range(0..1), range(2..4)]), 5.0);
        assert_eq!(global_norm(&gradient, &[]), 0.0);
        assert_eq!(global_norm(&[f32::NAN; 3], &[range(1..1)]), 0.0);
    }

    #[test]
    fn the_norm_of_a_long_range_counts_blocks_and_rest() {
        // 1² + 2² + … + 24² = 24 · 25 · 49 / 6 = 4900 = 70²; with the zeros they are two blocks and a rest of nine.
        let gradient: Vec<f32> = (1..=24).map(|g| g as f32).chain([0.0; 17]).collect();
        assert_eq!(global_norm(&gradient, &[range(0..41)]), 70.0);
        for cut in 0..20 {
            assert_eq!(global_norm(&gradient, &[range(0..cut), range(cut..41)]), 70.0);
        }
    }

    #[test]
    fn squares_beyond_32_bits_are_summed_in_64() {
        assert_eq!(global_norm(&[1e30, 0.0], &[range(0..2)]), f64::from(1e30_f32));
    }

    #[test]
    fn only_a_gradient_that_is_too_long_is_clipped() {
        assert_eq!(clip_factor(4.0, Some(1.0)), 0.25);
        assert_eq!(clip_factor(1.0, Some(1.0)), 1.0);
        assert_eq!(clip_factor(4.0, None), 1.0);
    }
}
