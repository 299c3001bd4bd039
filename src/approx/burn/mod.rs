//! Networks as burn modules, on any device.

mod conv;
mod draw;
mod function;
mod layers;
mod mlp;
mod network;
pub mod ops;
mod parameters;

pub use function::{BurnFunction, FirstLayer};
pub use network::Network;

use conv::ConvNet;
use draw::{make_and_draw, own_values};
use mlp::Mlp;

use super::{ApproximatorConfig, FeatureMap, Function, FunctionSetup};
use crate::rng::Rng;

/// A function with the network of a config, its parameters drawn from `rng`.
///
/// # Panics
/// If the features do not fit the space or the device is not there: both are checked with the config.
pub fn build(config: &ApproximatorConfig, setup: &FunctionSetup, rng: &mut Rng) -> Box<dyn Function> {
    let features = FeatureMap::new(&config.features, setup.space).expect("checked features fit the space");
    let architecture = config.architecture(&features, setup.space, setup.outputs).expect("a checked network fits");
    let device = setup.backend.device.open().expect("a checked device opens");
    match &architecture.convolutions {
        None => {
            let shape = &architecture.shape;
            let network = Mlp::zeros(shape, architecture.layer_norm, architecture.residual, &device);
            // What the loops on the processor start from, and behind it the normalisations' own values.
            let drawn = config.initialization.draw_network(shape, &features, rng);
            let mut parameters = own_values(&network);
            parameters[..drawn.len()].copy_from_slice(&drawn);
            let first_layer = FirstLayer { features: shape.features(), row: shape.widths[1] };
            Box::new(BurnFunction::with_parameters(network, parameters, features, Some(first_layer), device, setup))
        }
        Some(convolutional) => {
            let make = || ConvNet::zeros(convolutional, &architecture, &device);
            let (network, parameters) = make_and_draw(make, config.initialization, &device, rng);
            Box::new(BurnFunction::with_parameters(network, parameters, features, None, device, setup))
        }
    }
}
