//! Singular values of a matrix, and the effective rank that they give.

/// The δ of [`effective_rank`] that Kumar et al. (2021) use.
const DELTA: f64 = 0.01;

/// The singular values of a matrix `[rows, columns]`, stored row by row, the largest first: as many as the shorter side has.
///
/// They are the roots of the eigenvalues of AᵀA or AAᵀ. That squares the condition number, so values below about 10⁻⁸ of
/// the largest are rounding errors: of the same size as those of the 32-bit numbers in A.
///
/// # Panics
/// If the matrix has no whole number of rows.
pub fn singular_values(matrix: &[f32], columns: usize) -> Vec<f64> {
    assert!(matrix.len().is_multiple_of(columns), "a matrix [rows, {columns}]");
    let rows = matrix.len() / columns;
    let side = rows.min(columns);
    if side == 0 {
        return Vec::new();
    }
    let gram = if columns <= rows { gram(matrix, columns) } else { gram(&transposed(matrix, columns), rows) };
    let (mut diagonal, mut beside) = tridiagonal(gram, side);
    eigenvalues(&mut diagonal, &mut beside);
    let mut values: Vec<f64> = diagonal.into_iter().map(|value| value.max(0.0).sqrt()).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

/// srank_δ of Kumar et al. (2021): how many of the largest singular values, which come first, make up 99 % of the sum of all.
/// 0 for a matrix of zeros.
pub fn effective_rank(singular_values: &[f64]) -> usize {
    let total: f64 = singular_values.iter().sum();
    let mut sum = 0.0;
    let reaches = |value: &f64| {
        sum += value;
        sum >= (1.0 - DELTA) * total
    };
    if total > 0.0 { singular_values.iter().position(reaches).map_or(0, |place| place + 1) } else { 0 }
}

fn transposed(matrix: &[f32], columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|column| matrix.iter().skip(column).step_by(columns).copied()).collect()
}

/// AᵀA, `[columns, columns]`.
fn gram(matrix: &[f32], columns: usize) -> Vec<f64> {
    let mut gram = vec![0.0; columns * columns];
    let mut row = vec![0.0; columns];
    for numbers in matrix.chunks_exact(columns) {
        row.iter_mut().zip(numbers).for_each(|(to, from)| *to = f64::from(*from));
        for (index, (&a, to)) in row.iter().zip(gram.chunks_exact_mut(columns)).enumerate() {
            if a != 0.0 {
                to[index..].iter_mut().zip(&row[index..]).for_each(|(to, b)| *to += a * b);
            }
        }
    }
    for i in 0..columns {
        for j in 0..i {
            gram[i * columns + j] = gram[j * columns + i];
        }
    }
    gram
}

/// The diagonal and the numbers beside it of a tridiagonal matrix with the eigenvalues of the symmetric matrix `a`
/// `[n, n]`, by Householder reflections (Golub & Van Loan 2013, algorithm 8.3.1).
fn tridiagonal(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut beside = vec![0.0; n];
    for k in 0..n.saturating_sub(2) {
        let mut v: Vec<f64> = (k + 1..n).map(|row| a[row * n + k]).collect();
        let norm = length(&v);
        let alpha = if v[0] > 0.0 { -norm } else { norm };
        beside[k] = alpha;
        v[0] -= alpha;
        let norm = length(&v);
        if norm == 0.0 {
            continue;
        }
        v.iter_mut().for_each(|v| *v /= norm);
        // With w = A v − (vᵀ A v) v, the reflected matrix is A − 2 v wᵀ − 2 w vᵀ.
        let mut w: Vec<f64> = (k + 1..n).map(|row| dot(&a[row * n + k + 1..(row + 1) * n], &v)).collect();
        let along = dot(&v, &w);
        w.iter_mut().zip(&v).for_each(|(w, v)| *w -= along * v);
        for (i, row) in (k + 1..n).enumerate() {
            let (vi, wi) = (2.0 * v[i], 2.0 * w[i]);
            let row = &mut a[row * n + k + 1..(row + 1) * n];
            row.iter_mut().zip(v.iter().zip(&w)).for_each(|(a, (v, w))| *a -= vi * w + wi * v);
        }
    }
    if n >= 2 {
        beside[n - 2] = a[(n - 1) * n + n - 2];
    }
    ((0..n).map(|k| a[k * n + k]).collect(), beside)
}

