//! C of few columns, as the outputs of most networks are: scalar products of a row of A and a column of B.

use pulp::Simd;

use super::Output;
use super::block::{Place, write};
use crate::approx::room::with_room;
use crate::simd::{load_all, store_all};

/// Up to how many columns a product is one of few.
pub const FEW: usize = 4;

/// How many partial sums a scalar product has: as many as the widest vectors hold. Narrower vectors hold them together, so
/// that sums are the same on all processors.
const PARTS: usize = 16;

/// A `[m, k]` · B `[k, n]`, where n is 1 to [`FEW`]; both lie row by row.
pub struct FewColumns<'a> {
    pub a: &'a [f32],
    pub b: &'a [f32],
    pub c: &'a mut [f32],
    pub k: usize,
    pub output: Output<'a>,
    pub room: &'a mut Vec<f32>,
}

impl FewColumns<'_> {
    /// C ← what `output` makes of the product.
    #[inline(always)]
    pub fn compute<S: Simd>(self, simd: S) {
        match self.b.len() / self.k {
            1 => self.columns::<S, 1>(simd),
            2 => self.columns::<S, 2>(simd),
            3 => self.columns::<S, 3>(simd),
            _ => self.columns::<S, FEW>(simd),
        }
    }

    #[inline(always)]
    fn columns<S: Simd, const N: usize>(self, simd: S) {
        let FewColumns { a, b, c, k, output, room } = self;
        let columns = columns_of::<N>(b, k, room);
        match PARTS / S::F32_LANES {
            1 => rows::<S, N, 1>(simd, a, columns, c, k, output),
            2 => rows::<S, N, 2>(simd, a, columns, c, k, output),
            4 => rows::<S, N, 4>(simd, a, columns, c, k, output),
            _ => rows::<S, N, PARTS>(simd, a, columns, c, k, output),
        }
    }
}

/// Lays B `[k, N]` out column by column, in stretches of [`PARTS`] numbers: N of them side by side. Zeros fill the last.
#[inline(always)]
fn columns_of<'a, const N: usize>(b: &[f32], k: usize, room: &'a mut Vec<f32>) -> &'a [[[f32; PARTS]; N]] {
    let room = with_room(room, k.div_ceil(PARTS) * N * PARTS);
    let (stretches, _) = room.as_chunks_mut::<PARTS>().0.as_chunks_mut::<N>();
    for (stretch, rows) in stretches.iter_mut().zip(b.chunks(N * PARTS)) {
        stretch.as_flattened_mut().fill(0.0);
        for (p, row) in rows.as_chunks::<N>().0.iter().enumerate() {
            (0..N).for_each(|column| stretch[column][p] = row[column]);
        }
    }
    stretches
}

/// Goes down the rows of A. A vector of [`PARTS`] partial sums is `V` vectors of this processor.
#[inline(always)]
fn rows<S: Simd, const N: usize, const V: usize>(
    simd: S,
    a: &[f32],
    columns: &[[[f32; PARTS]; N]],
    c: &mut [f32],
    k: usize,
    output: Output,
) {
    for (index, row) in a.chunks_exact(k).enumerate() {
        let mut sums = [[simd.splat_f32s(0.0); V]; N];
        let (whole, rest) = row.as_chunks::<PARTS>();
        for (a, columns) in whole.iter().zip(columns) {
            accumulate(simd, &mut sums, load_all(simd, a), columns);
        }
        if let Some(columns) = columns.get(whole.len()) {
            accumulate(simd, &mut sums, load_all(simd, rest), columns);
        }
        let mut totals = [0.0; N];
        totals.iter_mut().zip(sums).for_each(|(to, sums)| *to = total(simd, sums));
        // One vector holds them, where vectors are wide; where a vector is one number it takes N.
        let totals: [S::f32s; N] = load_all(simd, &totals);
        write(simd, [totals], Place { first: index * N, stride: N, columns: 0..N }, c, output);
    }
}

/// Adds the products of a stretch of A's row, at most [`PARTS`] numbers, to the partial sums of each column.
#[inline(always)]
fn accumulate<S: Simd, const N: usize, const V: usize>(
    simd: S,
    sums: &mut [[S::f32s; V]; N],
    a: [S::f32s; V],
    columns: &[[f32; PARTS]; N],
) {
    for (sums, column) in sums.iter_mut().zip(columns) {
        let column: [S::f32s; V] = load_all(simd, column);
        for v in 0..V {
            sums[v] = simd.mul_add_e_f32s(a[v], column[v], sums[v]);
        }
    }
}

/// The sum of the partial sums: halves, quarters and so on, in the same order for vectors of any width.
#[inline(always)]
fn total<S: Simd, const V: usize>(simd: S, sums: [S::f32s; V]) -> f32 {
    let mut parts = [0.0; PARTS];
    store_all(simd, &mut parts, sums);
    let eight: [f32; 8] = std::array::from_fn(|i| parts[i] + parts[i + 8]);
    let four: [f32; 4] = std::array::from_fn(|i| eight[i] + eight[i + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}
