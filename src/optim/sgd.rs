//! Stochastic gradient descent.

use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::descent::{Descent, TensorDescent};
use super::ranges::check_common;
use crate::invalid::Invalid;
use crate::schedule::LearningRate;

/// Stochastic gradient descent (Robbins & Monro 1951): θ ← θ − α g. `torch.optim.SGD`.
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
    pub fn check(&self) -> Result<(), Invalid> {
        check_common(&self.learning_rate, self.max_grad_norm)
    }

    pub(super) fn step(&self, descent: Descent) {
        let scale = descent.scale;
        let rate = descent.learning_rate as f32;
        descent.for_each_span(rate, |_, rate, theta, gradient| {
            for (theta, g) in theta.iter_mut().zip(gradient) {
                *theta -= rate * (scale * g);
            }
        });
    }

    pub(super) fn step_tensors(&self, descent: TensorDescent) -> Tensor<1> {
        descent.parameters - descent.rate.of(descent.gradient)
    }
}
