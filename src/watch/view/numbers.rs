//! Numbers in few columns.

/// A number with three digits or so, and a minus sign as wide as a digit.
pub fn short(value: f64) -> String {
    let size = value.abs();
    match () {
        () if !value.is_finite() => value.to_string(),
        () if size >= 1e6 || (size > 0.0 && size < 1e-3) => format!("{value:.1e}"),
        () if size >= 1e4 => format!("{:.1}k", value / 1e3),
        () if size >= 100.0 => format!("{value:.1}"),
        () if size >= 10.0 => format!("{value:.2}"),
        () => format!("{value:.3}"),
    }
}

/// A count with at most five characters: `950`, `1.2k`, `3.4M`.
pub fn count(value: f64) -> String {
    match () {
        () if value >= 9.995e8 => format!("{value:.0e}"),
        () if value >= 9.995e5 => format!("{:.1}M", value / 1e6),
        () if value >= 9_995.0 => format!("{:.0}k", value / 1e3),
        () if value >= 999.5 => format!("{:.1}k", value / 1e3),
        () => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let values = [0.0, 0.12345, -1.5, 42.424, 123.456, 45_678.0, 2.5e7, 0.000_12, f64::NAN];
        let expected = ["0.000", "0.123", "-1.500", "42.42", "123.5", "45.7k", "2.5e7", "1.2e-4", "NaN"];
        assert_eq!(values.map(short), expected);
        assert_eq!([0.0, 950.0, 1_234.0, 56_789.0, 3_400_000.0].map(count), ["0", "950", "1.2k", "57k", "3.4M"]);
    }
}
