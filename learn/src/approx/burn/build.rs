//! Functions over networks of the network slot, with their first weights.

use burn::tensor::Device;

use super::draw::{make_and_draw, own_values};
use super::{BurnFunction, FirstLayer, Mlp, Network};
use crate::approx::{FunctionSetup, NetworkSetup};
use crate::rng::Rng;

/// A function over the multilayer perceptron that `make` makes, with zero weights; they are drawn from `rng` as those
/// of the loops on the host are, so that both start from the same.
///
/// # Panics
/// If the device is not there, which is checked with the config.
pub fn mlp_function(
    make: impl FnOnce(&Device) -> Mlp,
    network: &NetworkSetup,
    function: &FunctionSetup,
    rng: &mut Rng,
) -> BurnFunction<Mlp> {
    let device = opened(function);
    let (mlp, shape) = (make(&device), network.shape());
    let drawn = network.initialization.draw_network(&shape, network.features, rng);
    let mut parameters = own_values(&mlp); // those of normalisations stand behind all others, and stay
    parameters[..drawn.len()].copy_from_slice(&drawn);
    let first_layer = FirstLayer { features: shape.features(), row: shape.widths[1] };
    BurnFunction::with_parameters(mlp, parameters, network.features.clone(), Some(first_layer), device, function)
}

/// A function over the module that `make` makes. Its linear layers and convolutions are drawn from `rng`, with all
/// features in the fan-in, sparse or not.
///
/// # Panics
/// If the device is not there, which is checked with the config.
pub fn module_function<N: Network>(
    make: impl FnOnce(&Device) -> N,
    network: &NetworkSetup,
    function: &FunctionSetup,
    rng: &mut Rng,
) -> BurnFunction<N> {
    let device = opened(function);
    let (module, parameters) = make_and_draw(|| make(&device), network.initialization, &device, rng);
    BurnFunction::with_parameters(module, parameters, network.features.clone(), None, device, function)
}

fn opened(function: &FunctionSetup) -> Device {
    function.backend.device.open().expect("a checked device opens")
}
