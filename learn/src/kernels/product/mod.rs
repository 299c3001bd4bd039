//! The two matrix products of forward and backward passes: weights times a batch ([`BatchProduct`]), and the features of two batches
//! multiplied and summed over their rows ([`GradientProduct`]). Batches are in panels ([`super::panels`]).
//!
//! Tensors are row-major. [`RowMajorProduct`] multiplies those: it is a little slower than panels, but faster than converting to panels
//! and back. Convolutions are products of patches ([`Patches`]), whose matrix is never written to memory.
//!
//! Blocks of C stay in registers while k runs (`block`), as in Goto & van de Geijn (2008); small matrices do not need their outer
//! loops. A block reads a panel of a batch sequentially; other layouts are repacked first. Gradients of few rows or columns are dot
//! products (`dot_products`), and a batch of one row has its own loops.
//!
//! Every number of a product is one sum over k from the first term to the last, whatever the sizes and the width of vectors. Only dot
//! products are sixteen partial sums, which are then added; a forward pass has none. So results do not
//! depend on how the work is cut into blocks, and a row of a batch has the same outputs as alone. Both are the same with vectors of
//! any width, on processors that multiply and add with one rounding.

mod batch;
mod block;
mod dot_products;
mod gradient;
mod lhs;
mod output;
mod patches;
mod row;
mod row_major;
#[cfg(test)]
mod tests;

pub use batch::{BatchProduct, Matrix};
pub use gradient::GradientProduct;
pub use output::{Output, rectified};
pub use patches::{PatchGradient, PatchProduct, PatchScatter, Patches};
pub use row_major::{RowMajorProduct, Sums, sum_of_rows};
