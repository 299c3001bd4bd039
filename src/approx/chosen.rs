//! The last layer's backward pass for losses of one output in each row, as the TD loss of action values is: of the action
//! taken. All other numbers of its δ are zero, and a product with a row of them is a row of Wᵀ or of a times one number.

use pulp::{Simd, WithSimd};

use super::room::with_room;

/// One number of δ in each row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chosen {
    output: usize,
    derivative: f32,
}

/// Finds the number of each row of δ `[B, O]` that is not zero, where there is one at most; else nothing is found.
pub fn find_chosen(delta: &[f32], outputs: usize, chosen: &mut Vec<Chosen>) -> bool {
    chosen.clear();
    for row in delta.chunks_exact(outputs) {
        let output = row.iter().position(|&derivative| derivative != 0.0).unwrap_or(0);
        if row[output + 1..].iter().any(|&derivative| derivative != 0.0) {
            return false;
        }
        chosen.push(Chosen { output, derivative: row[output] });
    }
    !chosen.is_empty()
}

/// The two products of a layer's backward pass: ∂J/∂W `[in, out]` += aᵀ δ, and δ Wᵀ, with the chosen numbers of δ alone.
///
/// Each number is a sum over the batch from its first row to its last, without terms that are zero: of finite numbers, what
/// the products are to the last bit.
pub struct ChosenPass<'a> {
    /// `[B]`
    pub chosen: &'a [Chosen],
    /// What the layer took in, `[B, in]`.
    pub a: &'a [f32],
    /// W `[in, out]`.
    pub weights: &'a [f32],
    /// ∂J/∂W `[in, out]`, added to.
    pub of_weights: &'a mut [f32],
    /// δ Wᵀ `[B, in]`, written.
    pub earlier: &'a mut [f32],
    /// Whether it is zero where a is not positive: the slope of the rectifier.
    pub masked: bool,
    /// Room for W and its gradient in another order.
    pub room: &'a mut Vec<f32>,
}

impl WithSimd for ChosenPass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let ChosenPass { chosen, a, weights, of_weights, earlier, masked, room } = self;
        let inputs = a.len() / chosen.len();
        let outputs = weights.len() / inputs;
        // In rows [out, in], one of which is all that a row of the batch has to do with.
        let (turned, sums) = with_room(room, 2 * weights.len()).split_at_mut(weights.len());
        for (i, weights) in weights.chunks_exact(outputs).enumerate() {
            weights.iter().enumerate().for_each(|(output, weight)| turned[output * inputs + i] = *weight);
        }
        sums.fill(0.0);
        let rows = chosen.iter().zip(a.chunks_exact(inputs)).zip(earlier.chunks_exact_mut(inputs));
        for ((chosen, a), earlier) in rows {
            let row = chosen.output * inputs..(chosen.output + 1) * inputs;
            one_row(simd, chosen.derivative, a, &turned[row.clone()], &mut sums[row], earlier, masked);
        }
        for (i, of_weights) in of_weights.chunks_exact_mut(outputs).enumerate() {
            of_weights.iter_mut().enumerate().for_each(|(output, to)| *to += sums[output * inputs + i]);
        }
    }
}

/// `sums` += g a, and `earlier` ← g w, or 0 where a is not positive, if `masked`.
#[inline(always)]
fn one_row<S: Simd>(simd: S, g: f32, a: &[f32], w: &[f32], sums: &mut [f32], earlier: &mut [f32], masked: bool) {
    let (g, zero) = (simd.splat_f32s(g), simd.splat_f32s(0.0));
    let numbers = |a, w, sum| {
        let product = simd.mul_f32s(g, w);
        let kept = if masked { simd.select_f32s(simd.greater_than_f32s(a, zero), product, zero) } else { product };
        (simd.mul_add_e_f32s(g, a, sum), kept)
    };
    let ((a, a_rest), (w, w_rest)) = (S::as_simd_f32s(a), S::as_simd_f32s(w));
    let ((sums, sums_rest), (earlier, earlier_rest)) = (S::as_mut_simd_f32s(sums), S::as_mut_simd_f32s(earlier));
    for (((a, w), sum), earlier) in a.iter().zip(w).zip(sums).zip(earlier) {
        (*sum, *earlier) = numbers(*a, *w, *sum);
    }
    if !a_rest.is_empty() {
        let [a, w, sum] = [a_rest, w_rest, sums_rest].map(|rest| simd.partial_load_f32s(rest));
        let (sum, kept) = numbers(a, w, sum);
        simd.partial_store_f32s(sums_rest, sum);
        simd.partial_store_f32s(earlier_rest, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approx::product::{Matrix, Output, Product};
    use crate::simd::widest;

    #[test]
    fn the_pass_is_the_two_products() {
        let (batch, inputs, outputs) = (19, 27, 3);
        let numbers = |count: usize, step: usize| -> Vec<f32> {
            (0..count).map(|i| ((i * step) % 97) as f32 / 7.0 - 6.0).collect()
        };
        let (a, weights, mut room) = (numbers(batch * inputs, 31), numbers(inputs * outputs, 53), Vec::new());
        let mut delta = vec![0.0; batch * outputs];
        (0..batch).for_each(|row| delta[row * outputs + row * row % outputs] = row as f32 / 3.0 - 2.0);
        for masked in [false, true] {
            let mut expected = (numbers(inputs * outputs, 11), vec![0.0; batch * inputs]);
            let mut found = (expected.0.clone(), expected.1.clone());
            let (m, k, n) = (inputs, batch, outputs);
            let (columns, rows) = (Matrix::Columns(&a), Matrix::Rows(&delta));
            let c = &mut expected.0;
            Product { a: columns, b: rows, c, m, k, n, output: Output::Sum, room: &mut room }.compute();
            let output = if masked { Output::Masked(&a) } else { Output::Product };
            let (m, k, n) = (batch, outputs, inputs);
            let (b, c) = (Matrix::Columns(&weights), &mut expected.1);
            Product { a: rows, b, c, m, k, n, output, room: &mut room }.compute();

            let mut chosen = Vec::new();
            assert!(find_chosen(&delta, outputs, &mut chosen));
            let (of_weights, earlier) = (&mut found.0[..], &mut found.1[..]);
            let (chosen, a, weights, room) = (&chosen[..], &a[..], &weights[..], &mut room);
            widest(ChosenPass { chosen, a, weights, of_weights, earlier, masked, room });
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn rows_with_two_derivatives_are_no_choice() {
        let mut chosen = Vec::new();
        assert!(find_chosen(&[0.0, 2.0, 3.0, 0.0, 0.0, 0.0], 2, &mut chosen));
        let found = [(1, 2.0), (0, 3.0), (0, 0.0)].map(|(output, derivative)| Chosen { output, derivative });
        assert_eq!(chosen, found);
        assert!(!find_chosen(&[0.0, 2.0, 3.0, 1.0], 2, &mut chosen));
        assert!(!find_chosen(&[f32::NAN, f32::NAN], 2, &mut chosen));
        assert!(!find_chosen(&[], 2, &mut chosen));
    }
}
