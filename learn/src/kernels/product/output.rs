//! What is added to a product, and what is applied to it.

/// How a product P becomes the result C.
#[derive(Clone, Copy)]
pub enum Output<'a> {
    /// C ← P
    Product,
    /// C ← C + P
    Sum,
    /// C ← P + b, with the column b `[m]` added to each column of P.
    Biased(&'a [f32]),
    /// C ← max(0, P + b), likewise. NaN stays NaN.
    Rectified(&'a [f32]),
    /// C ← P where this matrix, in the layout of C, is positive, and 0 elsewhere.
    Masked(&'a [f32]),
}

/// max(0, z). NaN stays NaN, as in PyTorch: a rectifier that turned NaN into zero would hide that a network has diverged.
#[inline(always)]
pub fn rectified(z: f32) -> f32 {
    if z <= 0.0 { 0.0 } else { z }
}
