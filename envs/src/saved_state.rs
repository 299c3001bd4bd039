//! Checks of saved states, which [`Env::set_state`](crate::Env::set_state) gets from a file.

use crate::StateError;

/// The state as an array, if it has the right length; `what` is the environment's name for the message.
pub(crate) fn of_length<const N: usize>(state: &[f64], what: &str) -> Result<[f64; N], StateError> {
    state
        .try_into()
        .map_err(|_| StateError(format!("a saved state of {what} has {N} numbers, this one has {}", state.len())))
}

/// A whole number in `0..=largest`.
pub(crate) fn whole(value: f64, largest: usize, what: &str) -> Result<usize, StateError> {
    if value.fract() == 0.0 && (0.0..=largest as f64).contains(&value) {
        Ok(value as usize)
    } else {
        Err(StateError(format!("{what} must be a whole number from 0 to {largest}, not {value}")))
    }
}

/// A boolean, saved as 0 or 1.
pub(crate) fn flag(value: f64, what: &str) -> Result<bool, StateError> {
    whole(value, 1, what).map(|number| number == 1)
}

/// A number from `low` to `high`.
pub(crate) fn between(value: f64, low: f64, high: f64, what: &str) -> Result<f64, StateError> {
    if (low..=high).contains(&value) {
        Ok(value)
    } else {
        Err(StateError(format!("{what} must lie between {low} and {high}, not be {value}")))
    }
}
