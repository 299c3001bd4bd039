//! AdamW.

use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::adam::AdamStep;
use super::ranges::{check_common, check_decay, check_epsilon};
use super::{AdamConfig, OptimizerRule, OptimizerState, TensorState, TensorUpdate, Update};
use crate::invalid_value::{InvalidValue, all, not_negative};
use crate::registry::Part;
use crate::schedule::LearningRate;

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2), with PyTorch's defaults but for the
/// learning rate, which has none:
///
/// θ ← θ − α λ θ, and then a step of Adam.
///
/// As in `torch.optim.AdamW` the decay is multiplied by the learning rate; the paper multiplies it by the schedule
/// only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdamwConfig {
    /// Learning rate α.
    pub learning_rate: LearningRate,
    /// β₁, the decay of the mean gradient.
    #[serde(default = "AdamConfig::beta_1")]
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0))]
    pub beta_1: f64,
    /// β₂, the decay of the mean squared gradient.
    #[serde(default = "AdamConfig::beta_2")]
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0))]
    pub beta_2: f64,
    /// ε, outside the root.
    #[serde(default = "AdamConfig::epsilon")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub epsilon: f64,
    /// λ, the share of itself that a parameter loses per step and unit of learning rate.
    #[serde(default = "AdamwConfig::weight_decay")]
    #[schemars(range(min = 0.0))]
    pub weight_decay: f64,
    /// Whether the weights of a feature that is zero in all of a step's observations wait, and their moments with them,
    /// as in `torch.optim.SparseAdam`. By default they do not: their moments shrink and go on moving them, as in the
    /// published algorithm, in the same way for sparse and for dense features. With sparse features, waiting makes a
    /// step cost what is active instead of all weights, and needs a learning rate about three times as large.
    #[serde(default)]
    pub lazy: bool,
    /// Longest gradient: longer ones are shortened to it, over all parameters together. Absent means no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub max_grad_norm: Option<f64>,
}

impl AdamwConfig {
    fn weight_decay() -> f64 {
        0.01
    }

    #[inline(always)]
    fn adam_step(&self) -> AdamStep {
        let Self { beta_1, beta_2, epsilon, weight_decay, .. } = *self;
        AdamStep { beta_1, beta_2, epsilon, epsilon_inside_root: false, weight_decay }
    }
}

impl Part for AdamwConfig {
    const ID: &'static str = "adamw";
    const SUMMARY: &'static str = "Adam with decoupled weight decay (Loshchilov & Hutter 2019)";
}

impl OptimizerRule for AdamwConfig {
    fn learning_rate(&self) -> &LearningRate {
        &self.learning_rate
    }

    fn max_grad_norm(&self) -> Option<f64> {
        self.max_grad_norm
    }

    fn lazy(&self) -> Option<bool> {
        Some(self.lazy)
    }

    fn keeps_first_moment(&self) -> bool {
        true
    }

    fn keeps_second_moment(&self) -> bool {
        true
    }

    fn usable_rate(&self) -> f64 {
        100.0
    }

    fn check(&self) -> Result<(), InvalidValue> {
        all([
            check_common(&self.learning_rate, self.max_grad_norm),
            check_decay("beta_1", self.beta_1),
            check_decay("beta_2", self.beta_2),
            check_epsilon(self.epsilon),
            not_negative("weight_decay", f64::from(self.weight_decay as f32)),
        ])
    }

    fn step(&self, update: Update, state: &mut OptimizerState) {
        self.adam_step().step(update, state);
    }

    fn step_tensors(&self, update: TensorUpdate, state: &mut TensorState) -> Tensor<1> {
        self.adam_step().step_tensors(update, state)
    }
}
