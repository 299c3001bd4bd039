//! Agents: one file per algorithm, and the registry that a config chooses from.

mod actor_critic;
mod agent;
mod dqn;
mod expected_sarsa;
mod exploration;
mod given_policy;
mod online_control;
mod q_learning;
mod random;
mod registry;
mod replayed;
mod sarsa;
mod state;
mod td_prediction;
mod td_replay;

pub use actor_critic::{ActorCritic, ActorCriticConfig};
pub use agent::{Agent, StateEstimate, UpdateStats, Value};
pub use dqn::{Dqn, DqnConfig};
pub use expected_sarsa::{ExpectedSarsa, ExpectedSarsaConfig, TargetPolicy};
pub use exploration::Exploration;
pub use given_policy::GivenPolicy;
pub use q_learning::{QLearning, QLearningConfig};
pub use random::{Random, RandomConfig};
pub use registry::{AgentSetup, AlgorithmConfig};
pub use replayed::{GradientStep, ReplayConfig};
pub use sarsa::{Sarsa, SarsaConfig};
pub use state::{StateReader, StateWriter};
pub use td_prediction::{TdPrediction, TdPredictionConfig};
pub use td_replay::TdReplay;

use crate::invalid_value::{InvalidValue, require};

/// More environments than help anybody; each has a model of its own.
const MAX_ENVS: usize = 4_096;

/// Checks how many environments are stepped together.
fn check_num_envs(count: usize) -> Result<(), InvalidValue> {
    require((1..=MAX_ENVS).contains(&count), "num_envs", || {
        format!("must lie between 1 and {MAX_ENVS}, not at {count}")
    })
}
