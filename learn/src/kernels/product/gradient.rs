//! Products summed over a batch.

use pulp::{Simd, WithSimd};

use super::Output;
use super::block::Block;
use super::dot_products::{DotProducts, MAX_FEW};
use super::lhs::InPanels;
use crate::kernels::panels::{padded, panel_rows, transpose};
use crate::kernels::scratch::Scratch;
use crate::kernels::simd::widest;

/// C `[m, n]` ← X `[m, B]` · Yᵀ `[B, n]`, or C + X · Yᵀ. Of a layer's inputs and its δ this is the gradient of the weights.
pub struct GradientProduct<'a> {
    /// X, in panels. Padding rows may have any finite numbers.
    pub x: &'a [f32],
    /// Y, in panels. Padding rows must be zero.
    pub y: &'a [f32],
    /// C, row-major.
    pub c: &'a mut [f32],
    /// Features of X.
    pub m: usize,
    /// Features of Y.
    pub n: usize,
    /// B.
    pub batch: usize,
    /// Whether the product is added to C.
    pub adds: bool,
    /// Scratch for repacked numbers.
    pub scratch: &'a mut Scratch,
}

impl GradientProduct<'_> {
    /// Computes C.
    ///
    /// # Panics
    /// If a slice is not as long as its matrix.
    pub fn compute(self) {
        let padded = padded(self.batch);
        let lengths = (self.x.len(), self.y.len(), self.c.len());
        assert_eq!(lengths, (self.m * padded, self.n * padded, self.m * self.n));
        widest(self);
    }

    /// For a batch of one row: a column times a row.
    #[inline(always)]
    fn one(self) {
        for (c, x) in self.c.chunks_exact_mut(self.n).zip(self.x) {
            if self.adds {
                c.iter_mut().zip(self.y).for_each(|(c, y)| *c += x * y);
            } else {
                c.iter_mut().zip(self.y).for_each(|(c, y)| *c = x * y);
            }
        }
    }

    /// For panels of `L` rows.
    #[inline(always)]
    fn panels<S: Simd, const L: usize>(self, simd: S) {
        let GradientProduct { x, y, c, m, n, batch, adds, scratch } = self;
        let ((x, _), (y_rows, _)) = (x.as_chunks::<L>(), y.as_chunks::<L>());
        if n <= MAX_FEW {
            return DotProducts { many: x, m, few: y_rows, n, c, strides: (n, 1), adds }.compute(simd);
        }
        if m <= MAX_FEW {
            return DotProducts { many: y_rows, m: n, few: x, n: m, c, strides: (1, n), adds }.compute(simd);
        }
        let (a, output) = (InPanels { panels: x, m }, if adds { Output::Sum } else { Output::Product });
        let mut column = 0;
        while column < n {
            // Two vectors of columns at a time, and one at the end where it is enough, so that a narrow product wastes little. The
            // last vectors may extend beyond the columns of C, with undefined numbers that are not stored.
            let vectors = if n - column > S::F32_LANES { 2 } else { 1 };
            let wide = vectors * S::F32_LANES;
            let columns = column..n.min(column + wide);
            column = columns.end;
            let b = scratch.make(padded(batch) * wide);
            for (y, b) in y.chunks_exact(n * L).zip(b.chunks_exact_mut(L * wide)) {
                transpose(&y[columns.start * L..columns.end * L], L, wide, b);
            }
            let (b, _) = S::as_simd_f32s(b);
            let mut block = Block { a, m, c: &mut *c, stride: n, columns, output };
            if vectors == 2 {
                block.compute::<S, 2, 1>(simd, b.as_chunks().0.as_chunks().0, 0);
            } else {
                block.compute::<S, 1, 1>(simd, b.as_chunks().0.as_chunks().0, 0);
            }
        }
    }
}

impl WithSimd for GradientProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match panel_rows(self.batch) {
            1 => self.one(),
            16 => self.panels::<S, 16>(simd),
            _ => self.panels::<S, 32>(simd),
        }
    }
}
