//! Invalid values in a config, and range checks.

use std::fmt::{Display, Formatter};

/// An invalid value: its key, relative to the table that was checked, and a message that says what is wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    /// Dotted key, such as `exploration.fraction`; empty for the table itself.
    pub key: String,
    /// One sentence: what is wrong, and the remedy.
    pub message: String,
    /// Other invalid values of the same table; see [`all`].
    others: Vec<InvalidValue>,
}

impl InvalidValue {
    /// An invalid value under `key`.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        InvalidValue { key: key.into(), message: message.into(), others: Vec::new() }
    }

    /// The same, with the key relative to the table that contains this one under `prefix`.
    pub fn within(self, prefix: &str) -> Self {
        let key = if self.key.is_empty() { prefix.to_owned() } else { format!("{prefix}.{}", self.key) };
        let others = self.others.into_iter().map(|other| other.within(prefix)).collect();
        InvalidValue { key, message: self.message, others }
    }

    /// This and all other invalid values, one by one.
    pub fn each(mut self) -> Vec<InvalidValue> {
        let others = std::mem::take(&mut self.others);
        std::iter::once(self).chain(others.into_iter().flat_map(InvalidValue::each)).collect()
    }
}

impl Display for InvalidValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

impl std::error::Error for InvalidValue {}

/// Combines independent checks, so that a user sees all invalid values at once.
///
/// # Errors
/// The first invalid value; it contains the others. [`InvalidValue::each`] separates them.
pub fn all(checks: impl IntoIterator<Item = Result<(), InvalidValue>>) -> Result<(), InvalidValue> {
    let mut invalid = checks.into_iter().filter_map(Result::err);
    let Some(mut first) = invalid.next() else { return Ok(()) };
    first.others.extend(invalid);
    Err(first)
}

/// Requires a finite number greater than zero.
pub fn positive(key: &str, value: f64) -> Result<(), InvalidValue> {
    require(value.is_finite() && value > 0.0, key, || format!("must be a finite number above 0, not {value}"))
}

/// Requires a finite number that is not negative.
pub fn not_negative(key: &str, value: f64) -> Result<(), InvalidValue> {
    require(value.is_finite() && value >= 0.0, key, || format!("must be a finite number of at least 0, not {value}"))
}

/// Requires a number from 0 to 1, both included.
pub fn fraction(key: &str, value: f64) -> Result<(), InvalidValue> {
    require((0.0..=1.0).contains(&value), key, || format!("must lie between 0 and 1, not at {value}"))
}

/// Requires a number from 0, included, to 1, excluded.
pub fn below_one(key: &str, value: f64) -> Result<(), InvalidValue> {
    require((0.0..1.0).contains(&value), key, || format!("must be at least 0 and below 1, not {value}"))
}

/// Requires a count of at least one.
pub fn at_least_one(key: &str, value: u64) -> Result<(), InvalidValue> {
    require(value >= 1, key, || "must be at least 1, not 0".to_owned())
}

/// Requires a condition.
pub fn require(holds: bool, key: &str, message: impl FnOnce() -> String) -> Result<(), InvalidValue> {
    if holds { Ok(()) } else { Err(InvalidValue::new(key, message())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_invalid_values_are_kept_with_their_keys() {
        let inner = all([positive("a", -1.0), fraction("b", 0.5), at_least_one("c", 0)]).map_err(|e| e.within("t"));
        let both = all([inner, positive("d", 0.0)]).unwrap_err();
        let keys: Vec<String> = both.each().into_iter().map(|invalid| invalid.key).collect();
        assert_eq!(keys, ["t.a", "t.c", "d"]);
        assert!(all([positive("a", 1.0)]).is_ok());
    }
}
