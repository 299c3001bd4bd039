//! Function approximators as values: a feature map, a network, hidden widths, an activation.
//!
//! One-hot features without a hidden layer are the table; other features without a hidden layer are the linear case; one
//! hidden layer is the shallow network, more are the deep one. All of them are one [`ApproximatorConfig`], so a comparison
//! changes the approximator and nothing else. It is Ṽ(x), Q̃(x, ·) or h̃(· | x) by what its holder makes of the outputs.
//!
//! Agents hold a [`Function`]: an approximator that learns. There are two: loops over slices on the processor (`host/`), for
//! multilayer perceptrons, and any burn module on any device (`burn/`). Of multilayer perceptrons they compute the same, and one is
//! tested against the other.

mod activation;
mod architecture;
mod burn;
mod features;
mod function;
mod host;
mod initialization;
mod name_or_table;
mod network;
mod shape;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use activation::Activation;
pub use architecture::{Architecture, Convolutional, Window};
pub use burn::{BurnFunction, Network, ops};
pub use features::{
    BinsConfig, Counts, FeatureConfig, FeatureMap, FourierConfig, PolynomialConfig, RbfConfig, ScaledConfig,
    TilesConfig,
};
pub use function::{Function, FunctionSetup, FunctionState, StepStats, Weights};
pub use host::{Encoded, Gradient, GradientState, HostFunction};
pub use initialization::Initialization;
pub use network::{ConvConfig, MlpConfig, NetworkConfig};
pub use shape::{Layer, Shape};

use tilde_envs::Space;

use crate::device::Backend;
use crate::invalid_value::{InvalidValue, all, require};
use crate::rng::Rng;

/// The approximator slot of an experiment. What the file leaves out is filled in when it is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "WrittenApproximator")]
pub struct ApproximatorConfig {
    /// The feature map φ between the observation and the first layer. By default one-hot for observations of whole numbers,
    /// scaled for images, and the observation as it is for real numbers and for boards of zeros and ones.
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

/// What was written.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenApproximator {
    /// The feature map φ between the observation and the first layer: a name, or a table with that one key. By default one-hot
    /// for observations of whole numbers, scaled for images, and the observation as it is for real numbers and for boards of
    /// zeros and ones.
    features: Option<FeatureConfig>,
    /// The network between features and outputs: a name, or a table with that one key.
    #[serde(default)]
    network: NetworkConfig,
    /// Widths of the hidden layers; none is the linear case, and the default, but where `features` is left out and
    /// observations are other than whole numbers, where it is [64, 64], and behind convolutions, where it is `[128]`.
    hidden: Option<Vec<usize>>,
    /// The nonlinearity after each hidden layer.
    #[serde(default)]
    activation: Activation,
    /// How the first weights are drawn; by default zero without hidden layers, and PyTorch's way with them.
    initialization: Option<Initialization>,
}

/// What the file leaves out depends on the observations, so that an experiment's table is filled in before it is read
/// (`config/defaults.rs`). Read by itself, the parts left out are those of [`ApproximatorConfig::default`].
impl From<WrittenApproximator> for ApproximatorConfig {
    fn from(written: WrittenApproximator) -> Self {
        let WrittenApproximator { features, network, hidden, activation, initialization } = written;
        let hidden = hidden.unwrap_or_default();
        let is_linear = hidden.is_empty() && matches!(network, NetworkConfig::Mlp(_));
        let usual = if is_linear { Initialization::Zero } else { Initialization::Pytorch };
        ApproximatorConfig {
            features: features.unwrap_or_default(),
            network,
            hidden,
            activation,
            initialization: initialization.unwrap_or(usual),
        }
    }
}

/// A linear function of the observation as it is, from zero: a start for library users, to be changed part by part. An
/// experiment's file has other defaults, which fit its observations.
impl Default for ApproximatorConfig {
    fn default() -> Self {
        WrittenApproximator::default().into()
    }
}

/// The widest layer that a config may ask for: far beyond a CPU's use, and small enough that a typing error is found.
const MAX_WIDTH: usize = 65_536;

/// Hidden layers of one approximator, likewise.
const MAX_LAYERS: usize = 1_000;

/// Parameters of one approximator, far beyond what is trained here: more would end all runs of the process at once, for
/// want of memory.
const MAX_PARAMETERS: usize = 100_000_000;

/// Features of a map that computes each of them for each observation of a batch.
const MAX_DENSE: usize = 1_000_000;

impl ApproximatorConfig {
    /// Checks every range, and that the approximator can be built for such observations and this number of outputs.
    pub fn check(&self, space: &Space, outputs: usize) -> Result<(), InvalidValue> {
        let layers = self.hidden.len();
        require(layers <= MAX_LAYERS, "hidden", || {
            format!("{layers} hidden layers are more than an approximator may have ({MAX_LAYERS})")
        })?;
        all([self.check_hidden(), self.check_initialization(), self.check_features(space, outputs)])
    }

