//! The network that every approximator is: affine layers with a nonlinearity between them.

use burn::module::{Module, Param, ParamId};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};

use super::{Activation, ApproximatorConfig};
use crate::rng::Rng;

/// A multilayer perceptron; without hidden layers an affine function of its features.
///
/// The activation follows every layer but the last.
#[derive(Module, Debug)]
pub struct Mlp {
    layers: Vec<Linear>,
    #[module(skip)]
    activation: Activation,
}

impl Mlp {
    /// The network for `features` inputs and `outputs` outputs on `device`, its weights drawn from `rng`.
    pub fn new(config: &ApproximatorConfig, features: usize, outputs: usize, rng: &mut Rng, device: &Device) -> Mlp {
        let widths = config.widths(features, outputs);
        let parameters = config.initialization.draw_network(&widths, rng);
        Mlp::from_parameters(&widths, config.activation, &parameters, device)
    }

    /// The network with these layer widths whose parameters are those that [`Mlp::flat_parameters`] returned.
    ///
    /// Parameters are always built from data on the host: burn's own initialisation is lazy, and draws from a generator
    /// that all runs of a process share.
    ///
    /// # Panics
    /// If the number of parameters does not fit the widths.
    pub fn from_parameters(widths: &[usize], activation: Activation, parameters: &[f32], device: &Device) -> Mlp {
        let expected: usize = widths.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum();
        assert_eq!(parameters.len(), expected, "parameters of a network with widths {widths:?}");
        let mut rest = parameters;
        let layers = widths.windows(2).enumerate().map(|(index, pair)| {
            let (inputs, outputs) = (pair[0], pair[1]);
            let (weight, behind) = rest.split_at(inputs * outputs);
            let (bias, behind) = behind.split_at(outputs);
            rest = behind;
            // Identifiers by position: an optimizer's saved state finds its parameters again in another process.
            let id = 2 * index as u64;
            Linear {
                weight: parameter(id, TensorData::new(weight.to_vec(), [inputs, outputs]), device),
                bias: Some(parameter(id + 1, TensorData::new(bias.to_vec(), [outputs]), device)),
            }
        });
        Mlp { layers: layers.collect(), activation }
    }

    /// Outputs `[B, O]` of a batch of features `[B, F]`.
    pub fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let last = self.layers.len() - 1;
        let hidden = self.layers[..last].iter().fold(features, |z, layer| self.activation.forward(layer.forward(z)));
        self.layers[last].forward(hidden)
    }

    /// Layer widths, from the features to the outputs.
    pub fn widths(&self) -> Vec<usize> {
        let [features, _] = self.layers[0].weight.dims();
        std::iter::once(features).chain(self.layers.iter().map(|layer| layer.weight.dims()[1])).collect()
    }

    /// All parameters, layer by layer: the weights `[inputs, outputs]` row by row, then the biases `[outputs]`.
    pub fn flat_parameters(&self) -> Vec<f32> {
        let mut parameters = Vec::with_capacity(self.num_params());
        for layer in &self.layers {
            parameters.extend(numbers(layer.weight.val()));
            parameters.extend(layer.bias.iter().flat_map(|bias| numbers(bias.val())));
        }
        parameters
    }

    /// The same network, on the same device, with other parameters in the order of [`Mlp::flat_parameters`].
    ///
    /// # Panics
    /// If there are more or fewer parameters than the network has.
    pub fn with_parameters(&self, parameters: &[f32]) -> Mlp {
        let device = self.layers[0].weight.val().device();
        Mlp::from_parameters(&self.widths(), self.activation, parameters, &device)
    }

    /// (1 − `share`) · self + `share` · other, parameter by parameter: Polyak averaging (Lillicrap et al. 2016). A share
    /// of 1 is a copy of `other`, to the bit.
    pub fn averaged(&self, other: &Mlp, share: f64) -> Mlp {
        if share == 1.0 {
            return other.clone();
        }
        let layers = self.layers.iter().zip(&other.layers).map(|(ours, theirs)| Linear {
            weight: average(&ours.weight, &theirs.weight, share),
            bias: ours.bias.as_ref().zip(theirs.bias.as_ref()).map(|(ours, theirs)| average(ours, theirs, share)),
        });
        Mlp { layers: layers.collect(), activation: self.activation }
    }
}

