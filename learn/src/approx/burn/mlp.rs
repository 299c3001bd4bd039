//! The multilayer perceptron as a burn module.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::{Device, Tensor};

use super::layers::{Linear, activated};
use super::{Network, ops};
use crate::approx::{Activation, NORM_EPSILON, Shape};

/// Linear maps, and between them a normalisation where there is one, and the nonlinearity:
///
/// h₁ = x W₁ + b₁,  hₗ₊₁ = f(norm(hₗ)) W + b, and y is the last h.
///
/// With residual connections hₗ is added to hₗ₊₁ where both have as many units. The nonlinearity stands before the
/// weights, so that the sums are an identity map from the first to the last of them (He et al. 2016b). The
/// normalisation is over the units of each row (Ba et al. 2016).
#[derive(Module, Debug)]
pub struct Mlp {
    layers: Vec<Linear>,
    /// One for each hidden layer; empty without normalisation.
    norms: Vec<LayerNorm>,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    residual: bool,
}

impl Mlp {
    /// A network of this shape, all zero. Its parameters lie in the order that [`Shape`] describes; those of the
    /// normalisations follow.
    pub fn zeros(shape: &Shape, layer_norm: bool, residual: bool, device: &Device) -> Mlp {
        let layers =
            shape.layers().map(|layer| Linear::zeros(layer.inputs, layer.outputs, !layer.biases.is_empty(), device));
        let hidden = &shape.widths[1..shape.depth()];
        let norm = |&units: &usize| LayerNormConfig::new(units).with_epsilon(NORM_EPSILON).init(device);
        let norms = if layer_norm { hidden.iter().map(norm).collect() } else { Vec::new() };
        Mlp { layers: layers.collect(), norms, activation: shape.activation, residual }
    }

    /// The outputs, layer by layer; `seen` gets the number of each hidden layer and its outputs.
    fn layer_by_layer(&self, features: Tensor<2>, mut seen: impl FnMut(usize, &Tensor<2>)) -> Tensor<2> {
        let hidden = self.layers.len() - 1;
        let mut h = features;
        for (index, layer) in self.layers.iter().enumerate() {
            let from = match index {
                0 => h.clone(),
                _ => {
                    let outputs = activated(self.norms.get(index - 1), self.activation, h.clone());
                    seen(index - 1, &outputs);
                    outputs
                }
            };
            let next = layer.forward(from, Activation::Identity);
            let is_skipped = self.residual && index > 0 && index < hidden && next.dims() == h.dims();
            h = if is_skipped { h + next } else { next };
        }
        h
    }
}

impl Network for Mlp {
    fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        if self.norms.is_empty() && !self.residual {
            let layers = self.layers.iter().map(Linear::weights).collect();
            return ops::linear_chain(features, layers, self.activation);
        }
        self.layer_by_layer(features, |_, _| {})
    }

    fn hidden_layers(&self, features: Tensor<2>) -> Vec<(String, Tensor<2>)> {
        let mut hidden = Vec::new();
        self.layer_by_layer(features, |index, outputs| hidden.push((Shape::layer_name(index), outputs.clone())));
        hidden
    }
}
