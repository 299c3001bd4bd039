//! A chain of linear layers as one operation.
//!
//! Between its layers a batch stays in panels ([`crate::kernels::panels`]), as in the hand-written loops. The products
//! are the same, in the same order, so outputs and gradients are those of the loops to the bit. The chain is one node
//! of burn's graph.

use std::cell::RefCell;
use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::Tensor;

use super::flex::{dense, is_ours, numbers, sizes, tensor};
use super::linear;
use crate::approx::Activation;
use crate::kernels::panels::{padded, to_panels, to_rows};
use crate::kernels::product::{BatchProduct, GradientProduct, Matrix, Output};
use crate::kernels::scratch::Scratch;

/// How many layers a chain that is one operation may have: a node of burn's graph has a fixed number of parents.
const MAX_LAYERS: usize = 6;

/// Linear layers one after another, weights `[k, m]` and biases `[m]` each, with the activation between them and none
/// behind the last: a multilayer perceptron of features `x` `[B, k]`.
///
/// # Panics
/// If there is no layer, or the sizes do not fit each other.
pub fn linear_chain(x: Tensor<2>, layers: Vec<(Tensor<2>, Option<Tensor<1>>)>, activation: Activation) -> Tensor<2> {
    assert!(!layers.is_empty(), "a chain has a layer");
    layers.iter().fold(x.dims()[1], |width, (weight, bias)| {
        let [inputs, outputs] = weight.dims();
        assert_eq!(inputs, width, "weights [k, m] of k features");
        assert!(bias.as_ref().is_none_or(|bias| bias.dims() == [outputs]), "a bias for each of {outputs} outputs");
        outputs
    });
    if !is_ours(&x) || layers.len() > MAX_LAYERS {
        return one_by_one(x, layers, activation);
    }
    // Sums begin with the biases, or with zero.
    let layers = layers.into_iter().map(|(weight, bias)| {
        let bias = bias.unwrap_or_else(|| Tensor::zeros([weight.dims()[1]], &weight.device()));
        (weight, bias)
    });
    let layers: Vec<(Tensor<2>, Tensor<1>)> = layers.collect();
    let is_autodiff = |(weight, bias): &(Tensor<2>, Tensor<1>)| weight.is_autodiff() || bias.is_autodiff();
    if !x.is_autodiff() && !layers.iter().any(is_autodiff) {
        let layers = layers.into_iter().map(|(weight, bias)| Layer { weight: plain(weight), bias: plain(bias) });
        let mut tape = spare_tape();
        let outputs = forward(&plain(x), &layers.collect::<Vec<_>>(), activation, &mut tape);
        keep_spare(tape);
        return Tensor::from_primitive::<Flex>(outputs);
    }
    let (x, of_x) = tracked(x).into_parts();
    let (mut inner, mut nodes) = (Vec::with_capacity(layers.len()), vec![of_x]);
    for (weight, bias) in layers {
        let ((weight, of_weight), (bias, of_bias)) = (tracked(weight).into_parts(), tracked(bias).into_parts());
        inner.push(Layer { weight: dense(weight), bias: dense(bias) });
        nodes.extend([of_weight, of_bias]);
    }
    let x = dense(x);
    Tensor::from_primitive::<Autodiff<Flex>>(match inner.len() {
        1 => record::<3>(x, inner, activation, nodes),
        2 => record::<5>(x, inner, activation, nodes),
        3 => record::<7>(x, inner, activation, nodes),
        4 => record::<9>(x, inner, activation, nodes),
        5 => record::<11>(x, inner, activation, nodes),
        _ => record::<13>(x, inner, activation, nodes),
    })
}

/// The same by one operation for each layer.
fn one_by_one(x: Tensor<2>, layers: Vec<(Tensor<2>, Option<Tensor<1>>)>, activation: Activation) -> Tensor<2> {
    let last = layers.len() - 1;
    layers.into_iter().enumerate().fold(x, |x, (index, (weight, bias))| {
        linear(x, weight, bias, if index < last { activation } else { Activation::Identity })
    })
}

