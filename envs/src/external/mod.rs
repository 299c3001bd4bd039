//! Environments in another process: those of Gymnasium, and programs in any language. The one part of this crate that is not pure.
//!
//! A process serves all environments of a run. The frames on its pipes are described in `docs/environment-protocol.md`.

mod client;
mod description;
mod env;
mod episode;
mod frames;
mod gymnasium;
mod process;
mod program;
mod same_core;
mod timeout;

pub use gymnasium::{GymnasiumConfig, GymnasiumWrapper, gymnasium_ids};
pub use program::ProgramConfig;
