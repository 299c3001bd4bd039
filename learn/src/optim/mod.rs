//! Optimizers: how a gradient becomes a step of the parameters.
//!
//! Parameters, gradient and moments are flat slices of 32-bit floats. A step works on them in place and allocates
//! nothing. It costs what its ranges cost: a step over the few active features of a large table is as cheap as they are
//! few. That is [`Optimizer`]. [`TensorOptimizer`] is the same for parameters on any device of burn, in one flat
//! tensor: there a step is a few operations, whatever the number of layers.
//!
//! A new optimizer is one file: its settings as a [`Part`](crate::registry::Part), both forms of its rule as an
//! [`OptimizerRule`]; and one line of the list in `rule.rs`. The tests run over that list.

mod adam;
mod adamw;
mod clip;
mod flush_to_zero;
mod momentum;
mod normalized_gradient;
mod optimizer;
mod ranges;
mod rmsprop;
mod rule;
mod scope;
mod sgd;
mod state;
mod tensor_optimizer;
mod update;

pub use adam::AdamConfig;
pub use adamw::AdamwConfig;
pub use momentum::{MomentumConfig, MomentumForm};
pub use normalized_gradient::{NormalizedGradientConfig, NormalizedGradientForm};
pub use optimizer::Optimizer;
pub use rmsprop::RmspropConfig;
pub use rule::{OptimizerConfig, OptimizerRule, optimizers};
pub use scope::Scope;
pub use sgd::SgdConfig;
pub use state::{OptimizerState, TensorState};
pub use tensor_optimizer::TensorOptimizer;
pub use update::{ParamRange, Rate, TensorUpdate, Update};
