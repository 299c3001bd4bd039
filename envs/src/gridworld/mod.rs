//! Gridworlds from ASCII maps, FrozenLake among them.

mod config;
mod map;
mod named;
mod observation;
mod render;
mod source;
mod text;
mod transitions;

pub use config::GridworldConfig;
pub use named::{NamedMap, named_maps};
pub use observation::GridworldObservation;
pub use source::MapSource;
