//! Weights times a batch.

use pulp::{Simd, WithSimd};

use super::block::Block;
use super::dot_products::matrix_times_column;
use super::lhs::{ColumnByColumn, Lhs, RowByRow};
use super::row::row_times_matrix;
use super::{Output, rectified};
use crate::kernels::panels::{padded, panel_rows};
use crate::kernels::simd::widest;

/// C `[m, B]` ← M `[m, k]` · X `[k, B]`: weights M times a batch.
pub struct BatchProduct<'a> {
    /// M.
    pub weights: Matrix<'a>,
    /// X, in panels.
    pub from: &'a [f32],
    /// C, in panels.
    pub to: &'a mut [f32],
    /// Features of C.
    pub m: usize,
    /// Features of X.
    pub k: usize,
    /// B.
    pub batch: usize,
    /// What is added to the product and applied to it.
    pub output: Output<'a>,
}

/// A matrix `[m, k]` in a slice.
#[derive(Clone, Copy)]
pub enum Matrix<'a> {
    /// Row-major.
    Rows(&'a [f32]),
    /// Column-major: its transpose is row-major.
    Columns(&'a [f32]),
}

impl<'a> Matrix<'a> {
    /// Its numbers, in either order.
    pub fn numbers(self) -> &'a [f32] {
        let (Matrix::Rows(numbers) | Matrix::Columns(numbers)) = self;
        numbers
    }
}

impl BatchProduct<'_> {
    /// Computes C.
    ///
    /// # Panics
    /// If a slice is not as long as its matrix.
    pub fn compute(self) {
        let lengths = (self.weights.numbers().len(), self.from.len(), self.to.len());
        let padded = padded(self.batch);
        assert_eq!(lengths, (self.m * self.k, self.k * padded, self.m * padded));
        widest(self);
    }

    /// For a batch of one row.
    #[inline(always)]
    fn one<S: Simd>(self, simd: S) {
        let BatchProduct { weights, from, to, output, .. } = self;
        match output {
            Output::Sum => {}
            Output::Product | Output::Masked(_) => to.fill(0.0),
            Output::Biased(biases) | Output::Rectified(biases) => to.copy_from_slice(biases),
        }
        match weights {
            Matrix::Rows(weights) => matrix_times_column(simd, weights, from, to),
            Matrix::Columns(weights) => row_times_matrix(simd, from, weights, to),
        }
        match output {
            Output::Product | Output::Sum | Output::Biased(_) => {}
            Output::Rectified(_) => to.iter_mut().for_each(|to| *to = rectified(*to)),
            Output::Masked(mask) => {
                to.iter_mut().zip(mask).for_each(|(to, mask)| *to = if *mask > 0.0 { *to } else { 0.0 });
            }
        }
    }

    /// For panels of `L` rows.
    #[inline(always)]
    fn panels<S: Simd, const L: usize>(self, simd: S) {
        match self.weights {
            Matrix::Rows(weights) => self.times::<S, _, L>(simd, RowByRow(weights)),
            Matrix::Columns(numbers) => {
                let m = self.m;
                self.times::<S, _, L>(simd, ColumnByColumn { numbers, m });
            }
        }
    }

    /// For M in its own order.
    #[inline(always)]
    fn times<S: Simd, A: Lhs, const L: usize>(self, simd: S, a: A) {
        match L / S::F32_LANES {
            1 => self.vectors::<S, A, 1, 1>(simd, a),
            2 => self.vectors::<S, A, 2, 1>(simd, a),
            4 => self.vectors::<S, A, 2, 2>(simd, a),
            8 => self.vectors::<S, A, 2, 4>(simd, a),
            16 => self.vectors::<S, A, 2, 8>(simd, a),
            _ => self.vectors::<S, A, 2, 16>(simd, a),
        }
    }

    /// For panels in which a feature has `PARTS` · `V` vectors.
    #[inline(always)]
    fn vectors<S: Simd, A: Lhs, const V: usize, const PARTS: usize>(self, simd: S, a: A) {
        let BatchProduct { from, to, m, k, output, .. } = self;
        let wide = PARTS * V * S::F32_LANES;
        for (p, (from, c)) in from.chunks_exact(k * wide).zip(to.chunks_exact_mut(m * wide)).enumerate() {
            let (rows, _) = S::as_simd_f32s(from).0.as_chunks::<V>().0.as_chunks::<PARTS>();
            let output = match output {
                Output::Masked(mask) => Output::Masked(&mask[p * m * wide..][..m * wide]),
                other => other,
            };
            for part in 0..PARTS {
                let columns = part * V * S::F32_LANES..(part + 1) * V * S::F32_LANES;
                Block { a, m, c: &mut *c, stride: wide, columns, output }.compute(simd, rows, part);
            }
        }
    }
}

impl WithSimd for BatchProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match panel_rows(self.batch) {
            1 => self.one(simd),
            16 => self.panels::<S, 16>(simd),
            _ => self.panels::<S, 32>(simd),
        }
    }
}
