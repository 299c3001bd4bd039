//! RMSProp.

use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flush_to_zero::{flush_square, flush_squares};
use super::ranges::{check_common, check_decay, check_epsilon};
use super::update::divisor;
use super::{OptimizerRule, OptimizerState, TensorState, TensorUpdate, Update};
use crate::invalid_value::{InvalidValue, all};
use crate::registry::Part;
use crate::schedule::LearningRate;

/// RMSProp (Tieleman & Hinton 2012, lecture 6.5), with PyTorch's defaults but for the learning rate, which has none:
///
/// v ← ρ v + (1 − ρ) g²,  θ ← θ − α g / (√v + ε).
///
/// As in `torch.optim.RMSprop`, not centred. v starts at zero, and nothing corrects for that. TensorFlow and Keras
/// divide by √(v + ε), which `epsilon_inside_root` chooses. (TensorFlow 1, and after it Stable-Baselines3's
/// `RMSpropTFLike`, also start v at one; Keras at zero, as here.)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RmspropConfig {
    /// Learning rate α.
    pub learning_rate: LearningRate,
    /// ρ, the decay of the mean squared gradient. PyTorch calls it alpha.
    #[serde(default = "RmspropConfig::rho")]
    #[schemars(range(min = 0.0), extend("exclusiveMaximum" = 1.0))]
    pub rho: f64,
    /// ε, which keeps the divisor from zero.
    #[serde(default = "RmspropConfig::epsilon")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub epsilon: f64,
    /// Divides by √(v + ε), as TensorFlow, Keras and Stable-Baselines3's `RMSpropTFLike` do, in place of PyTorch's √v +
    /// ε. Then √ε is what counts next to √v, which calls for a smaller ε.
    #[serde(default)]
    pub epsilon_inside_root: bool,
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

impl RmspropConfig {
    fn rho() -> f64 {
        0.99
    }

    fn epsilon() -> f64 {
        1e-8
    }
}

impl Part for RmspropConfig {
    const ID: &'static str = "rmsprop";
    const SUMMARY: &'static str = "RMSProp (Tieleman & Hinton 2012)";
}

impl OptimizerRule for RmspropConfig {
    fn learning_rate(&self) -> &LearningRate {
        &self.learning_rate
    }

    fn max_grad_norm(&self) -> Option<f64> {
        self.max_grad_norm
    }

    fn lazy(&self) -> Option<bool> {
        Some(self.lazy)
    }

    fn keeps_second_moment(&self) -> bool {
        true
    }

    fn usable_rate(&self) -> f64 {
        100.0
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let common = check_common(&self.learning_rate, self.max_grad_norm);
        all([common, check_decay("rho", self.rho), check_epsilon(self.epsilon)])
    }

    fn step(&self, update: Update, state: &mut OptimizerState) {
        let (rho, weight, epsilon) = (self.rho as f32, (1.0 - self.rho) as f32, self.epsilon as f32);
        let scale = update.scale;
        let inside = self.epsilon_inside_root;
        update.for_each_range(|range, rate, theta, gradient| {
            for ((theta, g), v) in theta.iter_mut().zip(gradient).zip(&mut state.second[range]) {
                let g = scale * g;
                *v = flush_square(rho * *v + weight * (g * g));
                let divisor = if inside { (*v + epsilon).sqrt() } else { v.sqrt() + epsilon };
                *theta -= rate * g / divisor;
            }
        });
    }

    fn step_tensors(&self, update: TensorUpdate, state: &mut TensorState) -> Tensor<1> {
        let TensorUpdate { parameters, gradient: g, rate, .. } = update;
        let square = g.clone() * g.clone();
        let v = flush_squares(state.take_second() * self.rho as f32 + square * (1.0 - self.rho) as f32);
        state.second = Some(v.clone());
        parameters - rate.of(g) / divisor(v, self.epsilon as f32, self.epsilon_inside_root)
    }
}
