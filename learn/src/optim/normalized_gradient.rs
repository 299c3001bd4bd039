//! Steps of a given length.

use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ranges::check_learning_rate;
use super::{OptimizerRule, OptimizerState, TensorState, TensorUpdate, Update};
use crate::invalid_value::InvalidValue;
use crate::registry::Part;
use crate::schedule::LearningRate;

/// Normalised gradient descent: the gradient says only where to go, and the learning rate how far. What is brought to
/// length 1, the whole gradient or each of its components, depends on [`NormalizedGradientForm`].
///
/// A gradient, or component, of zero moves nothing. There is no `max_grad_norm`, since every gradient is brought to the
/// same length anyway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NormalizedGradientConfig {
    /// α, the length of a step; in the form `pointwise`, of a step along each parameter.
    pub learning_rate: LearningRate,
    /// What is brought to length 1.
    #[serde(default)]
    pub form: NormalizedGradientForm,
}

/// What normalised gradient descent brings to length 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NormalizedGradientForm {
    /// The whole gradient: θ ← θ − α g / ‖g‖₂, with the norm over all parameters together (Nesterov 2004, section
    /// 3.2.3).
    #[default]
    Norm,
    /// Each component by itself: θᵢ ← θᵢ − α gᵢ / |gᵢ|, so that (3, −2, 5) becomes (1, −1, 1). This is sign descent
    /// (`signSGD`, Bernstein et al. 2018).
    Pointwise,
}

impl Part for NormalizedGradientConfig {
    const ID: &'static str = "normalized_gradient";
    const SUMMARY: &'static str =
        "steps of a given length, over all parameters (Nesterov 2004) or along each (sign descent)";
}

impl OptimizerRule for NormalizedGradientConfig {
    fn learning_rate(&self) -> &LearningRate {
        &self.learning_rate
    }

    fn usable_rate(&self) -> f64 {
        100.0
    }

    fn check(&self) -> Result<(), InvalidValue> {
        check_learning_rate(&self.learning_rate)
    }

    fn step(&self, update: Update, _: &mut OptimizerState) {
        match self.form {
            NormalizedGradientForm::Norm => by_norm(update),
            NormalizedGradientForm::Pointwise => pointwise(update),
        }
    }

    fn step_tensors(&self, update: TensorUpdate, _: &mut TensorState) -> Tensor<1> {
        let TensorUpdate { parameters, gradient, rate, norm } = update;
        match self.form {
            NormalizedGradientForm::Norm if norm == 0.0 => parameters,
            NormalizedGradientForm::Norm => {
                // Divided by √‖g‖ twice: 32 bits cannot hold the reciprocal of a very small norm.
                let half = (1.0 / norm.sqrt()) as f32;
                parameters - rate.times(half).of(gradient * half)
            }
            NormalizedGradientForm::Pointwise => parameters - rate.of(directions(gradient)),
        }
    }
}

fn by_norm(update: Update) {
    let norm = update.norm;
    if norm == 0.0 {
        return;
    }
    update.for_each_range(|_, rate, theta, gradient| {
        // In double precision: 32 bits cannot hold the reciprocal of a very small norm.
        let rate = f64::from(rate) / norm;
        for (theta, g) in theta.iter_mut().zip(gradient) {
            *theta -= (rate * f64::from(*g)) as f32;
        }
    });
}

fn pointwise(update: Update) {
    update.for_each_range(|_, rate, theta, gradient| {
        for (theta, g) in theta.iter_mut().zip(gradient) {
            *theta -= rate * direction(*g);
        }
    });
}

/// The sign of `g`: 1, −1, or 0 for zero of either sign, where `f32::signum` has ±1. Of NaN it is NaN.
#[inline(always)]
fn direction(g: f32) -> f32 {
    if g == 0.0 { 0.0 } else { g.signum() }
}

/// [`direction`] of each component of a tensor.
fn directions(gradient: Tensor<1>) -> Tensor<1> {
    // What burn calls the sign of NaN differs between devices.
    gradient.clone().sign().mask_where(gradient.clone().is_nan(), gradient)
}
