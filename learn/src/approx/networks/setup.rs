//! What a network is made for.

use tilde_envs::Space;

use crate::approx::{Activation, FeatureConfig, FeatureMap, Initialization, Shape};

/// What a network is made for: its features, its outputs, and the settings of the approximator that it may use.
#[derive(Clone, Copy, Debug)]
pub struct NetworkSetup<'a> {
    /// The feature map before the network; its [`FeatureMap::len`] is the number of inputs.
    pub features: &'a FeatureMap,
    /// The settings of that map.
    pub feature_config: &'a FeatureConfig,
    /// Where observations lie.
    pub space: &'a Space,
    /// How many outputs there are.
    pub outputs: usize,
    /// The approximator's `hidden`: widths of the hidden layers.
    pub hidden: &'a [usize],
    /// The approximator's `activation`.
    pub activation: Activation,
    /// The approximator's `initialization`.
    pub initialization: &'a Initialization,
}

impl NetworkSetup<'_> {
    /// The multilayer perceptron over the features, with the approximator's hidden layers.
    pub fn shape(&self) -> Shape {
        Shape {
            widths: [&[self.features.len()], self.hidden, &[self.outputs]].concat(),
            activation: self.activation,
            output_bias: !(self.hidden.is_empty() && self.features.spans_constants()),
        }
    }

    /// The shape of an observation, if the network sees the observation itself, or its components scaled.
    pub fn observation_shape(&self) -> Option<Vec<usize>> {
        let is_whole = self.feature_config.keeps_shape() && self.features.len() == self.space.len();
        is_whole.then(|| self.space.shape())
    }
}
