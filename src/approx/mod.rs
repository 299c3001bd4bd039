//! Function approximators as values: a feature map, hidden widths, an activation.
//!
//! One-hot features without a hidden layer are the table; other features without a hidden layer are the linear case; one
//! hidden layer is the shallow network, more are the deep one. All of them are the same [`Mlp`] over a [`FeatureMap`], so a
//! comparison changes the approximator and nothing else. What the outputs mean is said by the role: [`QFunction`],
//! [`ValueFunction`] or [`Policy`].

mod activation;
mod features;
mod initialization;
mod mlp;
mod policy;
mod q_function;
mod value_function;

use serde::{Deserialize, Serialize};

pub use activation::Activation;
pub use features::{FeatureConfig, FeatureMap, ScaledConfig};
pub use initialization::Initialization;
pub use mlp::Mlp;
pub use policy::Policy;
pub use q_function::QFunction;
pub use value_function::ValueFunction;

use crate::invalid::{Invalid, require};

/// The approximator slot of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApproximatorConfig {
    /// The feature map φ between the observation and the first layer.
    #[serde(default)]
    pub features: FeatureConfig,
    /// Widths of the hidden layers; none is the linear case.
    #[serde(default)]
    pub hidden: Vec<usize>,
    /// The nonlinearity after each hidden layer.
    #[serde(default)]
    pub activation: Activation,
    /// How the first weights are drawn.
    #[serde(default)]
    pub initialization: Initialization,
}

/// The widest layer that a config may ask for: far beyond a CPU's use, and small enough that a typing error is found.
const WIDEST: usize = 65_536;

impl ApproximatorConfig {
    /// Checks what can be checked without knowing the environment.
    pub fn check(&self) -> Result<(), Invalid> {
        for (index, &width) in self.hidden.iter().enumerate() {
            require((1..=WIDEST).contains(&width), &format!("hidden.{index}"), || {
                format!("a hidden layer has 1 to {WIDEST} units, not {width}")
            })?;
        }
        require(self.hidden.is_empty() || self.initialization != Initialization::Zero, "initialization", || {
            "\"zero\" would never leave zero with a hidden layer: all its gradients vanish".to_owned()
        })
    }

    /// Widths of all layers, from the features to the outputs.
    pub fn widths(&self, features: usize, outputs: usize) -> Vec<usize> {
        std::iter::once(features).chain(self.hidden.iter().copied()).chain([outputs]).collect()
    }

    /// How many weights and biases the approximator has.
    pub fn parameters(&self, features: usize, outputs: usize) -> usize {
        self.widths(features, outputs).windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum()
    }
}
