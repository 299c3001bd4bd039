//! The operations that layers are made of.

use burn::tensor::Tensor;
use burn::tensor::module::conv2d as burn_conv2d;
use burn::tensor::ops::ConvOptions;

use crate::approx::Activation;

/// f(x W + b) of rows `[B, inputs]`.
pub fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>, activation: Activation) -> Tensor<2> {
    let z = x.matmul(weight);
    let z = match bias {
        Some(bias) => z + bias.unsqueeze(),
        None => z,
    };
    activation.forward(z)
}

/// f(x ∗ W + b) of images `[B, height, width, channels]` with weights `[height, width, channels, filters]`.
pub fn conv2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    stride: [usize; 2],
    padding: [usize; 2],
    activation: Activation,
) -> Tensor<4> {
    let (x, weight) = (x.permute([0, 3, 1, 2]), weight.permute([3, 2, 0, 1]));
    let z = burn_conv2d(x, weight, bias, ConvOptions::new(stride, padding, [1, 1], 1));
    activation.forward(z.permute([0, 2, 3, 1]))
}
