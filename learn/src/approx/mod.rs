//! Function approximators as values: a feature map, a network, hidden widths, an activation.
//!
//! One-hot features without a hidden layer are the table; other features without a hidden layer are the linear case;
//! one hidden layer is the shallow network, more are the deep one. All of them are one [`ApproximatorConfig`], so a
//! comparison changes the approximator and nothing else. Whether it is Ṽ(x), Q̃(x, ·) or h̃(· | x) is a matter of how
//! an agent uses its outputs.
//!
//! Agents hold a [`Function`]: an approximator that learns. There are two: loops over slices on the processor
//! (`host/`), for multilayer perceptrons, and any burn module on any device (`burn/`). For multilayer perceptrons they
//! compute the same, and each is tested against the other.

mod activation;
mod approximator;
mod burn;
mod features;
mod function;
mod host;
mod initialization;
mod networks;
mod normalized;
mod normalizer;
mod running_moments;
mod shape;
mod tensors;
mod weights_file;

pub use activation::Activation;
pub use approximator::ApproximatorConfig;
pub use burn::{BurnFunction, Network, ops};
pub use features::{
    BinsConfig, Counts, DenseMap, FeatureConfig, FeatureMap, FeatureSettings, FourierConfig, IdentityConfig,
    MAX_ACTIVE, OneHotConfig, PolynomialConfig, RbfConfig, ScaledConfig, SparseMap, TilesConfig, feature_maps,
};
pub use function::{Function, FunctionSetup, FunctionState, HiddenLayer, StepStats, Weights};
pub use host::{Encoded, Gradient, GradientState, HostFunction};
pub use initialization::Initialization;
pub use networks::{
    Architecture, ConvConfig, Convolutional, Detail, MlpConfig, ModuleConfig, NORM_EPSILON, NetworkConfig,
    NetworkSettings, NetworkSetup, Uses, Window, networks,
};
pub use normalized::Normalized;
pub use normalizer::{NormalizeConfig, Normalizer, SharedNormalizer};
pub use running_moments::RunningMoments;
pub use shape::{Layer, Shape};
pub use tensors::ParameterTensor;
pub use weights_file::WeightsFile;
