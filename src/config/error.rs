//! What a user reads when a config cannot be used.

use std::fmt::{Display, Formatter};

/// A config that cannot be used: where, which key, what is wrong, what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, or what stands for it.
    pub file: String,
    /// Line in the file, from 1, where there is one to point at.
    pub line: Option<usize>,
    /// Dotted key, with the position in place of a name where the path leads through a list; empty where none is known.
    pub key: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Display for ConfigError {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ConfigError {}
