//! Given policies, which are evaluated and not learned.

use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::{TransitionModel, value_iteration};

use super::AgentSetup;
use super::agent::certain;
use crate::invalid_value::{InvalidValue, fraction, require};
use crate::rng::Rng;

/// A given policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum GivenPolicy {
    /// All actions equally likely.
    #[default]
    Random,
    /// An optimal policy, from value iteration; for environments with a model.
    Greedy,
    /// The optimal action with probability 1 − ε, else a random one of all actions; for environments with a model.
    EpsilonGreedy {
        /// Probability ε of a random action.
        #[schemars(range(min = 0.0, max = 1.0))]
        epsilon: f64,
    },
}

impl GivenPolicy {
    /// Checks its ranges, and that it can be found for an environment with this model.
    pub(super) fn check(self, gamma: f64, model: Option<&TransitionModel>) -> Result<(), InvalidValue> {
        if let GivenPolicy::EpsilonGreedy { epsilon } = self {
            fraction("policy.epsilon_greedy.epsilon", epsilon)?;
        }
        // Without discounting, a policy that is greedy with respect to the optimal values may never reach the goal.
        require(self == GivenPolicy::Random || gamma < 1.0, "gamma", || {
            "must be below 1 for an optimal policy to be known: lower it, or use the policy \"random\"".to_owned()
        })?;
        require(self == GivenPolicy::Random || model.is_some(), "policy", || {
            "an optimal policy is known only for environments with an exact model, such as gridworld: use \"random\""
                .to_owned()
        })
    }
}

/// The given policy in one environment.
pub(super) struct Policy {
    actions: usize,
    /// The probability of a random action.
    epsilon: f64,
    /// The model, and the optimal action in each of its states.
    optimal: Option<(TransitionModel, Vec<usize>)>,
}

impl Policy {
    pub(super) fn new(given: GivenPolicy, gamma: f64, setup: &AgentSetup) -> Policy {
        let epsilon = match given {
            GivenPolicy::Random => return Policy { actions: setup.actions, epsilon: 1.0, optimal: None },
            GivenPolicy::Greedy => 0.0,
            GivenPolicy::EpsilonGreedy { epsilon } => epsilon,
        };
        let optimal = setup.model.clone().map(|model| {
            let actions = optimal_actions(&model, gamma);
            (model, actions)
        });
        Policy { actions: setup.actions, epsilon, optimal }
    }

    /// Probability of each action.
    pub(super) fn probabilities(&self, observation: &[f32]) -> Vec<f64> {
        let uniform = 1.0 / self.actions as f64;
        let greedy = match self.optimal_action(observation) {
            Some(action) => certain(action, self.actions),
            None => vec![uniform; self.actions],
        };
        greedy.into_iter().map(|p| (1.0 - self.epsilon) * p + self.epsilon * uniform).collect()
    }

    /// Draws an action. It draws two numbers for any policy, so that the stream does not depend on it.
    pub(super) fn draw(&self, observation: &[f32], rng: &mut Rng) -> usize {
        let (coin, random_action) = (rng.random(), rng.random_range(0..self.actions));
        if coin < self.epsilon { random_action } else { self.optimal_action(observation).unwrap_or(random_action) }
    }

    fn optimal_action(&self, observation: &[f32]) -> Option<usize> {
        let (model, actions) = self.optimal.as_ref()?;
        Some(actions[model.state_of(observation)?])
    }
}

/// The first of the optimal actions in each state.
fn optimal_actions(model: &TransitionModel, gamma: f64) -> Vec<usize> {
    let values = value_iteration(model, gamma).expect("with gamma below 1 the optimal values exist");
    let first_best =
        |values: &[f64]| (1..values.len()).fold(0, |best, a| if values[a] > values[best] { a } else { best });
    (0..model.states()).map(|state| first_best(values.of(state))).collect()
}
