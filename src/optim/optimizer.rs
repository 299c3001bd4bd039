//! The registry of optimizers, and the one step that all of them share: read the schedule, clip, move the weights.

use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Bytes, Gradients};
use serde::{Deserialize, Serialize};

use super::{AdamConfig, clip_global_norm};
use crate::invalid::Invalid;
use crate::schedule::LearningRate;

/// The optimizer slot of an experiment: a table with one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptimizerConfig {
    /// Adam (Kingma & Ba 2015).
    Adam(AdamConfig),
}

impl OptimizerConfig {
    /// Checks every range.
    pub fn check(&self) -> Result<(), Invalid> {
        match self {
            OptimizerConfig::Adam(config) => config.check().map_err(|e| e.within("adam")),
        }
    }

    /// The step size and its schedule.
    pub fn learning_rate(&self) -> &LearningRate {
        match self {
            OptimizerConfig::Adam(config) => &config.learning_rate,
        }
    }

    fn max_grad_norm(&self) -> Option<f64> {
        match self {
            OptimizerConfig::Adam(config) => config.max_grad_norm,
        }
    }

    fn build(&self) -> ModuleOptimizer {
        match self {
            OptimizerConfig::Adam(config) => config.build(),
        }
    }
}

/// An optimizer with its state (for Adam the moments and the count of steps).
pub struct Optimizer {
    config: OptimizerConfig,
    inner: ModuleOptimizer,
}

impl Optimizer {
    /// An optimizer that has not made a step.
    pub fn new(config: &OptimizerConfig) -> Optimizer {
        Optimizer { config: config.clone(), inner: config.build() }
    }

    /// Moves the module's parameters one step against the gradients; returns the gradients' global norm before clipping.
    pub fn step<M: Module>(&mut self, module: &mut M, gradients: Gradients, learning_rate: f64) -> f64 {
        let mut gradients = GradientsParams::from_grads(gradients, module);
        let norm = clip_global_norm(&mut gradients, module, self.config.max_grad_norm());
        *module = self.inner.step(learning_rate, module.clone(), gradients);
        norm
    }

    /// The state as bytes, for a checkpoint.
    pub fn save(&self) -> Vec<u8> {
        let bytes = self.inner.into_bytes().expect("an optimizer's state is tensors and numbers, which always encode");
        bytes.to_vec()
    }

    /// Goes on from what [`Optimizer::save`] returned.
    ///
    /// # Errors
    /// If the bytes are not an optimizer's state.
    pub fn load(&mut self, bytes: Vec<u8>) -> Result<(), String> {
        let record =
            burn::optim::OptimizerRecord::from_bytes(Bytes::from_bytes_vec(bytes)).map_err(|e| e.to_string())?;
        self.inner = self.config.build().load_record(record);
        Ok(())
    }
}
