//! Numbers in drawings.

/// A learned value, with four or five digits and a minus sign of the width of a plus sign.
pub fn number(value: f64) -> String {
    let size = value.abs();
    let written = match () {
        () if !value.is_finite() => value.to_string(),
        () if size >= 99_999.5 => format!("{value:.1e}"),
        () if size >= 9_999.95 => format!("{value:.0}"),
        () if size >= 999.995 => format!("{value:.1}"),
        () if size >= 9.9995 => format!("{value:.2}"),
        () => format!("{value:.3}"),
    };
    with_minus(&written)
}

/// A return: whole, or with two decimals.
pub fn return_so_far(total: f64) -> String {
    with_minus(&if total.fract() == 0.0 { format!("{total:.0}") } else { format!("{total:.2}") })
}

/// A number in decimal digits, with a minus sign of the width of a plus sign, and none before a zero.
pub fn with_minus(written: &str) -> String {
    let digits = written.trim_start_matches('-');
    let is_zero = !digits.contains(|c: char| c.is_ascii_digit() && c != '0') && digits.starts_with('0');
    if written.starts_with('-') && !is_zero { format!("−{digits}") } else { digits.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_or_five_digits_and_a_real_minus() {
        let values = [0.0, -0.0, 0.12345, -0.0001, -1.5, 9.9996, 42.424, 123.456, 4_321.5, -1e9, f64::NAN];
        let expected =
            ["0.000", "0.000", "0.123", "0.000", "−1.500", "10.00", "42.42", "123.46", "4321.5", "−1.0e9", "NaN"];
        assert_eq!(values.map(number), expected);
    }

    #[test]
    fn returns_are_whole_or_have_two_decimals() {
        assert_eq!([500.0, -3.0, -0.0, 0.25, -1.5].map(return_so_far), ["500", "−3", "0", "0.25", "−1.50"]);
    }
}
