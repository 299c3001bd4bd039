//! The range checks that several optimizers share.

use crate::invalid_value::{InvalidValue, all, below_one, positive};
use crate::schedule::LearningRate;

/// Checks the two settings that nearly every optimizer has.
pub(super) fn check_common(learning_rate: &LearningRate, max_grad_norm: Option<f64>) -> Result<(), InvalidValue> {
    let limit = max_grad_norm.map_or(Ok(()), |norm| positive("max_grad_norm", norm));
    all([check_learning_rate(learning_rate), limit])
}

/// Checks the one setting that every optimizer has.
pub(super) fn check_learning_rate(learning_rate: &LearningRate) -> Result<(), InvalidValue> {
    learning_rate.check().map_err(|e| e.within("learning_rate"))
}

/// Checks the decay of a moving average, as the 32-bit float that it is used as: 0.9999999999 would be 1 there.
pub(super) fn check_decay(key: &str, value: f64) -> Result<(), InvalidValue> {
    below_one(key, f64::from(value as f32))
}

/// Checks what is added to a divisor, as the 32-bit float that it is used as: 1e-50 would be 0 there.
pub(super) fn check_epsilon(value: f64) -> Result<(), InvalidValue> {
    positive("epsilon", f64::from(value as f32))
}
