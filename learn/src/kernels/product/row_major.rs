//! Products of row-major matrices, as tensors are.

use pulp::{Simd, WithSimd};

use super::lhs::{ColumnByColumn, Lhs, RowByRow};
use super::{BatchProduct, Matrix, Output, rectified};
use crate::kernels::panels::transpose;
use crate::kernels::scratch::Scratch;
use crate::kernels::simd::{load_all, store_all, widest};

/// C `[m, n]` ← A `[m, k]` · B `[k, n]`, with bias and rectifier of a layer. C is row-major.
pub struct RowMajorProduct<'a> {
    /// A.
    pub a: Matrix<'a>,
    /// B.
    pub b: Matrix<'a>,
    /// C.
    pub c: &'a mut [f32],
    /// Rows of A and C.
    pub m: usize,
    /// Columns of B and C.
    pub n: usize,
    /// Columns of A, rows of B.
    pub k: usize,
    /// What is added to the product and applied to it.
    pub sums: Sums<'a>,
    /// Scratch for repacked B.
    pub scratch: &'a mut Scratch,
}

/// What is added to a product and applied to it.
#[derive(Clone, Copy, Default)]
pub struct Sums<'a> {
    /// A row `[n]` that is added to each row of the product.
    pub bias: Option<&'a [f32]>,
    /// Whether max(0, sum) is stored instead of the sum. NaN stays NaN.
    pub rectified: bool,
}

impl RowMajorProduct<'_> {
    /// Computes C.
    ///
    /// # Panics
    /// If a slice is not as long as its matrix.
    pub fn compute(self) {
        let lengths = (self.a.numbers().len(), self.b.numbers().len(), self.c.len());
        assert_eq!(lengths, (self.m * self.k, self.k * self.n, self.m * self.n));
        assert!(self.sums.bias.is_none_or(|bias| bias.len() == self.n), "a bias for each column");
        match self.m {
            1 => self.row(),
            _ => widest(self),
        }
    }

    /// For one row, which is a panel of its own.
    fn row(self) {
        let RowMajorProduct { a, b, c, n, k, sums, .. } = self;
        let weights = match b {
            Matrix::Rows(numbers) => Matrix::Columns(numbers),
            Matrix::Columns(numbers) => Matrix::Rows(numbers),
        };
        let output = sums.bias.map_or(Output::Product, Output::Biased);
        BatchProduct { weights, from: a.numbers(), to: &mut *c, m: n, k, batch: 1, output }.compute();
        if sums.rectified {
            c.iter_mut().for_each(|c| *c = rectified(*c));
        }
    }
}

impl WithSimd for RowMajorProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let RowMajorProduct { a, b, c, m, n, k, sums, scratch } = self;
        let strips = Strips { b, c, m, n, k, sums };
        match a {
            Matrix::Rows(numbers) => strips.compute(simd, RowByRow(numbers), scratch),
            Matrix::Columns(numbers) => strips.compute(simd, ColumnByColumn { numbers, m }, scratch),
        }
    }
}

/// sum `[n]` ← the sum of the rows `[m, n]`, from the first to the last.
pub fn sum_of_rows(rows: &[f32], sum: &mut [f32]) {
    assert!(rows.len().is_multiple_of(sum.len()), "rows [m · {}]", sum.len());
    widest(SumOfRows { rows, sum });
}

struct SumOfRows<'a> {
    rows: &'a [f32],
    sum: &'a mut [f32],
}

impl WithSimd for SumOfRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        self.sum.fill(0.0);
        for row in self.rows.chunks_exact(self.sum.len()) {
            self.sum.iter_mut().zip(row).for_each(|(sum, number)| *sum += number);
        }
    }
}

/// A product that computes C in strips: as many columns as two vectors hold, of all rows. The same columns of B are repacked into
/// vectors first, which takes a fraction of the product's time unless there are few rows.
pub(super) struct Strips<'a> {
    pub b: Matrix<'a>,
    pub c: &'a mut [f32],
    pub m: usize,
    pub n: usize,
    pub k: usize,
    pub sums: Sums<'a>,
}

