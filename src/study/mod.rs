//! Studies of function approximation: claims of the course, each with what was measured, figures and a check.
//!
//! A study is a struct of settings that implements [`Study`], in a file of its own, and a line in the registry. It is a pure
//! function of its settings and a seed, made of the networks, losses, optimizers and schedules that agents learn with.

mod activations;
mod approximate_q;
mod backprop;
mod depth;
mod findings;
mod linear_features;
mod linear_regions;
mod mnist_1d;
mod network_picture;
mod noise;
mod optimizers;
mod representation;
mod shallow_network;
mod slot;
mod td_loss;
mod universal_approximation;
mod write;

pub use activations::Activations;
pub use approximate_q::ApproximateQ;
pub use backprop::Backprop;
pub use depth::Depth;
pub use findings::{Check, Figure, Findings, Picture, Table};
pub use linear_features::LinearFeatures;
pub use linear_regions::LinearRegions;
pub use optimizers::Optimizers;
pub use representation::Representation;
pub use shallow_network::ShallowNetwork;
pub use slot::{Study, StudyConfig, studies};
pub use td_loss::TdLossStudy;
pub use universal_approximation::UniversalApproximation;
