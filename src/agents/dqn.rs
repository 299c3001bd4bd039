//! Deep Q-network (Mnih et al. 2015), with double Q-learning as an option (van Hasselt et al. 2016).
//!
//! Deviations from the 2015 paper: observations are vectors, not stacked frames; the TD error's clipping is the Huber
//! loss, not RMSprop with a clipped error; the target may follow by Polyak averaging (`tau` < 1, Lillicrap et al. 2016;
//! the paper copies); several gradient steps may follow one another (`gradient_steps`; the paper makes one each 4 steps);
//! several environments may be stepped together (`num_envs`).
//!
//! With `num_envs` > 1 the actions of a round, one per environment, are chosen by one pass through the network as it is before
//! the round; ε is that of each single step. All else counts environment steps, whichever environment makes them: with 10
//! environments and `train_freq = 10` a gradient step follows each round, with `train_freq = 4` they fall due within rounds.
//! (Stable-Baselines3's `train_freq` counts rounds.) So budgets, schedules and the share of learning mean the same for any
//! number of environments; what changes is that actions are up to a round old, and that the buffer's neighbours come from
//! different episodes.

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

/// DQN's hyperparameters, under the names that Stable-Baselines3 gives them. Steps are environment steps, counted over all
/// environments together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DqnConfig {
    /// Discount γ.
    pub gamma: f64,
    /// Environments that are stepped together (`n_envs`), their actions chosen by one pass through the network.
    pub num_envs: usize,
    /// Transitions kept for replay, of all environments together.
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
    /// Share of the online network in an update of the target network; 1 copies it.
    pub tau: f64,
    /// Whether the online network chooses the action that the target network values.
    pub double: bool,
    /// Whether the last step before a time limit is told from a terminal one, and its next state has a value. Without, as in
    /// programs that know of one kind of end only, values learn that nothing comes after the limit.
    pub handle_timeout_termination: bool,
    /// Function of the TD error δ that is minimised: `"huber"`, or `"mse"`, which is δ²/2 and so half of PyTorch's
    /// `mse_loss`; with SGD the same step needs twice the learning rate.
    pub loss: TdLoss,
    /// How actions are chosen once learning has started: ε-greedily, or by Boltzmann's distribution.
    pub exploration: Exploration,
}

impl Default for DqnConfig {
    /// Stable-Baselines3's defaults, but for the target's interval: 10,000 steps suit Atari's millions; 500 is CleanRL's
    /// for classic control.
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
