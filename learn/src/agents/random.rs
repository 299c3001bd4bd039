//! Uniformly random actions: the baseline of every comparison.

use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::registry::Part;
use tilde_envs::{Env, StateError};

use super::agent::{StateEstimate, Value};
use super::state::{StateReader, StateWriter};
use super::{Agent, AgentSetup, Algorithm, LearnedFunction, UpdateStats};
use crate::invalid_value::{InvalidValue, fraction};
use crate::replay::Transition;
use crate::rng::{Rng, Stream, stream};

/// Settings of the random agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RandomConfig {
    /// Discount γ of the exact values that its policy is compared with.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub gamma: f64,
}

impl Default for RandomConfig {
    fn default() -> Self {
        RandomConfig { gamma: 0.99 }
    }
}

impl Part for RandomConfig {
    const ID: &'static str = "random";
    const SUMMARY: &'static str = "uniformly random actions";
}

impl Algorithm for RandomConfig {
    fn gamma(&self) -> f64 {
        self.gamma
    }

    fn functions(&self, _actions: usize) -> Vec<LearnedFunction<'_>> {
        Vec::new()
    }

    fn check(&self, _env: &dyn Env, _budget: u64) -> Result<(), InvalidValue> {
        fraction("gamma", self.gamma)
    }

    fn build(&self, setup: &AgentSetup) -> Box<dyn Agent> {
        Box::new(Random::new(setup))
    }
}

/// An agent that acts at random, in evaluations too.
pub struct Random {
    actions: usize,
    explore: Rng,
}

impl Random {
    /// A random agent.
    pub fn new(setup: &AgentSetup) -> Random {
        Random { actions: setup.actions, explore: stream(setup.seed, Stream::Explore) }
    }
}

impl Agent for Random {
    fn act(&mut self, _observations: &[f32], _step: u64, actions: &mut [usize]) {
        actions.iter_mut().for_each(|action| *action = self.explore.random_range(0..self.actions));
    }

    fn observe(&mut self, _transition: Transition<'_>, _step: u64) -> Option<UpdateStats> {
        None
    }

    fn act_eval(&mut self, _observation: &[f32], rng: &mut Rng) -> usize {
        rng.random_range(0..self.actions)
    }

    fn estimate(&mut self, _observation: &[f32], _step: u64) -> StateEstimate {
        let policy = vec![1.0 / self.actions as f64; self.actions];
        StateEstimate { value: Value::None, followed: policy.clone(), policy }
    }

    fn save_extras(&self, to: &mut StateWriter) {
        to.put(&self.explore);
    }

    fn load_extras(&mut self, from: &mut StateReader<'_>) -> Result<(), StateError> {
        self.explore = from.take()?;
        Ok(())
    }
}
