//! Adam's settings.

use burn::optim::ModuleOptimizer;
use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, below_one, positive};
use crate::schedule::LearningRate;

/// Adam (Kingma & Ba 2015, algorithm 1), with PyTorch's defaults:
///
/// m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  θ ← θ − α m̂ / (√v̂ + ε),
/// where m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) correct the bias of the zero start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdamConfig {
    /// α.
    pub learning_rate: LearningRate,
    /// β₁, the decay of the mean gradient.
    #[serde(default = "AdamConfig::beta_1")]
    pub beta_1: f64,
    /// β₂, the decay of the mean squared gradient.
    #[serde(default = "AdamConfig::beta_2")]
    pub beta_2: f64,
    /// ε, outside the root. burn's own default is 1e-5.
    #[serde(default = "AdamConfig::epsilon")]
    pub epsilon: f64,
    /// Longest gradient: longer ones are shortened to it, over all parameters together. Absent means no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_grad_norm: Option<f64>,
}

impl AdamConfig {
    fn beta_1() -> f64 {
        0.9
    }

    fn beta_2() -> f64 {
        0.999
    }

    fn epsilon() -> f64 {
        1e-8
    }

    /// Checks every range.
    pub fn check(&self) -> Result<(), Invalid> {
        self.learning_rate.check().map_err(|e| e.within("learning_rate"))?;
        // As 32-bit floats, in which the moments are kept: 1e-50 would be 0 there, and 0.9999999999 would be 1.
        below_one("beta_1", f64::from(self.beta_1 as f32))?;
        below_one("beta_2", f64::from(self.beta_2 as f32))?;
        positive("epsilon", f64::from(self.epsilon as f32))?;
        self.max_grad_norm.map_or(Ok(()), |norm| positive("max_grad_norm", norm))
    }

    pub(super) fn build(&self) -> ModuleOptimizer {
        burn::optim::AdamConfig::new()
            .with_beta_1(self.beta_1 as f32)
            .with_beta_2(self.beta_2 as f32)
            .with_epsilon(self.epsilon as f32)
            .init()
    }
}