fn parameter<const D: usize>(id: u64, data: TensorData, device: &Device) -> Param<Tensor<D>> {
    let (_, value, mapper) = Param::from_data(data, device).consume();
    Param::from_mapped_value(ParamId::from(id), value, mapper)
}

fn average<const D: usize>(ours: &Param<Tensor<D>>, theirs: &Param<Tensor<D>>, share: f64) -> Param<Tensor<D>> {
    let theirs = theirs.val().mul_scalar(share);
    ours.clone().map(|value| value.mul_scalar(1.0 - share) + theirs)
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("parameters are 32-bit floats")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approx::{FeatureConfig, Initialization};
    use crate::device::DeviceName;
    use crate::rng::{Stream, stream};

    fn network(hidden: &[usize], device: &Device) -> Mlp {
        let config = ApproximatorConfig {
            features: FeatureConfig::default(),
            hidden: hidden.to_vec(),
            activation: Activation::Tanh,
            initialization: Initialization::Pytorch,
        };
        Mlp::new(&config, 3, 2, &mut stream(5, Stream::Init), device)
    }

    /// The network by its definition, in double precision.
    fn by_hand(widths: &[usize], mut parameters: &[f32], input: &[f32]) -> Vec<f64> {
        let mut z: Vec<f64> = input.iter().map(|&x| f64::from(x)).collect();
        for (index, pair) in widths.windows(2).enumerate() {
            let (weight, rest) = parameters.split_at(pair[0] * pair[1]);
            let (bias, rest) = rest.split_at(pair[1]);
            parameters = rest;
            let out = (0..pair[1]).map(|o| {
                let sum: f64 = (0..pair[0]).map(|i| z[i] * f64::from(weight[i * pair[1] + o])).sum();
                sum + f64::from(bias[o])
            });
            let out: Vec<f64> = out.collect();
            z = if index + 2 < widths.len() { out.iter().map(|v| v.tanh()).collect() } else { out };
        }
        z
    }

    #[test]
    fn forward_is_the_definition_on_both_devices_and_at_every_depth() {
        for device in [DeviceName::Flex, DeviceName::Ndarray].map(|name| name.open().unwrap()) {
            for hidden in [vec![], vec![7], vec![7, 5]] {
                let mlp = network(&hidden, &device);
                let rows = [[0.5_f32, -1.0, 2.0], [0.0, 3.0, -0.25]];
                let output = numbers(mlp.forward(Tensor::from_floats(rows, &device)));
                let expected = rows.map(|row| by_hand(&mlp.widths(), &mlp.flat_parameters(), &row)).concat();
                for (output, expected) in output.iter().zip(expected) {
                    assert!((f64::from(*output) - expected).abs() < 1e-6, "{output} is not {expected}");
                }
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_weights_on_both_devices() {
        let [flex, ndarray] = [DeviceName::Flex, DeviceName::Ndarray].map(|name| name.open().unwrap());
        assert_eq!(network(&[4], &flex).flat_parameters(), network(&[4], &ndarray.autodiff()).flat_parameters());
    }

    #[test]
    fn parameters_round_trip() {
        let mlp = network(&[4], &DeviceName::Flex.open().unwrap());
        let other: Vec<f32> = (0..mlp.num_params()).map(|i| i as f32).collect();
        assert_eq!(mlp.with_parameters(&other).flat_parameters(), other);
    }

    #[test]
    fn averaging_moves_by_the_given_share() {
        for device in [DeviceName::Flex, DeviceName::Ndarray].map(|name| name.open().unwrap()) {
            let mlp = network(&[], &device);
            let constant = |value: f32| mlp.with_parameters(&vec![value; mlp.num_params()]);
            let mixed = constant(1.0).averaged(&constant(5.0), 0.25);
            assert_eq!(mixed.flat_parameters(), vec![2.0; mlp.num_params()]);
            assert_eq!(constant(1.0).averaged(&mlp, 1.0).flat_parameters(), mlp.flat_parameters());
        }
    }
}