/// Replaces the diagonal of a symmetric tridiagonal matrix by its eigenvalues: QL steps with implicit shifts (Golub & Van
/// Loan 2013, section 8.3). `beside[k]` stands beside the numbers k and k + 1 of the diagonal; the last one is not used.
fn eigenvalues(diagonal: &mut [f64], beside: &mut [f64]) {
    /// More than any matrix takes: 2 or 3 are usual.
    const MAX_STEPS: usize = 100;
    let n = diagonal.len();
    for first in 0..n {
        for _ in 0..MAX_STEPS {
            // The matrix falls apart where a number beside the diagonal is negligible.
            let negligible = |k: &usize| {
                let size = diagonal[*k].abs() + diagonal[*k + 1].abs();
                beside[*k].abs() <= f64::EPSILON * size || beside[*k] == 0.0
            };
            let last = (first..n - 1).find(negligible).unwrap_or(n - 1);
            if last == first {
                break;
            }
            let half = (diagonal[first + 1] - diagonal[first]) / (2.0 * beside[first]);
            let shift = beside[first] / (half + half.hypot(1.0).copysign(half));
            let mut g = diagonal[last] - diagonal[first] + shift;
            let (mut sine, mut cosine, mut moved) = (1.0, 1.0, 0.0);
            let mut is_split = false;
            for k in (first..last).rev() {
                let (f, b) = (sine * beside[k], cosine * beside[k]);
                let r = (f * f + g * g).sqrt(); // hypot costs several times as much, and squares of eigenvalues do not overflow
                beside[k + 1] = r;
                if r == 0.0 {
                    diagonal[k + 1] -= moved;
                    is_split = true;
                    break;
                }
                (sine, cosine) = (f / r, g / r);
                g = diagonal[k + 1] - moved;
                let r = (diagonal[k] - g) * sine + 2.0 * cosine * b;
                moved = sine * r;
                diagonal[k + 1] = g + moved;
                g = cosine * r - b;
            }
            beside[last] = 0.0;
            if !is_split {
                diagonal[first] -= moved;
                beside[first] = g;
            }
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn length(v: &[f64]) -> f64 {
    dot(v, v).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Stream, stream};

    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        let pairs = found.iter().zip(expected);
        assert!(pairs.clone().all(|(a, b)| (a - b).abs() < 1e-6 * (1.0 + b)), "{found:?} and {expected:?}");
    }

    #[test]
    fn of_small_matrices_worked_out_by_hand() {
        close(&singular_values(&[3.0, 0.0, 0.0, -4.0], 2), &[4.0, 3.0]);
        // AᵀA = [[25, 20], [20, 25]].
        close(&singular_values(&[3.0, 0.0, 4.0, 5.0], 2), &[45.0_f64.sqrt(), 5.0_f64.sqrt()]);
        close(&singular_values(&[1.0, 2.0, 2.0], 3), &[3.0]);
        close(&singular_values(&[1.0, 2.0, 2.0], 1), &[3.0]);
        close(&singular_values(&[0.0; 6], 3), &[0.0, 0.0]);
        assert_eq!(singular_values(&[], 3), Vec::<f64>::new());
    }

    #[test]
    fn a_matrix_with_chosen_singular_values_has_these() {
        // A = U diag(s) Vᵀ with the reflections U = I − 2 u uᵀ and V = I − 2 v vᵀ.
        let mut rng = stream(5, Stream::Init);
        for (rows, columns) in [(1, 1), (2, 2), (7, 3), (3, 7), (40, 24), (24, 40), (33, 33)] {
            let mut unit = |n: usize| {
                let v: Vec<f64> = (0..n).map(|_| rng.uniform(-1.0, 1.0)).collect();
                let norm = length(&v);
                v.into_iter().map(|x| x / norm).collect::<Vec<_>>()
            };
            let (u, v) = (unit(rows), unit(columns));
            let reflection = |u: &[f64], i: usize, j: usize| f64::from(u8::from(i == j)) - 2.0 * u[i] * u[j];
            // Some are equal, some are zero.
            let chosen: Vec<f64> =
                (0..rows.min(columns)).rev().map(|k| [0.0, 1.0, 1.0, 2.5][k % 4] * k as f64).collect();
            let number = |i: usize, j: usize| {
                let terms = chosen.iter().enumerate().map(|(k, s)| reflection(&u, i, k) * s * reflection(&v, k, j));
                terms.sum::<f64>() as f32
            };
            let matrix: Vec<f32> = (0..rows * columns).map(|place| number(place / columns, place % columns)).collect();
            let mut expected = chosen.clone();
            expected.sort_by(|a, b| b.total_cmp(a));
            let found = singular_values(&matrix, columns);
            let largest = expected[0].max(1.0);
            let pairs = found.iter().zip(&expected);
            assert!(pairs.clone().all(|(a, b)| (a - b).abs() < 2e-4 * largest), "{found:?} and {expected:?}");
        }
    }

    #[test]
    fn the_effective_rank_counts_what_makes_up_ninety_nine_hundredths() {
        assert_eq!(effective_rank(&[98.9, 0.6, 0.5]), 2);
        assert_eq!(effective_rank(&[99.0, 0.6, 0.4]), 1);
        assert_eq!(effective_rank(&[1.0, 1.0, 1.0, 1.0]), 4);
        assert_eq!((effective_rank(&[0.0, 0.0]), effective_rank(&[])), (0, 0));
        // A layer of rank 1: each row is a multiple of one and the same.
        let rank_1: Vec<f32> = (0..20 * 8).map(|place| (place / 8) as f32 * (place % 8) as f32).collect();
        assert_eq!(effective_rank(&singular_values(&rank_1, 8)), 1);
    }
}
