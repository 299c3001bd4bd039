//! Layers as one operation each: product, bias and activation, with a backward pass of their own on the device `flex`.
//!
//! There they run on our kernels ([`crate::kernels`]), forward and backward. On every other device they are composed of
//! burn's operations, which that device may fuse, and burn's automatic differentiation differentiates these.

mod chain;
mod conv;
mod flex;
mod linear;

pub use chain::linear_chain;
pub use conv::conv2d;
pub use linear::linear;

#[cfg(test)]
mod tests;
