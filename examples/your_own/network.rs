//! A network of your own, as a burn module: the dueling network, whose two streams are the value of the state and the
//! advantages of the actions (Wang et al. 2016, equation 9).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde::approx::{ModuleConfig, Network, NetworkSetup};
use tilde::burn; // by this name in the derived code
use tilde::burn::module::Module;
use tilde::burn::nn::{Linear, LinearConfig};
use tilde::burn::tensor::{Device, Tensor, activation};
use tilde::invalid_value::{InvalidValue, at_least_one};
use tilde::registry::Part;

/// In a config: `network = "dueling"`, or `network = { dueling = { units = 64 } }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DuelingConfig {
    /// Units of the layer that both streams share.
    pub units: usize,
}

impl Default for DuelingConfig {
    fn default() -> Self {
        DuelingConfig { units: 64 }
    }
}

impl Part for DuelingConfig {
    const ID: &'static str = "dueling";
    const SUMMARY: &'static str = "values of states and advantages of actions (Wang et al. 2016)";
}

#[derive(Module, Debug)]
pub struct Dueling {
    body: Linear,
    value: Linear,
    advantages: Linear,
}

impl Network for Dueling {
    fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let hidden = self.hidden(features);
        let advantages = self.advantages.forward(hidden.clone());
        self.value.forward(hidden) + advantages.clone() - advantages.mean_dim(1) // [B, 1] + [B, A] − [B, 1]
    }

    /// For `tilde inspect` and `[diagnostics]`.
    fn hidden_layers(&self, features: Tensor<2>) -> Vec<(String, Tensor<2>)> {
        vec![("body".to_owned(), self.hidden(features))]
    }
}

impl Dueling {
    fn hidden(&self, features: Tensor<2>) -> Tensor<2> {
        activation::relu(self.body.forward(features))
    }
}

impl ModuleConfig for DuelingConfig {
    type Module = Dueling;

    fn init(&self, setup: &NetworkSetup, device: &Device) -> Dueling {
        let linear = |inputs, outputs| LinearConfig::new(inputs, outputs).init(device);
        let (body, value) = (linear(setup.features.len(), self.units), linear(self.units, 1));
        Dueling { body, value, advantages: linear(self.units, setup.outputs) }
    }

    fn check(&self, _: &NetworkSetup) -> Result<(), InvalidValue> {
        at_least_one("units", self.units as u64)
    }
}
