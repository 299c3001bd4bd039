//! Function approximators as values: a feature map, hidden widths, an activation.
//!
//! One-hot features without a hidden layer are the table; other features without a hidden layer are the linear case; one
//! hidden layer is the shallow network, more are the deep one. All of them are the same [`Approximator`], so a comparison
//! changes the approximator and nothing else. It is Ṽ(x), Q̃(x, ·) or h̃(· | x) by what its holder makes of the outputs.
//!
//! Two engines compute the same: loops over slices (`host/`), and burn's automatic differentiation of the module
//! [`Mlp`], which is the reference that the loops are tested against.

mod activation;
mod approximator;
mod burn;
mod features;
mod host;
mod initialization;
mod mlp;
mod shape;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use activation::Activation;
pub use approximator::Approximator;
pub use burn::{conv2d, linear, linear_chain};
pub use features::{
    BinsConfig, Counts, FeatureConfig, FeatureMap, FourierConfig, PolynomialConfig, RbfConfig, ScaledConfig,
    TilesConfig,
};
pub use host::{Encoded, Gradient, GradientState};
pub use initialization::Initialization;
pub use mlp::Mlp;
pub use shape::{Layer, Shape};

use crate::invalid::{Invalid, all, require};

/// The approximator slot of an experiment. What the file leaves out is filled in when it is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Partial")]
pub struct ApproximatorConfig {
    /// The feature map φ between the observation and the first layer. By default one-hot for observations of whole numbers, and
    /// the observation as it is for real ones.
    pub features: FeatureConfig,
    /// Widths of the hidden layers; none is the linear case, and the default, but where real numbers are taken as they are
    /// because `features` is left out: there it is [64, 64].
    pub hidden: Vec<usize>,
    /// The nonlinearity after each hidden layer.
    pub activation: Activation,
    /// How the first weights are drawn; by default zero without hidden layers, and PyTorch's way with them.
    pub initialization: Initialization,
}

/// What was written.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Partial {
    /// The feature map φ between the observation and the first layer: a name, or a table with that one key. By default one-hot
    /// for observations of whole numbers, and the observation as it is for real ones.
    features: Option<FeatureConfig>,
    /// Widths of the hidden layers; none is the linear case, and the default, but where real numbers are taken as they are
    /// because `features` is left out: there it is [64, 64].
    hidden: Option<Vec<usize>>,
    /// The nonlinearity after each hidden layer.
    #[serde(default)]
    activation: Activation,
    /// How the first weights are drawn; by default zero without hidden layers, and PyTorch's way with them.
    initialization: Option<Initialization>,
}

/// What the file leaves out depends on the observations, so that an experiment's table is filled in before it is read
/// (`config/defaults.rs`). Read by itself, the parts left out are those of [`ApproximatorConfig::default`].
impl From<Partial> for ApproximatorConfig {
    fn from(written: Partial) -> Self {
        let Partial { features, hidden, activation, initialization } = written;
        let hidden = hidden.unwrap_or_default();
        let usual = if hidden.is_empty() { Initialization::Zero } else { Initialization::Pytorch };
        ApproximatorConfig {
            features: features.unwrap_or_default(),
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
        Partial::default().into()
    }
}

/// The widest layer that a config may ask for: far beyond a CPU's use, and small enough that a typing error is found.
const WIDEST: usize = 65_536;

/// Hidden layers of one approximator, likewise.
const MOST_LAYERS: usize = 1_000;

/// Parameters of one approximator, far beyond what is trained here: more would end all runs of the process at once, for
/// want of memory.
const MOST_PARAMETERS: usize = 100_000_000;

/// Features of a map that computes each of them for each observation of a batch.
const MOST_DENSE: usize = 1_000_000;

impl ApproximatorConfig {
    /// Checks every range, and that the approximator can be built for such observations and this number of outputs.
    pub fn check(&self, space: &tilde_envs::Space, outputs: usize) -> Result<(), Invalid> {
        let layers = self.hidden.len();
        require(layers <= MOST_LAYERS, "hidden", || {
            format!("{layers} hidden layers are more than an approximator may have ({MOST_LAYERS})")
        })?;
        all([self.check_hidden(), self.check_initialization(), self.check_features(space, outputs)])
    }

    fn check_hidden(&self) -> Result<(), Invalid> {
        all(self.hidden.iter().enumerate().map(|(index, &width)| {
            require((1..=WIDEST).contains(&width), &format!("hidden.{index}"), || {
                format!("a hidden layer has 1 to {WIDEST} units, not {width}")
            })
        }))
    }

    fn check_initialization(&self) -> Result<(), Invalid> {
        require(self.hidden.is_empty() || self.initialization != Initialization::Zero, "initialization", || {
            "\"zero\" would never leave zero with a hidden layer: all its gradients vanish".to_owned()
        })?;
        let Initialization::Constant(value) = self.initialization else { return Ok(()) };
        require((value as f32).is_finite(), "initialization.constant", || format!("must be finite, not {value}"))?;
        require(self.hidden.is_empty(), "initialization", || {
            "`constant` is for linear functions: units of a hidden layer that start equal stay equal".to_owned()
        })
    }

    /// Checks the feature map on such observations, and the number of parameters behind it.
    fn check_features(&self, space: &tilde_envs::Space, outputs: usize) -> Result<(), Invalid> {
        let features = FeatureMap::new(&self.features, space).map_err(|e| e.within("features"))?;
        let (count, dense) = (features.len(), features.active().is_none());
        require(!dense || count <= MOST_DENSE, "features", || {
            format!(
                "{count} features are more than a map that computes all of them may have ({MOST_DENSE}): lower its settings"
            )
        })?;
        if self.check_hidden().is_err() {
            return Ok(()); // the product of such widths may be no number
        }
        let parameters = self.shape(&features, outputs).parameters();
        let key = if self.hidden.is_empty() { "features" } else { "hidden" };
        require(parameters <= MOST_PARAMETERS, key, || {
            format!(
                "{parameters} parameters are more than an approximator may have ({MOST_PARAMETERS}): choose smaller layers \
                 or fewer features"
            )
        })
    }

    /// The network over `features` with `outputs` outputs.
    pub fn shape(&self, features: &FeatureMap, outputs: usize) -> Shape {
        Shape {
            widths: [&[features.len()], self.hidden.as_slice(), &[outputs]].concat(),
            activation: self.activation,
            output_bias: !(self.hidden.is_empty() && features.spans_constants()),
        }
    }
}
