//! Updates of the actor–critic against an independent implementation in double precision (`golden/actor_critic`, written by
//! `make.py` there): several environments, episodes that end inside a rollout, both losses, clipping, every setting.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use common::{BACKENDS, approximator, set_parameters};
use serde::Deserialize;
use tilde::agents::{ActorCriticConfig, AgentSetup, AlgorithmConfig};
use tilde::approx::{Activation, ApproximatorConfig};
use tilde::losses::TdLoss;
use tilde::optim::OptimizerConfig;
use tilde::replay::Transition;
use tilde_envs::{Ending, Space};

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    optimizer: String,
    max_grad_norm: Option<f64>,
    gamma: f64,
    gae_lambda: f64,
    num_envs: usize,
    n_steps: usize,
    ent_coef: f64,
    normalize_advantage: bool,
    loss: TdLoss,
    actor_rate: f64,
    critic_rate: f64,
    start: Weights,
    updates: Vec<Update>,
}

#[derive(Deserialize)]
struct Weights {
    actor: Vec<f32>,
    critic: Vec<f32>,
}

/// One rollout per environment, and what comes of them.
#[derive(Deserialize)]
struct Update {
    transitions: Vec<Vec<RecordedStep>>,
    loss: f64,
    grad_norm: f64,
    #[serde(flatten)]
    after: Weights,
}

#[derive(Deserialize)]
struct RecordedStep {
    observation: Vec<f32>,
    action: usize,
    reward: f32,
    next_observation: Vec<f32>,
    ending: String,
}

impl Case {
    fn optimizer(&self, rate: f64) -> OptimizerConfig {
        let clipping = self.max_grad_norm.map_or(String::new(), |norm| format!(", max_grad_norm = {norm:?}"));
        toml::from_str(&format!("{} = {{ learning_rate = {rate:?}{clipping} }}", self.optimizer)).unwrap()
    }

    fn algorithm(&self) -> AlgorithmConfig {
        AlgorithmConfig::from(ActorCriticConfig {
            gamma: self.gamma,
            gae_lambda: self.gae_lambda,
            num_envs: self.num_envs,
            n_steps: self.n_steps,
            ent_coef: self.ent_coef,
            normalize_advantage: self.normalize_advantage,
            loss: self.loss,
            critic_optimizer: Some(self.optimizer(self.critic_rate)),
            ..ActorCriticConfig::default()
        })
    }
}

#[track_caller]
fn assert_near(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len());
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() < 1e-5 * (1.0 + expected.abs()), "{what} {index}: {found}, not {expected}");
    }
}

#[test]
fn updates_are_those_of_an_independent_implementation() {
    let text = include_str!("golden/actor_critic/updates.json");
    for case in serde_json::from_str::<Golden>(text).unwrap().cases {
        for backend in BACKENDS {
            let tanh = ApproximatorConfig { activation: Activation::Tanh, ..approximator("'identity'", &[4]) };
            let setup = AgentSetup {
                approximator: tanh,
                optimizer: case.optimizer(case.actor_rate),
                space: Space::Box { low: vec![-1.0; 3], high: vec![1.0; 3] },
                normalizer: None,
                actions: 3,
                model: None,
                budget: 1_000,
                backend,
                seed: 0,
            };
            let mut agent = case.algorithm().build(&setup);
            for (function, start) in agent.functions_mut().into_iter().zip([&case.start.actor, &case.start.critic]) {
                set_parameters(function, start);
            }

            let mut step = 0;
            for (number, update) in case.updates.iter().enumerate() {
                let mut learned = None;
                for round in 0..case.n_steps {
                    for (env, rollout) in update.transitions.iter().enumerate() {
                        assert_eq!(learned, None, "the last step of the last environment is what it waits for");
                        let RecordedStep { observation, action, reward, next_observation, ending } = &rollout[round];
                        let ending = match ending.as_str() {
                            "continues" => Ending::Continues,
                            "terminated" => Ending::Terminated,
                            _ => Ending::Truncated,
                        };
                        let (action, reward) = (*action, *reward);
                        step += 1;
                        let transition = Transition { observation, action, reward, next_observation, ending, env };
                        learned = agent.observe(transition, step);
                    }
                }
                let (learned, what) = (learned.unwrap(), format!("{}, update {number} by {backend:?}", case.name));
                assert!((learned.loss / update.loss - 1.0).abs() < 1e-5, "{what}: {learned:?}, not {}", update.loss);
                assert!((learned.grad_norm / update.grad_norm - 1.0).abs() < 1e-5, "{what}: {learned:?}");
                let functions = agent.functions();
                for ((name, function), expected) in functions.iter().zip([&update.after.actor, &update.after.critic]) {
                    assert_near(&function.save().parameters, expected, &format!("{what}: {name}"));
                }
            }
        }
    }
}
