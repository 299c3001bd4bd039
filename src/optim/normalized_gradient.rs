//! Steps of a given length.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::descent::Descent;
use super::ranges::check_learning_rate;
use crate::invalid::Invalid;
use crate::schedule::LearningRate;

/// Normalised gradient descent (Nesterov 2004, section 3.2.3): θ ← θ − α g / ‖g‖, with the norm over all parameters.
///
/// The gradient says only where to go: each step is α long (where no span has a factor of its own). A gradient of zero
/// moves nothing. There is no `max_grad_norm`, since every gradient is brought to the same length anyway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NormalizedGradientConfig {
    /// α, the length of a step.
    pub learning_rate: LearningRate,
}

impl NormalizedGradientConfig {
    /// Checks every range.
    pub fn check(&self) -> Result<(), Invalid> {
        check_learning_rate(&self.learning_rate)
    }

    /// `norm` is the gradient's length.
    pub(super) fn step(&self, descent: Descent, norm: f64) {
        if norm == 0.0 {
            return;
        }
        let rate = descent.learning_rate as f32;
        descent.for_each_span(rate, |_, rate, theta, gradient| {
            // In double precision: 32 bits cannot hold the reciprocal of a very small norm.
            let rate = f64::from(rate) / norm;
            for (theta, g) in theta.iter_mut().zip(gradient) {
                *theta -= (rate * f64::from(*g)) as f32;
            }
        });
    }
}
