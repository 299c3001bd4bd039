//! burn modules as approximators, trained by burn's automatic differentiation on any device.

mod ops;

pub use ops::{conv2d, linear, linear_chain};
