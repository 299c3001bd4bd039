//! A linear layer and its activation.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::{Tensor, module};

use super::flex::{Activated, activate, dense, is_ours, numbers, sizes, tensor, with_workspace};
use crate::approx::Activation;
use crate::kernels::product::{Matrix, RowMajorProduct, Sums, sum_of_rows};

/// f(x W + b): a row of the batch `x` `[B, k]` times `weight` `[k, m]`, plus `bias` `[m]`.
///
/// # Panics
/// If the sizes do not fit each other.
pub fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>, activation: Activation) -> Tensor<2> {
    let ([_, inputs], [rows, outputs]) = (x.dims(), weight.dims());
    assert_eq!(inputs, rows, "x [B, k] and weights [k, m]");
    assert!(bias.as_ref().is_none_or(|bias| bias.dims() == [outputs]), "a bias for each of {outputs} outputs");
    if !is_ours(&x) {
        return composed(x, weight, bias, activation);
    }
    // Sums begin with the biases, or with zero.
    let bias = bias.unwrap_or_else(|| Tensor::zeros([outputs], &x.device()));
    Tensor::from_dispatch(Dispatch::linear_layer(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        activation,
    ))
}

/// The same by burn's operations.
fn composed(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>, activation: Activation) -> Tensor<2> {
    activation.forward(module::linear(x, weight, bias))
}

/// The layer on a backend.
#[backend_extension(Flex, Autodiff)]
trait LinearLayer: Backend {
    fn linear_layer(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self>;
}

impl LinearLayer for Flex {
    fn linear_layer(x: FlexTensor, weight: FlexTensor, bias: FlexTensor, activation: Activation) -> FlexTensor {
        forward(&dense(x), &dense(weight), &dense(bias), activation).into_output()
    }
}

impl<C: CheckpointStrategy> LinearLayer for Autodiff<Flex, C> {
    fn linear_layer(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        let ((x, of_x), (weight, of_weight), (bias, of_bias)) =
            (x.into_parts(), weight.into_parts(), bias.into_parts());
        let (x, weight) = (dense(x), dense(weight));
        let outputs = forward(&x, &weight, &dense(bias), activation);
        match LinearBackward.prepare::<C>([of_x, of_weight, of_bias]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let output = outputs.output();
                prep.finish(Remembered { x, weight, outputs }, output)
            }
            OpsKind::UnTracked(prep) => prep.finish(outputs.into_output()),
        }
    }
}

/// What the forward pass keeps for the backward pass.
#[derive(Clone, Debug)]
struct Remembered {
    x: FlexTensor,
    weight: FlexTensor,
    outputs: Activated,
}

#[derive(Debug)]
struct LinearBackward;

/// The gradients with respect to x, the weights and the biases.
impl Backward<Flex, 3> for LinearBackward {
    type State = Remembered;

    fn backward(self, ops: Ops<Remembered, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let Remembered { x, weight, outputs } = ops.state;
        let ([batch, inputs], [_, width]) = (sizes(&x), sizes(&weight));
        let delta = outputs.delta(gradients.consume::<Flex>(&ops.node));
        let delta = numbers(&delta);
        let [of_x, of_weight, of_bias] = ops.parents;
        with_workspace(|workspace| {
            let scratch = &mut workspace.strip;
            if let Some(node) = of_bias {
                let mut sum = vec![0.0; width];
                sum_of_rows(delta, &mut sum);
                gradients.register::<Flex>(node.id, tensor(sum, [width]));
            }
            if let Some(node) = of_weight {
                let mut c = vec![0.0; inputs * width];
                let (a, b) = (Matrix::Columns(numbers(&x)), Matrix::Rows(delta));
                let (m, n, k, sums) = (inputs, width, batch, Sums::default());
                RowMajorProduct { a, b, c: &mut c, m, n, k, sums, scratch }.compute();
                gradients.register::<Flex>(node.id, tensor(c, [inputs, width]));
            }
            if let Some(node) = of_x {
                let mut c = vec![0.0; batch * inputs];
                let (a, b) = (Matrix::Rows(delta), Matrix::Columns(numbers(&weight)));
                let (m, n, k, sums) = (batch, inputs, width, Sums::default());
                RowMajorProduct { a, b, c: &mut c, m, n, k, sums, scratch }.compute();
                gradients.register::<Flex>(node.id, tensor(c, [batch, inputs]));
            }
        });
    }
}

/// f(x W + b) on slices.
fn forward(x: &FlexTensor, weight: &FlexTensor, bias: &FlexTensor, activation: Activation) -> Activated {
    let ([m, k], [_, n]) = (sizes(x), sizes(weight));
    activate(activation, [m, n], |c, rectified| {
        let (a, b) = (Matrix::Rows(numbers(x)), Matrix::Rows(numbers(weight)));
        let sums = Sums { bias: Some(numbers(bias)), rectified };
        with_workspace(|workspace| {
            RowMajorProduct { a, b, c, m, n, k, sums, scratch: &mut workspace.strip }.compute();
        });
    })
}
