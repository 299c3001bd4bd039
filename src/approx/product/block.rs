//! Blocks of C that stay in registers.

use std::ops::Range;

use pulp::Simd;

use super::{Matrix, Output};
use crate::simd::{load_all, store_all};

/// The columns of C that a panel of B is for.
pub struct Block<'a> {
    pub a: Matrix<'a>,
    pub m: usize,
    pub k: usize,
    pub c: &'a mut [f32],
    pub n: usize,
    pub columns: Range<usize>,
    pub output: Output<'a>,
}

impl Block<'_> {
    /// Goes down the rows of C, `R` at a time.
    #[inline(always)]
    pub fn down_the_rows<S: Simd, const R: usize, const V: usize>(&mut self, simd: S, panel: &[[S::f32s; V]]) {
        let mut row = 0;
        while self.m - row >= R {
            self.rows::<S, R, V>(simd, panel, row);
            row += R;
        }
        while self.m - row >= 4 {
            self.rows::<S, 4, V>(simd, panel, row);
            row += 4;
        }
        while self.m - row >= 2 {
            self.rows::<S, 2, V>(simd, panel, row);
            row += 2;
        }
        if row < self.m {
            self.rows::<S, 1, V>(simd, panel, row);
        }
    }

    /// `R` rows of C.
    #[inline(always)]
    fn rows<S: Simd, const R: usize, const V: usize>(&mut self, simd: S, panel: &[[S::f32s; V]], row: usize) {
        let mut sums = [[simd.splat_f32s(0.0); V]; R];
        match self.a {
            Matrix::Rows(a) => {
                let mut left = &a[row * self.k..];
                let rows: [&[f32]; R] = std::array::from_fn(|_| {
                    let (row, others) = left.split_at(panel.len());
                    left = others;
                    row
                });
                // Four steps of k share the work on addresses, which else is as much as multiplying.
                let (fours, rest) = panel.as_chunks::<4>();
                let row_fours = rows.map(|row| row.as_chunks::<4>().0);
                for q in 0..fours.len() {
                    for p in 0..4 {
                        accumulate(simd, &mut sums, &fours[q][p], &std::array::from_fn(|r| row_fours[r][q][p]));
                    }
                }
                for (p, b) in (panel.len() - rest.len()..).zip(rest) {
                    accumulate(simd, &mut sums, b, &std::array::from_fn(|r| rows[r][p]));
                }
            }
            Matrix::Columns(a) => {
                for (b, a) in panel.iter().zip(a.chunks_exact(self.m)) {
                    accumulate(simd, &mut sums, b, a[row..].first_chunk().expect("R rows are left"));
                }
            }
        }
        let place = Place { first: row * self.n + self.columns.start, stride: self.n, columns: self.columns.clone() };
        write(simd, sums, place, self.c, self.output);
    }
}

/// Where some rows of sums go: the first to `first..` in C, and each of the others `stride` further on.
pub struct Place {
    pub first: usize,
    pub stride: usize,
    /// Columns of C that the sums are for; vectors may be wider.
    pub columns: Range<usize>,
}

impl Place {
    /// Row `r` of them.
    #[inline(always)]
    fn row(&self, r: usize) -> Range<usize> {
        let start = self.first + r * self.stride;
        start..start + self.columns.len()
    }
}

/// Writes the sums of `R` rows to C.
#[inline(always)]
pub fn write<S: Simd, const R: usize, const V: usize>(
    simd: S,
    mut sums: [[S::f32s; V]; R],
    mut place: Place,
    c: &mut [f32],
    output: Output,
) {
    // Nearly all columns fill their vectors. With a length that the compiler knows no row asks again whether they do.
    let full = place.columns.start..place.columns.start + V * S::F32_LANES;
    if place.columns.len() == full.len() {
        place.columns = full;
        apply(simd, &mut sums, &place, c, output);
        (0..R).for_each(|r| store_all(simd, &mut c[place.row(r)], sums[r]));
    } else {
        apply(simd, &mut sums, &place, c, output);
        (0..R).for_each(|r| store_all(simd, &mut c[place.row(r)], sums[r]));
    }
}

