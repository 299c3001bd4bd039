//! Temporal-difference prediction from replay: Ṽ of a given policy, learned as DQN learns Q̃ (Lin 1992; Mnih et al. 2015).
//!
//! θ takes a step down the loss of δ = r + γ Ṽ(x'; θ⁻) − Ṽ(x; θ) over transitions drawn at random; θ⁻ follows. The policy never
//! changes, so that old transitions are as good as new ones.

use tilde_envs::StateError;

use super::agent::{StateEstimate, Value, act_row_by_row};
use super::dqn::GradientStep;
use super::given_policy::Policy;
use super::replayed::ReplayConfig;
use super::state::{StateReader, StateWriter};
use super::{Agent, AgentSetup, LearnedFunction, TdPredictionConfig, UpdateStats};
use crate::approx::{Function, StepStats, Weights};
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
    /// Targets `[B]`, and derivatives `[B]` of the loss.
    targets: Vec<f32>,
    derivatives: Vec<f32>,
    explore: Rng,
    sampler: Rng,
    updates: u64,
    actions: usize,
    budget: u64,
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
        let (loss, value_mean) = config.loss.of_batch(targets, values, |row| row, derivatives);
        let StepStats { grad_norm, learning_rate } = value.step(derivatives, step);
        self.updates += 1;
        GradientStep { loss, value_mean, grad_norm, learning_rate }
    }
}

impl Agent for TdReplay {
    fn act(&mut self, observations: &[f32], step: u64, actions: &mut [usize]) {
        act_row_by_row(observations, step, actions, |row, _| self.policy.draw(row, &mut self.explore));
    }

    fn observe(&mut self, transition: Transition<'_>, step: u64) -> Option<UpdateStats> {
        self.replay.push(transition);
        let is_due = step >= self.config.learning_starts && step.is_multiple_of(self.config.train_freq);
        let update = is_due.then(|| {
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
                policy_loss: None,
            }
        });
        if step.is_multiple_of(self.config.target_update_interval) {
            self.value.update_target(self.config.tau);
        }
        update
    }

    fn act_eval(&mut self, observation: &[f32], rng: &mut Rng) -> usize {
        self.policy.draw(observation, rng)
    }

    fn estimate(&mut self, observation: &[f32], _step: u64) -> StateEstimate {
        let policy = self.policy.probabilities(observation);
        let value = Value::State(self.value.outputs(Weights::Online, observation)[0], policy.clone());
        StateEstimate { value, followed: policy.clone(), policy }
    }

    fn functions(&self) -> Vec<(&'static str, &dyn Function)> {
        vec![("value function", self.value.as_ref())]
    }

    fn functions_mut(&mut self) -> Vec<&mut dyn Function> {
        vec![self.value.as_mut()]
    }

    fn extra_memory(&self) -> usize {
        self.replay.memory(self.config.rows_ever_held(self.budget))
    }

    fn save_extras(&self, to: &mut StateWriter) {
        to.reserve(self.replay.memory(self.replay.len()));
        to.put(&(&self.replay, &self.explore, &self.sampler, self.updates));
    }

    fn load_extras(&mut self, from: &mut StateReader<'_>) -> Result<(), StateError> {
        let replay: ReplayBuffer = from.take()?;
        self.replay.replace(replay, self.actions, self.config.rows_ever_held(self.budget))?;
        (self.explore, self.sampler, self.updates) = from.take()?;
        Ok(())
    }
}
