//! The approximator of an experiment: features, a network over them, and its settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::{
    Activation, FeatureConfig, FeatureMap, Function, FunctionSetup, Initialization, NetworkConfig, NetworkSetup,
};
use crate::device::Backend;
use crate::invalid_value::{InvalidValue, all, require};
use crate::rng::Rng;

/// The approximator of an experiment. What the file leaves out is filled in when it is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "WrittenApproximator")]
pub struct ApproximatorConfig {
    /// The feature map φ between the observation and the first layer. By default one-hot for observations of whole
    /// numbers, scaled for images, and the observation as it is for real numbers and for boards of zeros and ones.
    pub features: FeatureConfig,
    /// The network between features and outputs.
    pub network: NetworkConfig,
    /// Widths of the hidden layers; none is the linear case, and the default, but where `features` is left out and
    /// observations are other than whole numbers, where it is [64, 64], and behind convolutions, where it is `[128]`.
    pub hidden: Vec<usize>,
    /// The nonlinearity after each hidden layer.
    pub activation: Activation,
    /// How the first weights are drawn; by default zero without hidden layers, and PyTorch's way with them.
    pub initialization: Initialization,
}

/// The table as it is written in a file.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenApproximator {
    /// The feature map φ between the observation and the first layer: a name, or a table with that one key. By default
    /// one-hot for observations of whole numbers, scaled for images, and the observation as it is for real numbers and
    /// for boards of zeros and ones.
    features: Option<FeatureConfig>,
    /// The network between features and outputs: a name, or a table with that one key.
    #[serde(default)]
    network: NetworkConfig,
    /// Widths of the hidden layers; none is the linear case, and the default, but where `features` is left out and
    /// observations are other than whole numbers, where it is [64, 64], and behind convolutions, where it is `[128]`.
    #[schemars(length(max = 1_000), inner(range(min = 1, max = 65_536)))]
    hidden: Option<Vec<usize>>,
    /// The nonlinearity after each hidden layer.
    #[serde(default)]
    activation: Activation,
    /// How the first weights are drawn; by default zero without hidden layers, and PyTorch's way with them.
    initialization: Option<Initialization>,
}

/// Defaults depend on the observations, so an experiment's table is filled in before it is read (`config/defaults.rs`).
/// A table that is read by itself gets the settings of [`ApproximatorConfig::default`].
impl From<WrittenApproximator> for ApproximatorConfig {
    fn from(written: WrittenApproximator) -> Self {
        let WrittenApproximator { features, network, hidden, activation, initialization } = written;
        let hidden = hidden.unwrap_or_default();
        let usual = if network.is_linear(&hidden) { Initialization::Zero } else { Initialization::Pytorch };
        ApproximatorConfig {
            features: features.unwrap_or_default(),
            network,
            hidden,
            activation,
            initialization: initialization.unwrap_or(usual),
        }
    }
}

/// A linear function of the observation as it is, with zero weights: a start for library users, who change its fields.
/// An experiment's file has other defaults, which fit its observations.
impl Default for ApproximatorConfig {
    fn default() -> Self {
        WrittenApproximator::default().into()
    }
}

/// The widest layer that a config may ask for: more than any CPU is used for, and small enough to find a typing error.
const MAX_WIDTH: usize = 65_536;

/// The most hidden layers of one approximator.
const MAX_LAYERS: usize = 1_000;

/// The most parameters of one approximator. More would use up the memory, which ends all runs of the process at once.
const MAX_PARAMETERS: usize = 100_000_000;

/// The most features of a map that computes each of them for each observation of a batch.
const MAX_DENSE: usize = 1_000_000;

impl ApproximatorConfig {
    /// Checks every range, and that the approximator can be built for such observations and this number of outputs.
    pub fn check(&self, space: &Space, outputs: usize) -> Result<(), InvalidValue> {
        let layers = self.hidden.len();
        require(layers <= MAX_LAYERS, "hidden", || {
            format!("{layers} hidden layers are more than an approximator may have ({MAX_LAYERS})")
        })?;
        all([self.check_hidden(), self.check_effects(), self.check_initialization(), self.check_parts(space, outputs)])
    }

    fn check_hidden(&self) -> Result<(), InvalidValue> {
        all(self.hidden.iter().enumerate().map(|(index, &width)| {
            require((1..=MAX_WIDTH).contains(&width), &format!("hidden.{index}"), || {
                format!("a hidden layer has 1 to {MAX_WIDTH} units, not {width}")
            })
        }))
    }

