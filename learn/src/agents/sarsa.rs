//! Sarsa (Rummery & Niranjan 1994; Sutton & Barto 2018, sections 6.4 and 10.1), semi-gradient with any approximator.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Env;
use tilde_envs::registry::Part;

use super::exploration::{Exploration, Explorer};
use super::online_control::{NextValue, OnlineControl, check};
use super::{Agent, AgentSetup, Algorithm, LearnedFunction};
use crate::invalid_value::InvalidValue;

/// Sarsa's hyperparameters. It learns the values of the policy that it follows, including exploration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SarsaConfig {
    /// Discount γ.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub gamma: f64,
    /// How actions are chosen: ε-greedily, or by Boltzmann's distribution.
    pub exploration: Exploration,
}

impl Default for SarsaConfig {
    fn default() -> Self {
        SarsaConfig { gamma: 0.99, exploration: Exploration::constant(0.1) }
    }
}

impl Part for SarsaConfig {
    const ID: &'static str = "sarsa";
    const SUMMARY: &'static str = "online Sarsa (Rummery & Niranjan 1994)";
}

impl Algorithm for SarsaConfig {
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
        Box::new(OnlineControl::new(NextAction, self.gamma, &self.exploration, setup))
    }
}

/// A Sarsa agent.
pub type Sarsa = OnlineControl<NextAction>;

/// v(x') = Q̃(x', u') of the action u' that is taken next.
pub struct NextAction;

impl NextValue for NextAction {
    fn is_on_policy(&self) -> bool {
        true
    }

    #[inline]
    fn next_value(&self, next_values: &[f32], exploration: &mut Explorer, step: u64) -> (f32, Option<usize>) {
        let action = exploration.draw(step).among(next_values);
        (next_values[action], Some(action))
    }
}
