//! The registry of algorithms: one line each in [`AlgorithmConfig`] and in its three matches.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{Agent, Dqn, DqnConfig};
use crate::approx::{ApproximatorConfig, FeatureMap};
use crate::invalid::Invalid;
use crate::optim::OptimizerConfig;

/// The algorithm slot of an experiment: a table with one key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlgorithmConfig {
    /// Deep Q-network (Mnih et al. 2015).
    Dqn(DqnConfig),
}

/// What an agent of any algorithm is made from.
#[derive(Clone, Debug)]
pub struct AgentSetup {
    /// The approximator's settings.
    pub approximator: ApproximatorConfig,
    /// Its feature map, fitted to the environment's observations.
    pub features: FeatureMap,
    /// The optimizer's settings.
    pub optimizer: OptimizerConfig,
    /// Numbers per observation.
    pub observation_components: usize,
    /// How many actions there are.
    pub actions: usize,
    /// Environment steps of the whole run, for schedules that are a fraction of it.
    pub budget: u64,
    /// Where tensors live.
    pub device: Device,
    /// The run's seed.
    pub seed: u64,
}

impl AlgorithmConfig {
    /// The algorithm's key in a config file.
    pub fn id(&self) -> &'static str {
        match self {
            AlgorithmConfig::Dqn(_) => "dqn",
        }
    }

    /// Checks every range and every combination.
    pub fn check(&self) -> Result<(), Invalid> {
        match self {
            AlgorithmConfig::Dqn(config) => config.check(),
        }
        .map_err(|e| e.within(self.id()))
    }

    /// An agent that has seen nothing yet.
    pub fn build(&self, setup: AgentSetup) -> Box<dyn Agent> {
        match self {
            AlgorithmConfig::Dqn(config) => Box::new(Dqn::new(config, setup)),
        }
    }
}
