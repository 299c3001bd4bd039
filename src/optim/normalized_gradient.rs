//! Steps of a given length.

use burn::tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ranges::check_learning_rate;
use super::update::{TensorUpdate, Update};
use crate::invalid_value::InvalidValue;
use crate::schedule::LearningRate;

/// Normalised gradient update: the gradient says only where to go, and the learning rate how far. What is brought to
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

/// What normalised gradient update brings to length 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NormalizedGradientForm {
    /// The whole gradient: θ ← θ − α g / ‖g‖₂, with the norm over all parameters together (Nesterov 2004, section 3.2.3).
    #[default]
    Norm,
    /// Each component by itself: θᵢ ← θᵢ − α gᵢ / |gᵢ|, so that (3, −2, 5) becomes (1, −1, 1). This is sign update
    /// (`signSGD`, Bernstein et al. 2018).
    Pointwise,
}

impl NormalizedGradientConfig {
    /// Checks every range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        check_learning_rate(&self.learning_rate)
    }

    /// `norm` is the gradient's length.
    pub(super) fn step(&self, update: Update, norm: f64) {
        match self.form {
            NormalizedGradientForm::Norm => by_norm(update, norm),
            NormalizedGradientForm::Pointwise => pointwise(update),
        }
    }

    /// `norm` is the gradient's length.
    pub(super) fn step_tensors(&self, update: TensorUpdate, norm: f64) -> Tensor<1> {
        let TensorUpdate { parameters, gradient, rate } = update;
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

fn by_norm(update: Update, norm: f64) {
    if norm == 0.0 {
        return;
    }
    let rate = update.learning_rate as f32;
    update.for_each_range(rate, |_, rate, theta, gradient| {
        // In double precision: 32 bits cannot hold the reciprocal of a very small norm.
        let rate = f64::from(rate) / norm;
        for (theta, g) in theta.iter_mut().zip(gradient) {
            *theta -= (rate * f64::from(*g)) as f32;
        }
    });
}

fn pointwise(update: Update) {
    let rate = update.learning_rate as f32;
    update.for_each_range(rate, |_, rate, theta, gradient| {
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
