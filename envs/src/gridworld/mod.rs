//! Gridworlds: from ASCII maps, and with rules of their own on one map.

mod cliff_walking;
mod config;
mod frozen_lake;
mod map;
mod named;
mod observation;
mod render;
mod source;
mod strip;
mod text;
mod transitions;
mod windy;

pub use cliff_walking::CliffWalkingConfig;
pub use config::GridworldConfig;
pub use frozen_lake::{FrozenLakeConfig, FrozenLakeMap};
pub(crate) use map::Move;
pub use named::{NamedMap, named_maps};
pub use observation::GridworldObservation;
pub use source::MapSource;
pub(crate) use strip::strip_renderer;
pub use windy::WindyGridworldConfig;
