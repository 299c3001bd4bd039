//! What is wrong with a value that a user gave, and the range checks that all configs share.

use std::fmt::{Display, Formatter};

/// A value that cannot be used: the key it stands under, relative to the table that was checked, and a message that says
/// what is wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    /// Dotted key, such as `exploration.fraction`; empty for the table itself.
    pub key: String,
    /// One sentence: what is wrong, and the remedy.
    pub message: String,
    /// What else is wrong with the same table; see [`all`].
    others: Vec<InvalidValue>,
}

impl InvalidValue {
    /// An invalid value under `key`.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        InvalidValue { key: key.into(), message: message.into(), others: Vec::new() }
    }

    /// The same finding, seen from the table that holds this one under `prefix`.
    pub fn within(self, prefix: &str) -> Self {
        let key = if self.key.is_empty() { prefix.to_owned() } else { format!("{prefix}.{}", self.key) };
        let others = self.others.into_iter().map(|other| other.within(prefix)).collect();
        InvalidValue { key, message: self.message, others }
    }

    /// Every finding by itself, this one first.
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

/// Brings the findings of several checks together, so that a user reads all of them at once. The checks are independent: each
/// may be made whatever the others found.
///
/// # Errors
/// The first finding, which carries the others: [`InvalidValue::each`] takes them apart.
pub fn all(checks: impl IntoIterator<Item = Result<(), InvalidValue>>) -> Result<(), InvalidValue> {
    let mut findings = checks.into_iter().filter_map(Result::err);
    let Some(mut first) = findings.next() else { return Ok(()) };
    first.others.extend(findings);
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

/// Requires a condition that the other checks have no name for.
pub fn require(holds: bool, key: &str, message: impl FnOnce() -> String) -> Result<(), InvalidValue> {
    if holds { Ok(()) } else { Err(InvalidValue::new(key, message())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_findings_are_kept_under_their_keys() {
        let inner = all([positive("a", -1.0), fraction("b", 0.5), at_least_one("c", 0)]).map_err(|e| e.within("t"));
        let both = all([inner, positive("d", 0.0)]).unwrap_err();
        let keys: Vec<String> = both.each().into_iter().map(|finding| finding.key).collect();
        assert_eq!(keys, ["t.a", "t.c", "d"]);
        assert!(all([positive("a", 1.0)]).is_ok());
    }
}
