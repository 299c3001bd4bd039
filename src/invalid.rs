//! What is wrong with a value that a user gave, and the range checks that all configs share.

use std::fmt::{Display, Formatter};

/// A value that cannot be used: the key it stands under, relative to the table that was checked, and a message that says
/// what is wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Dotted key, such as `exploration.fraction`; empty for the table itself.
    pub key: String,
    /// One sentence: what is wrong, and the remedy.
    pub message: String,
}

impl Invalid {
    /// An invalid value under `key`.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Invalid { key: key.into(), message: message.into() }
    }

    /// The same finding, seen from the table that holds this one under `prefix`.
    pub fn within(self, prefix: &str) -> Self {
        let key = if self.key.is_empty() { prefix.to_owned() } else { format!("{prefix}.{}", self.key) };
        Invalid { key, ..self }
    }
}

impl Display for Invalid {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

impl std::error::Error for Invalid {}

/// Requires a finite number greater than zero.
pub fn positive(key: &str, value: f64) -> Result<(), Invalid> {
    require(value.is_finite() && value > 0.0, key, || format!("must be a finite number above 0, not {value}"))
}

/// Requires a finite number that is not negative.
pub fn not_negative(key: &str, value: f64) -> Result<(), Invalid> {
    require(value.is_finite() && value >= 0.0, key, || format!("must be a finite number of at least 0, not {value}"))
}

/// Requires a number from 0 to 1, both included.
pub fn fraction(key: &str, value: f64) -> Result<(), Invalid> {
    require((0.0..=1.0).contains(&value), key, || format!("must lie between 0 and 1, not at {value}"))
}

/// Requires a number from 0, included, to 1, excluded.
pub fn below_one(key: &str, value: f64) -> Result<(), Invalid> {
    require((0.0..1.0).contains(&value), key, || format!("must be at least 0 and below 1, not {value}"))
}

/// Requires a count of at least one.
pub fn at_least_one(key: &str, value: u64) -> Result<(), Invalid> {
    require(value >= 1, key, || "must be at least 1, not 0".to_owned())
}

/// Requires a condition that the other checks have no name for.
pub fn require(holds: bool, key: &str, message: impl FnOnce() -> String) -> Result<(), Invalid> {
    if holds { Ok(()) } else { Err(Invalid::new(key, message())) }
}
