//! The left matrix of a product, in each of its layouts.

use pulp::Simd;

/// A `[m, k]` in A · B.
// Loops are written out: with so much inlined already, the compiler does not inline the closures of `map` and the like.
pub trait Lhs: Copy {
    /// Adds the product of `R` rows of A, from `row` on, and the part `part` of B to `sums`. B is as in
    /// [`Block::compute`](super::block::Block::compute).
    fn times<S: Simd, const R: usize, const V: usize, const PARTS: usize>(
        self,
        simd: S,
        row: usize,
        b: &[[[S::f32s; V]; PARTS]],
        part: usize,
        sums: &mut [[S::f32s; V]; R],
    );
}

/// Row-major.
#[derive(Clone, Copy)]
pub struct RowByRow<'a>(pub &'a [f32]);

impl Lhs for RowByRow<'_> {
    #[inline(always)]
    fn times<S: Simd, const R: usize, const V: usize, const PARTS: usize>(
        self,
        simd: S,
        row: usize,
        b: &[[[S::f32s; V]; PARTS]],
        part: usize,
        sums: &mut [[S::f32s; V]; R],
    ) {
        let k = b.len();
        // Four steps of k share the address arithmetic, which would otherwise be as much work as the products.
        let (b_fours, b_rest) = b.as_chunks::<4>();
        let (mut fours, mut rests) = ([&[[0.0; 4]; 0][..]; R], [&self.0[..0]; R]);
        for r in 0..R {
            (fours[r], rests[r]) = self.0[(row + r) * k..(row + r + 1) * k].as_chunks();
        }
        for q in 0..b_fours.len() {
            for p in 0..4 {
                let mut column = [0.0; R];
                for r in 0..R {
                    column[r] = fours[r][q][p];
                }
                accumulate(simd, sums, &b_fours[q][p][part], &column);
            }
        }
        for (p, b) in b_rest.iter().enumerate() {
            let mut column = [0.0; R];
            for r in 0..R {
                column[r] = rests[r][p];
            }
            accumulate(simd, sums, &b[part], &column);
        }
    }
}

/// Column-major, with columns of `m` numbers.
#[derive(Clone, Copy)]
pub struct ColumnByColumn<'a> {
    pub numbers: &'a [f32],
    pub m: usize,
}

impl Lhs for ColumnByColumn<'_> {
    #[inline(always)]
    fn times<S: Simd, const R: usize, const V: usize, const PARTS: usize>(
        self,
        simd: S,
        row: usize,
        b: &[[[S::f32s; V]; PARTS]],
        part: usize,
        sums: &mut [[S::f32s; V]; R],
    ) {
        for (b, a) in b.iter().zip(self.numbers.chunks_exact(self.m)) {
            accumulate(simd, sums, &b[part], a[row..].first_chunk().expect("R rows are left"));
        }
    }
}

/// In panels: `L` numbers of each of the `m` rows, then `L` more of each, and so on.
#[derive(Clone, Copy)]
pub struct InPanels<'a, const L: usize> {
    pub panels: &'a [[f32; L]],
    pub m: usize,
}

impl<const L: usize> Lhs for InPanels<'_, L> {
    #[inline(always)]
    fn times<S: Simd, const R: usize, const V: usize, const PARTS: usize>(
        self,
        simd: S,
        row: usize,
        b: &[[[S::f32s; V]; PARTS]],
        part: usize,
        sums: &mut [[S::f32s; V]; R],
    ) {
        for (panel, b) in self.panels.chunks_exact(self.m).zip(b.as_chunks::<L>().0) {
            let rows: &[[f32; L]; R] = panel[row..].first_chunk().expect("R rows are left");
            // In steps of four: the loop condition would be a large part of a single step.
            for q in 0..L / 4 {
                for p in 4 * q..4 * q + 4 {
                    let mut column = [0.0; R];
                    for r in 0..R {
                        column[r] = rows[r][p];
                    }
                    accumulate(simd, sums, &b[p][part], &column);
                }
            }
        }
    }
}

/// Adds the product of a column of A and a row of B.
#[inline(always)]
pub fn accumulate<S: Simd, const R: usize, const V: usize>(
    simd: S,
    sums: &mut [[S::f32s; V]; R],
    b: &[S::f32s; V],
    a: &[f32; R],
) {
    for (sums, &a) in sums.iter_mut().zip(a) {
        let a = simd.splat_f32s(a);
        for (sum, b) in sums.iter_mut().zip(b) {
            *sum = simd.mul_add_e_f32s(a, *b, *sum);
        }
    }
}
