//! The one matrix product that forward and backward passes are made of.

use pulp::{Simd, WithSimd};

/// C `[m, n]` += A `[m, k]` · B `[k, n]`, with C row by row.
///
/// Each number of C is one sum over k from its first term to its last, whatever the sizes are and however wide the
/// vectors: results do not depend on how the work is cut into blocks. Blocks of C stay in registers while k runs, and B is
/// laid out anew for them, panel by panel (Goto & van de Geijn 2008; small products need no more of it).
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
    /// Room for a panel, kept from product to product.
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

impl<'a> Matrix<'a> {
    fn numbers(self) -> &'a [f32] {
        match self {
            Matrix::Rows(numbers) | Matrix::Columns(numbers) => numbers,
        }
    }
}

impl Product<'_> {
    /// Adds the product to C, with the widest vectors of this processor: chosen at run time, so one binary fits all.
    ///
    /// # Panics
    /// If a slice is not as long as its matrix.
    pub fn add(self) {
        let lengths = (self.a.numbers().len(), self.b.numbers().len(), self.c.len());
        assert_eq!(lengths, (self.m * self.k, self.k * self.n, self.m * self.n));
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
    fn with_simd<S: Simd>(self, simd: S) {
        let Product { a, b, c, m, k, n, room } = self;
        if let (1, Matrix::Rows(b)) = (m, b) {
            return one_row(simd, a.numbers(), b, c);
        }
        let mut column = 0;
        while column < n {
            // Two vectors of columns at a time, and one where no more are left: a narrow product wastes little.
            let wide = n - column > S::F32_LANES;
            let width = (n - column).min(if wide { 2 * S::F32_LANES } else { S::F32_LANES });
            let lanes = if wide { 2 * S::F32_LANES } else { S::F32_LANES };
            pack(b, k, n, column, width, lanes, room);
            let (vectors, _) = S::as_simd_f32s(&room[..k * lanes]);
            let mut block = Block { a, k, m, c: &mut *c, n, column, width };
            // Twelve of the sixteen vector registers of AVX2 hold a wide block; eight keep a narrow one from waiting.
            if wide {
                block.column_of_blocks::<S, 6, 2>(simd, vectors.as_chunks().0);
            } else {
                block.column_of_blocks::<S, 8, 1>(simd, vectors.as_chunks().0);
            }
            column += width;
        }
    }
}

/// Lays `width` columns of B from `column` on out as `k` rows of `lanes` numbers, the last of which are zeros.
#[inline(always)]
fn pack(b: Matrix, k: usize, n: usize, column: usize, width: usize, lanes: usize, room: &mut Vec<f32>) {
    if room.len() < k * lanes {
        room.resize(k * lanes, 0.0);
    }
    let panel = &mut room[..k * lanes];
    if width < lanes {
        panel.fill(0.0);
    }
    match b {
        Matrix::Rows(b) => {
            for (packed, row) in panel.chunks_exact_mut(lanes).zip(b.chunks_exact(n)) {
                packed.iter_mut().zip(&row[column..column + width]).for_each(|(to, from)| *to = *from);
            }
        }
        Matrix::Columns(b) => {
            for (j, numbers) in b[column * k..(column + width) * k].chunks_exact(k).enumerate() {
                panel[j..].iter_mut().step_by(lanes).zip(numbers).for_each(|(to, from)| *to = *from);
            }
        }
    }
}

/// The columns of C that a panel of B is for.
struct Block<'a> {
    a: Matrix<'a>,
    k: usize,
    m: usize,
    c: &'a mut [f32],
    n: usize,
    column: usize,
    width: usize,
}

