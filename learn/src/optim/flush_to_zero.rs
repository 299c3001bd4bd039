//! Moments of gradients that shrink are set to zero before they become subnormal numbers.
//!
//! The gradient of a rectified unit that no state activates is zero, and its moments shrink by a constant factor from
//! step to step. Rounding keeps them from ever reaching zero: 0.9 times four times the smallest number is rounded to
//! four times that number again. So they would stay subnormal, and with subnormal numbers many processors take a
//! hundred times as long for a product: in a run of DQN on cart-pole that was two fifths of the time.

use burn::tensor::Tensor;

/// The smallest |m| that is kept. In use, √v + ε is far above 1e-22: squares of smaller gradients are zero, and ε is
/// 1e-8 by default. So a smaller m would move its parameter by less than 1e-8 α. And α m is still a normal number.
const MIN_MEAN: f32 = 1e-30;

/// An average gradient; zero in place of one below [`MIN_MEAN`].
#[inline(always)]
pub(super) fn flush_mean(m: f32) -> f32 {
    if m.abs() < MIN_MEAN { 0.0 } else { m }
}

/// An average squared gradient; zero in place of a subnormal one.
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
        let after = |steps: usize, factor: f32, flush: fn(f32) -> f32| (0..steps).fold(1.0, |x, _| flush(factor * x));
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
        assert!(flush_mean(f32::NAN).is_nan() && flush_square(f32::NAN).is_nan(), "NaN is kept, so that it is noticed");
    }
}
