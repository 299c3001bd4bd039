//! The network on plain slices: forward, and backpropagation written out.
//!
//! With a⁰ = φ(x), zˡ = aˡ⁻¹ Wˡ + bˡ and aˡ = f(zˡ), but y = zᴸ, and with g = ∂J/∂y for any scalar J of the outputs
//! (Rumelhart, Hinton & Williams 1986, in matrices over a batch):
//!
//! δᴸ = g,  ∂J/∂Wˡ = aˡ⁻¹ᵀ δˡ,  ∂J/∂bˡ = Σ over the batch of δˡ,  δˡ⁻¹ = (δˡ Wˡᵀ) ⊙ f′(zˡ⁻¹).
//!
//! Of sparse features a⁰ W⁰ is a sum of rows of W⁰, and ∂J/∂W⁰ has only these rows; a linear function's gradient is its
//! feature vector.

use super::product::{Matrix, Product};
use super::{Activation, Encoded, Gradient, Layer, Shape};

/// What a forward pass leaves for the backward pass, layer by layer; and room for the latter. Buffers are reused.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// zˡ, `[B · width]` each.
    before: Vec<Vec<f32>>,
    /// aˡ of the hidden layers, `[B · width]` each.
    after: Vec<Vec<f32>>,
    /// δ of the layer at hand and of the one before it.
    delta: Vec<f32>,
    next_delta: Vec<f32>,
    /// Room for products.
    room: Vec<f32>,
}

impl Tape {
    /// The outputs `[B · O]` of the last forward pass.
    pub fn outputs(&self) -> &[f32] {
        self.before.last().map_or(&[], Vec::as_slice)
    }
}

/// Computes the outputs of a batch.
pub fn forward(shape: &Shape, parameters: &[f32], input: &Encoded, tape: &mut Tape) {
    tape.before.resize_with(shape.depth(), Vec::new);
    tape.after.resize_with(shape.depth() - 1, Vec::new);
    for (index, layer) in shape.layers().enumerate() {
        let (earlier, z) = (&tape.after[..index], &mut tape.before[index]);
        start_from_biases(&parameters[layer.biases.clone()], layer.outputs, input.batch(), z);
        let weights = &parameters[layer.weights.clone()];
        match (earlier.last(), input.active()) {
            (None, Some((active, per_row))) => add_rows(active, per_row, weights, z, layer.outputs),
            (None, None) => add_product(input.dense(), weights, z, &layer, input.batch(), &mut tape.room),
            (Some(a), _) => add_product(a, weights, z, &layer, input.batch(), &mut tape.room),
        }
        if let Some(a) = tape.after.get_mut(index) {
            a.resize(z.len(), 0.0);
            shape.activation.apply(&tape.before[index], a);
        }
    }
}

/// Adds Σ over the batch of g · ∂y/∂θ to `gradient`, for the last forward pass of `input`; g is `output_gradient`,
/// `[B · O]`.
pub fn backward(
    shape: &Shape,
    parameters: &[f32],
    input: &Encoded,
    tape: &mut Tape,
    output_gradient: &[f32],
    gradient: &mut Gradient,
) {
    assert_eq!(output_gradient.len(), tape.outputs().len(), "one number for each output [B · O]");
    gradient.cover(input);
    tape.delta.clear();
    tape.delta.extend_from_slice(output_gradient);
    let layers: Vec<Layer> = shape.layers().collect();
    for (index, layer) in layers.iter().enumerate().rev() {
        let values = gradient.values_mut();
        add_columns(&tape.delta, &mut values[layer.biases.clone()]);
        let of_weights = &mut values[layer.weights.clone()];
        match (index, input.active()) {
            (0, Some((active, per_row))) => add_to_rows(active, per_row, &tape.delta, of_weights, layer.outputs),
            (0, None) => add_outer(input.dense(), &tape.delta, of_weights, layer, input.batch(), &mut tape.room),
            _ => add_outer(&tape.after[index - 1], &tape.delta, of_weights, layer, input.batch(), &mut tape.room),
        }
        if index > 0 {
            back_through(shape.activation, &parameters[layer.weights.clone()], layer, input.batch(), index, tape);
        }
    }
}

/// δˡ⁻¹ = (δˡ Wˡᵀ) ⊙ f′(zˡ⁻¹) into `tape.delta`, for the layer l = `index`.
fn back_through(f: Activation, weights: &[f32], layer: &Layer, batch: usize, index: usize, tape: &mut Tape) {
    tape.next_delta.clear();
    tape.next_delta.resize(batch * layer.inputs, 0.0);
    let (m, k, n) = (batch, layer.outputs, layer.inputs);
    let (a, b) = (Matrix::Rows(&tape.delta), Matrix::Columns(weights));
    Product { a, b, c: &mut tape.next_delta, m, k, n, room: &mut tape.room }.add();
    f.multiply_by_slope(&tape.before[index - 1], &tape.after[index - 1], &mut tape.next_delta);
    std::mem::swap(&mut tape.delta, &mut tape.next_delta);
}

fn start_from_biases(biases: &[f32], outputs: usize, batch: usize, z: &mut Vec<f32>) {
    z.clear();
    if biases.is_empty() {
        z.resize(batch * outputs, 0.0);
    } else {
        (0..batch).for_each(|_| z.extend_from_slice(biases));
    }
}

/// z `[B, out]` += a `[B, in]` · W `[in, out]`.
fn add_product(a: &[f32], weights: &[f32], z: &mut [f32], layer: &Layer, batch: usize, room: &mut Vec<f32>) {
    let (a, b) = (Matrix::Rows(a), Matrix::Rows(weights));
    Product { a, b, c: z, m: batch, k: layer.inputs, n: layer.outputs, room }.add();
}

/// ∂J/∂W `[in, out]` += aᵀ `[in, B]` · δ `[B, out]`.
fn add_outer(a: &[f32], delta: &[f32], weights: &mut [f32], layer: &Layer, batch: usize, room: &mut Vec<f32>) {
    let (a, b) = (Matrix::Columns(a), Matrix::Rows(delta));
    Product { a, b, c: weights, m: layer.inputs, k: batch, n: layer.outputs, room }.add();
}

/// Adds the weights of each row's active features to its z.
fn add_rows(active: &[u32], per_row: usize, weights: &[f32], z: &mut [f32], outputs: usize) {
    for (active, z) in active.chunks_exact(per_row).zip(z.chunks_exact_mut(outputs)) {
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

/// Adds the sums over the batch of each column of δ `[B, out]`, where there are biases.
fn add_columns(delta: &[f32], biases: &mut [f32]) {
    if !biases.is_empty() {
        for row in delta.chunks_exact(biases.len()) {
            biases.iter_mut().zip(row).for_each(|(bias, delta)| *bias += delta);
        }
    }
}
