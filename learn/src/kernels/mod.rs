//! Fast arithmetic on slices, on one core: SIMD, products of small matrices, elementary functions. Nothing here knows about learning.
//!
//! Why our own products ([`product`]) and not the crates `gemm` 0.19 (which burn-flex calls) or `faer` 0.24? The table has the
//! microseconds for all products of a pass through a network, on one core of a Xeon with AVX-512. They are without biases and
//! rectifiers, which our products include at almost no cost. "Panels" and "rows" are our two layouts of a batch.
//!
//! | network, batch | pass | panels | rows | gemm | faer |
//! |---|---|---|---|---|---|
//! | 4-120-84-2, 1 | forward; weights; inputs | 0.61; 0.63; 0.63 | 0.62; 0.79; 0.63 | 0.84; 1.1; **0.53** | 0.81; 0.67; 0.74 |
//! | 4-120-84-2, 32 | forward; weights; inputs | 3.4; 4.9; 3.0 | 4.8; 4.9; 5.3 | 6.9; 6.2; 8.0 | 5.9; 5.2; 5.2 |
//! | 4-120-84-2, 128 | forward; weights; inputs | 13; 17; 12 | 18; 17; 16 | 21; 22; 22 | 20; 20; 16 |
//! | 256-256, 128 | forward; weights; inputs | 82; 80; 72 | 77; 82; 87 | 80; 86; 97 | 89; 88; 92 |
//! | 1024-128, 32 | forward; weights; inputs | 42; 40; 37 | 50; 45; 66 | **37**; 43; 71 | 48; 47; 58 |
//!
//! Panels are fastest almost everywhere: by a fifth to a half for small layers, by up to a fifth for wide ones. gemm is faster for the
//! gradient of the inputs of a single row, and for the forward pass of a wide layer: by 2 % at 256-256, by an eighth at 1024-128. In
//! rows we are about as fast as faer, which is faster by an eighth for the gradient of the inputs of a wide layer over few rows. With
//! our products, the outputs of a row do not depend on the other rows of its batch, and no result depends on the width of the
//! processor's vectors. Neither crate promises that.

pub mod elementary;
pub mod panels;
pub mod product;
pub mod scratch;
pub mod simd;
