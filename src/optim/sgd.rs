//! Stochastic gradient update.

use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ranges::check_common;
use super::update::{TensorUpdate, Update};
use crate::invalid_value::InvalidValue;
use crate::schedule::LearningRate;

/// Stochastic gradient update (Robbins & Monro 1951): θ ← θ − α g. `torch.optim.SGD`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SgdConfig {
    /// Learning rate α.
    pub learning_rate: LearningRate,
    /// Longest gradient: longer ones are shortened to it, over all parameters together. Absent means no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_grad_norm: Option<f64>,
}

impl SgdConfig {
    /// Checks every range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        check_common(&self.learning_rate, self.max_grad_norm)
    }

    pub(super) fn step(&self, update: Update) {
        let scale = update.scale;
        let rate = update.learning_rate as f32;
        update.for_each_range(rate, |_, rate, theta, gradient| {
            for (theta, g) in theta.iter_mut().zip(gradient) {
                *theta -= rate * (scale * g);
            }
        });
    }

    pub(super) fn step_tensors(&self, update: TensorUpdate) -> Tensor<1> {
        update.parameters - update.rate.of(update.gradient)
    }
}
