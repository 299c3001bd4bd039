//! Blocks of C, whose sums stay in registers.

use std::ops::Range;

use pulp::Simd;

use super::Output;
use super::lhs::Lhs;
use crate::kernels::simd::{load_all, store_all};

/// Some columns of C = A · B, with B already in vectors.
pub struct Block<'a, A> {
    pub a: A,
    pub m: usize,
    pub c: &'a mut [f32],
    /// The distance from one row of C to the next.
    pub stride: usize,
    /// The columns of C; the vectors may extend beyond them.
    pub columns: Range<usize>,
    pub output: Output<'a>,
}

impl<A: Lhs> Block<'_, A> {
    /// Computes all rows of C. Each row of B consists of `PARTS` parts of `V` vectors; the part with the index `part` is used.
    ///
    /// As many rows are computed together as fit into registers: of AVX2's 16 registers, 12 hold sums, six rows of two vectors; of
    /// AVX-512's 32, 16 do (more were not faster).
    #[inline(always)]
    pub fn compute<S: Simd, const V: usize, const PARTS: usize>(
        &mut self,
        simd: S,
        b: &[[[S::f32s; V]; PARTS]],
        part: usize,
    ) {
        if V == 2 && S::REGISTER_COUNT < 32 {
            self.all_rows::<S, 6, V, PARTS>(simd, b, part);
        } else {
            self.all_rows::<S, 8, V, PARTS>(simd, b, part);
        }
    }

    /// Computes all rows of C, `R` at a time.
    #[inline(always)]
    fn all_rows<S: Simd, const R: usize, const V: usize, const PARTS: usize>(
        &mut self,
        simd: S,
        b: &[[[S::f32s; V]; PARTS]],
        part: usize,
    ) {
        let mut row = 0;
        while self.m - row >= R {
            self.rows::<S, R, V, PARTS>(simd, b, part, row);
            row += R;
        }
        while self.m - row >= 4 {
            self.rows::<S, 4, V, PARTS>(simd, b, part, row);
            row += 4;
        }
        while self.m - row >= 2 {
            self.rows::<S, 2, V, PARTS>(simd, b, part, row);
            row += 2;
        }
        if row < self.m {
            self.rows::<S, 1, V, PARTS>(simd, b, part, row);
        }
    }

    /// Computes `R` rows of C, from `row` on.
    #[inline(always)]
    fn rows<S: Simd, const R: usize, const V: usize, const PARTS: usize>(
        &mut self,
        simd: S,
        b: &[[[S::f32s; V]; PARTS]],
        part: usize,
        row: usize,
    ) {
        // Nearly always the columns fill the vectors. Then the compiler knows their length, and rows need no checks.
        let (wide, full) = (self.columns.len(), V * S::F32_LANES);
        let mut sums: [[S::f32s; V]; R] =
            if wide == full { self.start(simd, row, full) } else { self.start(simd, row, wide) };
        self.a.times(simd, row, b, part, &mut sums);
        if wide == full { self.write(simd, sums, row, full) } else { self.write(simd, sums, row, wide) }
    }

    /// The positions in C of `wide` columns of a row.
    #[inline(always)]
    fn place(&self, row: usize, wide: usize) -> Range<usize> {
        let start = row * self.stride + self.columns.start;
        start..start + wide
    }

    /// The initial sums of `R` rows.
    #[inline(always)]
    fn start<S: Simd, const R: usize, const V: usize>(&self, simd: S, row: usize, wide: usize) -> [[S::f32s; V]; R] {
        let mut sums = [[simd.splat_f32s(0.0); V]; R];
        match self.output {
            Output::Product | Output::Masked(_) => {}
            Output::Sum => {
                for (r, sums) in sums.iter_mut().enumerate() {
                    *sums = load_all(simd, &self.c[self.place(row + r, wide)]);
                }
            }
            Output::Biased(biases) | Output::Rectified(biases) => {
                let biases: &[f32; R] = biases[row..].first_chunk().expect("a bias for each row");
                for (sums, &bias) in sums.iter_mut().zip(biases) {
                    *sums = [simd.splat_f32s(bias); V];
                }
            }
        }
        sums
    }

    /// Applies the output to the sums of `R` rows and stores them.
    #[inline(always)]
    fn write<S: Simd, const R: usize, const V: usize>(
        &mut self,
        simd: S,
        mut sums: [[S::f32s; V]; R],
        row: usize,
        wide: usize,
    ) {
        let zero = simd.splat_f32s(0.0);
        match self.output {
            Output::Product | Output::Sum | Output::Biased(_) => {}
            Output::Rectified(_) => {
                for sum in sums.as_flattened_mut() {
                    // Not the maximum instruction, which turns NaN into zero.
                    *sum = simd.select_f32s(simd.less_than_or_equal_f32s(*sum, zero), zero, *sum);
                }
            }
            Output::Masked(mask) => {
                for (r, sums) in sums.iter_mut().enumerate() {
                    let mask: [S::f32s; V] = load_all(simd, &mask[self.place(row + r, wide)]);
                    for (sum, mask) in sums.iter_mut().zip(mask) {
                        *sum = simd.select_f32s(simd.greater_than_f32s(mask, zero), *sum, zero);
                    }
                }
            }
        }
        for (r, sums) in sums.into_iter().enumerate() {
            let place = self.place(row + r, wide);
            store_all(simd, &mut self.c[place], sums);
        }
    }
}
