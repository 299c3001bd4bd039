//! Networks as burn modules, on any device.

mod build;
mod conv;
mod draw;
mod function;
mod layers;
mod mlp;
mod network;
pub mod ops;
mod parameters;

pub use build::{mlp_function, module_function};
pub use conv::ConvNet;
pub use draw::count_parameters;
pub use function::{BurnFunction, FirstLayer};
pub use mlp::Mlp;
pub use network::Network;
