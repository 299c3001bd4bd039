//! Layers: an affine map and a nonlinearity.

use burn::module::{Module, Param};
use burn::nn::LayerNorm;
use burn::tensor::{Device, Tensor};

use super::ops;
use crate::approx::{Activation, Window};

/// x W + b.
#[derive(Module, Debug)]
pub struct Linear {
    /// W, `[inputs, outputs]`.
    weight: Param<Tensor<2>>,
    /// b, `[outputs]`.
    bias: Option<Param<Tensor<1>>>,
}

impl Linear {
    /// A layer of zeros; its weights are drawn later.
    pub fn zeros(inputs: usize, outputs: usize, has_bias: bool, device: &Device) -> Linear {
        let weight = Param::from_tensor(Tensor::zeros([inputs, outputs], device));
        Linear { weight, bias: has_bias.then(|| Param::from_tensor(Tensor::zeros([outputs], device))) }
    }

    /// W, and b.
    pub fn weights(&self) -> (Tensor<2>, Option<Tensor<1>>) {
        (self.weight.val(), self.bias.as_ref().map(Param::val))
    }

    /// f(x W + b) of rows `[B, inputs]`.
    pub fn forward(&self, x: Tensor<2>, activation: Activation) -> Tensor<2> {
        let (weight, bias) = self.weights();
        ops::linear(x, weight, bias, activation)
    }
}

/// f(norm(h)); f(h) where there is no normalisation.
pub fn activated<const D: usize>(norm: Option<&LayerNorm>, activation: Activation, h: Tensor<D>) -> Tensor<D> {
    match norm {
        Some(norm) => activation.forward(norm.forward(h)),
        None => activation.forward(h),
    }
}

/// A two-dimensional convolution, channels last.
#[derive(Module, Debug)]
pub struct Convolution {
    /// `[height, width, inputs, filters]`.
    weight: Param<Tensor<4>>,
    /// `[filters]`.
    bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    window: Window,
}

impl Convolution {
    /// A layer of zeros; its weights are drawn later.
    pub fn zeros(inputs: usize, filters: usize, window: Window, device: &Device) -> Convolution {
        let weight = Param::from_tensor(Tensor::zeros([window.size, window.size, inputs, filters], device));
        let bias = Some(Param::from_tensor(Tensor::zeros([filters], device)));
        Convolution { weight, bias, window }
    }

    /// f(x ∗ W + b) of images `[B, height, width, inputs]`.
    pub fn forward(&self, x: Tensor<4>, activation: Activation) -> Tensor<4> {
        let Window { stride, padding, .. } = self.window;
        let bias = self.bias.as_ref().map(Param::val);
        ops::conv2d(x, self.weight.val(), bias, [stride; 2], [padding; 2], activation)
    }
}
