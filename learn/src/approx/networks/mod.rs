//! Networks: what lies between features and outputs.
//!
//! A new network is one file: its settings as a [`Part`](crate::registry::Part), either with [`ModuleConfig`], which is
//! all that a network of burn's layers needs, or with [`NetworkSettings`] itself; and one line of the list in
//! `settings.rs`. The tests run over that list.

mod architecture;
mod conv;
mod mlp;
mod module;
mod settings;
mod setup;
mod summary;

pub use architecture::{Architecture, Convolutional, NORM_EPSILON, Window};
pub use conv::ConvConfig;
pub use mlp::MlpConfig;
pub use module::ModuleConfig;
pub use settings::{NetworkConfig, NetworkSettings, Uses, networks};
pub use setup::NetworkSetup;
pub use summary::Detail;
