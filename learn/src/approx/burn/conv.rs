//! The convolutional network as a burn module.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::{Device, Tensor};

use super::layers::{Convolution, activated};
use super::mlp::Mlp;
use super::network::Network;
use crate::approx::{Activation, Architecture, NORM_EPSILON, Window};

/// Convolutions, and a multilayer perceptron over their outputs:
///
/// c₁ = x ∗ W₁ + b₁,  cₗ₊₁ = f(norm(cₗ)) ∗ W + b; f(norm(c)) of the last convolution is the perceptron's input.
///
/// With residual connections cₗ is added to cₗ₊₁ where both have one shape. The normalisation is over the channels of
/// each place.
#[derive(Module, Debug)]
pub struct ConvNet {
    convolutions: Vec<Convolution>,
    /// One for each convolution; empty without normalisation.
    norms: Vec<LayerNorm>,
    head: Mlp,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    residual: bool,
    /// Height, width and channels of an observation.
    #[module(skip)]
    image: [usize; 3],
    /// The same of what the last convolution makes.
    #[module(skip)]
    last_image: [usize; 3],
}

impl ConvNet {
    /// A network of this architecture, all zero.
    ///
    /// # Panics
    /// If the architecture has no convolutions.
    pub fn zeros(architecture: &Architecture, device: &Device) -> ConvNet {
        let Architecture { convolutions, shape, layer_norm, residual } = architecture;
        let convolutional = convolutions.as_ref().expect("a convolutional network has convolutions");
        let layers = convolutional.layers();
        let norm = |(.., filters): (Window, usize, usize)| {
            LayerNormConfig::new(filters).with_epsilon(NORM_EPSILON).init(device)
        };
        ConvNet {
            convolutions: layers.map(|(window, from, to)| Convolution::zeros(from, to, window, device)).collect(),
            norms: if *layer_norm { convolutional.layers().map(norm).collect() } else { Vec::new() },
            head: Mlp::zeros(shape, *layer_norm, *residual, device),
            activation: shape.activation,
            residual: *residual,
            image: convolutional.convolutions[0].1,
            last_image: convolutional.image,
        }
    }

    /// The outputs of the last convolution, an image in one row; `seen` gets the number of each convolution and its outputs
    /// `[B, height, width, filters]`.
    fn convolve(&self, features: Tensor<2>, mut seen: impl FnMut(usize, &Tensor<4>)) -> Tensor<2> {
        let [batch, _] = features.dims();
        let [height, width, channels] = self.image;
        let mut c = features.reshape([batch, height, width, channels]);
        let is_plain = self.norms.is_empty() && !self.residual;
        for (index, layer) in self.convolutions.iter().enumerate() {
            if is_plain {
                // The nonlinearity in one operation with the convolution before it.
                c = layer.forward(c, self.activation);
                seen(index, &c);
                continue;
            }
            let from = match index {
                0 => c.clone(),
                _ => {
                    let outputs = activated(self.norms.get(index - 1), self.activation, c.clone());
                    seen(index - 1, &outputs);
                    outputs
                }
            };
            let next = layer.forward(from, Activation::Identity);
            c = if self.residual && index > 0 && next.dims() == c.dims() { c + next } else { next };
        }
        if !is_plain {
            c = activated(self.norms.last(), self.activation, c);
            seen(self.convolutions.len() - 1, &c);
        }
        let [_, height, width, filters] = c.dims();
        c.reshape([batch, height * width * filters])
    }
}

impl Network for ConvNet {
    fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        self.head.forward(self.convolve(features, |_, _| {}))
    }

    fn hidden_layers(&self, features: Tensor<2>) -> Vec<(String, Tensor<2>)> {
        let mut hidden = Vec::new();
        let convolved = self.convolve(features, |index, outputs| {
            let [batch, height, width, filters] = outputs.dims();
            let rows = outputs.clone().reshape([batch * height * width, filters]);
            hidden.push((format!("convolutions.{index}"), rows));
        });
        let of_head = self.head.hidden_layers(convolved).into_iter();
        hidden.extend(of_head.map(|(name, outputs)| (format!("head.{name}"), outputs)));
        hidden
    }

    fn flattened_image(&self) -> Option<(&'static str, [usize; 3])> {
        Some(("head.layers.0", self.last_image))
    }
}
