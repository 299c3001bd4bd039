//! Gradient descent with momentum.

use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flush_to_zero::{flush_mean, flush_means};
use super::ranges::{check_common, check_decay};
use super::update::scaled;
use super::{OptimizerRule, OptimizerState, TensorState, TensorUpdate, Update};
use crate::invalid_value::{InvalidValue, all};
use crate::registry::Part;
use crate::schedule::LearningRate;

/// Gradient descent with momentum (Polyak 1964): θ ← θ − α m, where m depends on [`MomentumForm`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MomentumConfig {
    /// Learning rate α.
    pub learning_rate: LearningRate,
    /// β, the decay of m.
    #[serde(default = "MomentumConfig::beta")]
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0))]
    pub beta: f64,
    /// What a new gradient weighs in m.
    #[serde(default)]
    pub form: MomentumForm,
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

/// What a new gradient weighs in the momentum, which starts at zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MomentumForm {
    /// m ← β m + g, as in `torch.optim.SGD`: under a constant gradient m grows to g / (1 − β).
    #[default]
    Classical,
    /// m ← β m + (1 − β) g: under a constant gradient m grows to g. The same steps as the classical form with a
    /// learning rate of (1 − β) α, as long as that rate does not change.
    Weighted,
}

impl MomentumConfig {
    fn beta() -> f64 {
        0.9
    }

    fn gradient_weight(&self) -> f64 {
        match self.form {
            MomentumForm::Classical => 1.0,
            MomentumForm::Weighted => 1.0 - self.beta,
        }
    }
}

impl Part for MomentumConfig {
    const ID: &'static str = "momentum";
    const SUMMARY: &'static str = "gradient descent with momentum (Polyak 1964)";
}

impl OptimizerRule for MomentumConfig {
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

    fn check(&self) -> Result<(), InvalidValue> {
        all([check_common(&self.learning_rate, self.max_grad_norm), check_decay("beta", self.beta)])
    }

    fn step(&self, update: Update, state: &mut OptimizerState) {
        let (beta, weight, scale) = (self.beta as f32, self.gradient_weight() as f32, update.scale);
        update.for_each_range(|range, rate, theta, gradient| {
            for ((theta, g), m) in theta.iter_mut().zip(gradient).zip(&mut state.first[range]) {
                *m = flush_mean(beta * *m + weight * (scale * g));
                *theta -= rate * *m;
            }
        });
    }

    fn step_tensors(&self, update: TensorUpdate, state: &mut TensorState) -> Tensor<1> {
        let (beta, weight) = (self.beta as f32, self.gradient_weight() as f32);
        let m = flush_means(state.take_first() * beta + scaled(update.gradient, weight));
        state.first = Some(m.clone());
        update.parameters - update.rate.of(m)
    }
}
