//! The one matrix product that forward and backward passes are made of.

use pulp::{Simd, WithSimd};

/// C `[m, n]` += A `[m, k]` · B `[k, n]`, with B and C row by row, and A row by row or column by column.
///
/// Blocks of C stay in registers while k runs, which is what makes small products quick (Goto & van de Geijn 2008 say what
/// large ones would need beside).
pub struct Product<'a> {
    /// A.
    pub a: &'a [f32],
    /// Whether `a` holds A column by column, that is, Aᵀ row by row.
    pub transposed: bool,
    /// B.
    pub b: &'a [f32],
    /// C.
    pub c: &'a mut [f32],
    /// Rows of A and C.
    pub m: usize,
    /// Columns of A, rows of B.
    pub k: usize,
    /// Columns of B and C.
    pub n: usize,
}

/// Rows of a block of C. With two vectors to a row, twelve of the sixteen vector registers of AVX2 hold the block.
const ROWS: usize = 6;

impl Product<'_> {
    /// Adds the product to C, with the widest vectors of this processor: chosen at run time, so one binary fits all.
    ///
    /// # Panics
    /// If a slice is not as long as its matrix.
    pub fn add(self) {
        assert_eq!((self.a.len(), self.b.len(), self.c.len()), (self.m * self.k, self.k * self.n, self.m * self.n));
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(avx512) = pulp::x86::V4::try_new() {
                return Simd::vectorize(avx512, self);
            }
            if let Some(avx2) = pulp::x86::V3::try_new() {
                return Simd::vectorize(avx2, self);
            }
        }
        pulp::Arch::new().dispatch(self);
    }
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let columns = 2 * S::F32_LANES;
        let mut panel = vec![0.0; self.k * columns];
        let mut sums = vec![0.0; columns];
        for column in (0..self.n).step_by(columns) {
            let width = columns.min(self.n - column);
            for (packed, row) in panel.chunks_exact_mut(columns).zip(self.b.chunks_exact(self.n)) {
                packed[..width].copy_from_slice(&row[column..column + width]);
                packed[width..].fill(0.0);
            }
            let (vectors, _) = S::as_simd_f32s(&panel);
            let (pairs, _) = vectors.as_chunks::<2>();
            let mut row = 0;
            while row + ROWS <= self.m {
                self.block::<S, ROWS>(simd, pairs, row, column, width, &mut sums);
                row += ROWS;
            }
            while row < self.m {
                self.block::<S, 1>(simd, pairs, row, column, width, &mut sums);
                row += 1;
            }
        }
    }
}

impl Product<'_> {
    /// A block of `R` rows of C that starts at `row` and `column`, of whose columns `width` exist.
    #[inline(always)]
    fn block<S: Simd, const R: usize>(
        &mut self,
        simd: S,
        panel: &[[S::f32s; 2]],
        row: usize,
        column: usize,
        width: usize,
        room: &mut [f32],
    ) {
        let mut sums = [[simd.splat_f32s(0.0); 2]; R];
        if self.transposed {
            for (b, a) in panel.iter().zip(self.a.chunks_exact(self.m)) {
                let a: &[f32; R] = a[row..].first_chunk().expect("R rows are left");
                accumulate(simd, &mut sums, b, a);
            }
        } else {
            let rows: [&[f32]; R] = std::array::from_fn(|r| &self.a[(row + r) * self.k..][..panel.len()]);
            for (p, b) in panel.iter().enumerate() {
                accumulate(simd, &mut sums, b, &std::array::from_fn(|r| rows[r][p]));
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            S::as_mut_simd_f32s(room).0.copy_from_slice(sums);
            let c = &mut self.c[(row + r) * self.n + column..][..width];
            c.iter_mut().zip(room.iter()).for_each(|(c, sum)| *c += sum);
        }
    }
}

/// Adds a column of A times a row of B.
#[inline(always)]
fn accumulate<S: Simd, const R: usize>(simd: S, sums: &mut [[S::f32s; 2]; R], b: &[S::f32s; 2], a: &[f32; R]) {
    for (sums, &a) in sums.iter_mut().zip(a) {
        let a = simd.splat_f32s(a);
        sums[0] = simd.mul_add_e_f32s(a, b[0], sums[0]);
        sums[1] = simd.mul_add_e_f32s(a, b[1], sums[1]);
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
    fn products_of_all_small_sizes_are_the_definition() {
        for (m, k, n) in (1..9).flat_map(|m| [1, 2, 5].map(|k| [1, 2, 15, 16, 17, 33].map(|n| (m, k, n)))).flatten() {
            let (a, b) = (numbers(m * k, 3), numbers(k * n, 5));
            for transposed in [false, true] {
                let at = |i: usize, p: usize| if transposed { a[p * m + i] } else { a[i * k + p] };
                let product = |c| Product { a: &a, transposed, b: &b, c, m, k, n };
                let (mut c, mut plain) = (vec![1.0; m * n], vec![1.0; m * n]);
                product(&mut c).add();
                product(&mut plain).with_simd(pulp::Scalar::new()); // what a processor without wide vectors does
                for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                    let expected = 1.0 + (0..k).map(|p| at(i, p) * b[p * n + j]).sum::<f32>();
                    assert_eq!(c[i * n + j], expected, "{m}×{k}×{n} at ({i}, {j}), transposed: {transposed}");
                    assert_eq!(plain[i * n + j], expected);
                }
            }
        }
    }
}
