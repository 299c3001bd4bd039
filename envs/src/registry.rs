//! The environments by name: what a config file can ask for, one line each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    CartPoleConfig, CatchConfig, ConfigError, Env, GridworldConfig, Probe, ProbeConfig, ProbeTruncationConfig,
};

/// The configuration of one environment, as a config file has it: `[env.cart_pole]` and its keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnvConfig {
    /// Balance a pole on a cart.
    CartPole(CartPoleConfig),
    /// Catch a falling ball with a paddle.
    Catch(CatchConfig),
    /// Walk over an ASCII map to a goal.
    Gridworld(GridworldConfig),
    /// One step, reward 1: can a value be learned at all?
    ProbeConstantReward(ProbeConfig),
    /// One step, the reward is the observation: does the observation get through?
    ProbeObservationReward(ProbeConfig),
    /// Two steps, reward at the end: is it discounted and bootstrapped?
    ProbeTwoStep(ProbeConfig),
    /// One step, the reward is the action's: are actions told apart?
    ProbeActionReward(ProbeConfig),
    /// Reward 1 for ever, but truncated: is the last state bootstrapped?
    ProbeTruncation(ProbeTruncationConfig),
}

impl EnvConfig {
    /// The name in the registry, `cart-pole` for example.
    pub fn id(&self) -> &'static str {
        match self {
            EnvConfig::CartPole(_) => "cart-pole",
            EnvConfig::Catch(_) => "catch",
            EnvConfig::Gridworld(_) => "gridworld",
            EnvConfig::ProbeConstantReward(_) => Probe::ConstantReward.id(),
            EnvConfig::ProbeObservationReward(_) => Probe::ObservationReward.id(),
            EnvConfig::ProbeTwoStep(_) => Probe::TwoStep.id(),
            EnvConfig::ProbeActionReward(_) => Probe::ActionReward.id(),
            EnvConfig::ProbeTruncation(_) => Probe::Truncation.id(),
        }
    }

    /// Makes the environment.
    ///
    /// # Errors
    /// If a value is out of range or a map cannot be played; the error names the key.
    pub fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        match self {
            EnvConfig::CartPole(config) => config.build(),
            EnvConfig::Catch(config) => config.build(),
            EnvConfig::Gridworld(config) => config.build(),
            EnvConfig::ProbeConstantReward(_) => Ok(Box::new(Probe::ConstantReward.env())),
            EnvConfig::ProbeObservationReward(_) => Ok(Box::new(Probe::ObservationReward.env())),
            EnvConfig::ProbeTwoStep(_) => Ok(Box::new(Probe::TwoStep.env())),
            EnvConfig::ProbeActionReward(_) => Ok(Box::new(Probe::ActionReward.env())),
            EnvConfig::ProbeTruncation(config) => config.build(),
        }
    }

    /// The return of an episode, not discounted, from which on the environment counts as solved, where there is such a figure.
    /// Environments with a Gymnasium name have Gymnasium's (`reward_threshold`); on a map without slipping and in catch it
    /// is the best return there is.
    pub fn reward_threshold(&self) -> Option<f64> {
        match self {
            EnvConfig::CartPole(config) => Some(config.reward_threshold()),
            EnvConfig::Catch(config) => Some(config.reward_threshold()),
            EnvConfig::Gridworld(config) => config.reward_threshold(),
            _ => None,
        }
    }
}

/// One environment of the registry.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name.
    pub id: &'static str,
    /// What it is, in one line.
    pub summary: &'static str,
    /// Its configuration with every default filled in.
    pub default: fn() -> EnvConfig,
}

/// Every environment there is.
pub fn registry() -> &'static [Entry] {
    REGISTRY
}

/// The environment with this name; `cart_pole` is as good as `cart-pole`.
pub fn find(id: &str) -> Option<&'static Entry> {
    let id = id.replace('_', "-");
    REGISTRY.iter().find(|entry| entry.id == id)
}

#[rustfmt::skip]
const REGISTRY: &[Entry] = &[
    Entry { id: "cart-pole", summary: "balance a pole on a cart; Gymnasium's CartPole-v1", default: || EnvConfig::CartPole(Default::default()) },
    Entry { id: "catch", summary: "catch a falling ball with a paddle, seen as a board of cells; bsuite's Catch", default: || EnvConfig::Catch(Default::default()) },
    Entry { id: "gridworld", summary: "walk over an ASCII map to a goal; FrozenLake, a cliff, a maze, or your own", default: || EnvConfig::Gridworld(Default::default()) },
    Entry { id: "probe-constant-reward", summary: "one step, reward 1: can a value be learned at all?", default: || EnvConfig::ProbeConstantReward(Default::default()) },
    Entry { id: "probe-observation-reward", summary: "one step, the reward is the observation: does the observation get through?", default: || EnvConfig::ProbeObservationReward(Default::default()) },
    Entry { id: "probe-two-step", summary: "two steps, reward at the end: is it discounted and bootstrapped?", default: || EnvConfig::ProbeTwoStep(Default::default()) },
    Entry { id: "probe-action-reward", summary: "one step, the reward is the action's: are actions told apart?", default: || EnvConfig::ProbeActionReward(Default::default()) },
    Entry { id: "probe-truncation", summary: "reward 1 for ever, but truncated: is the last state bootstrapped?", default: || EnvConfig::ProbeTruncation(Default::default()) },
];
