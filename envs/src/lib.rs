//! Environments for reinforcement learning as pure dynamics: no learning, no files, no clock. Only those that another process
//! serves are not pure: Gymnasium's, and programs in any language.
//!
//! An environment implements [`Env`]: it can be reset and stepped, and it writes its observation into the caller's buffer.
//! Randomness is an argument ([`Rng`]), so an episode is a function of the settings, the seed and the actions.
//!
//! ```
//! use tilde_envs::{CartPoleConfig, Environment, Rng};
//!
//! let mut env = CartPoleConfig::default().build()?;
//! let mut rng = Rng::from_seed(0);
//! let mut observation = vec![0.0; env.observation_space().len()];
//! let mut length = 0;
//! env.reset(&mut rng, &mut observation);
//! loop {
//!     let push_right = observation[2] > 0.0; // to the side to which the pole leans
//!     length += 1;
//!     if env.step(usize::from(push_right), &mut rng, &mut observation).ending.is_over() {
//!         break;
//!     }
//! }
//! assert!(length > 20);
//! # Ok::<(), tilde_envs::ConfigError>(())
//! ```
//!
//! An environment that is a finite MDP also has an exact model ([`TransitionModel`]). [`value_iteration`] and
//! [`policy_evaluation`] compute the values that a learner should find, and [`on_policy_distribution`] how often it visits each
//! state.
//!
//! [`EnvWrappers`] put a time limit, action repeat or a frame stack around any of them.
//!
//! [`Environment::renderer`] draws an environment, apart from its dynamics ([`render`]).
//!
//! A new environment is one file and one line of the list in `environment.rs`. The file has its settings, a
//! [`Part`](registry::Part) that implements [`Environment`], and the environment itself. The contract tests run over that list.

mod acrobot;
mod action_repeat;
mod baird;
mod blackjack;
mod boyan_chain;
mod cart_pole;
mod catch;
mod chain;
mod component;
mod config_error;
mod dc_motor;
mod discrete_inputs;
mod env;
mod environment;
mod exact;
mod external;
mod frame_stack;
mod gridworld;
mod inverted_pendulum;
mod model;
mod motor;
mod mountain_car;
mod numpy_integers;
mod on_policy;
mod pcg64;
mod pendulum;
mod power;
mod probes;
mod random_walk;
pub mod registry;
pub mod render;
mod rng;
mod saved_state;
mod space;
mod tabular;
mod taxi;
mod time_limit;
mod wrapped;

pub use acrobot::{Acrobot, AcrobotConfig};
pub use action_repeat::ActionRepeat;
pub use baird::{BAIRD_FEATURES, BairdConfig};
pub use blackjack::BlackjackConfig;
pub use boyan_chain::{BoyanChainConfig, BoyanChainObservation};
pub use cart_pole::{CartPole, CartPoleConfig};
pub use catch::{Catch, CatchConfig};
pub use chain::ChainConfig;
pub use component::Component;
pub use config_error::ConfigError;
pub use dc_motor::DcMotorConfig;
pub use env::{Ending, Env, EnvFailure, StateError, Step};
pub use environment::{EnvConfig, Environment, environments};
pub use exact::{
    ActionValues, Stopped, decision_states, lookahead, policy_action_values, policy_evaluation, start_value,
    try_policy_evaluation, try_value_iteration, value_iteration,
};
pub use external::{GymnasiumConfig, GymnasiumWrapper, ProgramConfig, gymnasium_ids};
pub use frame_stack::FrameStack;
pub use gridworld::{
    CliffWalkingConfig, FrozenLakeConfig, FrozenLakeMap, GridworldConfig, GridworldObservation, MapSource, NamedMap,
    WindyGridworldConfig, named_maps,
};
pub use inverted_pendulum::{InvertedPendulumConfig, InvertedPendulumStart};
pub use model::{Outcome, TransitionModel};
pub use mountain_car::{MountainCar, MountainCarConfig};
pub use on_policy::{on_policy_distribution, try_on_policy_distribution};
pub use pendulum::{Pendulum, PendulumConfig};
pub use probes::{
    Probe, ProbeActionRewardConfig, ProbeConstantRewardConfig, ProbeObservationRewardConfig, ProbeTruncationConfig,
    ProbeTwoStepConfig,
};
pub use random_walk::RandomWalkConfig;
pub use rng::Rng;
pub use space::Space;
pub use tabular::Tabular;
pub use taxi::{TaxiConfig, TaxiObservation};
pub use time_limit::TimeLimit;
pub use wrapped::EnvWrappers;
