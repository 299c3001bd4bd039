//! The one matrix product that forward and backward passes are made of.
//!
//! Blocks of C stay in registers while k runs ([`block`]), and B is laid out anew for them, panel by panel ([`layout`]), as in
//! Goto & van de Geijn (2008), whose outer loops small matrices do not need.

mod block;
mod dots;
mod layout;

use pulp::{Simd, WithSimd};

use self::block::{Block, one_row};
use self::dots::{FEW, FewColumns};
use self::layout::lay_out_panel;
use crate::simd::widest;

/// A `[m, k]` · B `[k, n]`, on its way into C `[m, n]`, which lies row by row.
///
/// Each number of the product is one sum over k from its first term to its last, whatever the sizes are and however wide the
/// vectors; only where A and B lie in rows and B has few columns ([`dots`]) it is sixteen sums, and then theirs. So results do
/// not depend on how the work is cut into blocks, and are the same on all processors that multiply and add in one rounding.
pub struct Product<'a> {
    /// A.
    pub a: Matrix<'a>,
    /// B.
    pub b: Matrix<'a>,
    /// C.
    pub c: &'a mut [f32],
    /// Rows of A and C.
    pub m: usize,
    /// Columns of A, rows of B.
    pub k: usize,
    /// Columns of B and C.
    pub n: usize,
    /// What becomes of the product.
    pub output: Output<'a>,
    /// Room for columns of B laid out anew, kept from product to product.
    pub room: &'a mut Vec<f32>,
}

