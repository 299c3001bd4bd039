//! Numbers with a fixed number of decimals.

/// With so many decimals; what rounds to zero has no sign.
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(size) if size.chars().all(|c| matches!(c, '0' | '.')) => size.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_has_no_sign() {
        assert_eq!((fixed(-0.000_04, 4), fixed(-0.0, 0)), ("0.0000".to_owned(), "0".to_owned()));
        assert_eq!((fixed(-0.000_06, 4), fixed(-10.0, 0)), ("-0.0001".to_owned(), "-10".to_owned()));
    }
}
