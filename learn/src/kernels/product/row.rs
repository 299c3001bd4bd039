//! The product of a row and a matrix.

use pulp::Simd;

use super::lhs::accumulate;
use crate::kernels::simd::{load_all, store_all};

/// How many vectors of sums are computed together. A single one would wait for its own previous step.
const TOGETHER: usize = 8;

/// c `[n]` ← c + a `[k]` · B `[k, n]`, without repacking B, which would take as long as the product.
#[inline(always)]
pub fn row_times_matrix<S: Simd>(simd: S, a: &[f32], b: &[f32], c: &mut [f32]) {
    let n = c.len();
    let mut column = 0;
    while n - column >= TOGETHER * S::F32_LANES {
        columns_from::<S, TOGETHER>(simd, a, b, c, column);
        column += TOGETHER * S::F32_LANES;
    }
    while n - column >= 2 * S::F32_LANES {
        columns_from::<S, 2>(simd, a, b, c, column);
        column += 2 * S::F32_LANES;
    }
    while column < n {
        let end = n.min(column + S::F32_LANES);
        let [mut sum] = load_all(simd, &c[column..end]);
        for (p, &a) in a.iter().enumerate() {
            // A whole vector is read where possible. Its numbers of the next row are not stored.
            let here = &b[p * n + column..];
            let [b] = match S::as_simd_f32s(here).0.first() {
                Some(whole) => [*whole],
                None => load_all(simd, &here[..end - column]),
            };
            sum = simd.mul_add_e_f32s(simd.splat_f32s(a), b, sum);
        }
        store_all(simd, &mut c[column..end], [sum]);
        column = end;
    }
}

/// Computes `V` vectors of columns, from `column` on.
#[inline(always)]
fn columns_from<S: Simd, const V: usize>(simd: S, a: &[f32], b: &[f32], c: &mut [f32], column: usize) {
    let (n, columns) = (c.len(), column..column + V * S::F32_LANES);
    let mut sums: [S::f32s; V] = load_all(simd, &c[columns.clone()]);
    for (&a, row) in a.iter().zip(b.chunks_exact(n)) {
        let (vectors, _) = S::as_simd_f32s(&row[columns.clone()]);
        accumulate(simd, std::array::from_mut(&mut sums), vectors.first_chunk().expect("V vectors"), &[a]);
    }
    store_all(simd, &mut c[columns], sums);
}
