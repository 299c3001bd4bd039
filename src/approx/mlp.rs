//! The network as a burn module: the reference that automatic differentiation works on.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Gradients, Tensor, TensorData};

use super::{Activation, Shape};

/// A multilayer perceptron; without hidden layers an affine function of its features, or a linear one.
///
/// The activation follows every layer but the last.
#[derive(Module, Debug)]
pub struct Mlp {
    layers: Vec<Linear>,
    #[module(skip)]
    activation: Activation,
}

impl Mlp {
    /// The network of this shape with these parameters, in the order that [`Shape`] describes, on `device`.
    ///
    /// Parameters are always built from data on the host: burn's own initialisation is lazy, and draws from a generator
    /// that all runs of a process share.
    ///
    /// # Panics
    /// If the number of parameters does not fit the shape.
    pub fn from_parameters(shape: &Shape, parameters: &[f32], device: &Device) -> Mlp {
        assert_eq!(parameters.len(), shape.parameters(), "parameters of a network with widths {shape}");
        let parameter = |range: std::ops::Range<usize>| parameters[range].to_vec();
        let layers = shape.layers().map(|layer| Linear {
            weight: Param::from_data(TensorData::new(parameter(layer.weights), [layer.inputs, layer.outputs]), device),
            bias: (!layer.biases.is_empty())
                .then(|| Param::from_data(TensorData::new(parameter(layer.biases), [layer.outputs]), device)),
        });
        Mlp { layers: layers.collect(), activation: shape.activation }
    }

    /// Outputs `[B, O]` of a batch of features `[B, F]`.
    pub fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let last = self.layers.len() - 1;
        let hidden = self.layers[..last].iter().fold(features, |z, layer| self.activation.forward(layer.forward(z)));
        self.layers[last].forward(hidden)
    }

    /// All parameters, in the order that [`Shape`] describes.
    pub fn flat_parameters(&self) -> Vec<f32> {
        self.in_order(|weight| numbers(weight.val()), |bias| numbers(bias.val()))
    }

    /// The gradients of all parameters, in the order that [`Shape`] describes; zero for what the loss does not depend on.
    pub fn flat_gradients(&self, gradients: &Gradients) -> Vec<f32> {
        self.in_order(|weight| gradient_of(weight, gradients), |bias| gradient_of(bias, gradients))
    }

    fn in_order(
        &self,
        of_weight: impl Fn(&Param<Tensor<2>>) -> Vec<f32>,
        of_bias: impl Fn(&Param<Tensor<1>>) -> Vec<f32>,
    ) -> Vec<f32> {
        let mut all = Vec::with_capacity(self.num_params());
        for layer in &self.layers {
            all.extend(of_weight(&layer.weight));
            all.extend(layer.bias.iter().flat_map(&of_bias));
        }
        all
    }
}

fn gradient_of<const D: usize>(parameter: &Param<Tensor<D>>, gradients: &Gradients) -> Vec<f32> {
    let tensor = parameter.val();
    tensor.grad(gradients).map_or_else(|| vec![0.0; tensor.dims().iter().product()], numbers)
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("parameters are 32-bit floats")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approx::{FeatureConfig, FeatureMap, Initialization};
    use crate::device::DeviceName;
    use crate::rng::{Stream, stream};

    fn shape(hidden: &[usize], output_bias: bool) -> Shape {
        Shape { widths: [&[3], hidden, &[2]].concat(), activation: Activation::Tanh, output_bias }
    }

    /// The network by its definition, in double precision.
    fn by_hand(shape: &Shape, parameters: &[f32], input: &[f32]) -> Vec<f64> {
        let mut z: Vec<f64> = input.iter().map(|&x| f64::from(x)).collect();
        for (index, layer) in shape.layers().enumerate() {
            let weight = |i: usize, o: usize| f64::from(parameters[layer.weights.start + i * layer.outputs + o]);
            let bias = |o: usize| parameters[layer.biases.clone()].get(o).map_or(0.0, |&b| f64::from(b));
            let out = (0..layer.outputs).map(|o| (0..layer.inputs).map(|i| z[i] * weight(i, o)).sum::<f64>() + bias(o));
            let out: Vec<f64> = out.collect();
            z = if index + 1 < shape.depth() { out.iter().map(|v| v.tanh()).collect() } else { out };
        }
        z
    }

    #[test]
    fn forward_is_the_definition_on_both_devices_and_at_every_depth() {
        let space = tilde_envs::Space::Box { low: vec![0.0; 3], high: vec![1.0; 3] };
        let features = FeatureMap::new(&FeatureConfig::default(), &space).unwrap();
        for device in [DeviceName::Flex, DeviceName::Ndarray].map(|name| name.open().unwrap()) {
            for (hidden, bias) in [(vec![], true), (vec![], false), (vec![7], true), (vec![7, 5], true)] {
                let shape = shape(&hidden, bias);
                let parameters = Initialization::Pytorch.draw_network(&shape, &features, &mut stream(5, Stream::Init));
                let mlp = Mlp::from_parameters(&shape, &parameters, &device);
                assert_eq!(mlp.flat_parameters(), parameters);
                let rows = [[0.5_f32, -1.0, 2.0], [0.0, 3.0, -0.25]];
                let output = numbers(mlp.forward(Tensor::from_floats(rows, &device)));
                let expected = rows.map(|row| by_hand(&shape, &parameters, &row)).concat();
                for (output, expected) in output.iter().zip(expected) {
                    assert!((f64::from(*output) - expected).abs() < 1e-6, "{output} is not {expected}");
                }
            }
        }
    }
}
