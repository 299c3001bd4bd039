//! Arithmetic on slices, as fast as one core does it: vectors of the processor's width, products of small matrices, elementary
//! functions. Nothing in here knows of learning.

pub mod elementary;
pub mod panels;
pub mod product;
pub mod scratch;
pub mod simd;
