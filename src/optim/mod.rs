//! Optimizers: how a gradient becomes a step of the parameters.
//!
//! Parameters, gradient and moments are flat slices of 32-bit floats. A step works on them in place and allocates nothing;
//! it costs what its ranges cost, so that a step over the few active features of a large table is as cheap as they are few.
//! That is [`Optimizer`]. [`TensorOptimizer`] is the same for parameters on any device of burn, in one flat tensor: there a step
//! is a few operations, whatever the number of layers. Each optimizer's file has both forms of its rule.

mod adam;
mod adamw;
mod clip;
mod flush_to_zero;
mod momentum;
mod normalized_gradient;
mod optimizer;
mod ranges;
mod registry;
mod rmsprop;
mod scope;
mod sgd;
mod tensors;
mod update;

pub use adam::AdamConfig;
pub use adamw::AdamwConfig;
pub use momentum::{MomentumConfig, MomentumForm};
pub use normalized_gradient::{NormalizedGradientConfig, NormalizedGradientForm};
pub use optimizer::{Optimizer, OptimizerState};
pub use registry::OptimizerConfig;
pub use rmsprop::RmspropConfig;
pub use scope::Scope;
pub use sgd::SgdConfig;
pub use tensors::TensorOptimizer;
pub use update::ParamRange;
