//! Products with few rows or columns, as dot products.

use pulp::Simd;

use crate::kernels::simd::load_all;

/// The largest number of rows or columns that is computed with dot products.
pub const MAX_FEW: usize = 4;

/// The partial sums of a dot product: as many as the widest vectors hold. Narrower vectors hold them in several.
const PARTS: usize = 16;

/// The dot product of each of many rows with each of a few rows, 1 to [`MAX_FEW`]. Both are in panels, with `L` numbers of each row per
/// panel.
pub struct DotProducts<'a, const L: usize> {
    /// `[P, m]`
    pub many: &'a [[f32; L]],
    pub m: usize,
    /// `[P, n]`
    pub few: &'a [[f32; L]],
    pub n: usize,
    /// The results.
    pub c: &'a mut [f32],
    /// The distance in `c` from one of the many rows to the next, and from one of the few rows to the next.
    pub strides: (usize, usize),
    /// Whether results are added to `c`.
    pub adds: bool,
}

impl<const L: usize> DotProducts<'_, L> {
    /// Computes all dot products.
    #[inline(always)]
    pub fn compute<S: Simd>(self, simd: S) {
        match PARTS / S::F32_LANES {
            1 => self.with_parts_in::<S, 1>(simd),
            2 => self.with_parts_in::<S, 2>(simd),
            4 => self.with_parts_in::<S, 4>(simd),
            _ => self.with_parts_in::<S, PARTS>(simd),
        }
    }

    /// With partial sums in `V` vectors.
    #[inline(always)]
    fn with_parts_in<S: Simd, const V: usize>(self, simd: S) {
        match self.n {
            1 => self.rows::<S, V, 1>(simd),
            2 => self.rows::<S, V, 2>(simd),
            3 => self.rows::<S, V, 3>(simd),
            _ => self.rows::<S, V, MAX_FEW>(simd),
        }
    }

    #[inline(always)]
    fn rows<S: Simd, const V: usize, const N: usize>(self, simd: S) {
        let DotProducts { many, m, few, n: _, c, strides, adds } = self;
        let (few, _) = few.as_chunks::<N>();
        for row in 0..m {
            let mut sums = [[simd.splat_f32s(0.0); V]; N];
            for (many, few) in many.chunks_exact(m).zip(few) {
                for (part, a) in many[row].as_chunks::<PARTS>().0.iter().enumerate() {
                    let a = load_all(simd, a);
                    for n in 0..N {
                        accumulate(simd, &mut sums[n], a, load_all(simd, &few[n].as_chunks::<PARTS>().0[part]));
                    }
                }
            }
            for n in 0..N {
                let (to, total) = (&mut c[row * strides.0 + n * strides.1], total(simd, sums[n]));
                *to = if adds { *to + total } else { total };
            }
        }
    }
}

/// c `[m]` ← c + A `[m, k]` · b `[k]`, with A row-major.
#[inline(always)]
pub fn matrix_times_column<S: Simd>(simd: S, a: &[f32], b: &[f32], c: &mut [f32]) {
    match PARTS / S::F32_LANES {
        1 => dots_with::<S, 1>(simd, a, b, c),
        2 => dots_with::<S, 2>(simd, a, b, c),
        4 => dots_with::<S, 4>(simd, a, b, c),
        _ => dots_with::<S, PARTS>(simd, a, b, c),
    }
}

/// The dot products of the rows of A with b, with partial sums in `V` vectors.
#[inline(always)]
fn dots_with<S: Simd, const V: usize>(simd: S, a: &[f32], b: &[f32], c: &mut [f32]) {
    let (b_parts, b_rest) = b.as_chunks::<PARTS>();
    for (row, c) in a.chunks_exact(b.len()).zip(c) {
        let mut sums = [simd.splat_f32s(0.0); V];
        let (parts, rest) = row.as_chunks::<PARTS>();
        for (a, b) in parts.iter().zip(b_parts) {
            accumulate(simd, &mut sums, load_all(simd, a), load_all(simd, b));
        }
        if !rest.is_empty() {
            accumulate(simd, &mut sums, load_all(simd, rest), load_all(simd, b_rest));
        }
        *c += total(simd, sums);
    }
}

#[inline(always)]
fn accumulate<S: Simd, const V: usize>(simd: S, sums: &mut [S::f32s; V], a: [S::f32s; V], b: [S::f32s; V]) {
    for v in 0..V {
        sums[v] = simd.mul_add_e_f32s(a[v], b[v], sums[v]);
    }
}

/// The sum of the partial sums: the second half is added to the first, and so on, in the same order for vectors of any width.
#[inline(always)]
fn total<S: Simd, const V: usize>(simd: S, mut sums: [S::f32s; V]) -> f32 {
    let mut half = V / 2;
    while half > 0 {
        for v in 0..half {
            sums[v] = simd.add_f32s(sums[v], sums[v + half]);
        }
        half /= 2;
    }
    simd.reduce_sum_f32s(sums[0])
}
