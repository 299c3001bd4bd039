//! Measures of an agent's functions that are logged during training.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Budget;
use crate::invalid_value::{InvalidValue, all, at_least_one, require};

/// What is logged in `diagnostics.csv` during training: weight norms, dormant units, effective rank, overestimation, explained
/// variance, entropy and policy loss. The other results are the same with and without it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Diagnostics {
    /// Environment steps between measurements; one is made at step 0 and one at the end as well.
    #[schemars(range(min = 1))]
    pub every: u64,
    /// States of each measurement, from episodes of its own. More of them cost more, and make it known what the agent obtains
    /// in long episodes.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub states: u64,
}

impl Default for Diagnostics {
    /// The cost of a measurement is nearly proportional to its states. With these numbers it was below 2 % of a run in every
    /// config that was measured, from a table to an actor-critic. 500 states are one of cart-pole's longest episodes.
    fn default() -> Self {
        Diagnostics { every: 50_000, states: 500 }
    }
}

/// The most states of a measurement. A larger number is most likely a typing error.
const MAX_STATES: u64 = 1_000_000;

impl Diagnostics {
    /// Checks every range.
    ///
    /// # Errors
    /// If a number is zero or too large.
    pub fn check(&self) -> Result<(), InvalidValue> {
        all([
            at_least_one("every", self.every),
            require((1..=MAX_STATES).contains(&self.states), "states", || {
                format!("must lie between 1 and {MAX_STATES}, not at {}", self.states)
            }),
        ])
    }

    /// Whether a measurement follows step `step` of a run.
    pub fn measures_at(&self, step: u64, budget: &Budget) -> bool {
        step.is_multiple_of(self.every) || step == budget.steps
    }
}
