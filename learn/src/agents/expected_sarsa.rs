//! Expected Sarsa (van Seijen et al. 2009; Sutton & Barto 2018, section 6.6), semi-gradient with any approximator.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Env;
use tilde_envs::registry::{Part, accept_old_name};

use super::exploration::{Exploration, Explorer};
use super::online_control::{NextValue, OnlineControl, check};
use super::{Agent, AgentSetup, Algorithm, LearnedFunction};
use crate::invalid_value::InvalidValue;
use crate::losses::max_value;

/// Expected Sarsa's hyperparameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExpectedSarsaConfig {
    /// Discount γ.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub gamma: f64,
    /// How actions are chosen: ε-greedily, or by Boltzmann's distribution.
    pub exploration: Exploration,
    /// The policy whose values are learned.
    pub target_policy: TargetPolicy,
}

/// The policy whose values Expected Sarsa learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(transform = with_old_name)]
pub enum TargetPolicy {
    /// The policy that the agent follows.
    #[default]
    #[serde(alias = "epsilon_greedy")]
    Followed,
    /// The greedy policy, as in Q-learning.
    Greedy,
}

fn with_old_name(schema: &mut schemars::Schema) {
    accept_old_name(schema, "epsilon_greedy", "followed");
}

impl Default for ExpectedSarsaConfig {
    fn default() -> Self {
        let exploration = Exploration::constant(0.1);
        ExpectedSarsaConfig { gamma: 0.99, exploration, target_policy: TargetPolicy::default() }
    }
}

impl Part for ExpectedSarsaConfig {
    const ID: &'static str = "expected_sarsa";
    const SUMMARY: &'static str = "online Expected Sarsa (van Seijen et al. 2009)";
}

impl Algorithm for ExpectedSarsaConfig {
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
        Box::new(OnlineControl::new(Expectation(self.target_policy), self.gamma, &self.exploration, setup))
    }
}

/// An Expected Sarsa agent.
pub type ExpectedSarsa = OnlineControl<Expectation>;

/// v(x') = Σᵤ π(u | x') Q̃(x', u).
pub struct Expectation(TargetPolicy);

impl NextValue for Expectation {
    fn is_on_policy(&self) -> bool {
        self.0 == TargetPolicy::Followed
    }

    #[inline]
    fn next_value(&self, next_values: &[f32], exploration: &mut Explorer, step: u64) -> (f32, Option<usize>) {
        let value = match self.0 {
            TargetPolicy::Followed => exploration.expected_value(next_values, step),
            TargetPolicy::Greedy => max_value(next_values),
        };
        (value, None)
    }
}
