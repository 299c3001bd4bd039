//! Agents: one file per algorithm, and the registry that a config chooses from.

mod agent;
mod dqn;
mod registry;

pub use agent::{Agent, Learned};
pub use dqn::{Dqn, DqnConfig};
pub use registry::{AgentSetup, AlgorithmConfig};
