//! The setting `timeout`: how long a process may take to answer.

use std::time::Duration;

use crate::ConfigError;

/// Its default, in seconds.
pub(super) fn default() -> f64 {
    60.0
}

/// Checks it.
///
/// # Errors
/// If it is no time that can be waited for.
pub(super) fn checked(seconds: f64) -> Result<Duration, ConfigError> {
    let allowed = Duration::try_from_secs_f64(seconds).ok().filter(|timeout| !timeout.is_zero());
    allowed.ok_or_else(|| ConfigError::new("timeout", format!("must be a number of seconds above 0, not {seconds}")))
}
