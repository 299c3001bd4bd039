//! Q-learning (Watkins 1989; Sutton & Barto 2018, section 6.5), semi-gradient with any approximator.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Env;
use tilde_envs::registry::Part;

use super::exploration::{Exploration, Explorer};
use super::online_control::{NextValue, OnlineControl, check};
use super::{Agent, AgentSetup, Algorithm, LearnedFunction};
use crate::invalid_value::InvalidValue;
use crate::losses::max_value;

/// Q-learning's hyperparameters. It learns the optimal values, independently of its exploration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QLearningConfig {
    /// Discount γ.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub gamma: f64,
    /// How actions are chosen: ε-greedily, or by Boltzmann's distribution.
    pub exploration: Exploration,
}

impl Default for QLearningConfig {
    fn default() -> Self {
        QLearningConfig { gamma: 0.99, exploration: Exploration::constant(0.1) }
    }
}

impl Part for QLearningConfig {
    const ID: &'static str = "q_learning";
    const SUMMARY: &'static str = "online Q-learning (Watkins 1989)";
}

impl Algorithm for QLearningConfig {
    fn gamma(&self) -> f64 {
        self.gamma
    }

    fn functions(&self, actions: usize) -> Vec<LearnedFunction<'_>> {
        vec![LearnedFunction::new(actions)]
    }

    fn check(&self, _env: &dyn Env, _budget: u64) -> Result<(), InvalidValue> {
        check(self.gamma, &self.exploration)
    }

    fn build(&self, setup: &AgentSetup) -> Box<dyn Agent> {
        Box::new(OnlineControl::new(Greedy, self.gamma, &self.exploration, setup))
    }
}

/// A Q-learning agent.
pub type QLearning = OnlineControl<Greedy>;

/// v(x') = maxᵤ Q̃(x', u).
pub struct Greedy;

impl NextValue for Greedy {
    fn is_on_policy(&self) -> bool {
        false
    }

    #[inline]
    fn next_value(&self, next_values: &[f32], _: &mut Explorer, _: u64) -> (f32, Option<usize>) {
        (max_value(next_values), None)
    }
}
