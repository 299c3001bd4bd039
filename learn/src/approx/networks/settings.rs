//! The network slot: what a config file can name after `network`.

use std::sync::{Arc, LazyLock};

use super::{Architecture, ConvConfig, Detail, MlpConfig, NetworkSetup};
use crate::approx::{Function, FunctionSetup};
use crate::device::Backend;
use crate::invalid_value::InvalidValue;
use crate::registry::{AnyPart, DefaultPart, Entry, Part, Registry, Slot, SlotKind, Takes};
use crate::rng::Rng;

/// The settings of a network. They are what a config file has of it; [`Function`] is the network itself, with its
/// features and what moves its parameters.
///
/// A network of burn's layers needs nothing of this: [`ModuleConfig`](super::ModuleConfig) gives it all.
pub trait NetworkSettings: AnyPart {
    /// Which settings of the approximator have an effect on it. The others are refused in a config.
    fn uses(&self) -> Uses;

    /// Checks every setting, and that the network fits its features.
    ///
    /// # Errors
    /// What is wrong, under keys relative to the network's own table; the key is empty for the network as a whole.
    fn check(&self, setup: &NetworkSetup) -> Result<(), InvalidValue>;

    /// How many parameters it has. The settings are checked.
    fn parameters(&self, setup: &NetworkSetup) -> usize;

    /// A function with this network, its parameters drawn from `rng`. The settings are checked.
    ///
    /// # Panics
    /// If the device is not there, which is checked with the config.
    fn build(&self, network: &NetworkSetup, function: &FunctionSetup, rng: &mut Rng) -> Box<dyn Function>;

    /// Computes outputs for a few observations, to find what settings do not tell. The settings are checked, and the
    /// number of parameters too.
    ///
    /// # Errors
    /// As [`NetworkSettings::check`].
    fn try_out(&self, _setup: &NetworkSetup) -> Result<(), InvalidValue> {
        Ok(())
    }

    /// The network in a few words, such as `4-64-64-2`. By default its name between the numbers of inputs and outputs.
    fn summary(&self, setup: &NetworkSetup, _detail: Detail) -> String {
        format!("{}-{}-{}", setup.features.len(), self.id(), setup.outputs)
    }

    /// The layers, for a network that is made of those that an [`Architecture`] knows and of nothing else. The settings are
    /// checked. An export to ONNX needs them.
    fn known_architecture(&self, _setup: &NetworkSetup) -> Option<Architecture> {
        None
    }

    /// The hidden layers of an approximator that does not say `hidden`. `None` leaves it to the observations: two
    /// layers of 64 units over those that are no whole numbers, if `features` is left out too, and else none.
    fn default_hidden(&self) -> Option<&'static [usize]> {
        if self.uses().hidden { None } else { Some(&[]) }
    }

    /// Whether it is a linear function of its features, with these hidden layers.
    fn is_linear(&self, _hidden: &[usize]) -> bool {
        false
    }

    /// Whether the first weights are each of one feature, so that a step can be for the weights of some features only
    /// (`lazy` of an optimizer), or have a learning rate for each feature (`scale_learning_rate` of Fourier features).
    fn has_weights_per_feature(&self) -> bool {
        false
    }

    /// Whether loops over slices compute it on that backend, and not burn.
    fn is_on_host(&self, _backend: Backend) -> bool {
        false
    }
}

/// Which settings of an approximator have an effect on a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uses {
    /// `hidden`.
    pub hidden: bool,
    /// `activation`.
    pub activation: bool,
    /// `initialization`.
    pub initialization: bool,
}

impl Uses {
    /// All of them.
    pub const ALL: Uses = Uses { hidden: true, activation: true, initialization: true };
}

/// A network with its settings, as a config file has it: `network = "conv"`, or `{ conv = { filters = [32, 64] } }`.
pub type NetworkConfig = Slot<dyn NetworkSettings>;

/// Every network: one line each.
static NETWORKS: LazyLock<Registry<dyn NetworkSettings>> =
    LazyLock::new(|| Registry::new([Entry::of::<MlpConfig>(), Entry::of::<ConvConfig>()]));

/// The networks by name.
pub fn networks() -> &'static Registry<dyn NetworkSettings> {
    &NETWORKS
}

impl SlotKind for dyn NetworkSettings {
    const NAME: &'static str = "NetworkConfig";
    const NOUN: &'static str = "a network";

    fn registry() -> &'static Registry<dyn NetworkSettings> {
        &NETWORKS
    }
}

impl<P: Part + NetworkSettings> Takes<P> for dyn NetworkSettings {
    fn erase(part: P) -> Arc<Self> {
        Arc::new(part)
    }
}

impl DefaultPart for dyn NetworkSettings {
    /// The multilayer perceptron.
    fn default_part() -> NetworkConfig {
        MlpConfig::default().into()
    }
}