fn plain<const D: usize>(tensor: Tensor<D>) -> FlexTensor {
    dense(tensor.try_into_primitive::<Flex>().expect("a tensor on the device of x"))
}

/// A tensor of the graph: a constant of it, where it is not one yet.
fn tracked<const D: usize>(tensor: Tensor<D>) -> FloatTensor<Autodiff<Flex>> {
    let tensor = if tensor.is_autodiff() { tensor } else { Tensor::from_inner(tensor) };
    tensor.try_into_primitive::<Autodiff<Flex>>().expect("a tensor on the device of x")
}

#[derive(Clone, Debug)]
struct Layer {
    weight: FlexTensor,
    bias: FlexTensor,
}

/// Computes the outputs, and registers the backward pass. `nodes` are those of x and of each layer's weights and
/// biases.
fn record<const N: usize>(
    x: FlexTensor,
    layers: Vec<Layer>,
    activation: Activation,
    nodes: Vec<NodeGuard>,
) -> FloatTensor<Autodiff<Flex>> {
    let mut tape = spare_tape();
    let outputs = forward(&x, &layers, activation, &mut tape);
    let nodes: [NodeGuard; N] = nodes.try_into().expect("x, and weights and biases of each layer");
    match ChainBackward.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(Remembered { layers, activation, tape: Arc::new(tape) }, outputs),
        OpsKind::UnTracked(prep) => {
            keep_spare(tape);
            prep.finish(outputs)
        }
    }
}

/// What the forward pass keeps for the backward pass.
#[derive(Clone, Debug)]
struct Remembered {
    layers: Vec<Layer>,
    activation: Activation,
    tape: Arc<Tape>,
}

/// The results of the layers of a forward pass, in panels.
#[derive(Debug, Default)]
struct Tape {
    /// B.
    batch: usize,
    /// The inputs of each layer.
    inputs: Vec<Scratch>,
    /// z of each layer but the last; unused where the activation is part of the product.
    before: Vec<Scratch>,
    /// z of the last layer; then δ of the current layer, and of the one before it.
    delta: Scratch,
    next_delta: Scratch,
}

thread_local! {
    /// Tapes that are not in use. They are used again, since a new one would first be filled with zeros.
    static SPARE: RefCell<Vec<Tape>> = const { RefCell::new(Vec::new()) };
    /// Scratch for sums over a batch, and a feature that is one in each row, whose weights are the biases.
    static SUMS: RefCell<[Scratch; 2]> = RefCell::default();
}

/// The most tapes that a thread keeps: one for each graph that it uses at a time.
const MAX_SPARE: usize = 4;

fn spare_tape() -> Tape {
    SPARE.with_borrow_mut(Vec::pop).unwrap_or_default()
}

fn keep_spare(tape: Tape) {
    SPARE.with_borrow_mut(|spare| {
        if spare.len() < MAX_SPARE {
            spare.push(tape);
        }
    });
}

/// Whether the activation is part of the product that it follows.
fn is_in_product(activation: Activation) -> bool {
    matches!(activation, Activation::Relu | Activation::Identity)
}

fn forward(x: &FlexTensor, layers: &[Layer], activation: Activation, tape: &mut Tape) -> FlexTensor {
    let [batch, features] = sizes(x);
    let Tape { inputs, before, delta, .. } = tape;
    tape.batch = batch;
    let (rows, last) = (padded(batch), layers.len() - 1);
    inputs.resize_with(layers.len().max(inputs.len()), Scratch::default);
    before.resize_with(last.max(before.len()), Scratch::default);
    to_panels(numbers(x), features, inputs[0].make(rows * features));
    for (index, layer) in layers.iter().enumerate() {
        let [k, m] = sizes(&layer.weight);
        let (earlier, later) = inputs.split_at_mut(index + 1);
        let (weights, biases) = (Matrix::Columns(numbers(&layer.weight)), numbers(&layer.bias));
        let (from, is_hidden) = (earlier[index].first(rows * k), index < last);
        let output = match activation {
            Activation::Relu if is_hidden => Output::Rectified(biases),
            _ => Output::Biased(biases),
        };
        let to = match is_hidden {
            false => delta.make(rows * m),
            true if is_in_product(activation) => later[0].make(rows * m),
            true => before[index].make(rows * m),
        };
        BatchProduct { weights, from, to: &mut *to, m, k, batch, output }.compute();
        if is_hidden && !is_in_product(activation) {
            activation.apply(before[index].first(rows * m), later[0].make(rows * m));
        }
    }
    let [_, outputs] = sizes(&layers[last].weight);
    let mut y = vec![0.0; rows * outputs];
    to_rows(delta.first(rows * outputs), batch, outputs, &mut y);
    y.truncate(batch * outputs);
    tensor(y, [batch, outputs])
}

