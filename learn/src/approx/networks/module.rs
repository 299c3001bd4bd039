//! Networks of burn's layers: a config and a module are all that there is to write.

use burn::tensor::Device;

use super::{NetworkSettings, NetworkSetup, Uses};
use crate::approx::burn::{Network, count_parameters, module_function};
use crate::approx::{Function, FunctionSetup};
use crate::device::Backend;
use crate::invalid_value::InvalidValue;
use crate::optim::OptimizerConfig;
use crate::registry::Part;
use crate::rng::{Rng, Stream, stream};

/// The settings of a network that is a burn module. All that the network slot asks for comes with it.
///
/// ```
/// use burn::module::Module;
/// use burn::nn::{Linear, LinearConfig};
/// use burn::tensor::{Device, Tensor};
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
/// use tilde::approx::{ModuleConfig, Network, NetworkSetup, networks};
/// use tilde::registry::{Entry, Part};
///
/// /// Two linear maps with a bottleneck between them.
/// #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
/// #[serde(deny_unknown_fields)]
/// struct BottleneckConfig {
///     /// Rank of the product.
///     rank: usize,
/// }
///
/// impl Part for BottleneckConfig {
///     const ID: &'static str = "bottleneck";
///     const SUMMARY: &'static str = "a linear map of low rank";
/// }
///
/// #[derive(Module, Debug)]
/// struct Bottleneck {
///     down: Linear,
///     up: Linear,
/// }
///
/// impl Network for Bottleneck {
///     fn forward(&self, features: Tensor<2>) -> Tensor<2> {
///         self.up.forward(self.down.forward(features))
///     }
/// }
///
/// impl ModuleConfig for BottleneckConfig {
///     type Module = Bottleneck;
///
///     fn init(&self, setup: &NetworkSetup, device: &Device) -> Bottleneck {
///         Bottleneck {
///             down: LinearConfig::new(setup.features.len(), self.rank).init(device),
///             up: LinearConfig::new(self.rank, setup.outputs).init(device),
///         }
///     }
/// }
///
/// networks().add(Entry::of::<BottleneckConfig>());
/// let text = "
///     name = 'balance'
///     seeds = [0]
///     env = 'cart_pole'
///     algorithm = 'dqn'
///     approximator = { network = { bottleneck = { rank = 1 } } }
///     optimizer = { adam = { learning_rate = 0.001 } }
///     budget = { steps = 1_000 }";
/// let run = &tilde::config::parse(text, "balance.toml", &[])?.variants()[0];
/// assert_eq!(run.agent(0).parameters(), (4 + 1) + (1 + 1) * 2); // from 4 components to 1 number to 2 actions
/// # Ok::<(), tilde::config::ConfigErrors>(())
/// ```
pub trait ModuleConfig: Part {
    /// The module.
    type Module: Network;

    /// Whether the approximator's `hidden` has an effect ([`NetworkSetup::hidden`]); if not, it is refused.
    const USES_HIDDEN: bool = false;
    /// Whether the approximator's `activation` has an effect ([`NetworkSetup::activation`]); if not, it is refused.
    const USES_ACTIVATION: bool = false;

    /// Makes the module, from [`NetworkSetup::features`] to [`NetworkSetup::outputs`], on a device without automatic
    /// differentiation. Its linear layers and convolutions are then drawn anew from the run's own stream, as the
    /// approximator's `initialization` says; all else keeps the values that it is made with.
    fn init(&self, setup: &NetworkSetup, device: &Device) -> Self::Module;

    /// Checks every setting. A module that is made of them is then tried out, so that its shapes need no check.
    ///
    /// # Errors
    /// The settings that are wrong, under keys of their own table.
    fn check(&self, _setup: &NetworkSetup) -> Result<(), InvalidValue> {
        Ok(())
    }
}

impl<M: ModuleConfig> NetworkSettings for M {
    fn uses(&self) -> Uses {
        Uses { hidden: M::USES_HIDDEN, activation: M::USES_ACTIVATION, initialization: true }
    }

    fn check(&self, setup: &NetworkSetup) -> Result<(), InvalidValue> {
        ModuleConfig::check(self, setup)
    }

    fn parameters(&self, setup: &NetworkSetup) -> usize {
        count_parameters(|| self.init(setup, &Device::flex()))
    }

    fn try_out(&self, setup: &NetworkSetup) -> Result<(), InvalidValue> {
        let (optimizer, backend) = (OptimizerConfig::default(), Backend::default());
        let NetworkSetup { space, outputs, .. } = *setup;
        let function = FunctionSetup { optimizer: &optimizer, space, outputs, budget: 1, backend };
        let make = |device: &_| self.init(setup, device);
        module_function(make, setup, &function, &mut stream(0, Stream::Init)).probe(space)
    }

    fn build(&self, network: &NetworkSetup, function: &FunctionSetup, rng: &mut Rng) -> Box<dyn Function> {
        let make = |device: &_| self.init(network, device);
        Box::new(module_function(make, network, function, rng))
    }
}
