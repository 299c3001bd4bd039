//! Quantiles of a sample.

/// The quantile of `sorted` at `level`, linearly interpolated between the points (i / (n − 1), the i-th value): NumPy's default, number
/// 7 of Hyndman & Fan 1996. A level outside [0, 1] gives the nearer end.
///
/// # Panics
/// If there is no value.
pub fn quantile(sorted: &[f64], level: f64) -> f64 {
    let position = level.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
    // Equal values may be infinite; their difference would be NaN.
    if below == above { below } else { below + (above - below) * position.fract() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_linearly_interpolated() {
        let values = [1.0, 2.0, 4.0, 8.0, 16.0];
        for (level, expected) in [(0.0, 1.0), (0.125, 1.5), (0.5, 4.0), (0.625, 6.0), (0.75, 8.0), (1.0, 16.0)] {
            assert_eq!(quantile(&values, level), expected, "at {level}");
        }
        assert_eq!(quantile(&[3.0], 0.3), 3.0);
        assert_eq!(quantile(&[f64::INFINITY; 2], 0.3), f64::INFINITY);
    }
}
