//! The DQN agent: acting, and one update from the transition to its figures.

use tilde_envs::{Ending, StateError};

use super::DqnConfig;
use crate::agents::agent::{Agent, StateEstimate, UpdateStats};
use crate::agents::exploration::Explorer;
use crate::agents::state::{StateReader, StateWriter};
use crate::agents::{AgentSetup, LearnedFunction};
use crate::approx::{Function, StepStats, Weights};
use crate::losses::{argmax, max_value, td_target};
use crate::replay::{Batch, ReplayBuffer, Transition};
use crate::rng::{Rng, Stream, stream};

/// A DQN agent.
pub struct Dqn {
    config: DqnConfig,
    /// Q̃(x, ·; θ), and the target network Q̃(x, ·; θ⁻).
    q: Box<dyn Function>,
    replay: ReplayBuffer,
    exploration: Explorer,
    sampler: Rng,
    updates: u64,
    actions: usize,
    budget: u64,
    /// Of the gradient step at hand: the batch, its targets `[B]`, the actions `[B]` that double Q-learning chooses in the next
    /// states, and the derivatives `[B · A]` of the loss.
    batch: Batch,
    targets: Vec<f32>,
    next_actions: Vec<usize>,
    derivatives: Vec<f32>,
}

impl Dqn {
    /// An agent that has seen nothing yet.
    pub fn new(config: &DqnConfig, setup: &AgentSetup) -> Dqn {
        let mut init = stream(setup.seed, Stream::Init);
        let q = setup.function(&LearnedFunction::new(setup.actions), &mut init);
        Dqn::with_function(config, q, setup)
    }

    /// The same with a Q̃ of the caller's own, such as a [`BurnFunction`](crate::approx::BurnFunction) over any burn module. It has
    /// one output per action.
    pub fn with_function(config: &DqnConfig, mut q: Box<dyn Function>, setup: &AgentSetup) -> Dqn {
        q.update_target(1.0);
        let mut replay = ReplayBuffer::new(config.buffer_size, &setup.space);
        replay.reserve(config.replay().rows_ever_held(setup.budget));
        Dqn {
            q,
            replay,
            exploration: Explorer::new(&config.exploration, setup.actions, setup.budget, setup.seed),
            sampler: stream(setup.seed, Stream::Replay),
            updates: 0,
            actions: setup.actions,
            budget: setup.budget,
            batch: Batch::default(),
            targets: Vec::new(),
            next_actions: Vec::new(),
            derivatives: Vec::new(),
            config: config.clone(),
        }
    }

    /// A round of learning in environment step `step`; its figures are means over the gradient steps.
    fn learn(&mut self, step: u64) -> UpdateStats {
        let mean = GradientStep::mean_of(self.config.gradient_steps, || self.gradient_step(step));
        UpdateStats {
            updates: self.updates,
            loss: mean.loss,
            q_mean: Some(mean.value_mean),
            grad_norm: mean.grad_norm,
            epsilon: self.exploration.epsilon(step),
            learning_rate: mean.learning_rate,
            temperature: self.exploration.temperature(step),
            policy_loss: None,
        }
    }

    /// One gradient step on a batch drawn from replay, in environment step `step`.
    ///
    /// # Panics
    /// If nothing was observed yet.
    pub fn gradient_step(&mut self, step: u64) -> GradientStep {
        self.replay.sample(self.config.batch_size, &mut self.sampler, &mut self.batch);
        self.set_targets();
        let Dqn { config, q, batch, targets, derivatives, actions, .. } = self;
        let values = q.record(&batch.observations);
        let taken = |row: usize| row * *actions + batch.actions[row] as usize;
        let (loss, value_mean) = config.loss.of_batch(targets, values, taken, derivatives);
        let StepStats { grad_norm, learning_rate } = q.step(derivatives, step);
        self.updates += 1;
        GradientStep { loss, value_mean, grad_norm, learning_rate }
    }

