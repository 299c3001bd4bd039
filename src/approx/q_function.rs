//! Q̃(x, u; θ): action values.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::{ApproximatorConfig, Mlp};
use crate::rng::Rng;

/// An approximate action-value function with one output per action: Q̃(x, ·; θ).
#[derive(Module, Debug)]
pub struct QFunction {
    /// The network whose outputs these are.
    pub network: Mlp,
}

impl QFunction {
    /// An action-value function over `features` features for `actions` actions.
    pub fn new(
        config: &ApproximatorConfig,
        features: usize,
        actions: usize,
        rng: &mut Rng,
        device: &Device,
    ) -> QFunction {
        QFunction { network: Mlp::new(config, features, actions, rng, device) }
    }

    /// Values `[B, A]` of all actions for a batch of features `[B, F]`.
    pub fn values(&self, features: Tensor<2>) -> Tensor<2> {
        self.network.forward(features)
    }
}
