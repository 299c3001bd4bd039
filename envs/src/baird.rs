//! Baird's counterexample.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::registry::Part;
use crate::{
    Component, ConfigError, Env, Environment, Outcome, Space, Tabular, TimeLimit, TransitionModel, time_limit,
};

const STATES: usize = 7;
const SEVENTH: usize = STATES - 1;

/// The features of the seven states in Baird's counterexample (Sutton & Barto 2018, figure 11.1): the value of upper state i is
/// 2 wᵢ + w₈, and that of the seventh is w₇ + 2 w₈.
pub const BAIRD_FEATURES: [[f32; 8]; STATES] = [
    [2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
    [0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
    [0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0],
    [0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 1.0],
    [0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 1.0],
    [0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 1.0],
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0],
];

/// The settings of Baird's counterexample (Baird, "Residual Algorithms", 1995; in the form of Sutton & Barto 2018, example 11.2).
///
/// Seven states. Actions: 0, the dashed one, leads to one of the six upper states, each as likely; 1, the solid one, to the seventh.
/// All rewards are 0, so every value is 0, and no state is terminal: an episode is cut off at its time limit. The book's behaviour
/// policy takes the dashed action with probability 6/7, and its target policy always the solid one.
///
/// Observation: the eight features ([`BAIRD_FEATURES`]), so that a linear function of the bare observation is the book's. An episode
/// starts in each state with the same probability. A reset draws one number, and so does the dashed action.
///
/// Deviation: the book's episode never ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BairdConfig {
    /// The length of an episode, in steps.
    #[schemars(range(min = 1))]
    pub time_limit: u32,
}

impl Default for BairdConfig {
    fn default() -> Self {
        BairdConfig { time_limit: time_limit::DEFAULT }
    }
}

impl Part for BairdConfig {
    const ID: &'static str = "baird";
    const SUMMARY: &'static str =
        "Baird's counterexample: values diverge off-policy (Sutton & Barto 2018, example 11.2)";
}

impl Environment for BairdConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        let space = Space::Box { low: vec![0.0; 8], high: vec![2.0; 8] };
        Ok(Box::new(TimeLimit::new(Tabular::new(transitions(), space), time_limit::check(self.time_limit)?)))
    }

    fn components(&self) -> Vec<Component> {
        (1..=8).map(|feature| Component::new(&format!("feature {feature}"))).collect()
    }

    fn action_names(&self) -> Vec<String> {
        ["dashed", "solid"].map(str::to_owned).to_vec()
    }
}

fn transitions() -> TransitionModel {
    let observations = BAIRD_FEATURES.map(|row| row.to_vec()).to_vec();
    let start = (0..STATES).map(|state| (state, 1.0 / STATES as f64)).collect();
    let to = |probability: f64, next: usize| Outcome { probability, next, reward: 0.0, terminated: false };
    TransitionModel::new(2, observations, start, |_, action| match action {
        0 => (0..SEVENTH).map(|state| to(1.0 / SEVENTH as f64, state)).collect(),
        _ => vec![to(1.0, SEVENTH)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::on_policy_distribution;

    /// Under the behaviour policy "the next-state distribution is uniform (the same for all nonterminal states), which is also the
    /// starting distribution".
    #[test]
    fn the_behaviour_policy_visits_all_states_alike() {
        let shares = on_policy_distribution(&transitions(), &[6.0 / 7.0, 1.0 / 7.0].repeat(STATES)).unwrap();
        assert!(shares.iter().all(|share| (share - 1.0 / 7.0).abs() < 1e-12), "{shares:?}");
    }

    /// The weights (1, 1, 1, 1, 1, 1, 10, 1) of figure 11.2 give 3 to the upper states and 12 to the seventh.
    #[test]
    fn values_of_the_books_first_weights() {
        let weights = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 10.0, 1.0];
        let values = BAIRD_FEATURES.map(|row| row.iter().zip(weights).map(|(x, w)| x * w).sum::<f32>());
        assert_eq!(values, [3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 12.0]);
    }
}
