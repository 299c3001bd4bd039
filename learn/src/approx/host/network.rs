//! The network on plain slices: forward, and backpropagation written out.
//!
//! With a⁰ = φ(x), zˡ = aˡ⁻¹ Wˡ + bˡ and aˡ = f(zˡ), but y = zᴸ, and with g = ∂J/∂y for any scalar J of the outputs
//! (Rumelhart, Hinton & Williams 1986, in matrices over a batch):
//!
//! δᴸ = g,  ∂J/∂Wˡ = aˡ⁻¹ᵀ δˡ,  ∂J/∂bˡ = Σ over the batch of δˡ,  δˡ⁻¹ = (δˡ Wˡᵀ) ⊙ f′(zˡ⁻¹).
//!
//! For sparse features a⁰ W⁰ is a sum of rows of W⁰, and only these rows of ∂J/∂W⁰ differ from zero; a linear
//! function's gradient is its feature vector.
//!
//! Biases and the rectifier are part of the products: they are applied while the sums are still in registers.

use super::{Encoded, Gradient};
use crate::approx::{Activation, Layer, Shape};
use crate::kernels::panels::{padded, to_panels, to_rows};
use crate::kernels::product::{BatchProduct, GradientProduct, Matrix, Output, rectified};
use crate::kernels::scratch::Scratch;

/// What a forward pass keeps for the backward pass, layer by layer; and buffers for the latter. Buffers only grow, so
/// that batches of one and of many may alternate. Batches are stored in panels, but the outputs row by row.
#[derive(Debug, Default)]
pub struct Tape {
    /// B of the last forward pass.
    batch: usize,
    /// Dense features.
    input: Scratch,
    /// zˡ; for rectified hidden layers aˡ, whose sign gives the slope as well.
    before: Vec<Scratch>,
    /// aˡ of hidden layers that are not rectified.
    after: Vec<Scratch>,
    /// y, row by row.
    outputs: Scratch,
    /// δ of this layer and of the one before it.
    delta: Scratch,
    next_delta: Scratch,
    /// A feature that is one in each row, whose weights are the biases.
    ones: Scratch,
    /// z and δ of the first layer row by row, where features are sparse.
    rows: Scratch,
    /// Scratch for sums over a batch.
    scratch: Scratch,
}

impl Tape {
    /// The outputs `[B · O]` of the last forward pass.
    pub fn outputs(&self, shape: &Shape) -> &[f32] {
        self.outputs.first(self.batch * shape.outputs())
    }

    /// The outputs `[B · units]` of hidden layer `index` in the last forward pass.
    pub fn hidden(&self, shape: &Shape, index: usize) -> Vec<f32> {
        let layers = if rectifies(shape) { &self.before } else { &self.after };
        let (batch, units) = (self.batch, shape.layer(index).outputs);
        let count = padded(batch) * units;
        let mut rows = vec![0.0; count];
        to_rows(layers[index].first(count), batch, units, &mut rows);
        rows.truncate(batch * units);
        rows
    }
}

fn rectifies(shape: &Shape) -> bool {
    shape.activation == Activation::Relu
}

/// Computes the outputs of a batch.
pub fn forward(shape: &Shape, parameters: &[f32], input: &Encoded, tape: &mut Tape) {
    let batch = input.batch();
    let Tape { input: features, before, after, outputs, rows, .. } = tape;
    tape.batch = batch;
    before.resize_with(shape.depth(), Scratch::default);
    after.resize_with(shape.depth() - 1, Scratch::default);
    if input.active().is_none() {
        to_panels(input.dense(), shape.features(), features.make(padded(batch) * shape.features()));
    }
    for (index, layer) in shape.layers().enumerate() {
        let (weights, biases) = (&parameters[layer.weights.clone()], &parameters[layer.biases.clone()]);
        let (earlier, later) = before.split_at_mut(index);
        let is_hidden = index + 1 < shape.depth();
        if let (0, Some((active, per_row))) = (index, input.active()) {
            let rows = if is_hidden { &mut *rows } else { &mut *outputs }.make(batch * layer.outputs);
            sum_rows(active, per_row, weights, biases, rows, layer.outputs);
            if !is_hidden {
                return;
            }
            if rectifies(shape) {
                rows.iter_mut().for_each(|z| *z = rectified(*z));
            }
            to_panels(rows, layer.outputs, later[0].make(padded(batch) * layer.outputs));
        } else {
            let from = match (earlier.last(), rectifies(shape)) {
                (None, _) => features.first(padded(batch) * layer.inputs),
                (Some(a), true) => a.first(padded(batch) * layer.inputs),
                (Some(_), false) => after[index - 1].first(padded(batch) * layer.inputs),
            };
            let z = later[0].make(padded(batch) * layer.outputs);
            let output = match is_hidden && rectifies(shape) {
                true => Output::Rectified(biases),
                false if biases.is_empty() => Output::Product,
                false => Output::Biased(biases),
            };
            let Layer { inputs: k, outputs: m, .. } = layer;
            BatchProduct { weights: Matrix::Columns(weights), from, to: z, m, k, batch, output }.compute();
        }
        if is_hidden && !rectifies(shape) {
            let z = later[0].first(padded(batch) * layer.outputs);
            shape.activation.apply(z, after[index].make(z.len()));
        }
    }
    let count = padded(batch) * shape.outputs();
    to_rows(before[shape.depth() - 1].first(count), batch, shape.outputs(), outputs.make(count));
}

