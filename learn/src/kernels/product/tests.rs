//! Products against their definition, and their bits with vectors of every width.

use pulp::{Scalar, Simd, WithSimd};

use super::*;
use crate::kernels::panels::{padded, panel_rows, to_panels, to_rows};
use crate::kernels::scratch::Scratch;

/// Integers, so that sums are exact in any order.
fn numbers(count: usize, step: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * step) % 7) as f32 - 3.0).collect()
}

fn fractions(count: usize, step: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * step) % 97) as f32 / 7.0 - 6.0).collect()
}

fn in_panels(rows: &[f32], batch: usize, features: usize) -> Vec<f32> {
    let mut panels = vec![f32::NAN; padded(batch) * features];
    to_panels(rows, features, &mut panels);
    panels
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// With AVX2's vectors, if the processor has them; else as `compute` does.
fn with_avx2(product: impl WithSimd<Output = ()>) {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = pulp::x86::V3::try_new() {
        return Simd::vectorize(avx2, product);
    }
    crate::kernels::simd::widest(product);
}

const BATCHES: [usize; 9] = [1, 2, 7, 16, 17, 32, 33, 64, 70];
const WIDTHS: [usize; 12] = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33, 45];

#[test]
fn weights_times_a_batch_are_the_definition() {
    for (m, k, batch) in WIDTHS.iter().flat_map(|m| WIDTHS.iter().flat_map(move |k| BATCHES.map(|b| (*m, *k, b)))) {
        let (weights, x, biases, mask) =
            (numbers(m * k, 3), numbers(batch * k, 5), numbers(m, 2), numbers(batch * m, 3));
        let (from, mask_panels) = (in_panels(&x, batch, k), in_panels(&mask, batch, m));
        for (turned, matrix) in [(false, Matrix::Rows(&weights)), (true, Matrix::Columns(&weights))] {
            let at = |i: usize, p: usize| if turned { weights[p * m + i] } else { weights[i * k + p] };
            let dot = |i: usize, row: usize| (0..k).map(|p| at(i, p) * x[row * k + p]).sum::<f32>();
            let check = |output: Output, expected: &dyn Fn(usize, usize) -> f32| {
                let product = |with: fn(BatchProduct)| {
                    let mut to = vec![f32::NAN; padded(batch) * m];
                    with(BatchProduct { weights: matrix, from: &from, to: &mut to, m, k, batch, output });
                    let mut rows = vec![0.0; to.len()];
                    to_rows(&to, batch, m, &mut rows);
                    rows
                };
                let c = product(|product| product.compute());
                assert_eq!(product(|product| with_avx2(product)), c);
                assert_eq!(product(|product| product.with_simd(Scalar::new())), c);
                for (row, i) in (0..batch).flat_map(|row| (0..m).map(move |i| (row, i))) {
                    let place = row * m + i;
                    assert_eq!(c[place], expected(i, row), "{m}×{k}, row {row} of {batch}, {i}, {turned}");
                }
            };
            check(Output::Product, &dot);
            check(Output::Biased(&biases), &|i, row| biases[i] + dot(i, row));
            check(Output::Rectified(&biases), &|i, row| (biases[i] + dot(i, row)).max(0.0));
            check(Output::Masked(&mask_panels), &|i, row| if mask[row * m + i] > 0.0 { dot(i, row) } else { 0.0 });
        }
    }
}

#[test]
fn sums_over_a_batch_are_the_definition() {
    let mut scratch = Scratch::default();
    for (m, n, batch) in WIDTHS.iter().flat_map(|m| WIDTHS.iter().flat_map(move |n| BATCHES.map(|b| (*m, *n, b)))) {
        let (x, y) = (numbers(batch * m, 3), numbers(batch * n, 5));
        let (mut x_panels, y_panels) = (in_panels(&x, batch, m), in_panels(&y, batch, n));
        // In one of the two factors padding rows may have any finite features.
        let (wide, lacking) = (panel_rows(batch), padded(batch) - batch);
        let last_panel = x_panels.len() - wide * m;
        x_panels[last_panel..].chunks_exact_mut(wide).for_each(|feature| feature[wide - lacking..].fill(5.0));
        let sum = |i: usize, j: usize| (0..batch).map(|row| x[row * m + i] * y[row * n + j]).sum::<f32>();
        for adds in [false, true] {
            let mut product = |with: fn(GradientProduct)| {
                let mut c = vec![1.0; m * n];
                let (x, y) = (&x_panels[..], &y_panels[..]);
                with(GradientProduct { x, y, c: &mut c, m, n, batch, adds, scratch: &mut scratch });
                c
            };
            let c = product(|product| product.compute());
            assert_eq!(product(|product| with_avx2(product)), c);
            assert_eq!(product(|product| product.with_simd(Scalar::new())), c);
            for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                let expected = if adds { 1.0 + sum(i, j) } else { sum(i, j) };
                assert_eq!(c[i * n + j], expected, "{m}×{n}, batch of {batch}, at ({i}, {j})");
            }
        }
    }
}