impl Block<'_> {
    /// Goes down the rows of C, `R` at a time; the last of them in parts that leave no single row, which would wait for itself.
    #[inline(always)]
    fn column_of_blocks<S: Simd, const R: usize, const V: usize>(&mut self, simd: S, panel: &[[S::f32s; V]]) {
        let mut row = 0;
        while self.m - row >= R && self.m - row != R + 1 {
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
            Matrix::Columns(a) => {
                for (b, a) in panel.iter().zip(a.chunks_exact(self.m)) {
                    let a: &[f32; R] = a[row..].first_chunk().expect("R rows are left");
                    accumulate(simd, &mut sums, b, a);
                }
            }
            Matrix::Rows(a) => {
                let rows: [&[f32]; R] = std::array::from_fn(|r| &a[(row + r) * self.k..][..panel.len()]);
                for (p, b) in panel.iter().enumerate() {
                    accumulate(simd, &mut sums, b, &std::array::from_fn(|r| rows[r][p]));
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let mut c = &mut self.c[(row + r) * self.n + self.column..][..self.width];
            for sum in sums {
                let (vector, rest) = c.split_at_mut(S::F32_LANES.min(c.len()));
                add_to(simd, vector, *sum);
                c = rest;
            }
        }
    }
}

/// c += v, for as many numbers as there are.
#[inline(always)]
fn add_to<S: Simd>(simd: S, c: &mut [f32], v: S::f32s) {
    if let ([whole], _) = S::as_mut_simd_f32s(c) {
        *whole = simd.add_f32s(*whole, v);
    } else if !c.is_empty() {
        let sum = simd.add_f32s(simd.partial_load_f32s(c), v);
        simd.partial_store_f32s(c, sum);
    }
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

/// c += a · B for one row a, straight from B: laying it out anew would take as long as the product.
#[inline(always)]
fn one_row<S: Simd>(simd: S, a: &[f32], b: &[f32], c: &mut [f32]) {
    let n = c.len();
    let mut column = 0;
    while n - column >= TOGETHER * S::F32_LANES {
        stretch::<S, TOGETHER>(simd, a, b, n, column, c);
        column += TOGETHER * S::F32_LANES;
    }
    while n - column >= 2 * S::F32_LANES {
        stretch::<S, 2>(simd, a, b, n, column, c);
        column += 2 * S::F32_LANES;
    }
    while n > column {
        let width = S::F32_LANES.min(n - column);
        let mut sum = simd.splat_f32s(0.0);
        for (p, &a) in a.iter().enumerate() {
            // A whole vector is read where there is one: what it has of the next row is left out in the end.
            let here = &b[p * n + column..];
            let b = match S::as_simd_f32s(here).0.first() {
                Some(whole) => *whole,
                None => simd.partial_load_f32s(&here[..width]),
            };
            sum = simd.mul_add_e_f32s(simd.splat_f32s(a), b, sum);
        }
        add_to(simd, &mut c[column..column + width], sum);
        column += width;
    }
}

/// `V` vectors of columns of one row of C, from `column` on.
#[inline(always)]
fn stretch<S: Simd, const V: usize>(simd: S, a: &[f32], b: &[f32], n: usize, column: usize, c: &mut [f32]) {
    let mut sums = [simd.splat_f32s(0.0); V];
    for (&a, row) in a.iter().zip(b.chunks_exact(n)) {
        let (vectors, _) = S::as_simd_f32s(&row[column..column + V * S::F32_LANES]);
        let vectors: &[S::f32s; V] = vectors.first_chunk().expect("V vectors");
        accumulate(simd, std::array::from_mut(&mut sums), vectors, &[a]);
    }
    for (sum, c) in sums.iter().zip(c[column..].chunks_exact_mut(S::F32_LANES)) {
        add_to(simd, c, *sum);
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
        let sizes =
            (1..27).flat_map(|m| [1, 2, 5].map(|k| [1, 2, 7, 8, 9, 15, 16, 17, 33, 70, 150].map(|n| (m, k, n))));
        let mut room = Vec::new();
        for (m, k, n) in sizes.flatten() {
            let (a, b) = (numbers(m * k, 3), numbers(k * n, 5));
            for (a_turned, b_turned) in [(false, false), (true, false), (false, true), (true, true)] {
                let matrix = |turned, numbers| if turned { Matrix::Columns(numbers) } else { Matrix::Rows(numbers) };
                let a_at = |i: usize, p: usize| if a_turned { a[p * m + i] } else { a[i * k + p] };
                let b_at = |p: usize, j: usize| if b_turned { b[j * k + p] } else { b[p * n + j] };
                let mut product = |with: fn(Product)| {
                    let mut c = vec![1.0; m * n];
                    let (a, b) = (matrix(a_turned, &a[..]), matrix(b_turned, &b[..]));
                    with(Product { a, b, c: &mut c, m, k, n, room: &mut room });
                    c
                };
                let c = product(|product| product.add());
                let plain = product(|p| p.with_simd(pulp::Scalar::new())); // a processor without wide vectors
                for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                    let expected = 1.0 + (0..k).map(|p| a_at(i, p) * b_at(p, j)).sum::<f32>();
                    assert_eq!(c[i * n + j], expected, "{m}×{k}×{n} at ({i}, {j}), {a_turned}, {b_turned}");
                    assert_eq!(plain[i * n + j], expected);
                }
            }
        }
    }
}
