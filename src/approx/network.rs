//! The network on plain slices: forward, and backpropagation written out.
//!
//! With a⁰ = φ(x), zˡ = aˡ⁻¹ Wˡ + bˡ and aˡ = f(zˡ), but y = zᴸ, and with g = ∂J/∂y for any scalar J of the outputs
//! (Rumelhart, Hinton & Williams 1986, in matrices over a batch):
//!
//! δᴸ = g,  ∂J/∂Wˡ = aˡ⁻¹ᵀ δˡ,  ∂J/∂bˡ = Σ over the batch of δˡ,  δˡ⁻¹ = (δˡ Wˡᵀ) ⊙ f′(zˡ⁻¹).
//!
//! Of sparse features a⁰ W⁰ is a sum of rows of W⁰, and ∂J/∂W⁰ has only these rows; a linear function's gradient is its
//! feature vector.
//!
//! Biases and the rectifier are part of the products: what they are applied to is still in registers then.

use pulp::{Simd, WithSimd};

use super::chosen::{Chosen, ChosenPass, find_chosen};
use super::product::{Matrix, Output, Product};
use super::room::with_room;
use super::{Activation, Encoded, Gradient, Shape};
use crate::simd::{load_all, store_all, widest};

/// What a forward pass leaves for the backward pass, layer by layer; and room for the latter. Buffers only grow, so that
/// batches of one and of many may take turns.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// B of the last forward pass.
    batch: usize,
    /// zˡ, `[B · width]` each; of hidden layers that are rectified aˡ, which tells the slope as well.
    before: Vec<Vec<f32>>,
    /// aˡ of hidden layers that are not, `[B · width]` each.
    after: Vec<Vec<f32>>,
    /// δ of the layer at hand and of the one before it.
    delta: Vec<f32>,
    next_delta: Vec<f32>,
    /// The numbers of the outputs' δ that are not zero, where there is one in each row.
    chosen: Vec<Chosen>,
    /// Room for products.
    room: Vec<f32>,
}

impl Tape {
    /// The outputs `[B · O]` of the last forward pass.
    pub fn outputs(&self, shape: &Shape) -> &[f32] {
        self.before.last().map_or(&[], |outputs| &outputs[..self.batch * shape.outputs()])
    }
}

fn rectifies(shape: &Shape) -> bool {
    shape.activation == Activation::Relu
}

/// Computes the outputs of a batch.
pub fn forward(shape: &Shape, parameters: &[f32], input: &Encoded, tape: &mut Tape) {
    let Tape { batch, before, after, room, .. } = tape;
    *batch = input.batch();
    before.resize_with(shape.depth(), Vec::new);
    after.resize_with(shape.depth() - 1, Vec::new);
    for (index, layer) in shape.layers().enumerate() {
        let (weights, biases) = (&parameters[layer.weights.clone()], &parameters[layer.biases.clone()]);
        let (earlier, later) = before.split_at_mut(index);
        let z = with_room(&mut later[0], *batch * layer.outputs);
        let is_hidden = index + 1 < shape.depth();
        if let (0, Some((active, per_row))) = (index, input.active()) {
            sum_rows(active, per_row, weights, biases, z, layer.outputs);
            if is_hidden && rectifies(shape) {
                z.iter_mut().for_each(|z| *z = z.max(0.0));
            }
        } else {
            let a = match (earlier.last(), rectifies(shape)) {
                (None, _) => input.dense(),
                (Some(a), true) => &a[..*batch * layer.inputs],
                (Some(_), false) => &after[index - 1][..*batch * layer.inputs],
            };
            let output = match is_hidden && rectifies(shape) {
                true => Output::Rectified(biases),
                false if biases.is_empty() => Output::Product,
                false => Output::Biased(biases),
            };
            let (a, b) = (Matrix::Rows(a), Matrix::Rows(weights));
            Product { a, b, c: z, m: *batch, k: layer.inputs, n: layer.outputs, output, room }.compute();
        }
        if is_hidden && !rectifies(shape) {
            shape.activation.apply(z, with_room(&mut after[index], z.len()));
        }
    }
}

