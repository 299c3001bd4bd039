//! Numbers with a fixed number of decimals or digits.

/// A number with this many decimals. Zero has no sign.
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(size) if size.chars().all(|c| matches!(c, '0' | '.')) => size.to_owned(),
        _ => text,
    }
}

/// A number with three significant digits, but at most six decimals.
pub fn three_digits(value: f64) -> String {
    // The exponent of the rounded number: 0.000 999 999 rounds to 0.001.
    let power = format!("{value:.2e}").split_once('e').and_then(|(_, power)| power.parse::<i32>().ok());
    let decimals = power.map_or(0, |power| (2 - power).clamp(0, 6));
    fixed(value, if value == 0.0 { 0 } else { decimals as usize })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_are_three() {
        let shown = [267.93, 0.003_754, 26.08, 1.0, 0.0, 0.000_999_999].map(three_digits);
        assert_eq!(shown, ["268", "0.00375", "26.1", "1.00", "0", "0.00100"]);
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!((fixed(-0.000_04, 4), fixed(-0.0, 0)), ("0.0000".to_owned(), "0".to_owned()));
        assert_eq!((fixed(-0.000_06, 4), fixed(-10.0, 0)), ("-0.0001".to_owned(), "-10".to_owned()));
    }
}
