//! Deep Q-network (Mnih et al. 2015), with double Q-learning as an option (van Hasselt et al. 2016).
//!
//! Deviations from the 2015 paper:
//! - Observations are vectors, not stacked frames.
//! - The loss is Huber's; the paper clips the TD error and uses RMSprop.
//! - The target network may follow by Polyak averaging (`tau` < 1, Lillicrap et al. 2016); the paper copies it.
//! - A round of learning may have several gradient steps (`gradient_steps`); the paper makes one every 4 steps.
//! - Several environments may be stepped together (`num_envs`).
//!
//! With `num_envs` > 1 a vector step makes one environment step in each environment. Its actions are chosen together, by one
//! pass through the network; ε is that of each environment step. All settings count environment steps of all environments
//! together. With 10 environments and `train_freq = 10` a gradient step follows each vector step; with `train_freq = 4` some
//! follow in the middle of one. (Stable-Baselines3's `train_freq` counts vector steps.) So budgets, schedules and the ratio of
//! learning to acting do not depend on the number of environments. There are two differences: an action may have been chosen up
//! to `num_envs - 1` environment steps before, and neighbours in the buffer come from different episodes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::registry::Part;
use tilde_envs::{Ending, Env, StateError};

use super::agent::StateEstimate;
use super::exploration::{Exploration, Explorer};
use super::replayed::{GradientStep, ReplayConfig};
use super::state::{StateReader, StateWriter};
use super::{Agent, AgentSetup, Algorithm, LearnedFunction, UpdateStats, check_num_envs};
use crate::approx::{Function, StepStats, Weights};
use crate::invalid_value::{InvalidValue, all, fraction};
use crate::losses::{TdLoss, argmax, max_value, td_target};
use crate::replay::{Batch, ReplayBuffer, Transition};
use crate::rng::{Rng, Stream, stream};
use crate::schedule::Linear;

/// DQN's hyperparameters, with Stable-Baselines3's names. Steps are environment steps of all environments together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DqnConfig {
    /// Discount γ.
    pub gamma: f64,
    /// Environments that are stepped together (`n_envs`). Their actions are chosen by one pass through the network.
    pub num_envs: usize,
    /// Transitions in the replay buffer, of all environments together.
    pub buffer_size: usize,
    /// Transitions per gradient step.
    pub batch_size: usize,
    /// Steps before the first gradient step; actions are uniformly random until then.
    pub learning_starts: u64,
    /// Steps between rounds of learning.
    pub train_freq: u64,
    /// Gradient steps per round of learning.
    pub gradient_steps: u64,
    /// Steps between updates of the target network.
    pub target_update_interval: u64,
    /// τ of an update of the target network, θ⁻ ← (1 − τ) θ⁻ + τ θ; 1 copies the online network.
    pub tau: f64,
    /// Double Q-learning: whether the online network chooses the next action, whose value the target network gives.
    pub double: bool,
    /// Whether the state at a time limit has a value from which targets are bootstrapped. If not, it has the value zero, like a
    /// terminal state.
    pub handle_timeout_termination: bool,
    /// The loss of the TD error δ: `"huber"`, or `"mse"`, which is δ²/2. That is half of PyTorch's `mse_loss`, so that SGD needs
    /// twice the learning rate for the same step.
    pub loss: TdLoss,
    /// How actions are chosen once learning has started: ε-greedily, or by Boltzmann's distribution.
    pub exploration: Exploration,
}

impl Default for DqnConfig {
    /// Stable-Baselines3's defaults, except for the interval of the target network. Its 10,000 steps are for runs of millions of
    /// steps on Atari; 500 is CleanRL's for classic control.
    fn default() -> Self {
        DqnConfig {
            gamma: 0.99,
            num_envs: 1,
            buffer_size: 1_000_000,
            batch_size: 32,
            learning_starts: 100,
            train_freq: 4,
            gradient_steps: 1,
            target_update_interval: 500,
            tau: 1.0,
            double: false,
            handle_timeout_termination: true,
            loss: TdLoss::Huber,
            exploration: Linear { initial: 1.0, end: 0.05, fraction: Some(0.1), steps: None }.into(),
        }
    }
}

impl Part for DqnConfig {
    const ID: &'static str = "dqn";
    const SUMMARY: &'static str = "deep Q-network (Mnih et al. 2015)";
}

impl Algorithm for DqnConfig {
    fn gamma(&self) -> f64 {
        self.gamma
    }

    fn functions(&self, actions: usize) -> Vec<LearnedFunction<'_>> {
        vec![LearnedFunction::new(actions)]
    }

    fn num_envs(&self) -> usize {
        self.num_envs
    }

    fn replay_settings(&self) -> Option<ReplayConfig> {
        Some(self.replay())
    }

    fn first_update(&self) -> u64 {
        self.replay().first_update()
    }

    fn check(&self, _env: &dyn Env, budget: u64) -> Result<(), InvalidValue> {
        let replay = self.replay();
        all([
            fraction("gamma", self.gamma),
            check_num_envs(self.num_envs),
            replay.check(),
            self.exploration.check().map_err(|e| e.within("exploration")),
            replay.check_budget(budget),
        ])
    }

    fn build(&self, setup: &AgentSetup) -> Box<dyn Agent> {
        Box::new(Dqn::new(self, setup))
    }
}

impl DqnConfig {
    /// The settings of learning from a replay buffer.
    pub(super) fn replay(&self) -> ReplayConfig {
        ReplayConfig {
            buffer_size: self.buffer_size,
            batch_size: self.batch_size,
            learning_starts: self.learning_starts,
            train_freq: self.train_freq,
            gradient_steps: self.gradient_steps,
            target_update_interval: self.target_update_interval,
            tau: self.tau,
            loss: self.loss,
        }
    }
}

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