#[derive(Debug)]
struct ChainBackward;

/// The gradients with respect to x, and to each layer's weights and biases.
impl<const N: usize> Backward<Flex, N> for ChainBackward {
    type State = Remembered;

    fn backward(self, ops: Ops<Remembered, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let Remembered { layers, activation, tape } = ops.state;
        let g = dense(gradients.consume::<Flex>(&ops.node));
        let [of_x, of_layers @ ..] = &ops.parents[..] else { unreachable!("x is a parent") };
        // Nobody clones the state of a node.
        let mut tape = Arc::into_inner(tape).expect("a tape of its own");
        let Tape { batch, inputs, before, delta, next_delta } = &mut tape;
        let (batch, rows, [_, outputs]) = (*batch, padded(*batch), sizes::<2>(&g));
        to_panels(numbers(&g), outputs, delta.make(rows * outputs));
        for (index, (layer, nodes)) in layers.iter().zip(of_layers.as_chunks::<2>().0).enumerate().rev() {
            let [inputs_of, outputs_of] = sizes(&layer.weight);
            let (d, x) = (delta.first(rows * outputs_of), inputs[index].first(rows * inputs_of));
            SUMS.with_borrow_mut(|[scratch, ones]| {
                let [of_weight, of_bias] = nodes;
                if let Some(node) = of_bias {
                    ones.make(rows).fill(1.0);
                    let mut c = vec![0.0; outputs_of];
                    let (x, y, m, n, adds) = (ones.first(rows), d, 1, outputs_of, false);
                    GradientProduct { x, y, c: &mut c, m, n, batch, adds, scratch: &mut *scratch }.compute();
                    gradients.register::<Flex>(node.id, tensor(c, [outputs_of]));
                }
                if let Some(node) = of_weight {
                    let mut c = vec![0.0; inputs_of * outputs_of];
                    let (y, m, n, adds) = (d, inputs_of, outputs_of, false);
                    GradientProduct { x, y, c: &mut c, m, n, batch, adds, scratch: &mut *scratch }.compute();
                    gradients.register::<Flex>(node.id, tensor(c, [inputs_of, outputs_of]));
                }
            });
            if index == 0 && of_x.is_none() {
                break;
            }
            let weights = Matrix::Rows(numbers(&layer.weight));
            // The rectifier's slope is part of the product.
            let output = if index > 0 && activation == Activation::Relu { Output::Masked(x) } else { Output::Product };
            let to = next_delta.make(rows * inputs_of);
            BatchProduct { weights, from: d, to: &mut *to, m: inputs_of, k: outputs_of, batch, output }.compute();
            if index > 0 && !is_in_product(activation) {
                activation.multiply_by_slope(before[index - 1].first(to.len()), x, to);
            }
            std::mem::swap(delta, next_delta);
        }
        if let Some(node) = of_x {
            let [features, _] = sizes(&layers[0].weight);
            let mut c = vec![0.0; rows * features];
            to_rows(delta.first(rows * features), batch, features, &mut c);
            c.truncate(batch * features);
            gradients.register::<Flex>(node.id, tensor(c, [batch, features]));
        }
        keep_spare(tape);
    }
}
