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
use draw::{draw_module, own_values};
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
            finish(network, parameters, features, Some(first_layer), setup)
        }
        Some(convolutional) => {
            let network = ConvNet::zeros(convolutional, &architecture, &device);
            let parameters = draw_module(&network, config.initialization, &device, rng);
            finish(network, parameters, features, None, setup)
        }
    }
}

fn finish<N: Network>(
    network: N,
    parameters: Vec<f32>,
    features: FeatureMap,
    first_layer: Option<FirstLayer>,
    setup: &FunctionSetup,
) -> Box<dyn Function> {
    let function = BurnFunction::with_parameters(network, parameters, features, first_layer, setup);
    Box::new(function.expect("networks of this crate are networks"))
}
