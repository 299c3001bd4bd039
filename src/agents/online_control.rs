//! What Q-learning, Sarsa and Expected Sarsa share: one semi-gradient step after every environment step, without replay
//! and without a target network.
//!
//! θ ← θ + α δ ∂Q̃(x, u; θ)/∂θ with δ = r + γ v(x') − Q̃(x, u; θ), where v(x') is what the three differ in (Sutton & Barto 2018,
//! chapters 6 and 10). In terms of an optimizer it is one step down δ²/2 with the target held fixed, so that every optimizer
//! can take the place of plain gradient descent.

use serde::{Deserialize, Serialize};
use tilde_envs::StateError;

use super::agent::StateEstimate;
use super::exploration::{Choice, Exploration, Explorer};
use super::{Agent, AgentSetup, LearnedFunction, UpdateStats, saved};
use crate::approx::{Function, FunctionState, StepStats, Weights};
use crate::losses::{argmax, td_target};
use crate::replay::Transition;
use crate::rng::{Rng, Stream, stream};

/// v(x'): what is bootstrapped from.
pub trait NextValue: Send {
    /// The algorithm's key in a config file.
    const ID: &'static str;

    /// Whether the values learned are those of the policy that is followed, exploration included; else they are the optimal ones.
    fn is_on_policy(&self) -> bool;

    /// The value of the next state from its action values, and, where the algorithm has to decide on it now, the action that
    /// will be taken there.
    fn next_value(&self, next_values: &[f32], exploration: &mut Explorer, step: u64) -> (f32, Option<usize>);
}

/// An agent that learns Q̃ online.
pub struct OnlineControl<B> {
    bootstrap: B,
    gamma: f32,
    /// Q̃(x, ·; θ).
    q: Box<dyn Function>,
    exploration: Explorer,
    /// The action that was decided on when the last transition was learned from.
    decided: Option<usize>,
    updates: u64,
    output_gradient: Vec<f32>,
}

/// What a checkpoint keeps of an [`OnlineControl`].
#[derive(Serialize, Deserialize)]
struct State {
    q: FunctionState,
    explore: Rng,
    decided: Option<usize>,
    updates: u64,
}

impl<B: NextValue> OnlineControl<B> {
    /// An agent that has seen nothing yet.
    pub fn new(bootstrap: B, gamma: f64, exploration: &Exploration, setup: &AgentSetup) -> OnlineControl<B> {
        let mut init = stream(setup.seed, Stream::Init);
        OnlineControl {
            bootstrap,
            gamma: gamma as f32,
            q: setup.function(&LearnedFunction::new(setup.actions), &mut init),
            exploration: Explorer::new(exploration, setup.actions, setup.budget, setup.seed),
            decided: None,
            updates: 0,
            output_gradient: vec![0.0; setup.actions],
        }
    }
}

impl<B: NextValue> Agent for OnlineControl<B> {
    fn act(&mut self, observation: &[f32], step: u64) -> usize {
        if let Some(action) = self.decided.take() {
            return action;
        }
        match self.exploration.draw(step) {
            Choice::Action(action) => action,
            by_values => by_values.among(self.q.outputs(Weights::Online, observation)),
        }
    }

    fn observe(&mut self, transition: Transition<'_>, step: u64) -> Option<UpdateStats> {
        let Transition { observation, action, reward, next_observation, ending, .. } = transition;
        let next_values = self.q.outputs(Weights::Online, next_observation);
        let (next_value, decided) = self.bootstrap.next_value(next_values, &mut self.exploration, step);
        self.decided = decided.filter(|_| !ending.is_over());
        let target = td_target(reward, ending, self.gamma, next_value);

        let value = self.q.record(observation)[action];
        let error = target - value;
        self.output_gradient[action] = -error;
        let StepStats { grad_norm, learning_rate } = self.q.step(&self.output_gradient, step);
        self.output_gradient[action] = 0.0;
        self.updates += 1;
        Some(UpdateStats {
            updates: self.updates,
            loss: f64::from(0.5 * error * error),
            q_mean: Some(f64::from(value)),
            grad_norm,
            epsilon: self.exploration.epsilon(step),
            learning_rate,
            temperature: self.exploration.temperature(step),
        })
    }

    fn act_eval(&mut self, observation: &[f32], _rng: &mut Rng) -> usize {
        argmax(self.q.outputs(Weights::Online, observation))
    }

    fn estimate(&mut self, observation: &[f32], step: u64) -> StateEstimate {
        let values = self.q.outputs(Weights::Online, observation);
        StateEstimate::greedy(values, self.exploration.probabilities(values, step), self.bootstrap.is_on_policy())
    }

    fn parameters(&self) -> usize {
        self.q.parameters()
    }

    fn memory(&self) -> usize {
        self.q.memory()
    }

    fn non_finite_parameter(&self) -> Option<String> {
        self.q.non_finite_parameter()
    }

    fn save(&self) -> Vec<u8> {
        let explore = self.exploration.rng.clone();
        let state = State { q: self.q.save(), explore, decided: self.decided, updates: self.updates };
        saved::encode(&state, self.memory())
    }

    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        let state: State = saved::decode(B::ID, state)?;
        if state.decided.is_some_and(|action| action >= self.output_gradient.len()) {
            return Err(StateError("a state with an action that does not exist".to_owned()));
        }
        self.q.load(state.q)?;
        self.exploration.rng = state.explore;
        self.decided = state.decided;
        self.updates = state.updates;
        Ok(())
    }
}

/// Checks the settings that the three algorithms share.
pub fn check(gamma: f64, exploration: &Exploration) -> Result<(), crate::invalid_value::InvalidValue> {
    let exploration = exploration.check().map_err(|e| e.within("exploration"));
    crate::invalid_value::all([crate::invalid_value::fraction("gamma", gamma), exploration])
}