#[test]
fn row_major_products_are_the_definition() {
    let mut scratch = Scratch::default();
    let sizes = [1, 2, 5, 8, 13, 16, 33, 45];
    for (m, n, k) in sizes.iter().flat_map(|m| sizes.iter().flat_map(move |n| sizes.map(|k| (*m, *n, k)))) {
        let (a, b, biases) = (numbers(m * k, 3), numbers(k * n, 5), numbers(n, 2));
        for turned in 0..4 {
            let (rows, columns) = (turned & 1 == 0, turned & 2 == 0);
            let a_at = |i: usize, p: usize| if rows { a[i * k + p] } else { a[p * m + i] };
            let b_at = |p: usize, j: usize| if columns { b[p * n + j] } else { b[j * k + p] };
            let a = if rows { Matrix::Rows(&a[..]) } else { Matrix::Columns(&a) };
            let b = if columns { Matrix::Rows(&b[..]) } else { Matrix::Columns(&b) };
            for (bias, rectified) in [(None, false), (Some(&biases[..]), false), (Some(&biases), true)] {
                let mut product = |with: fn(RowMajorProduct)| {
                    let (mut c, sums, scratch) = (vec![f32::NAN; m * n], Sums { bias, rectified }, &mut scratch);
                    with(RowMajorProduct { a, b, c: &mut c, m, n, k, sums, scratch });
                    c
                };
                let c = product(|product| product.compute());
                assert_eq!(product(|product| with_avx2(product)), c);
                assert_eq!(product(|product| product.with_simd(Scalar::new())), c);
                for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                    let sum = (0..k).map(|p| a_at(i, p) * b_at(p, j)).sum::<f32>() + bias.map_or(0.0, |b| b[j]);
                    let expected = if rectified { sum.max(0.0) } else { sum };
                    assert_eq!(c[i * n + j], expected, "{m}×{k}×{n}, {turned}, at ({i}, {j})");
                }
            }
        }
    }
    let mut sum = [9.0; 2];
    sum_of_rows(&[1.0, 2.0, 3.0, 4.0, 5.0, 7.0], &mut sum);
    assert_eq!(sum, [9.0, 13.0]);
}

#[test]
fn a_row_major_product_has_the_bits_of_panels() {
    let mut scratch = Scratch::default();
    for (batch, k, m) in [(1, 37, 29), (7, 84, 2), (45, 37, 29), (70, 120, 84)] {
        let (weights, x, biases) = (fractions(m * k, 31), fractions(batch * k, 53), fractions(m, 7));
        let (from, mut to) = (in_panels(&x, batch, k), vec![0.0; padded(batch) * m]);
        let (columns, output) = (Matrix::Columns(&weights), Output::Rectified(&biases));
        BatchProduct { weights: columns, from: &from, to: &mut to, m, k, batch, output }.compute();
        let mut rows = vec![0.0; to.len()];
        to_rows(&to, batch, m, &mut rows);
        let (a, b, mut c) = (Matrix::Rows(&x[..]), Matrix::Rows(&weights[..]), vec![0.0; batch * m]);
        let sums = Sums { bias: Some(&biases), rectified: true };
        RowMajorProduct { a, b, c: &mut c, m: batch, n: m, k, sums, scratch: &mut scratch }.compute();
        assert_eq!(bits(&c), bits(&rows[..batch * m]), "{batch}×{k}×{m}");
    }
}

