//! Ṽ(x; θ): state values.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::{ApproximatorConfig, Mlp};
use crate::rng::Rng;

/// An approximate state-value function: Ṽ(x; θ).
#[derive(Module, Debug)]
pub struct ValueFunction {
    /// The network whose outputs these are.
    pub network: Mlp,
}

impl ValueFunction {
    /// A state-value function over `features` features.
    pub fn new(config: &ApproximatorConfig, features: usize, rng: &mut Rng, device: &Device) -> ValueFunction {
        ValueFunction { network: Mlp::new(config, features, 1, rng, device) }
    }

    /// Values `[B]` for a batch of features `[B, F]`.
    pub fn values(&self, features: Tensor<2>) -> Tensor<1> {
        self.network.forward(features).squeeze_dim(1)
    }
}
