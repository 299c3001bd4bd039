//! What Q-learning, Sarsa and Expected Sarsa share: one semi-gradient step after every environment step, without replay
//! and without a target network.
//!
//! θ ← θ + α δ ∂Q̃(x, u; θ)/∂θ with δ = r + γ v(x') − Q̃(x, u; θ), where v(x') is what the three differ in (Sutton & Barto 2018,
//! chapters 6 and 10). To an optimizer it is one step down δ²/2 with a constant target, so that every optimizer can take the
//! place of plain gradient descent.

use tilde_envs::StateError;

use super::agent::{StateEstimate, act_row_by_row};
use super::exploration::{Choice, Exploration, Explorer};
use super::state::{StateReader, StateWriter};
use super::{Agent, AgentSetup, LearnedFunction, UpdateStats};
use crate::approx::{Function, StepStats, Weights};
use crate::invalid_value::{InvalidValue, all, fraction};
use crate::losses::{argmax, td_target};
use crate::replay::Transition;
use crate::rng::{Rng, Stream, stream};

/// v(x'): the value of the next state in the target.
pub trait NextValue: Send {
    /// Whether the values learned are those of the policy that is followed, exploration included; else they are the optimal ones.
    fn is_on_policy(&self) -> bool;

    /// The value of the next state from its action values, and the action that will be taken there, if the algorithm has to
    /// choose it now.
    fn next_value(&self, next_values: &[f32], exploration: &mut Explorer, step: u64) -> (f32, Option<usize>);
}

/// An agent that learns Q̃ online.
pub struct OnlineControl<B> {
    bootstrap: B,
    gamma: f32,
    /// Q̃(x, ·; θ).
    q: Box<dyn Function>,
    exploration: Explorer,
    /// The next action, if the last update chose it.
    decided: Option<usize>,
    updates: u64,
    output_gradient: Vec<f32>,
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
    fn act(&mut self, observations: &[f32], step: u64, actions: &mut [usize]) {
        act_row_by_row(observations, step, actions, |observation, step| {
            if let Some(action) = self.decided.take() {
                return action;
            }
            match self.exploration.draw(step) {
                Choice::Action(action) => action,
                by_values => by_values.among(self.q.outputs(Weights::Online, observation)),
            }
        });
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
            policy_loss: None,
        })
    }

    fn act_eval(&mut self, observation: &[f32], _rng: &mut Rng) -> usize {
        argmax(self.q.outputs(Weights::Online, observation))
    }

    fn estimate(&mut self, observation: &[f32], step: u64) -> StateEstimate {
        let values = self.q.outputs(Weights::Online, observation);
        StateEstimate::greedy(values, self.exploration.probabilities(values, step), self.bootstrap.is_on_policy())
    }

    fn functions(&self) -> Vec<(&'static str, &dyn Function)> {
        vec![("Q-function", self.q.as_ref())]
    }

    fn functions_mut(&mut self) -> Vec<&mut dyn Function> {
        vec![self.q.as_mut()]
    }

    fn save_extras(&self, to: &mut StateWriter) {
        to.put(&(&self.exploration.rng, self.decided, self.updates));
    }

    fn load_extras(&mut self, from: &mut StateReader<'_>) -> Result<(), StateError> {
        (self.exploration.rng, self.decided, self.updates) = from.take()?;
        match self.decided {
            Some(action) if action >= self.output_gradient.len() => {
                Err(StateError("a state with an action that does not exist".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// Checks the settings that the three algorithms share.
pub fn check(gamma: f64, exploration: &Exploration) -> Result<(), InvalidValue> {
    let exploration = exploration.check().map_err(|e| e.within("exploration"));
    all([fraction("gamma", gamma), exploration])
}
