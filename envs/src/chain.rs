//! The chain, in which a small reward tempts and a large one lies far.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::gridworld::{Move, strip_renderer};
use crate::registry::Part;
use crate::render::Render;
use crate::{
    Component, ConfigError, Env, Environment, Outcome, Space, Tabular, TimeLimit, TransitionModel, time_limit,
};

const FORWARD: usize = 0;
const MOVES: [Move; 2] = [Move::new("forward", 0, 1), Move::new("back", 0, -1)];

const MAX_STATES: usize = 1_000;

/// The settings of the chain (Dearden, Friedman & Russell, "Bayesian Q-Learning", 1998; with these numbers Strens, "A Bayesian
/// Framework for Reinforcement Learning", 2000).
///
/// States in a row, from the first one. Actions: 0 forward, to the next state, and in the last one to stay there with a reward of 10;
/// 1 back to the first state with a reward of 2. All other rewards are 0. With probability `slip` an action has the effect of the
/// other one. No state is terminal: an episode is cut off at its time limit.
///
/// Going forward all the way is optimal for a discount near 1. With five states it earns 3.6768 per step in the long run: the last
/// state is the present one with probability 0.8⁴, which gives 0.8 · 10 there, and every fifth step slips back for 2, or from the
/// first state stays there.
///
/// Observation: the number of the state, from zero. A reset draws one number; a step draws one if `slip` > 0, else none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChainConfig {
    /// The number of states.
    #[schemars(range(min = 2, max = 1_000))]
    pub states: usize,
    /// The probability that an action has the effect of the other one.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub slip: f64,
    /// The length of an episode, in steps.
    #[schemars(range(min = 1))]
    pub time_limit: u32,
}

impl Default for ChainConfig {
    fn default() -> Self {
        ChainConfig { states: 5, slip: 0.2, time_limit: 1_000 }
    }
}

impl Part for ChainConfig {
    const ID: &'static str = "chain";
    const SUMMARY: &'static str = "a small reward at once or a large one at the end of a chain (Strens 2000)";
}

impl Environment for ChainConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        if !(2..=MAX_STATES).contains(&self.states) {
            let message = format!("must be a whole number from 2 to {MAX_STATES}, not {}", self.states);
            return Err(ConfigError::new("states", message));
        }
        if !(0.0..=1.0).contains(&self.slip) {
            return Err(ConfigError::new("slip", format!("must be a probability from 0 to 1, not {}", self.slip)));
        }
        let env = Tabular::new(self.transitions(), Space::Discrete { n: self.states });
        Ok(Box::new(TimeLimit::new(env, time_limit::check(self.time_limit)?)))
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        (2..=MAX_STATES).contains(&self.states).then(|| strip_renderer("chain", self.states, 0, &MOVES))
    }

    fn components(&self) -> Vec<Component> {
        vec![Component::new("state")]
    }

    fn action_names(&self) -> Vec<String> {
        MOVES.map(|action| action.name.to_owned()).to_vec()
    }
}

impl ChainConfig {
    fn transitions(&self) -> TransitionModel {
        let last = self.states - 1;
        let observations = (0..self.states).map(|state| vec![state as f32]).collect();
        TransitionModel::new(MOVES.len(), observations, vec![(0, 1.0)], |state, action| {
            let effect = |action: usize, probability: f64| {
                let (next, reward) = match action {
                    FORWARD if state == last => (last, 10.0),
                    FORWARD => (state + 1, 0.0),
                    _ => (0, 2.0),
                };
                Outcome { probability, next, reward, terminated: false }
            };
            let effects = [effect(action, 1.0 - self.slip), effect(1 - action, self.slip)];
            effects.into_iter().filter(|effect| effect.probability > 0.0).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{on_policy_distribution, value_iteration};

    fn model(slip: f64, time_limit: u32) -> TransitionModel {
        ChainConfig { slip, time_limit, ..ChainConfig::default() }.build().unwrap().model().unwrap()
    }

    /// Without slipping: V(last) = 10 / (1 − γ), and each state before it γ times that of the next.
    #[test]
    fn the_optimal_values_without_slipping_are_discounted_from_the_end() {
        let values = value_iteration(&model(0.0, 1_000), 0.9).unwrap().state_values();
        for (state, value) in values.into_iter().enumerate() {
            assert!((value - 100.0 * 0.9f64.powi(4 - state as i32)).abs() < 1e-8, "state {state}: {value}");
        }
    }

    /// Strens 2000, table 1: the optimal policy earns 3,677 in a thousand steps.
    #[test]
    fn going_forward_is_optimal_and_earns_the_published_return() {
        let model = model(0.2, 1_000_000);
        let best = value_iteration(&model, 0.99).unwrap();
        assert!((0..5).all(|state| best.of(state)[0] > best.of(state)[1]), "{best:?}");
        let shares = on_policy_distribution(&model, &[1.0, 0.0].repeat(5)).unwrap();
        let expected =
            |state: usize| -> f64 { model.outcomes(state, 0).iter().map(|o| o.probability * o.reward).sum() };
        let per_step: f64 = (0..5).map(|state| shares[state] * expected(state)).sum();
        assert!(
            (shares[4] - 0.8f64.powi(4)).abs() < 1e-5 && (per_step - 3.6768).abs() < 1e-4,
            "{per_step}, {shares:?}"
        );
    }
}
