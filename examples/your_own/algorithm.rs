//! An algorithm of your own: Q-learning with mellowmax in place of the maximum (Asadi & Littman 2017).
//!
//! Its target has ln(mean(exp(ω Q̃(x', u)))) / ω for the value of x': for small ω the mean of the action values, for large ω their
//! maximum. The rest of the agent is the library's; `double_q.rs` is an agent from scratch.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde::agents::{Agent, AgentSetup, Algorithm, Exploration, Explorer, LearnedFunction, NextValue, OnlineControl};
use tilde::envs::Env;
use tilde::invalid_value::{InvalidValue, all, fraction, positive};
use tilde::registry::Part;

/// The keys of `[algorithm.mellowmax]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mellowmax {
    /// Discount γ.
    gamma: f64,
    /// ω.
    omega: f64,
    /// How actions are chosen: ε-greedily, or by Boltzmann's distribution.
    exploration: Exploration,
}

impl Part for Mellowmax {
    const ID: &'static str = "mellowmax";
    const SUMMARY: &'static str = "Q-learning with mellowmax (Asadi & Littman 2017)";
}

impl Algorithm for Mellowmax {
    fn gamma(&self) -> f64 {
        self.gamma
    }

    fn functions(&self, actions: usize) -> Vec<LearnedFunction<'_>> {
        vec![LearnedFunction::new(actions)]
    }

    fn check(&self, _env: &dyn Env, _budget: u64) -> Result<(), InvalidValue> {
        let exploration = self.exploration.check().map_err(|e| e.within("exploration"));
        all([fraction("gamma", self.gamma), positive("omega", self.omega), exploration])
    }

    fn build(&self, setup: &AgentSetup) -> Box<dyn Agent> {
        Box::new(OnlineControl::new(self.clone(), self.gamma, &self.exploration, setup))
    }
}

impl NextValue for Mellowmax {
    fn is_on_policy(&self) -> bool {
        false
    }

    fn next_value(&self, next_values: &[f32], _: &mut Explorer, _: u64) -> (f32, Option<usize>) {
        let highest = tilde::losses::max_value(next_values); // subtracted so that no power overflows
        let powers = next_values.iter().map(|value| (self.omega as f32 * (value - highest)).exp());
        (highest + (powers.sum::<f32>() / next_values.len() as f32).ln() / self.omega as f32, None)
    }
}
