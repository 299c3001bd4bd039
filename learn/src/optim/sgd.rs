//! Stochastic gradient descent.

use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ranges::check_common;
use super::{OptimizerRule, OptimizerState, TensorState, TensorUpdate, Update};
use crate::invalid_value::InvalidValue;
use crate::registry::Part;
use crate::schedule::LearningRate;

/// Stochastic gradient descent (Robbins & Monro 1951): θ ← θ − α g. `torch.optim.SGD`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SgdConfig {
    /// Learning rate α.
    pub learning_rate: LearningRate,
    /// Longest gradient: longer ones are shortened to it, over all parameters together. Absent means no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub max_grad_norm: Option<f64>,
}

impl SgdConfig {
    /// With a learning rate that stays the same, and gradients of any length.
    pub fn constant(learning_rate: f64) -> SgdConfig {
        SgdConfig { learning_rate: LearningRate::Constant(learning_rate), max_grad_norm: None }
    }
}

impl Part for SgdConfig {
    const ID: &'static str = "sgd";
    const SUMMARY: &'static str = "stochastic gradient descent (Robbins & Monro 1951)";
}

impl OptimizerRule for SgdConfig {
    fn learning_rate(&self) -> &LearningRate {
        &self.learning_rate
    }

    fn max_grad_norm(&self) -> Option<f64> {
        self.max_grad_norm
    }

    fn check(&self) -> Result<(), InvalidValue> {
        check_common(&self.learning_rate, self.max_grad_norm)
    }

    fn step(&self, update: Update, _: &mut OptimizerState) {
        let scale = update.scale;
        update.for_each_range(|_, rate, theta, gradient| {
            for (theta, g) in theta.iter_mut().zip(gradient) {
                *theta -= rate * (scale * g);
            }
        });
    }

    fn step_tensors(&self, update: TensorUpdate, _: &mut TensorState) -> Tensor<1> {
        update.parameters - update.rate.of(update.gradient)
    }
}