/// Computes Σ over the batch of g · ∂y/∂θ for the last forward pass of `input`; g is `output_gradient`, `[B · O]`.
///
/// It is added to `gradient`, or takes its place with `replace`, which is for dense features.
pub fn backward(
    shape: &Shape,
    parameters: &[f32],
    input: &Encoded,
    tape: &mut Tape,
    output_gradient: &[f32],
    gradient: &mut Gradient,
    replace: bool,
) {
    let Tape { batch, before, after, delta, next_delta, chosen, room } = tape;
    assert_eq!(output_gradient.len(), *batch * shape.outputs(), "one number for each output [B · O]");
    debug_assert!(!replace || input.active().is_none(), "sparse gradients are added to cleared ones");
    gradient.cover(input);
    with_room(delta, output_gradient.len()).copy_from_slice(output_gradient);
    for (index, layer) in shape.layers().enumerate().rev() {
        let of_layer = &mut gradient.values_mut()[layer.weights.start..layer.biases.end];
        let (of_weights, of_biases) = of_layer.split_at_mut(layer.weights.len());
        let d = &delta[..*batch * layer.outputs];
        if replace {
            of_biases.fill(0.0);
        }
        widest(ColumnSums { delta: d, biases: of_biases });
        if let (0, Some((active, per_row))) = (index, input.active()) {
            add_to_rows(active, per_row, d, of_weights, layer.outputs);
            return;
        }
        let (m, k, n) = (layer.inputs, *batch, layer.outputs);
        let output = if replace { Output::Product } else { Output::Sum };
        if index == 0 {
            let (a, b) = (Matrix::Columns(input.dense()), Matrix::Rows(d));
            Product { a, b, c: of_weights, m, k, n, output, room }.compute();
            return;
        }
        let weights = &parameters[layer.weights.clone()];
        let z = &before[index - 1][..*batch * layer.inputs];
        let a = if rectifies(shape) { z } else { &after[index - 1][..z.len()] };
        let earlier = with_room(next_delta, z.len());
        if index + 1 == shape.depth() && find_chosen(d, layer.outputs, chosen) {
            if replace {
                of_weights.fill(0.0);
            }
            let masked = rectifies(shape);
            widest(ChosenPass { chosen, a, weights, of_weights, earlier: &mut *earlier, masked, room });
        } else {
            let (a_turned, b) = (Matrix::Columns(a), Matrix::Rows(d));
            Product { a: a_turned, b, c: of_weights, m, k, n, output, room }.compute();
            let output = if rectifies(shape) { Output::Masked(a) } else { Output::Product };
            let (m, k, n) = (*batch, layer.outputs, layer.inputs);
            let (a, b) = (Matrix::Rows(d), Matrix::Columns(weights));
            Product { a, b, c: &mut *earlier, m, k, n, output, room }.compute();
        }
        // The rectifier's slope is in there already.
        if !rectifies(shape) {
            shape.activation.multiply_by_slope(z, a, earlier);
        }
        std::mem::swap(delta, next_delta);
    }
}

/// z ← b + the weights of each row's active features.
fn sum_rows(active: &[u32], per_row: usize, weights: &[f32], biases: &[f32], z: &mut [f32], outputs: usize) {
    for (active, z) in active.chunks_exact(per_row).zip(z.chunks_exact_mut(outputs)) {
        if biases.is_empty() {
            z.fill(0.0);
        } else {
            z.copy_from_slice(biases);
        }
        for &feature in active {
            let row = &weights[feature as usize * outputs..][..outputs];
            z.iter_mut().zip(row).for_each(|(z, weight)| *z += weight);
        }
    }
}

/// Adds each row's δ to the gradient of the weights of its active features.
fn add_to_rows(active: &[u32], per_row: usize, delta: &[f32], weights: &mut [f32], outputs: usize) {
    for (active, delta) in active.chunks_exact(per_row).zip(delta.chunks_exact(outputs)) {
        for &feature in active {
            let row = &mut weights[feature as usize * outputs..][..outputs];
            row.iter_mut().zip(delta).for_each(|(weight, delta)| *weight += delta);
        }
    }
}

/// How many vectors of biases are summed together.
const TOGETHER: usize = 4;

/// Adds to the biases' gradient the sums over the batch of each column of δ `[B, out]`, where there are biases.
struct ColumnSums<'a> {
    delta: &'a [f32],
    biases: &'a mut [f32],
}

impl WithSimd for ColumnSums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let ColumnSums { delta, biases } = self;
        if biases.is_empty() {
            return;
        }
        let (wide, lanes) = (biases.len(), S::F32_LANES);
        let mut column = 0;
        while column < wide {
            // Sums stay in registers on their way down the rows.
            let columns = column..wide.min(column + TOGETHER * lanes);
            let mut sums: [S::f32s; TOGETHER] = load_all(simd, &biases[columns.clone()]);
            for row in delta.chunks_exact(wide) {
                let row: [S::f32s; TOGETHER] = load_all(simd, &row[columns.clone()]);
                sums = std::array::from_fn(|v| simd.add_f32s(sums[v], row[v]));
            }
            store_all(simd, &mut biases[columns.clone()], sums);
            column = columns.end;
        }
    }
}
