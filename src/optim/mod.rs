//! Optimizers: how a gradient becomes a step of the weights.

mod adam;
mod clip;
mod optimizer;

pub use adam::AdamConfig;
pub use clip::clip_global_norm;
pub use optimizer::{Optimizer, OptimizerConfig};