impl Strips<'_> {
    #[inline(always)]
    pub fn compute<S: Simd, A: Lhs>(mut self, simd: S, a: A, scratch: &mut Scratch) {
        let mut column = 0;
        while column < self.n {
            // One vector at the end where it is enough, so that a narrow product wastes little.
            if self.n - column > S::F32_LANES {
                self.strip::<S, A, 2>(simd, a, column, scratch);
                column += 2 * S::F32_LANES;
            } else {
                self.strip::<S, A, 1>(simd, a, column, scratch);
                column += S::F32_LANES;
            }
        }
    }

    /// Computes the columns that `V` vectors hold, from `column` on.
    #[inline(always)]
    fn strip<S: Simd, A: Lhs, const V: usize>(&mut self, simd: S, a: A, column: usize, scratch: &mut Scratch) {
        let full = V * S::F32_LANES;
        let wide = full.min(self.n - column);
        let b = match self.b {
            Matrix::Rows(b) if self.n == full => b,
            Matrix::Rows(b) => {
                let strip = scratch.make(self.k * full);
                let (vectors, _) = S::as_mut_simd_f32s(strip);
                let rows = vectors.as_chunks_mut::<V>().0.iter_mut().zip(b.chunks_exact(self.n));
                if wide == full {
                    rows.for_each(|(to, row)| *to = load_all(simd, &row[column..][..full]));
                } else {
                    rows.for_each(|(to, row)| *to = load_all(simd, &row[column..][..wide]));
                }
                &*strip
            }
            Matrix::Columns(b) => {
                let strip = scratch.make(self.k * full);
                transpose(&b[column * self.k..(column + wide) * self.k], self.k, full, strip);
                &*strip
            }
        };
        let b = S::as_simd_f32s(b).0.as_chunks::<V>().0.as_chunks::<1>().0;
        // Of AVX2's 16 registers, 12 hold sums, six rows of two vectors; of AVX-512's 32, 16 do.
        if V == 2 && S::REGISTER_COUNT < 32 {
            self.all_rows::<S, A, 6, V>(simd, a, b, column);
        } else {
            self.all_rows::<S, A, 8, V>(simd, a, b, column);
        }
    }

    /// Computes all rows of a strip, `R` at a time.
    #[inline(always)]
    fn all_rows<S: Simd, A: Lhs, const R: usize, const V: usize>(
        &mut self,
        simd: S,
        a: A,
        b: &[[[S::f32s; V]; 1]],
        column: usize,
    ) {
        let mut row = 0;
        while self.m - row >= R {
            self.rows::<S, A, R, V>(simd, a, b, row, column);
            row += R;
        }
        while self.m - row >= 4 {
            self.rows::<S, A, 4, V>(simd, a, b, row, column);
            row += 4;
        }
        while self.m - row >= 2 {
            self.rows::<S, A, 2, V>(simd, a, b, row, column);
            row += 2;
        }
        if row < self.m {
            self.rows::<S, A, 1, V>(simd, a, b, row, column);
        }
    }

    /// Computes `R` rows of a strip, from `row` on.
    #[inline(always)]
    fn rows<S: Simd, A: Lhs, const R: usize, const V: usize>(
        &mut self,
        simd: S,
        a: A,
        b: &[[[S::f32s; V]; 1]],
        row: usize,
        column: usize,
    ) {
        let (full, wide) = (V * S::F32_LANES, self.n - column);
        let first = match self.sums.bias {
            None => [simd.splat_f32s(0.0); V],
            Some(bias) if wide >= full => load_all(simd, &bias[column..][..full]),
            Some(bias) => load_all(simd, &bias[column..]),
        };
        let mut sums = [first; R];
        a.times(simd, row, b, 0, &mut sums);
        if self.sums.rectified {
            let zero = simd.splat_f32s(0.0);
            for sum in sums.as_flattened_mut() {
                // Not the maximum instruction, which turns NaN into zero.
                *sum = simd.select_f32s(simd.less_than_or_equal_f32s(*sum, zero), zero, *sum);
            }
        }
        for (r, sums) in sums.into_iter().enumerate() {
            let c = &mut self.c[(row + r) * self.n..][..self.n];
            // With a length that the compiler knows, full vectors need no checks.
            if wide >= full {
                store_all(simd, &mut c[column..][..full], sums);
            } else {
                store_all(simd, &mut c[column..], sums);
            }
        }
    }
}
