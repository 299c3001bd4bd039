//! Boyan's chain.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::registry::Part;
use crate::{Component, ConfigError, Env, Environment, Outcome, Space, Tabular, TransitionModel};

const STATES: usize = 13;
const FEATURES: usize = 4;
/// The states between two that have a feature of their own.
const APART: usize = (STATES - 1) / (FEATURES - 1);

/// The settings of Boyan's chain (Boyan, "Technical Update: Least-Squares Temporal Difference Learning", 2002).
///
/// States 12 down to 0, with one action. From a state above 1 it leads to one of the next two, each as likely, with a reward of −3;
/// from state 1 to state 0 with a reward of −2; and state 0 is terminal. The value of a state without discounting is −2 times its
/// number, which is linear in the features: their weights are −24, −16, −8 and 0.
///
/// Observation: the number of the state; or `"features"`, four numbers: states 12, 8, 4 and 0 have a feature of their own, and the
/// features of the states between two of them are interpolated. A reset draws one number; a step draws one, but none in state 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BoyanChainConfig {
    /// The form of the observation: `"number"` or `"features"`.
    pub observation: BoyanChainObservation,
}

/// The form of the observation in Boyan's chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoyanChainObservation {
    /// The number of the state, from 12 at the start to 0 at the end.
    #[default]
    Number,
    /// The four features.
    Features,
}

impl BoyanChainObservation {
    fn space(self) -> Space {
        match self {
            BoyanChainObservation::Number => Space::Discrete { n: STATES },
            BoyanChainObservation::Features => Space::Box { low: vec![0.0; FEATURES], high: vec![1.0; FEATURES] },
        }
    }

    fn of(self, state: usize) -> Vec<f32> {
        match self {
            BoyanChainObservation::Number => vec![state as f32],
            BoyanChainObservation::Features => features(state).to_vec(),
        }
    }
}

/// The features of a state.
fn features(state: usize) -> [f32; FEATURES] {
    let passed = STATES - 1 - state;
    std::array::from_fn(|feature| 1.0 - (feature * APART).abs_diff(passed).min(APART) as f32 / APART as f32)
}

impl Part for BoyanChainConfig {
    const ID: &'static str = "boyan_chain";
    const SUMMARY: &'static str = "thirteen states whose values are linear in four features (Boyan 2002)";
}

impl Environment for BoyanChainConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        Ok(Box::new(Tabular::new(self.transitions(), self.observation.space())))
    }

    fn components(&self) -> Vec<Component> {
        match self.observation {
            BoyanChainObservation::Number => vec![Component::new("state")],
            BoyanChainObservation::Features => {
                ["12", "8", "4", "0"].map(|of| Component::new(&format!("feature of {of}"))).to_vec()
            }
        }
    }

    fn action_names(&self) -> Vec<String> {
        vec!["on".to_owned()]
    }
}

impl BoyanChainConfig {
    fn transitions(&self) -> TransitionModel {
        let observations = (0..STATES).map(|state| self.observation.of(state)).collect();
        let to =
            |probability: f64, next: usize, reward: f64| Outcome { probability, next, reward, terminated: next == 0 };
        TransitionModel::new(1, observations, vec![(STATES - 1, 1.0)], |state, _| match state {
            0 => Vec::new(),
            1 => vec![to(1.0, 0, -2.0)],
            _ => vec![to(0.5, state - 1, -3.0), to(0.5, state - 2, -3.0)],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy_evaluation;

    #[test]
    fn values_are_twice_the_number_below_zero_and_linear_in_the_features() {
        let config = BoyanChainConfig { observation: BoyanChainObservation::Features };
        let model = config.build().unwrap().model().unwrap();
        let values = policy_evaluation(&model, &[1.0; STATES], 1.0).unwrap();
        for (state, value) in values.into_iter().enumerate() {
            assert!((value + 2.0 * state as f64).abs() < 1e-12, "state {state}: {value}");
            let linear: f32 = model.observation(state).iter().zip([-24.0, -16.0, -8.0, 0.0]).map(|(x, w)| x * w).sum();
            assert_eq!(linear, -2.0 * state as f32);
        }
    }

    /// Boyan 2002, figure 2.
    #[test]
    fn features_are_interpolated() {
        assert_eq!(features(12), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(features(11), [0.75, 0.25, 0.0, 0.0]);
        assert_eq!(features(6), [0.0, 0.5, 0.5, 0.0]);
        assert_eq!(features(1), [0.0, 0.0, 0.25, 0.75]);
        assert_eq!(features(0), [0.0, 0.0, 0.0, 1.0]);
    }
}