/// What `output` says is done to the sums on their way out.
#[inline(always)]
fn apply<S: Simd, const R: usize, const V: usize>(
    simd: S,
    sums: &mut [[S::f32s; V]; R],
    place: &Place,
    c: &[f32],
    output: Output,
) {
    let zero = simd.splat_f32s(0.0);
    match output {
        Output::Product => {}
        Output::Sum => {
            for (r, sums) in sums.iter_mut().enumerate() {
                *sums = plus(simd, load_all(simd, &c[place.row(r)]), *sums);
            }
        }
        Output::Biased(biases) => {
            let biases = load_all(simd, &biases[place.columns.clone()]);
            sums.iter_mut().for_each(|sums| *sums = plus(simd, biases, *sums));
        }
        Output::Rectified(biases) => {
            let biases = load_all(simd, &biases[place.columns.clone()]);
            sums.iter_mut().for_each(|sums| *sums = plus(simd, biases, *sums).map(|sum| simd.max_f32s(sum, zero)));
        }
        Output::Masked(mask) => {
            for (r, sums) in sums.iter_mut().enumerate() {
                let mask: [S::f32s; V] = load_all(simd, &mask[place.row(r)]);
                *sums = std::array::from_fn(|v| simd.select_f32s(simd.greater_than_f32s(mask[v], zero), sums[v], zero));
            }
        }
    }
}

#[inline(always)]
fn plus<S: Simd, const V: usize>(simd: S, start: [S::f32s; V], sums: [S::f32s; V]) -> [S::f32s; V] {
    std::array::from_fn(|v| simd.add_f32s(start[v], sums[v]))
}

/// Adds a column of A times a row of B.
#[inline(always)]
fn accumulate<S: Simd, const R: usize, const V: usize>(
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

/// How many vectors of a single row's sums are worked on together, so that none waits for itself.
const TOGETHER: usize = 8;

/// C of a single row a, straight from B: laying it out anew would take as long as the product.
#[inline(always)]
pub fn one_row<S: Simd>(simd: S, a: &[f32], b: &[f32], c: &mut [f32], output: Output) {
    let n = c.len();
    let mut column = 0;
    while n - column >= TOGETHER * S::F32_LANES {
        stretch::<S, TOGETHER>(simd, a, b, c, column, output);
        column += TOGETHER * S::F32_LANES;
    }
    while n - column >= 2 * S::F32_LANES {
        stretch::<S, 2>(simd, a, b, c, column, output);
        column += 2 * S::F32_LANES;
    }
    while column < n {
        let end = n.min(column + S::F32_LANES);
        let mut sum = simd.splat_f32s(0.0);
        for (p, &a) in a.iter().enumerate() {
            // A whole vector is read where there is one: what it has of the next row is left out in the end.
            let here = &b[p * n + column..];
            let b = match S::as_simd_f32s(here).0.first() {
                Some(whole) => *whole,
                None => simd.partial_load_f32s(&here[..end - column]),
            };
            sum = simd.mul_add_e_f32s(simd.splat_f32s(a), b, sum);
        }
        write(simd, [[sum]], Place { first: column, stride: n, columns: column..end }, c, output);
        column = end;
    }
}

/// `V` vectors of columns of one row of C, from `column` on.
#[inline(always)]
fn stretch<S: Simd, const V: usize>(simd: S, a: &[f32], b: &[f32], c: &mut [f32], column: usize, output: Output) {
    let (n, mut sums) = (c.len(), [simd.splat_f32s(0.0); V]);
    for (&a, row) in a.iter().zip(b.chunks_exact(n)) {
        let (vectors, _) = S::as_simd_f32s(&row[column..column + V * S::F32_LANES]);
        accumulate(simd, std::array::from_mut(&mut sums), vectors.first_chunk().expect("V vectors"), &[a]);
    }
    let columns = column..column + V * S::F32_LANES;
    write(simd, [sums], Place { first: column, stride: n, columns }, c, output);
}
