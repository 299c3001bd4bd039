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

mod agent;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Env;
use tilde_envs::registry::Part;

pub use agent::{Dqn, GradientStep};

use super::exploration::Exploration;
use super::replayed::ReplayConfig;
use super::{Agent, AgentSetup, Algorithm, LearnedFunction, check_num_envs};
use crate::invalid_value::{InvalidValue, all, fraction};
use crate::losses::TdLoss;
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
