//! The registry of optimizers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AdamConfig, AdamwConfig, MomentumConfig, NormalizedGradientConfig, RmspropConfig, SgdConfig};
use crate::invalid_value::InvalidValue;
use crate::schedule::LearningRate;

/// The optimizer slot of an experiment: a table with one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OptimizerConfig {
    /// Stochastic gradient update.
    Sgd(SgdConfig),
    /// Gradient update with momentum (Polyak 1964).
    Momentum(MomentumConfig),
    /// Steps of a given length, over all parameters (Nesterov 2004) or along each (sign update).
    NormalizedGradient(NormalizedGradientConfig),
    /// RMSProp (Tieleman & Hinton 2012).
    Rmsprop(RmspropConfig),
    /// Adam (Kingma & Ba 2015).
    Adam(AdamConfig),
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
    Adamw(AdamwConfig),
}

impl Default for OptimizerConfig {
    /// Gradient update with step size 1, for what does not learn.
    fn default() -> Self {
        OptimizerConfig::Sgd(SgdConfig { learning_rate: LearningRate::Constant(1.0), max_grad_norm: None })
    }
}

impl OptimizerConfig {
    /// The key that stands for this optimizer in a config file.
    pub fn id(&self) -> &'static str {
        match self {
            OptimizerConfig::Sgd(_) => "sgd",
            OptimizerConfig::Momentum(_) => "momentum",
            OptimizerConfig::NormalizedGradient(_) => "normalized_gradient",
            OptimizerConfig::Rmsprop(_) => "rmsprop",
            OptimizerConfig::Adam(_) => "adam",
            OptimizerConfig::Adamw(_) => "adamw",
        }
    }

    /// Checks every range.
    ///
    /// # Errors
    /// The first setting out of its range, under a key such as `adam.beta_1`.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let checked = match self {
            OptimizerConfig::Sgd(config) => config.check(),
            OptimizerConfig::Momentum(config) => config.check(),
            OptimizerConfig::NormalizedGradient(config) => config.check(),
            OptimizerConfig::Rmsprop(config) => config.check(),
            OptimizerConfig::Adam(config) => config.check(),
            OptimizerConfig::Adamw(config) => config.check(),
        };
        checked.map_err(|e| e.within(self.id()))
    }

    /// The step size and its schedule.
    pub fn learning_rate(&self) -> &LearningRate {
        match self {
            OptimizerConfig::Sgd(config) => &config.learning_rate,
            OptimizerConfig::Momentum(config) => &config.learning_rate,
            OptimizerConfig::NormalizedGradient(config) => &config.learning_rate,
            OptimizerConfig::Rmsprop(config) => &config.learning_rate,
            OptimizerConfig::Adam(config) => &config.learning_rate,
            OptimizerConfig::Adamw(config) => &config.learning_rate,
        }
    }

    /// The largest step size that anything is known to learn with. Where the gradient is brought to a length of its own, a step
    /// moves each parameter, or all of them together, by about the step size: 100 is beyond any weight. Else gradients may be
    /// small, and 1000 is beyond what the smallest features need.
    pub fn usable_rate(&self) -> f64 {
        match self {
            OptimizerConfig::Sgd(_) | OptimizerConfig::Momentum(_) => 1000.0,
            _ => 100.0,
        }
    }

    /// How many numbers of state it keeps per parameter: 0, 1 or 2.
    pub fn state_per_parameter(&self) -> usize {
        usize::from(self.keeps_first()) + usize::from(self.keeps_second())
    }

    /// Whether it averages the gradient.
    pub(super) fn keeps_first(&self) -> bool {
        matches!(self, OptimizerConfig::Momentum(_) | OptimizerConfig::Adam(_) | OptimizerConfig::Adamw(_))
    }

    /// Whether it averages the squared gradient.
    pub(super) fn keeps_second(&self) -> bool {
        matches!(self, OptimizerConfig::Rmsprop(_) | OptimizerConfig::Adam(_) | OptimizerConfig::Adamw(_))
    }

    /// Whether the weights of features that a step knows nothing of wait; nothing for an optimizer without moments, which
    /// leaves them where they are in any case.
    pub fn lazy(&self) -> Option<bool> {
        match self {
            OptimizerConfig::Sgd(_) | OptimizerConfig::NormalizedGradient(_) => None,
            OptimizerConfig::Momentum(config) => Some(config.lazy),
            OptimizerConfig::Rmsprop(config) => Some(config.lazy),
            OptimizerConfig::Adam(config) => Some(config.lazy),
            OptimizerConfig::Adamw(config) => Some(config.lazy),
        }
    }

    pub(super) fn max_grad_norm(&self) -> Option<f64> {
        match self {
            OptimizerConfig::Sgd(config) => config.max_grad_norm,
            OptimizerConfig::Momentum(config) => config.max_grad_norm,
            OptimizerConfig::NormalizedGradient(_) => None,
            OptimizerConfig::Rmsprop(config) => config.max_grad_norm,
            OptimizerConfig::Adam(config) => config.max_grad_norm,
            OptimizerConfig::Adamw(config) => config.max_grad_norm,
        }
    }
}