    fn check_hidden(&self) -> Result<(), InvalidValue> {
        all(self.hidden.iter().enumerate().map(|(index, &width)| {
            require((1..=MAX_WIDTH).contains(&width), &format!("hidden.{index}"), || {
                format!("a hidden layer has 1 to {MAX_WIDTH} units, not {width}")
            })
        }))
    }

    fn check_initialization(&self) -> Result<(), InvalidValue> {
        require(self.is_linear() || self.initialization != Initialization::Zero, "initialization", || {
            "\"zero\" would never leave zero with a hidden layer: all its gradients vanish".to_owned()
        })?;
        let Initialization::Constant(value) = self.initialization else { return Ok(()) };
        require((value as f32).is_finite(), "initialization.constant", || format!("must be finite, not {value}"))?;
        require(self.is_linear(), "initialization", || {
            "`constant` is for linear functions: units of a hidden layer that start equal stay equal".to_owned()
        })
    }

    /// Checks the feature map on such observations, and the number of parameters behind it.
    fn check_features(&self, space: &Space, outputs: usize) -> Result<(), InvalidValue> {
        let features = FeatureMap::new(&self.features, space).map_err(|e| e.within("features"))?;
        // A network that burn computes sees sparse features as rows of zeros and ones.
        let (count, dense) = (features.len(), features.active().is_none() || !self.network.is_plain());
        require(!dense || count <= MAX_DENSE, "features", || {
            format!(
                "{count} features are more than a map that computes all of them may have ({MAX_DENSE}): lower its settings"
            )
        })?;
        if self.check_hidden().is_err() {
            return Ok(()); // the product of such widths may be no number
        }
        let architecture = self.architecture(&features, space, outputs).map_err(|e| e.within("network"))?;
        architecture.check_tricks().map_err(|e| e.within(self.network.name()).within("network"))?;
        let parameters = architecture.parameters();
        let key = match (&self.network, &self.hidden[..]) {
            (NetworkConfig::Conv(_), _) => "network",
            (_, []) => "features",
            _ => "hidden",
        };
        require(parameters <= MAX_PARAMETERS, key, || {
            format!(
                "{parameters} parameters are more than an approximator may have ({MAX_PARAMETERS}): choose smaller layers \
                 or fewer features"
            )
        })
    }

    /// A function with these settings, its parameters drawn from `rng`.
    ///
    /// # Panics
    /// If the features do not fit the space or the device is not there: both are checked with the config.
    pub fn build(&self, setup: &FunctionSetup, rng: &mut Rng) -> Box<dyn Function> {
        match self.is_on_host(setup.backend) {
            true => Box::new(HostFunction::new(self, setup, rng)),
            false => burn::build(self, setup, rng),
        }
    }

    /// Whether it is a linear function of its features.
    pub fn is_linear(&self) -> bool {
        self.hidden.is_empty() && matches!(self.network, NetworkConfig::Mlp(_))
    }

    /// Whether loops over slices compute it on that backend, and not burn.
    pub fn is_on_host(&self, backend: Backend) -> bool {
        backend.allows_host() && self.network.is_plain()
    }

    /// The multilayer perceptron over `features` with `outputs` outputs.
    fn shape(&self, features: &FeatureMap, outputs: usize) -> Shape {
        Shape {
            widths: [&[features.len()], self.hidden.as_slice(), &[outputs]].concat(),
            activation: self.activation,
            output_bias: !(self.hidden.is_empty() && features.spans_constants()),
        }
    }

    /// What the network is made of over `features` of the observations of `space`, with `outputs` outputs.
    ///
    /// # Errors
    /// If the network does not fit them, under its name.
    pub fn architecture(
        &self,
        features: &FeatureMap,
        space: &Space,
        outputs: usize,
    ) -> Result<Architecture, InvalidValue> {
        let is_image = features.len() == space.len()
            && matches!(self.features, FeatureConfig::Identity {} | FeatureConfig::Scaled(_));
        let convolutions = self.network.convolutions(&space.shape())?;
        require(convolutions.is_none() || is_image, "conv", || {
            format!(
                "sees the observation itself, not the features `{}`: leave `features` out, or set \"identity\" or \"scaled\"",
                self.features.name()
            )
        })?;
        let (layer_norm, residual) = self.network.tricks();
        let mut shape = self.shape(features, outputs);
        if let Some(Convolutional { image, .. }) = &convolutions {
            (shape.widths[0], shape.output_bias) = (image.iter().product(), true);
        }
        Ok(Architecture { convolutions, shape, layer_norm, residual })
    }
}
