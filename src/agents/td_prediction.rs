//! Temporal-difference prediction: Ṽ of a policy that is given, by semi-gradient TD(λ) (Sutton 1988; Sutton & Barto 2018,
//! sections 9.3 and 12.2).
//!
//! e ← γλ e + ∂Ṽ(x; θ)/∂θ,  δ = r + γ Ṽ(x'; θ) − Ṽ(x; θ),  θ ← θ + α δ e. The eligibility trace e is zero when an episode
//! starts; λ = 0 is TD(0).

use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::{StateError, TransitionModel, value_iteration};

use super::agent::{Estimate, Value, certain};
use super::{Agent, AgentSetup, Learned, saved};
use crate::approx::{Function, FunctionState, StepStats, Weights};
use crate::invalid::{Invalid, fraction, require};
use crate::losses::td_target;
use crate::replay::Transition;
use crate::rng::{Rng, Stream, stream};

/// Settings of TD prediction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TdPredictionConfig {
    /// Discount γ.
    pub gamma: f64,
    /// λ: how far a TD error reaches back.
    pub lambda: f64,
    /// The policy that is followed and whose values are learned.
    pub policy: GivenPolicy,
}

/// A policy that is not learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum GivenPolicy {
    /// All actions equally likely.
    #[default]
    Random,
    /// An optimal one, from value iteration; for environments with a model.
    Greedy,
    /// The optimal one with probability 1 − ε, any action with ε / n; for environments with a model.
    EpsilonGreedy {
        /// Probability ε of a random action.
        epsilon: f64,
    },
}

impl Default for TdPredictionConfig {
    fn default() -> Self {
        TdPredictionConfig { gamma: 0.99, lambda: 0.0, policy: GivenPolicy::default() }
    }
}

impl TdPredictionConfig {
    /// Checks every range, and that the policy is known for an environment with this model.
    pub fn check(&self, model: Option<&TransitionModel>) -> Result<(), Invalid> {
        fraction("gamma", self.gamma)?;
        fraction("lambda", self.lambda)?;
        if let GivenPolicy::EpsilonGreedy { epsilon } = self.policy {
            fraction("policy.epsilon_greedy.epsilon", epsilon)?;
        }
        // Without discounting, being greedy with respect to the optimal values need not be optimal: it may never arrive.
        require(self.policy == GivenPolicy::Random || self.gamma < 1.0, "gamma", || {
            "must be below 1 for an optimal policy to be known: lower it, or use the policy \"random\"".to_owned()
        })?;
        require(self.policy == GivenPolicy::Random || model.is_some(), "policy", || {
            "an optimal policy is known only for environments with an exact model, such as gridworld: use \"random\""
                .to_owned()
        })
    }
}

/// An agent that evaluates a policy.
pub struct TdPrediction {
    config: TdPredictionConfig,
    /// Ṽ(x; θ), with its trace e.
    value: Box<dyn Function>,
    policy: Policy,
    explore: Rng,
    updates: u64,
}

/// What a checkpoint keeps of a [`TdPrediction`].
#[derive(Serialize, Deserialize)]
struct State {
    value: FunctionState,
    explore: Rng,
    updates: u64,
}

/// The given policy, for the environment at hand.
struct Policy {
    actions: usize,
    /// ε of the table's policy; 1 without a table.
    epsilon: f64,
    /// The model, and the optimal action of each of its states.
    optimal: Option<(TransitionModel, Vec<usize>)>,
}

impl Policy {
    fn new(given: GivenPolicy, gamma: f64, setup: &AgentSetup) -> Policy {
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

    fn probabilities(&self, observation: &[f32]) -> Vec<f64> {
        let uniform = 1.0 / self.actions as f64;
        let greedy = match self.optimal_action(observation) {
            Some(action) => certain(action, self.actions),
            None => vec![uniform; self.actions],
        };
        greedy.into_iter().map(|p| (1.0 - self.epsilon) * p + self.epsilon * uniform).collect()
    }

    fn draw(&self, observation: &[f32], rng: &mut Rng) -> usize {
        let (coin, random_action) = (rng.random(), rng.random_range(0..self.actions));
        if coin < self.epsilon { random_action } else { self.optimal_action(observation).unwrap_or(random_action) }
    }

    fn optimal_action(&self, observation: &[f32]) -> Option<usize> {
        let (model, actions) = self.optimal.as_ref()?;
        Some(actions[model.state_of(observation)?])
    }
}

/// The first of the best actions in each state.
fn optimal_actions(model: &TransitionModel, gamma: f64) -> Vec<usize> {
    let values = value_iteration(model, gamma).expect("with gamma below 1 the optimal values exist");
    let first_best =
        |values: &[f64]| (1..values.len()).fold(0, |best, a| if values[a] > values[best] { a } else { best });
    (0..model.states()).map(|state| first_best(values.of(state))).collect()
}

impl TdPrediction {
    /// An agent that has seen nothing yet.
    pub fn new(config: &TdPredictionConfig, setup: &AgentSetup) -> TdPrediction {
        let mut init = stream(setup.seed, Stream::Init);
        let mut value = setup.function(&setup.approximator, &setup.optimizer, 1, &mut init);
        value.clear_trace();
        TdPrediction {
            config: config.clone(),
            value,
            policy: Policy::new(config.policy, config.gamma, setup),
            explore: stream(setup.seed, Stream::Explore),
            updates: 0,
        }
    }
}

impl Agent for TdPrediction {
    fn act(&mut self, observation: &[f32], _step: u64) -> usize {
        self.policy.draw(observation, &mut self.explore)
    }

    fn observe(&mut self, transition: Transition<'_>, step: u64) -> Option<Learned> {
        let (gamma, lambda) = (self.config.gamma as f32, self.config.lambda as f32);
        let next_value = self.value.outputs(Weights::Online, transition.next_observation)[0];
        let value = self.value.record(transition.observation)[0];
        let error = td_target(transition.reward, transition.ending, gamma, next_value) - value;

        let StepStats { grad_norm, learning_rate } = self.value.step_along_trace(gamma * lambda, error, step);
        if transition.ending.is_over() {
            self.value.clear_trace();
        }
        self.updates += 1;
        Some(Learned {
            updates: self.updates,
            loss: f64::from(0.5 * error * error),
            q_mean: None,
            grad_norm,
            epsilon: None,
            learning_rate,
            temperature: None,
        })
    }

    fn exploit(&mut self, observation: &[f32], rng: &mut Rng) -> usize {
        self.policy.draw(observation, rng)
    }

    fn estimate(&mut self, observation: &[f32], _step: u64) -> Estimate {
        let policy = self.policy.probabilities(observation);
        let value = Value::State(self.value.outputs(Weights::Online, observation)[0], policy.clone());
        Estimate { value, followed: policy.clone(), policy }
    }

    fn parameters(&self) -> usize {
        self.value.parameters()
    }

    fn memory(&self) -> usize {
        self.value.memory()
    }

    fn broken_weight(&self) -> Option<String> {
        self.value.broken_weight()
    }

    fn save(&self) -> Vec<u8> {
        let state = State { value: self.value.save(), explore: self.explore.clone(), updates: self.updates };
        saved::encode(&state, self.memory())
    }

    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        let state: State = saved::decode("td_prediction", state)?;
        self.value.load(state.value)?;
        self.explore = state.explore;
        self.updates = state.updates;
        Ok(())
    }
}
