//! Squares as Python's `x ** 2` computes them: by the C library's `pow`.
//!
//! The last bit differs from that of `x * x` in about one of 1,300 numbers. The exponent is hidden from the compiler, which would
//! multiply.

use std::hint::black_box;

/// `pow(x, 2)`.
#[inline]
pub(crate) fn square(x: f64) -> f64 {
    x.powf(black_box(2.0))
}

/// `powf(x, 2)`.
#[inline]
pub(crate) fn square_f32(x: f32) -> f32 {
    x.powf(black_box(2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of Python's `x ** 2` with glibc, where the product is another one.
    #[test]
    fn a_square_has_the_last_bit_of_pow() {
        let doubles = [(0.5102, 0.260_304_039_999_999_96), (1.05683, 1.116_889_648_9)];
        assert!(doubles.iter().all(|&(x, expected)| square(x) == expected && x * x != expected));
        let singles = [(0.4096f32, 0.167_772_16), (1.3884, 1.927_654_5)];
        assert!(singles.iter().all(|&(x, expected)| square_f32(x) == expected && x * x != expected));
    }
}