/// Computes Σ over the batch of g · ∂y/∂θ for the last forward pass of `input`; g is `output_gradient`, `[B · O]`.
///
/// It is added to `gradient`, or overwrites it with `replace`, which is for dense features.
pub fn backward(
    shape: &Shape,
    parameters: &[f32],
    input: &Encoded,
    tape: &mut Tape,
    output_gradient: &[f32],
    gradient: &mut Gradient,
    replace: bool,
) {
    let Tape { input: features, before, after, delta, next_delta, ones, rows, scratch, .. } = tape;
    let batch = tape.batch;
    assert_eq!(output_gradient.len(), batch * shape.outputs(), "one number for each output [B · O]");
    debug_assert!(!replace || input.active().is_none(), "sparse gradients are added to cleared ones");
    gradient.cover(input);
    if let (1, Some(active)) = (shape.depth(), input.active()) {
        return add_to_rows(active, output_gradient, &shape.layer(0), gradient.values_mut());
    }
    to_panels(output_gradient, shape.outputs(), delta.make(padded(batch) * shape.outputs()));
    ones.make(padded(batch)).fill(1.0);
    for (index, layer) in shape.layers().enumerate().rev() {
        let d = delta.first(padded(batch) * layer.outputs);
        if let (0, Some(active)) = (index, input.active()) {
            let rows = rows.make(d.len());
            to_rows(d, batch, layer.outputs, rows);
            return add_to_rows(active, rows, &layer, gradient.values_mut());
        }
        let of_layer = &mut gradient.values_mut()[layer.weights.start..layer.biases.end];
        let (of_weights, of_biases) = of_layer.split_at_mut(layer.weights.len());
        let (adds, inputs, outputs) = (!replace, layer.inputs, layer.outputs);
        if !of_biases.is_empty() {
            let x = ones.first(padded(batch));
            GradientProduct { x, y: d, c: of_biases, m: 1, n: outputs, batch, adds, scratch }.compute();
        }
        let x = match index {
            0 => &*features,
            _ if rectifies(shape) => &before[index - 1],
            _ => &after[index - 1],
        };
        let x = x.first(padded(batch) * inputs);
        GradientProduct { x, y: d, c: of_weights, m: inputs, n: outputs, batch, adds, scratch }.compute();
        if index == 0 {
            return;
        }
        let weights = Matrix::Rows(&parameters[layer.weights.clone()]);
        let output = if rectifies(shape) { Output::Masked(x) } else { Output::Product };
        let to = next_delta.make(x.len());
        BatchProduct { weights, from: d, to: &mut *to, m: inputs, k: outputs, batch, output }.compute();
        // The product has applied the rectifier's slope already.
        if !rectifies(shape) {
            shape.activation.multiply_by_slope(before[index - 1].first(x.len()), x, to);
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

/// Adds each row's δ to the gradient of the weights of its active features, and to that of the biases, where there are
/// any.
fn add_to_rows((active, per_row): (&[u32], usize), delta: &[f32], layer: &Layer, gradient: &mut [f32]) {
    let (weights, biases) = gradient[layer.weights.start..layer.biases.end].split_at_mut(layer.weights.len());
    for (active, delta) in active.chunks_exact(per_row).zip(delta.chunks_exact(layer.outputs)) {
        biases.iter_mut().zip(delta).for_each(|(bias, delta)| *bias += delta);
        for &feature in active {
            let row = &mut weights[feature as usize * layer.outputs..][..layer.outputs];
            row.iter_mut().zip(delta).for_each(|(weight, delta)| *weight += delta);
        }
    }
}
