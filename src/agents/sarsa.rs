//! Sarsa (Rummery & Niranjan 1994; Sutton & Barto 2018, sections 6.4 and 10.1), semi-gradient with any approximator.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AgentSetup;
use super::exploration::EpsilonGreedy;
use super::online_control::{Bootstrap, OnlineControl, check};
use crate::invalid::Invalid;
use crate::losses::argmax;
use crate::schedule::Linear;

/// Sarsa's hyperparameters. It learns the values of the policy that it follows, exploration included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SarsaConfig {
    /// Discount γ.
    pub gamma: f64,
    /// Probability ε of a random action.
    pub exploration: Linear,
}

impl Default for SarsaConfig {
    fn default() -> Self {
        SarsaConfig { gamma: 0.99, exploration: Linear::constant(0.1) }
    }
}

impl SarsaConfig {
    /// Checks every range.
    pub fn check(&self) -> Result<(), Invalid> {
        check(self.gamma, &self.exploration)
    }

    /// An agent that has seen nothing yet.
    pub fn build(&self, setup: &AgentSetup) -> Sarsa {
        OnlineControl::new(NextAction, self.gamma, &self.exploration, setup)
    }
}

/// A Sarsa agent.
pub type Sarsa = OnlineControl<NextAction>;

/// v(x') = Q̃(x', u') of the action u' that is taken next.
pub struct NextAction;

impl Bootstrap for NextAction {
    const ID: &'static str = "sarsa";

    #[inline]
    fn next_value(&self, next_values: &[f32], exploration: &mut EpsilonGreedy, step: u64) -> (f32, Option<usize>) {
        let action = exploration.choose(step, || argmax(next_values));
        (next_values[action], Some(action))
    }
}
