//! What learns: function approximators, their losses and optimizers, replay, and the agents that use them.
//!
//! Nothing here trains by itself, reads a config file or writes results: that is the crate `tilde`, which gives these modules
//! under its own name, `tilde::approx` and so on.
//!
//! It is a crate of its own for the compiler: it is optimised for speed, while what stands above it is optimised for a short
//! build, and a change above it does not compile it anew.
//!
//! Modules import what stands to the right of them: `{agents, supervised} → {approx, losses, replay} → optim →
//! {device, schedule, rng} → {checksum, invalid_value, kernels, registry, safetensors}`.

pub use tilde_envs as envs;
pub use tilde_envs::registry;

pub mod agents;
pub mod approx;
pub mod checksum;
pub mod device;
pub mod invalid_value;
pub mod kernels;
pub mod losses;
pub mod optim;
pub mod replay;
pub mod rng;
pub mod safetensors;
pub mod schedule;
pub mod supervised;