/// A matrix in a slice.
#[derive(Clone, Copy)]
pub enum Matrix<'a> {
    /// Row by row.
    Rows(&'a [f32]),
    /// Column by column, that is, its transpose row by row.
    Columns(&'a [f32]),
}

/// What becomes of the product P = A · B.
#[derive(Clone, Copy)]
pub enum Output<'a> {
    /// C ← P
    Product,
    /// C ← C + P
    Sum,
    /// C ← b + P, with this row b `[n]` added to each row.
    Biased(&'a [f32]),
    /// C ← max(0, b + P), likewise.
    Rectified(&'a [f32]),
    /// C ← P where this matrix `[m, n]`, row by row, is positive, and 0 elsewhere.
    Masked(&'a [f32]),
}

impl<'a> Matrix<'a> {
    fn numbers(self) -> &'a [f32] {
        match self {
            Matrix::Rows(numbers) | Matrix::Columns(numbers) => numbers,
        }
    }
}

impl Product<'_> {
    /// Computes C.
    ///
    /// # Panics
    /// If a slice is not as long as its matrix.
    pub fn compute(self) {
        let lengths = (self.a.numbers().len(), self.b.numbers().len(), self.c.len());
        assert_eq!(lengths, (self.m * self.k, self.k * self.n, self.m * self.n));
        widest(self);
    }
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Product { a, b, c, m, k, n, output, room } = self;
        if let (Matrix::Rows(a), Matrix::Rows(b), true) = (a, b, n <= FEW) {
            return FewColumns { a, b, c, k, output, room }.compute(simd);
        }
        if let (1, Matrix::Rows(b)) = (m, b) {
            return one_row(simd, a.numbers(), b, c, output);
        }
        let mut column = 0;
        while column < n {
            // Two vectors of columns at a time, and one where no more are left: a narrow product wastes little. Twelve of the
            // sixteen vector registers of AVX2 hold a wide block, sixteen of the 32 of AVX-512 (more were not faster); eight
            // keep a narrow one from waiting.
            if n - column > S::F32_LANES {
                let columns = column..n.min(column + 2 * S::F32_LANES);
                column = columns.end;
                let panel = lay_out_panel(simd, b, k, n, columns.clone(), room);
                let mut block = Block { a, m, k, c: &mut *c, n, columns, output };
                if S::REGISTER_COUNT < 32 {
                    block.down_the_rows::<S, 6, 2>(simd, panel);
                } else {
                    block.down_the_rows::<S, 8, 2>(simd, panel);
                }
            } else {
                let panel = lay_out_panel(simd, b, k, n, column..n, room);
                let mut block = Block { a, m, k, c: &mut *c, n, columns: column..n, output };
                block.down_the_rows::<S, 8, 1>(simd, panel);
                column = n;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole numbers, so that sums are exact in any order.
    fn numbers(count: usize, step: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * step) % 7) as f32 - 3.0).collect()
    }

    #[test]
    fn a_number_of_c_is_the_same_alone_and_among_others() {
        let (m, k, n) = (29, 37, 45);
        let fractions = |count: usize, step: usize| (0..count).map(move |i| ((i * step) % 97) as f32 / 7.0 - 6.0);
        let (a, b): (Vec<f32>, Vec<f32>) = (fractions(m * k, 31).collect(), fractions(k * n, 53).collect());
        let product = |a: &[f32], b: &[f32], m: usize, n: usize| {
            let (mut c, mut room) = (vec![0.0; m * n], Vec::new());
            let (a, b, output) = (Matrix::Rows(a), Matrix::Columns(b), Output::Product);
            Product { a, b, c: &mut c, m, k, n, output, room: &mut room }.compute();
            c
        };
        let c = product(&a, &b, m, n);
        for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
            let alone = product(&a[i * k..(i + 1) * k], &b[j * k..(j + 1) * k], 1, 1);
            assert_eq!(alone[0].to_bits(), c[i * n + j].to_bits(), "({i}, {j})");
        }
    }

    #[test]
    fn products_of_all_small_sizes_are_the_definition() {
        let sizes =
            (1..27).flat_map(|m| [1, 2, 5, 9].map(|k| [1, 2, 7, 8, 9, 15, 16, 17, 33, 70, 150].map(|n| (m, k, n))));
        let mut room = Vec::new();
        for (m, k, n) in sizes.flatten() {
            let (a, b, biases, mask) = (numbers(m * k, 3), numbers(k * n, 5), numbers(n, 2), numbers(m * n, 3));
            for (a_turned, b_turned) in [(false, false), (true, false), (false, true), (true, true)] {
                let matrix = |turned, numbers| if turned { Matrix::Columns(numbers) } else { Matrix::Rows(numbers) };
                let a_at = |i: usize, p: usize| if a_turned { a[p * m + i] } else { a[i * k + p] };
                let b_at = |p: usize, j: usize| if b_turned { b[j * k + p] } else { b[p * n + j] };
                let dot = |i: usize, j: usize| (0..k).map(|p| a_at(i, p) * b_at(p, j)).sum::<f32>();
                let mut check = |output: Output, expected: &dyn Fn(usize, usize) -> f32| {
                    let mut product = |with: fn(Product)| {
                        let mut c = vec![1.0; m * n];
                        let (a, b) = (matrix(a_turned, &a[..]), matrix(b_turned, &b[..]));
                        with(Product { a, b, c: &mut c, m, k, n, output, room: &mut room });
                        c
                    };
                    let c = product(|product| product.compute());
                    let without_vectors = product(|product| product.with_simd(pulp::Scalar::new()));
                    for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                        let at = i * n + j;
                        assert_eq!(c[at], expected(i, j), "{m}×{k}×{n} at ({i}, {j}), {a_turned}, {b_turned}");
                        assert_eq!(without_vectors[at], c[at]);
                    }
                };
                check(Output::Product, &dot);
                check(Output::Sum, &|i, j| 1.0 + dot(i, j));
                check(Output::Biased(&biases), &|i, j| biases[j] + dot(i, j));
                check(Output::Rectified(&biases), &|i, j| (biases[j] + dot(i, j)).max(0.0));
                check(Output::Masked(&mask), &|i, j| if mask[i * n + j] > 0.0 { dot(i, j) } else { 0.0 });
            }
        }
    }
}