#[test]
fn products_of_patches_are_those_of_their_matrix() {
    let mut scratch = Scratch::default();
    // Two images of 5×4 pixels with 3 channels, windows of 2×3 that move by 1 pixel: 4·2 positions on each.
    let (images, stretch, stride) = (fractions(2 * 5 * 4 * 3, 31), 9, 12);
    let starts: Vec<usize> = (0..16).map(|p| p / 8 * 60 + p % 8 / 2 * 12 + p % 2 * 3).collect();
    let patches = Patches { images: &images, starts: &starts, stretches: 2, stretch, stride };
    let matrix: Vec<f32> = starts.iter().flat_map(|s| [&images[*s..][..9], &images[s + 12..][..9]].concat()).collect();
    for n in [1, 3, 16, 21, 40] {
        let (b, d, biases) = (fractions(18 * n, 53), fractions(16 * n, 71), fractions(n, 7));
        let sums = Sums { bias: Some(&biases), rectified: true };
        let (mut c, mut expected) = (vec![0.0; 16 * n], vec![0.0; 16 * n]);
        PatchProduct { patches, b: &b, c: &mut c, n, sums, scratch: &mut scratch }.compute();
        let (a, m, k) = (Matrix::Rows(&matrix[..]), 16, 18);
        let b = Matrix::Rows(&b[..]);
        RowMajorProduct { a, b, c: &mut expected, m, n, k, sums, scratch: &mut scratch }.compute();
        assert_eq!(bits(&c), bits(&expected), "{n} filters");
        let (mut c, mut expected) = (vec![0.0; 18 * n], vec![0.0; 18 * n]);
        PatchGradient { patches, d: &d, c: &mut c, n, scratch: &mut scratch }.compute();
        let (a, d, m, k) = (Matrix::Columns(&matrix[..]), Matrix::Rows(&d[..]), 18, 16);
        RowMajorProduct { a, b: d, c: &mut expected, m, n, k, sums: Sums::default(), scratch: &mut scratch }.compute();
        assert_eq!(bits(&c), bits(&expected), "the gradient of {n} filters");
    }
}

#[test]
fn patches_are_added_at_their_positions() {
    // One image of 3×3 pixels, windows of 2×2 at its four corners, δ = 1: each pixel gets the number of windows over it.
    let (images, starts, [mut strip, mut product]) = ([0.0; 9], [0, 1, 3, 4], [(); 2].map(|()| Scratch::default()));
    let patches = Patches { images: &images, starts: &starts, stretches: 2, stretch: 2, stride: 3 };
    let (mut to, scratch) = ([0.0; 9], [&mut strip, &mut product]);
    PatchScatter { patches, d: &[1.0; 4], b: &[1.0; 4], n: 1, to: &mut to, scratch }.compute();
    assert_eq!(to, [1.0, 2.0, 1.0, 2.0, 4.0, 2.0, 1.0, 2.0, 1.0]);
}

#[test]
fn a_row_of_a_batch_does_not_depend_on_the_other_rows() {
    for (m, k, batch) in [(29, 37, 45), (29, 37, 70), (2, 84, 45), (3, 84, 70)] {
        let (weights, x) = (fractions(m * k, 31), fractions(batch * k, 53));
        let product = |rows: &[f32]| {
            let batch = rows.len() / k;
            let (from, mut to) = (in_panels(rows, batch, k), vec![0.0; padded(batch) * m]);
            let (weights, output) = (Matrix::Columns(&weights), Output::Product);
            BatchProduct { weights, from: &from, to: &mut to, m, k, batch, output }.compute();
            let mut rows = vec![0.0; to.len()];
            to_rows(&to, batch, m, &mut rows);
            rows
        };
        let all = product(&x);
        for few in [1, 2, 16, 40] {
            for (index, rows) in x.chunks_exact(few * k).enumerate() {
                let start = index * few * m;
                assert_eq!(bits(&product(rows)[..few * m]), bits(&all[start..start + few * m]), "{few} rows");
            }
        }
    }
}

#[test]
fn narrower_vectors_give_the_same_bits() {
    for ((m, k), batch) in [(29, 37), (2, 84), (84, 3)].into_iter().flat_map(|size| BATCHES.map(|b| (size, b))) {
        let (weights, x, y) = (fractions(m * k, 31), fractions(batch * k, 53), fractions(batch * m, 71));
        let (x, y) = (in_panels(&x, batch, k), in_panels(&y, batch, m));
        let (mut wide, mut narrow) = (vec![0.0; y.len()], vec![0.0; y.len()]);
        for weights in [Matrix::Rows(&weights[..]), Matrix::Columns(&weights)] {
            let product = |to| BatchProduct { weights, from: &x, to, m, k, batch, output: Output::Masked(&y) };
            product(&mut wide[..]).compute();
            with_avx2(product(&mut narrow));
            assert_eq!(bits(&narrow), bits(&wide), "{m}×{k}, batch of {batch}");
        }
        let (mut wide, mut narrow, mut scratch) = (vec![1.0; m * k], vec![1.0; m * k], Scratch::default());
        GradientProduct { x: &y, y: &x, c: &mut wide, m, n: k, batch, adds: true, scratch: &mut scratch }.compute();
        with_avx2(GradientProduct { x: &y, y: &x, c: &mut narrow, m, n: k, batch, adds: true, scratch: &mut scratch });
        assert_eq!(bits(&narrow), bits(&wide), "the gradient of {m}×{k}, batch of {batch}");
    }
}
