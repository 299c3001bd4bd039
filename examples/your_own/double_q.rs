//! An agent from scratch: double Q-learning (van Hasselt 2010; Sutton & Barto 2018, section 6.7).
//!
//! Of two functions, a coin chooses the one that learns. Its target has the next action that it holds best, but the value that
//! the other function gives this action. So an error in one function does not decide both.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde::agents::{Agent, AgentSetup, Algorithm, Explorer, LearnedFunction, QLearningConfig};
use tilde::agents::{StateEstimate, StateReader, StateWriter, UpdateStats};
use tilde::approx::{Function, StepStats, Weights};
use tilde::envs::{Env, StateError};
use tilde::invalid_value::InvalidValue;
use tilde::losses::{argmax, td_target};
use tilde::registry::Part;
use tilde::replay::Transition;
use tilde::rng::{Rng, Stream, stream};

/// The keys of `[algorithm.double_q]`: those of Q-learning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct DoubleQ(QLearningConfig);

impl Part for DoubleQ {
    const ID: &'static str = "double_q";
    const SUMMARY: &'static str = "double Q-learning, online (van Hasselt 2010)";
}

impl Algorithm for DoubleQ {
    fn gamma(&self) -> f64 {
        self.0.gamma
    }

    fn functions(&self, actions: usize) -> Vec<LearnedFunction<'_>> {
        vec![LearnedFunction::new(actions); 2]
    }

    fn check(&self, env: &dyn Env, budget: u64) -> Result<(), InvalidValue> {
        self.0.check(env, budget)
    }

    fn build(&self, setup: &AgentSetup) -> Box<dyn Agent> {
        let mut init = stream(setup.seed, Stream::Init);
        Box::new(DoubleQAgent {
            gamma: self.0.gamma as f32,
            q: [(); 2].map(|()| setup.function(&LearnedFunction::new(setup.actions), &mut init)),
            explorer: Explorer::new(&self.0.exploration, setup.actions, setup.budget, setup.seed),
            updates: 0,
        })
    }
}

struct DoubleQAgent {
    gamma: f32,
    q: [Box<dyn Function>; 2],
    explorer: Explorer,
    updates: u64,
}

impl DoubleQAgent {
    /// The mean of both functions for each action.
    fn values(&mut self, observations: &[f32]) -> Vec<f32> {
        let [a, b] = self.q.each_mut().map(|q| q.outputs(Weights::Online, observations));
        a.iter().zip(b).map(|(a, b)| 0.5 * (a + *b)).collect()
    }
}

impl Agent for DoubleQAgent {
    fn act(&mut self, observations: &[f32], step: u64, actions: &mut [usize]) {
        let values = self.values(observations);
        self.explorer.act(step, 0, actions, || &values);
    }

    fn observe(&mut self, transition: Transition<'_>, step: u64) -> Option<UpdateStats> {
        let Transition { observation, action, reward, next_observation, ending, .. } = transition;
        let [mut learning, mut other] = self.q.each_mut();
        if self.explorer.rng.random() < 0.5 {
            std::mem::swap(&mut learning, &mut other);
        }
        let best = argmax(learning.outputs(Weights::Online, next_observation));
        let next_value = other.outputs(Weights::Online, next_observation)[best];
        let values = learning.record(observation);
        let (value, mut gradient) = (values[action], vec![0.0; values.len()]);
        let error = td_target(reward, ending, self.gamma, next_value) - value;
        gradient[action] = -error; // of error² / 2
        let StepStats { grad_norm, learning_rate } = learning.step(&gradient, step);
        self.updates += 1;
        Some(UpdateStats {
            updates: self.updates,
            loss: f64::from(0.5 * error * error),
            q_mean: Some(f64::from(value)),
            grad_norm,
            epsilon: self.explorer.epsilon(step),
            learning_rate,
            temperature: self.explorer.temperature(step),
            policy_loss: None,
        })
    }

    fn act_eval(&mut self, observation: &[f32], _rng: &mut Rng) -> usize {
        argmax(&self.values(observation))
    }

    fn estimate(&mut self, observation: &[f32], step: u64) -> StateEstimate {
        let values = self.values(observation);
        StateEstimate::greedy(&values, self.explorer.probabilities(&values, step), false)
    }

    fn functions(&self) -> Vec<(&'static str, &dyn Function)> {
        vec![("first Q-function", self.q[0].as_ref()), ("second Q-function", self.q[1].as_ref())]
    }

    fn functions_mut(&mut self) -> Vec<&mut dyn Function> {
        self.q.iter_mut().map(|q| q.as_mut() as &mut dyn Function).collect()
    }

    fn save_extras(&self, to: &mut StateWriter) {
        to.put(&(&self.explorer.rng, self.updates));
    }

    fn load_extras(&mut self, from: &mut StateReader<'_>) -> Result<(), StateError> {
        (self.explorer.rng, self.updates) = from.take()?;
        Ok(())
    }
}