    /// Checks that settings which the network does not use are left at their defaults.
    fn check_effects(&self) -> Result<(), InvalidValue> {
        let uses = self.network.uses();
        let check = |key: &str, has_effect: bool, is_default: bool| {
            require(has_effect || is_default, key, || {
                format!("has no effect on the network `{}`: leave it out, or use the network `mlp`", self.network.id())
            })
        };
        all([
            check("hidden", uses.hidden, self.hidden.is_empty()),
            check("activation", uses.activation, self.activation == Activation::default()),
            check("initialization", uses.initialization, self.initialization == Initialization::Pytorch),
        ])
    }

    fn check_initialization(&self) -> Result<(), InvalidValue> {
        require(self.is_linear() || self.initialization != Initialization::Zero, "initialization", || {
            "\"zero\" would never leave zero with a hidden layer: all its gradients vanish".to_owned()
        })?;
        let Initialization::Constant(value) = &self.initialization else { return Ok(()) };
        require((*value as f32).is_finite(), "initialization.constant", || format!("must be finite, not {value}"))?;
        require(self.is_linear(), "initialization", || {
            "`constant` is for linear functions: units of a hidden layer that start equal stay equal".to_owned()
        })
    }

    /// Checks the feature map on such observations, the network over it, and the number of parameters.
    fn check_parts(&self, space: &Space, outputs: usize) -> Result<(), InvalidValue> {
        let features = FeatureMap::new(&self.features, space).map_err(|e| e.within("features"))?;
        // burn sees sparse features as rows of zeros and ones.
        let (count, dense) = (features.len(), features.active().is_none() || !self.is_on_host(Backend::default()));
        require(!dense || count <= MAX_DENSE, "features", || {
            format!(
                "{count} features are more than a map that computes all of them may have ({MAX_DENSE}): lower its settings"
            )
        })?;
        let has_weights_per_feature = self.network.has_weights_per_feature();
        require(
            has_weights_per_feature || features.learning_rate_factors().is_none(),
            &format!("features.{}", self.features.id()),
            || {
                format!(
                    "has a learning rate for each feature, which is for networks whose first weights are each of one feature, not \
                     `{}`: leave that setting out, or use the network `mlp`",
                    self.network.id()
                )
            },
        )?;
        if self.check_hidden().is_err() {
            return Ok(()); // the product of such widths may overflow
        }
        let setup = self.network_setup(&features, space, outputs);
        let within = |e: InvalidValue| e.within(self.network.id()).within("network");
        self.network.check(&setup).map_err(within)?;
        let parameters = self.network.parameters(&setup);
        let key = match (has_weights_per_feature, &self.hidden[..]) {
            (false, _) => "network",
            (true, []) => "features",
            (true, _) => "hidden",
        };
        require(parameters <= MAX_PARAMETERS, key, || {
            format!(
                "{parameters} parameters are more than an approximator may have ({MAX_PARAMETERS}): choose smaller layers \
                 or fewer features"
            )
        })?;
        self.network.try_out(&setup).map_err(within)
    }

    /// A function with these settings, its parameters drawn from `rng`.
    ///
    /// # Panics
    /// If the features do not fit the space or the device is not there: both are checked with the config.
    pub fn build(&self, setup: &FunctionSetup, rng: &mut Rng) -> Box<dyn Function> {
        let features = FeatureMap::new(&self.features, setup.space).expect("checked features fit the space");
        self.network.build(&self.network_setup(&features, setup.space, setup.outputs), setup, rng)
    }

    /// What its network is made for: these features, fitted to the space, and so many outputs.
    pub fn network_setup<'a>(&'a self, features: &'a FeatureMap, space: &'a Space, outputs: usize) -> NetworkSetup<'a> {
        NetworkSetup {
            features,
            feature_config: &self.features,
            space,
            outputs,
            hidden: &self.hidden,
            activation: self.activation,
            initialization: &self.initialization,
        }
    }

    /// Whether it is a linear function of its features.
    pub fn is_linear(&self) -> bool {
        self.network.is_linear(&self.hidden)
    }

    /// Whether loops over slices compute it on that backend, and not burn.
    pub fn is_on_host(&self, backend: Backend) -> bool {
        self.network.is_on_host(backend)
    }
}