    /// Works out the targets `[B]` of the batch. They are constants: no gradient flows through them. With double Q-learning the
    /// online network chooses the action that the target network values (van Hasselt et al. 2016, eq. 4).
    fn set_targets(&mut self) {
        let Dqn { config, q, batch, targets, next_actions, actions, .. } = self;
        next_actions.clear();
        if config.double {
            let rows = q.outputs(Weights::Online, &batch.next_observations).chunks_exact(*actions);
            next_actions.extend(rows.map(argmax));
        }
        let rows = q.outputs(Weights::Target, &batch.next_observations).chunks_exact(*actions);
        targets.clear();
        if config.double {
            targets.extend(rows.zip(next_actions).map(|(values, action)| values[*action]));
        } else {
            targets.extend(rows.map(max_value));
        }
        for ((target, reward), ending) in targets.iter_mut().zip(&batch.rewards).zip(&batch.endings) {
            *target = td_target(*reward, *ending, config.gamma as f32, *target);
        }
    }
}

impl Agent for Dqn {
    fn act(&mut self, observations: &[f32], step: u64, actions: &mut [usize]) {
        let Dqn { config, exploration, q, .. } = self;
        exploration.act(step, config.learning_starts, actions, move || q.outputs(Weights::Online, observations));
    }

    fn observe(&mut self, transition: Transition<'_>, step: u64) -> Option<UpdateStats> {
        let is_timeout = transition.ending == Ending::Truncated;
        let ending = match is_timeout && !self.config.handle_timeout_termination {
            true => Ending::Terminated,
            false => transition.ending,
        };
        self.replay.push(Transition { ending, ..transition });
        let is_due = step >= self.config.learning_starts && step.is_multiple_of(self.config.train_freq);
        let update = is_due.then(|| self.learn(step));
        if step.is_multiple_of(self.config.target_update_interval) {
            self.q.update_target(self.config.tau);
        }
        update
    }

    fn act_eval(&mut self, observation: &[f32], _rng: &mut Rng) -> usize {
        argmax(self.q.outputs(Weights::Online, observation))
    }

    fn estimate(&mut self, observation: &[f32], step: u64) -> StateEstimate {
        let values = self.q.outputs(Weights::Online, observation);
        let followed = match step < self.config.learning_starts {
            true => vec![1.0 / values.len() as f64; values.len()],
            false => self.exploration.probabilities(values, step),
        };
        StateEstimate::greedy(values, followed, false)
    }

    fn functions(&self) -> Vec<(&'static str, &dyn Function)> {
        vec![("Q-function", self.q.as_ref())]
    }

    fn functions_mut(&mut self) -> Vec<&mut dyn Function> {
        vec![self.q.as_mut()]
    }

    fn extra_memory(&self) -> usize {
        self.replay.memory(self.config.replay().rows_ever_held(self.budget))
    }

    fn save_extras(&self, to: &mut StateWriter) {
        to.reserve(self.replay.memory(self.replay.len()));
        to.put(&(&self.replay, &self.exploration.rng, &self.sampler, self.updates));
    }

    fn load_extras(&mut self, from: &mut StateReader<'_>) -> Result<(), StateError> {
        let replay: ReplayBuffer = from.take()?;
        self.replay.replace(replay, self.actions, self.config.replay().rows_ever_held(self.budget))?;
        (self.exploration.rng, self.sampler, self.updates) = from.take()?;
        Ok(())
    }
}

/// Figures of one gradient step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradientStep {
    /// The loss before the step.
    pub loss: f64,
    /// Mean predicted value before the step: of the actions taken, or of the states.
    pub value_mean: f64,
    /// Euclidean norm of the whole gradient, before clipping.
    pub grad_norm: f64,
    /// Step size of the optimizer.
    pub learning_rate: f64,
}

impl GradientStep {
    /// The means over `count` gradient steps. They share a learning rate, which depends on the environment step.
    pub fn mean_of(count: u64, mut make: impl FnMut() -> GradientStep) -> GradientStep {
        let mut sum = GradientStep { loss: 0.0, value_mean: 0.0, grad_norm: 0.0, learning_rate: 0.0 };
        for _ in 0..count {
            let one = make();
            sum.loss += one.loss;
            sum.value_mean += one.value_mean;
            sum.grad_norm += one.grad_norm;
            sum.learning_rate = one.learning_rate;
        }
        let count = count as f64;
        GradientStep {
            loss: sum.loss / count,
            value_mean: sum.value_mean / count,
            grad_norm: sum.grad_norm / count,
            learning_rate: sum.learning_rate,
        }
    }
}
