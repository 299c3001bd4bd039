//! Studies of function approximation: claims of the course, each with what was measured, figures and a check.
//!
//! A study is a struct of settings that implements [`Study`], in a file of its own, and a line in the registry. It is a pure
//! function of its settings and a seed, made of the networks, losses, optimizers and schedules that agents learn with.

mod activations;
mod backprop;
mod findings;
mod network_picture;
mod optimizers;
mod representation;
mod shallow_network;
mod slot;
mod write;

pub use activations::Activations;
pub use backprop::Backprop;
pub use findings::{Check, Figure, Findings, Picture, Table};
pub use optimizers::Optimizers;
pub use representation::Representation;
pub use shallow_network::ShallowNetwork;
pub use slot::{Study, StudyConfig, studies};
