//! eˣ and tanh x in plain arithmetic without branches. Loops over them are vectorised, unlike loops over the system's library, and
//! results are the same on every system.
//!
//! Range reduction and polynomials are those of Moshier's Cephes library (1989, `expf.c` and `tanhf.c`).

/// eˣ, within 2 units in the last place from −87.3 to 88.3; beyond, the value at the nearer end (1.2e-38 or 2.2e38). NaN for NaN.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // ln 2 in two parts. The product of n and the first part is exact.
    const LN_2_HIGH: f32 = 355.0 / 512.0;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    // Adding this to a number of moderate size rounds it: the last bits of the sum are the nearest integer.
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2²³
    let x = x.clamp(-87.3, 88.3);
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    let series = ((((1.987_569_2e-4 * r + 1.398_199_9e-3) * r + 8.333_452e-3) * r + 4.166_579_6e-2) * r + 0.166_666_65)
        * r
        + 0.5;
    let power = f32::from_bits(rounded.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23); // 2ⁿ
    (series * (r * r) + r + 1.0) * power
}

/// tanh x, within 2 units in the last place. NaN for NaN.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let (size, square) = (x.abs(), x * x);
    let series = (((-5.704_988_7e-3 * square + 2.063_909e-2) * square - 5.373_971_6e-2) * square + 0.133_314_42)
        * square
        - 0.333_332_8;
    let near = x + x * square * series;
    let far = (1.0 - 2.0 / (exp(2.0 * size) + 1.0)).copysign(x);
    if size < 0.625 { near } else { far }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every 997th single-precision number, with both signs.
    fn numbers() -> impl Iterator<Item = f32> {
        (0..f32::INFINITY.to_bits()).step_by(997).map(f32::from_bits).flat_map(|x| [x, -x])
    }

    /// The error in units in the last place.
    fn units(found: f32, true_value: f64) -> f64 {
        let rounded = (true_value as f32).abs().max(f32::MIN_POSITIVE);
        (f64::from(found) - true_value).abs() / f64::from(f32::from_bits(rounded.to_bits() + 1) - rounded)
    }

    #[test]
    fn the_exponential_is_right_to_the_last_bits() {
        for x in numbers().filter(|x| (-87.3..=88.3).contains(x)) {
            let off = units(exp(x), f64::from(x).exp());
            assert!(off <= 2.0, "exp({x}) is {off} units off");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f32::INFINITY) > 2e38 && exp(f32::NEG_INFINITY) < 1.3e-38 && exp(f32::NAN).is_nan());
    }

    #[test]
    fn the_hyperbolic_tangent_is_right_to_the_last_bits() {
        for x in numbers() {
            let off = units(tanh(x), f64::from(x).tanh());
            assert!(off <= 2.0, "tanh({x}) is {off} units off");
            assert!(tanh(x).abs() <= 1.0);
        }
        assert_eq!((tanh(f32::INFINITY), tanh(f32::NEG_INFINITY)), (1.0, -1.0));
        assert!(tanh(f32::NAN).is_nan());
    }
}
