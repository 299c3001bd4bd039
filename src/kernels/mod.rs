//! Arithmetic on slices, as fast as one core does it: vectors of the processor's width, products of small matrices, elementary
//! functions. Nothing in here knows of learning.
//!
//! Why our own products ([`product`]) and not the crates `gemm` 0.19 (which burn-flex calls) or `faer` 0.24? Microseconds for
//! all products of a network's pass, on one core of a Xeon with AVX-512. Biases and rectifiers, which ours include at next to
//! no cost, are left out. "Panels" and "rows" are the two ways in which a batch may lie for ours.
//!
//! | network, batch | pass | panels | rows | gemm | faer |
//! |---|---|---|---|---|---|
//! | 4-120-84-2, 1 | forward; weights; inputs | 0.61; 0.63; 0.63 | 0.62; 0.79; 0.63 | 0.84; 1.1; **0.53** | 0.81; 0.67; 0.74 |
//! | 4-120-84-2, 32 | forward; weights; inputs | 3.4; 4.9; 3.0 | 4.8; 4.9; 5.3 | 6.9; 6.2; 8.0 | 5.9; 5.2; 5.2 |
//! | 4-120-84-2, 128 | forward; weights; inputs | 13; 17; 12 | 18; 17; 16 | 21; 22; 22 | 20; 20; 16 |
//! | 256-256, 128 | forward; weights; inputs | 82; 80; 72 | 77; 82; 87 | 80; 86; 97 | 89; 88; 92 |
//! | 1024-128, 32 | forward; weights; inputs | 42; 40; 37 | 50; 45; 66 | **37**; 43; 71 | 48; 47; 58 |
//!
//! Panels are the quickest nearly everywhere: by a fifth to a half for small layers, by up to a fifth for wide ones. gemm is
//! quicker for the gradient of a single row's inputs and for the forward pass of a wide layer: by a fiftieth at 256-256, by an
//! eighth at 1024-128. In rows we are about as fast as faer; for the gradient of a wide layer's inputs over few rows faer is
//! quicker by an eighth. And with ours a row's outputs do not depend on the rest of its batch, nor any result on the width of
//! the processor's vectors, which neither crate promises.

pub mod elementary;
pub mod panels;
pub mod product;
pub mod scratch;
pub mod simd;
