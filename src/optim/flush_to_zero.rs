//! Averages of gradients that fade, and end at zero.
//!
//! The gradient of a rectified unit that no state excites is zero, and its averages shrink by a constant factor from step to
//! step. Rounding keeps them from ever getting to zero: nine tenths of four times the smallest number are four times that
//! number again. So they stay among the subnormal numbers, with which many processors take a hundred times as long for a
//! product: in a run of DQN on cart-pole that was two fifths of the time.

use burn::tensor::Tensor;

/// The smallest m that counts. Where m divided by √v + ε means anything, √v or ε is far above 1e-22, for squares of smaller
/// gradients are zero; such an m moves its parameter by less than 1e-8 α. And α m is still a normal number.
const MIN_MEAN: f32 = 1e-30;

/// An average gradient, or zero in its place if it does not count.
#[inline(always)]
pub(super) fn flush_mean(m: f32) -> f32 {
    if m.abs() < MIN_MEAN { 0.0 } else { m }
}

/// An average squared gradient, or zero in place of a number that is not normal.
#[inline(always)]
pub(super) fn flush_square(v: f32) -> f32 {
    if v < f32::MIN_POSITIVE { 0.0 } else { v }
}

/// [`flush_mean`] of each average in a tensor.
pub(super) fn flush_means(m: Tensor<1>) -> Tensor<1> {
    let small = m.clone().abs().lower_elem(MIN_MEAN);
    m.mask_fill(small, 0.0)
}

/// [`flush_square`] of each average in a tensor.
pub(super) fn flush_squares(v: Tensor<1>) -> Tensor<1> {
    let small = v.clone().lower_elem(f32::MIN_POSITIVE);
    v.mask_fill(small, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shrinks_for_long_becomes_zero() {
        let after = |steps: usize, factor: f32, fade: fn(f32) -> f32| (0..steps).fold(1.0, |x, _| fade(factor * x));
        let stuck = after(2_000, 0.9, |m| m);
        assert!(stuck.is_subnormal() && 0.9 * stuck == stuck, "without it the end is a number that rounds to itself");
        assert_eq!(after(2_000, 0.9, flush_mean), 0.0);
        assert_eq!(after(100_000, 0.999, flush_square), 0.0);
    }

    #[test]
    fn all_else_stays_as_it_is() {
        for number in [0.0, 1e-29, 1.0, f32::MAX, f32::INFINITY] {
            assert_eq!([number, -number].map(flush_mean), [number, -number]);
            assert_eq!(flush_square(number), number);
        }
        assert_eq!(flush_square(f32::MIN_POSITIVE), f32::MIN_POSITIVE);
        assert!(flush_mean(f32::NAN).is_nan() && flush_square(f32::NAN).is_nan(), "a broken number is to be found");
    }
}
