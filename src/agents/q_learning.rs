//! Q-learning (Watkins 1989; Sutton & Barto 2018, section 6.5), semi-gradient with any approximator.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AgentSetup;
use super::exploration::{Exploration, Explorer};
use super::online_control::{NextValue, OnlineControl, check};
use crate::invalid_value::InvalidValue;
use crate::losses::max_value;

/// Q-learning's hyperparameters. It learns the optimal values whatever it explores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QLearningConfig {
    /// Discount γ.
    pub gamma: f64,
    /// How actions are chosen: ε-greedily, or by Boltzmann's distribution.
    pub exploration: Exploration,
}

impl Default for QLearningConfig {
    fn default() -> Self {
        QLearningConfig { gamma: 0.99, exploration: Exploration::constant(0.1) }
    }
}

impl QLearningConfig {
    /// Checks every range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        check(self.gamma, &self.exploration)
    }

    /// An agent that has seen nothing yet.
    pub fn build(&self, setup: &AgentSetup) -> QLearning {
        OnlineControl::new(Greedy, self.gamma, &self.exploration, setup)
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
