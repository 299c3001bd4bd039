//! Temporal-difference prediction from replay: Ṽ of a given policy, learned as DQN learns Q̃ (Lin 1992; Mnih et al. 2015).
//!
//! θ takes a step down the loss of δ = r + γ Ṽ(x'; θ⁻) − Ṽ(x; θ) over transitions drawn at random; θ⁻ follows. All transitions
//! are of the one policy whose values are learned, so that old ones are as good as new ones.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use tilde_envs::StateError;

use super::agent::{StateEstimate, Value};
use super::given_policy::Policy;
use super::replayed::{GradientStep, ReplayConfig, batch_loss};
use super::{Agent, AgentSetup, LearnedFunction, TdPredictionConfig, UpdateStats, saved};
use crate::approx::{Function, FunctionState, StepStats, Weights};
use crate::losses::td_target;
use crate::replay::{Batch, ReplayBuffer, Transition};
use crate::rng::{Rng, Stream, stream};

/// An agent that evaluates a policy from replayed transitions.
pub struct TdReplay {
    gamma: f32,
    config: ReplayConfig,
    /// Ṽ(x; θ), and the target network Ṽ(x; θ⁻).
    value: Box<dyn Function>,
    policy: Policy,
    replay: ReplayBuffer,
    batch: Batch,
    /// Targets `[B]`, and derivatives `[B]` of the loss: buffers that are kept from step to step.
    targets: Vec<f32>,
    derivatives: Vec<f32>,
    explore: Rng,
    sampler: Rng,
    updates: u64,
    actions: usize,
    budget: u64,
}

/// What a checkpoint keeps of a [`TdReplay`].
#[derive(Serialize, Deserialize)]
struct State<'a> {
    value: FunctionState,
    replay: Cow<'a, ReplayBuffer>,
    explore: Rng,
    sampler: Rng,
    updates: u64,
}

impl TdReplay {
    /// An agent that has seen nothing yet.
    pub fn new(of: &TdPredictionConfig, config: &ReplayConfig, setup: &AgentSetup) -> TdReplay {
        let mut init = stream(setup.seed, Stream::Init);
        let mut value = setup.function(&LearnedFunction::new(1), &mut init);
        value.update_target(1.0);
        let mut replay = ReplayBuffer::new(config.buffer_size, &setup.space);
        replay.reserve(config.rows_ever_held(setup.budget));
        TdReplay {
            gamma: of.gamma as f32,
            config: config.clone(),
            value,
            policy: Policy::new(of.policy, of.gamma, setup),
            replay,
            batch: Batch::default(),
            targets: Vec::new(),
            derivatives: Vec::new(),
            explore: stream(setup.seed, Stream::Explore),
            sampler: stream(setup.seed, Stream::Replay),
            updates: 0,
            actions: setup.actions,
            budget: setup.budget,
        }
    }

    /// One gradient step on a batch drawn from replay, in environment step `step`.
    fn gradient_step(&mut self, step: u64) -> GradientStep {
        let TdReplay { gamma, config, value, replay, batch, targets, derivatives, sampler, .. } = self;
        replay.sample(config.batch_size, sampler, batch);
        let next_values = value.outputs(Weights::Target, &batch.next_observations);
        let next = batch.rewards.iter().zip(&batch.endings).zip(next_values);
        targets.clear();
        targets.extend(next.map(|((&reward, &ending), &next_value)| td_target(reward, ending, *gamma, next_value)));

        let values = value.record(&batch.observations);
        let (loss, value_mean) = batch_loss(config.loss, targets, values, |row| row, derivatives);
        let StepStats { grad_norm, learning_rate } = value.step(derivatives, step);
        self.updates += 1;
        GradientStep { loss, value_mean, grad_norm, learning_rate }
    }

    /// Bytes of weights, optimizer and this many rows of replay.
    fn held(&self, rows: usize) -> usize {
        self.value.memory() + self.replay.memory(rows)
    }
}

impl Agent for TdReplay {
    fn act(&mut self, observation: &[f32], _step: u64) -> usize {
        self.policy.draw(observation, &mut self.explore)
    }

    fn observe(&mut self, transition: Transition<'_>, step: u64) -> Option<UpdateStats> {
        self.replay.push(transition);
        let learned = self.config.is_due(step).then(|| {
            let count = self.config.gradient_steps;
            let mean = GradientStep::mean_of(count, || self.gradient_step(step));
            UpdateStats {
                updates: self.updates,
                loss: mean.loss,
                q_mean: None,
                grad_norm: mean.grad_norm,
                epsilon: None,
                learning_rate: mean.learning_rate,
                temperature: None,
            }
        });
        if step.is_multiple_of(self.config.target_update_interval) {
            self.value.update_target(self.config.tau);
        }
        learned
    }

    fn act_eval(&mut self, observation: &[f32], rng: &mut Rng) -> usize {
        self.policy.draw(observation, rng)
    }

    fn estimate(&mut self, observation: &[f32], _step: u64) -> StateEstimate {
        let policy = self.policy.probabilities(observation);
        let value = Value::State(self.value.outputs(Weights::Online, observation)[0], policy.clone());
        StateEstimate { value, followed: policy.clone(), policy }
    }

    fn parameters(&self) -> usize {
        self.value.parameters()
    }

    fn memory(&self) -> usize {
        self.held(self.config.rows_ever_held(self.budget))
    }

    fn non_finite_parameter(&self) -> Option<String> {
        self.value.non_finite_parameter()
    }

    fn save(&self) -> Vec<u8> {
        let state = State {
            value: self.value.save(),
            replay: Cow::Borrowed(&self.replay),
            explore: self.explore.clone(),
            sampler: self.sampler.clone(),
            updates: self.updates,
        };
        saved::encode(&state, self.held(self.replay.len()))
    }

    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        let state: State<'_> = saved::decode("td_prediction", state)?;
        if !state.replay.fits(&self.replay, self.actions) {
            return Err(StateError("the state of a TD prediction with another replay buffer".to_owned()));
        }
        self.value.load(state.value)?;
        self.replay = state.replay.into_owned();
        self.replay.reserve(self.config.rows_ever_held(self.budget));
        self.explore = state.explore;
        self.sampler = state.sampler;
        self.updates = state.updates;
        Ok(())
    }
}
