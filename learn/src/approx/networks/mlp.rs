//! `mlp`: a multilayer perceptron, the hidden layers alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Architecture, Detail, NetworkSettings, NetworkSetup, Uses};
use crate::approx::burn::{Mlp, mlp_function};
use crate::approx::{Function, FunctionSetup, HostFunction};
use crate::device::Backend;
use crate::invalid_value::InvalidValue;
use crate::registry::Part;
use crate::rng::Rng;

/// Settings of the multilayer perceptron.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MlpConfig {
    /// Whether each hidden layer is normalised over its units, before the nonlinearity (Ba et al. 2016).
    pub layer_norm: bool,
    /// Whether each hidden layer that is as wide as the one before is added to it (He et al. 2016): from about 10
    /// layers on, the gradient vanishes without such connections.
    pub residual: bool,
}

impl Part for MlpConfig {
    const ID: &'static str = "mlp";
    const SUMMARY: &'static str = "a multilayer perceptron: the hidden layers alone";
}

impl MlpConfig {
    fn architecture(&self, setup: &NetworkSetup) -> Architecture {
        let (layer_norm, residual) = (self.layer_norm, self.residual);
        Architecture { convolutions: None, shape: setup.shape(), layer_norm, residual }
    }
}

impl NetworkSettings for MlpConfig {
    fn uses(&self) -> Uses {
        Uses::ALL
    }

    fn check(&self, setup: &NetworkSetup) -> Result<(), InvalidValue> {
        self.architecture(setup).check()
    }

    fn parameters(&self, setup: &NetworkSetup) -> usize {
        self.architecture(setup).parameters()
    }

    fn summary(&self, setup: &NetworkSetup, detail: Detail) -> String {
        self.architecture(setup).summary(detail)
    }

    fn known_architecture(&self, setup: &NetworkSetup) -> Option<Architecture> {
        Some(self.architecture(setup))
    }

    /// Without hidden layers.
    fn is_linear(&self, hidden: &[usize]) -> bool {
        hidden.is_empty()
    }

    fn has_weights_per_feature(&self) -> bool {
        true
    }

    /// Hidden layers and nothing else.
    fn is_on_host(&self, backend: Backend) -> bool {
        backend.allows_host() && *self == MlpConfig::default()
    }

    fn build(&self, network: &NetworkSetup, function: &FunctionSetup, rng: &mut Rng) -> Box<dyn Function> {
        if self.is_on_host(function.backend) {
            return Box::new(HostFunction::new(network, function, rng));
        }
        let make = |device: &_| Mlp::zeros(&network.shape(), self.layer_norm, self.residual, device);
        Box::new(mlp_function(make, network, function, rng))
    }
}
