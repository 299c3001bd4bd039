//! Optimizers: how a gradient becomes a step of the parameters.
//!
//! Parameters, gradient and moments are flat slices of 32-bit floats. A step works on them in place and allocates nothing;
//! it costs what its spans cost, so that a step over the few active features of a large table is as cheap as they are few.

mod adam;
mod adamw;
mod clip;
mod descent;
mod fade;
mod momentum;
mod normalized_gradient;
mod optimizer;
mod ranges;
mod registry;
mod rmsprop;
mod sgd;

pub use adam::AdamConfig;
pub use adamw::AdamwConfig;
pub use descent::Span;
pub use momentum::{MomentumConfig, MomentumForm};
pub use normalized_gradient::{NormalizedGradientConfig, NormalizedGradientForm};
pub use optimizer::{Optimizer, OptimizerState};
pub use registry::OptimizerConfig;
pub use rmsprop::RmspropConfig;
pub use sgd::SgdConfig;
