//! B laid out so that a block reads it in one stretch.

use std::ops::Range;

use pulp::Simd;

use super::Matrix;
use crate::approx::room::with_room;
use crate::simd::{load_all, store_all};

/// `columns` of B `[k, n]`, as `k` rows of `V` vectors; zeros fill what is too much.
#[inline(always)]
pub fn lay_out_panel<'a, S: Simd, const V: usize>(
    simd: S,
    b: Matrix,
    k: usize,
    n: usize,
    columns: Range<usize>,
    panel: &'a mut Vec<f32>,
) -> &'a [[S::f32s; V]] {
    let lanes = V * S::F32_LANES;
    let panel = with_room(panel, k * lanes);
    match b {
        Matrix::Rows(b) => {
            // With a length that the compiler knows no row asks whether it fills its vectors.
            let full = columns.start..columns.start + lanes;
            let rows = panel.chunks_exact_mut(lanes).zip(b.chunks_exact(n));
            if columns.len() == lanes {
                for (to, row) in rows {
                    to.copy_from_slice(&row[full.clone()]);
                }
            } else {
                for (to, row) in rows {
                    store_all::<S, V>(simd, to, load_all(simd, &row[columns.clone()]));
                }
            }
        }
        Matrix::Columns(b) => {
            if columns.len() < lanes {
                panel.fill(0.0);
            }
            turn(&b[columns.start * k..columns.end * k], k, lanes, panel);
        }
    }
    S::as_simd_f32s(panel).0.as_chunks().0
}

/// Writes columns `[columns, k]` as `k` rows of `lanes` numbers: four columns at a time, which share the work on
/// addresses.
#[inline(always)]
fn turn(columns: &[f32], k: usize, lanes: usize, panel: &mut [f32]) {
    let fours = columns.chunks_exact(4 * k);
    let ones = fours.remainder().chunks_exact(k);
    let first_one = columns.len() / k / 4 * 4;
    for (j, four) in fours.enumerate() {
        let [w, x, y, z]: [&[f32]; 4] = std::array::from_fn(|i| &four[i * k..(i + 1) * k]);
        let mut rows = panel.chunks_exact_mut(lanes);
        let quads = [w, x, y, z].map(|column| column.as_chunks::<4>().0);
        for (((w, x), y), z) in quads[0].iter().zip(quads[1]).zip(quads[2]).zip(quads[3]) {
            for p in 0..4 {
                let row = rows.next().expect("k rows");
                row[4 * j..][..4].copy_from_slice(&[w[p], x[p], y[p], z[p]]);
            }
        }
        for (p, row) in (k / 4 * 4..k).zip(rows) {
            row[4 * j..][..4].copy_from_slice(&[w[p], x[p], y[p], z[p]]);
        }
    }
    for (j, column) in ones.enumerate() {
        let places = panel[first_one + j..].iter_mut().step_by(lanes);
        places.zip(column).for_each(|(to, from)| *to = *from);
    }
}
