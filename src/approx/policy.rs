//! h̃(u | x; θ): a stochastic policy over discrete actions.

use burn::module::Module;
use burn::tensor::{Device, Tensor, activation};

use super::{ApproximatorConfig, Mlp};
use crate::rng::Rng;

/// An approximate policy h̃(u | x; θ) = softmaxᵤ of the network's outputs, its action preferences (Sutton & Barto 2018,
/// eq. 13.2).
#[derive(Module, Debug)]
pub struct Policy {
    /// The network whose outputs these are.
    pub network: Mlp,
}

impl Policy {
    /// A policy over `features` features for `actions` actions.
    pub fn new(config: &ApproximatorConfig, features: usize, actions: usize, rng: &mut Rng, device: &Device) -> Policy {
        Policy { network: Mlp::new(config, features, actions, rng, device) }
    }

    /// Logarithms of the probabilities `[B, A]` of all actions for a batch of features `[B, F]`.
    pub fn log_probabilities(&self, features: Tensor<2>) -> Tensor<2> {
        activation::log_softmax(self.network.forward(features), 1)
    }
}
