//! Reading back what [`Env::state`](crate::Env::state) wrote: numbers that may be anything, because they come from a
//! file.

use crate::StateError;

/// The state as an array of the length that `what` has.
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

/// A truth value, saved as 0 or 1.
pub(crate) fn flag(value: f64, what: &str) -> Result<bool, StateError> {
    whole(value, 1, what).map(|number| number == 1)
}
