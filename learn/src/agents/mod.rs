//! Agents: one file per algorithm, and the registry from which a config chooses.
//!
//! The file of an algorithm has its settings, a [`Part`](crate::registry::Part) that is an [`Algorithm`], and its [`Agent`]. A new
//! algorithm is such a file and one line of the list in `algorithm.rs`. The tests of algorithms run over that list.

mod actor_critic;
mod agent;
mod algorithm;
mod dqn;
mod expected_sarsa;
mod exploration;
mod given_policy;
mod online_control;
mod q_learning;
mod random;
mod replayed;
mod reward_wrappers;
mod sarsa;
mod setup;
mod state;
mod td_prediction;
mod td_replay;
mod weights;
mod wrapped;

pub use actor_critic::{ActorCritic, ActorCriticConfig};
pub use agent::{Agent, Roles, StateEstimate, UpdateStats, Value, sampled};
pub use algorithm::{Algorithm, AlgorithmConfig, LearnedFunction, algorithms};
pub use dqn::{Dqn, DqnConfig, GradientStep};
pub use expected_sarsa::{ExpectedSarsa, ExpectedSarsaConfig, TargetPolicy};
pub use exploration::{Choice, Exploration, Explorer};
pub use given_policy::GivenPolicy;
pub use online_control::{NextValue, OnlineControl};
pub use q_learning::{QLearning, QLearningConfig};
pub use random::{Random, RandomConfig};
pub use replayed::ReplayConfig;
pub use reward_wrappers::{RewardTransform, RewardWrappers};
pub use sarsa::{Sarsa, SarsaConfig};
pub use setup::AgentSetup;
pub use state::{StateReader, StateWriter};
pub use td_prediction::{TdPrediction, TdPredictionConfig};
pub use td_replay::TdReplay;
pub use weights::{named_weights, prefixes, set_weights};
pub use wrapped::WrappedAgent;

use crate::invalid_value::{InvalidValue, require};

/// The most environments. A larger number is most likely a typing error.
const MAX_ENVS: usize = 4_096;

/// Checks how many environments are stepped together.
fn check_num_envs(count: usize) -> Result<(), InvalidValue> {
    require((1..=MAX_ENVS).contains(&count), "num_envs", || {
        format!("must lie between 1 and {MAX_ENVS}, not at {count}")
    })
}
