//! Deep Q-network (Mnih et al. 2015), with double Q-learning as an option (van Hasselt et al. 2016).
//!
//! Deviations from the 2015 paper: observations are vectors, not stacked frames; the TD error's clipping is the Huber
//! loss, not RMSprop with a clipped error; the target may follow by Polyak averaging (`tau` < 1, Lillicrap et al. 2016;
//! the paper copies); several gradient steps may follow one another (`gradient_steps`; the paper makes one each 4 steps).

use std::borrow::Cow;

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use tilde_envs::StateError;

use super::{Agent, AgentSetup, Learned};
use crate::approx::QFunction;
use crate::invalid::{Invalid, at_least_one, fraction, require};
use crate::losses::{TdLoss, chosen_value, double_value, max_value, td_loss, td_target};
use crate::optim::Optimizer;
use crate::replay::{Batch, ReplayBuffer, Transition};
use crate::rng::{Rng, Stream, stream};
use crate::schedule::Linear;

/// DQN's hyperparameters, under the names that Stable-Baselines3 gives them. Steps are environment steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DqnConfig {
    /// Discount γ.
    pub gamma: f64,
    /// Transitions kept for replay.
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
    /// Function of the TD error that is minimised.
    pub loss: TdLoss,
    /// Probability ε of a random action.
    pub exploration: Linear,
}

impl Default for DqnConfig {
    /// Stable-Baselines3's defaults, but for the target's interval: 10,000 steps suit Atari's millions; 500 is CleanRL's
    /// for classic control.
    fn default() -> Self {
        DqnConfig {
            gamma: 0.99,
            buffer_size: 1_000_000,
            batch_size: 32,
            learning_starts: 100,
            train_freq: 4,
            gradient_steps: 1,
            target_update_interval: 500,
            tau: 1.0,
            double: false,
            loss: TdLoss::Huber,
            exploration: Linear { initial: 1.0, end: 0.05, fraction: Some(0.1), steps: None },
        }
    }
}

/// Transitions that a config may ask to keep, and to draw at once: more is a typing error, not a plan.
const LARGEST_BUFFER: usize = 1_000_000_000;

impl DqnConfig {
    /// Checks every range and every combination.
    pub fn check(&self) -> Result<(), Invalid> {
        fraction("gamma", self.gamma)?;
        require((1..=LARGEST_BUFFER).contains(&self.buffer_size), "buffer_size", || {
            format!("must lie between 1 and {LARGEST_BUFFER}, not at {}", self.buffer_size)
        })?;
        at_least_one("batch_size", self.batch_size as u64)?;
        require(self.batch_size <= self.buffer_size, "batch_size", || {
            format!(
                "{} is more than `buffer_size` = {} holds: lower it or enlarge the buffer",
                self.batch_size, self.buffer_size
            )
        })?;
        at_least_one("train_freq", self.train_freq)?;
        at_least_one("gradient_steps", self.gradient_steps)?;
        at_least_one("target_update_interval", self.target_update_interval)?;
        require(self.tau > 0.0 && self.tau <= 1.0, "tau", || {
            format!("must be above 0 and at most 1, not {}", self.tau)
        })?;
        self.exploration.check().map_err(|e| e.within("exploration"))?;
        fraction("exploration.initial", self.exploration.initial)?;
        fraction("exploration.final", self.exploration.end)
    }
}

/// A DQN agent.
pub struct Dqn {
    config: DqnConfig,
    setup: AgentSetup,
    /// Q̃(x, u; θ), tracked for gradients.
    online: QFunction,
    /// Q̃(x, u; θ) again, a plain copy for acting, renewed when θ changes.
    acting: QFunction,
    /// Q̃(x, u; θ⁻), plain.
    target: QFunction,
    optimizer: Optimizer,
    replay: ReplayBuffer,
    batch: Batch,
    explore: Rng,
    sampler: Rng,
    updates: u64,
}

/// What a checkpoint keeps of a [`Dqn`]: everything that its setup does not say.
#[derive(Serialize, Deserialize)]
struct State<'a> {
    online: Vec<f32>,
    target: Vec<f32>,
    optimizer: Vec<u8>,
    replay: Cow<'a, ReplayBuffer>,
    explore: Rng,
    sampler: Rng,
    updates: u64,
}

impl Dqn {
    /// An agent that has seen nothing yet.
    pub fn new(config: &DqnConfig, setup: AgentSetup) -> Dqn {
        let mut init = stream(setup.seed, Stream::Init);
        let device = setup.device.clone().autodiff();
        let online = QFunction::new(&setup.approximator, setup.features.len(), setup.actions, &mut init, &device);
        // What lies beyond the budget is never filled.
        let capacity = config.buffer_size.min(usize::try_from(setup.budget).unwrap_or(usize::MAX)).max(1);
        Dqn {
            acting: online.valid(),
            target: online.valid(),
            optimizer: Optimizer::new(&setup.optimizer),
            replay: ReplayBuffer::new(capacity, setup.observation_components),
            batch: Batch::default(),
            explore: stream(setup.seed, Stream::Explore),
            sampler: stream(setup.seed, Stream::Replay),
            updates: 0,
            config: config.clone(),
            setup,
            online,
        }
    }

    /// Q̃(x, ·; θ) of one observation, one value per action.
    pub fn action_values(&self, observation: &[f32]) -> Vec<f32> {
        let features = self.features(observation, 1);
        self.acting.values(features).into_data().try_into_vec().expect("values are 32-bit floats")
    }

    /// Features `[B, F]` of `batch` observations that lie one after another.
    fn features(&self, observations: &[f32], batch: usize) -> Tensor<2> {
        let features = self.setup.features.encode_batch(observations, batch);
        Tensor::from_data(TensorData::new(features, [batch, self.setup.features.len()]), &self.setup.device)
    }

    /// The targets `[B]` of the sampled batch, from plain networks: no gradient flows through them.
    fn targets(&self) -> Tensor<1> {
        let next = self.features(&self.batch.next_observations, self.batch.len());
        let next_values = if self.config.double {
            double_value(self.acting.values(next.clone()), self.target.values(next))
        } else {
            max_value(self.target.values(next))
        };
        let device = &self.setup.device;
        td_target(
            column(&self.batch.rewards, device),
            column(&self.batch.terminated, device),
            next_values,
            self.config.gamma,
        )
    }

    /// One gradient step on a batch drawn from replay.
    ///
    /// # Panics
    /// If nothing was observed yet.
    pub fn gradient_step(&mut self, learning_rate: f64) -> GradientStep {
        self.replay.sample(self.config.batch_size, &mut self.sampler, &mut self.batch);
        let targets = Tensor::from_inner(self.targets());
        let features = Tensor::from_inner(self.features(&self.batch.observations, self.batch.len()));
        let actions = Tensor::from_inner(action_column(&self.batch.actions, &self.setup.device));

        let predictions = chosen_value(self.online.values(features), actions);
        let q_mean = predictions.clone().inner().mean();
        let loss = td_loss(predictions, targets, self.config.loss);
        let gradients = loss.backward();
        let grad_norm = self.optimizer.step(&mut self.online, gradients, learning_rate);

        self.acting = self.online.valid();
        self.updates += 1;
        GradientStep {
            loss: loss.inner().into_scalar::<f32>().into(),
            q_mean: q_mean.into_scalar::<f32>().into(),
            grad_norm,
        }
    }

    /// A round of learning; its figures are means over the gradient steps.
    fn learn(&mut self, step: u64) -> Learned {
        let learning_rate = self.setup.optimizer.learning_rate().value(step, self.setup.budget);
        let mut sum = GradientStep { loss: 0.0, q_mean: 0.0, grad_norm: 0.0 };
        for _ in 0..self.config.gradient_steps {
            let one = self.gradient_step(learning_rate);
            sum.loss += one.loss;
            sum.q_mean += one.q_mean;
            sum.grad_norm += one.grad_norm;
        }
        let count = self.config.gradient_steps as f64;
        Learned {
            updates: self.updates,
            loss: sum.loss / count,
            q_mean: sum.q_mean / count,
            grad_norm: sum.grad_norm / count,
            epsilon: self.epsilon(step),
            learning_rate,
        }
    }

    fn epsilon(&self, step: u64) -> f64 {
        self.config.exploration.value(step, self.setup.budget)
    }
}

/// Figures of one gradient step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradientStep {
    /// The loss before the step.
    pub loss: f64,
    /// Mean predicted value of the actions taken, before the step.
    pub q_mean: f64,
    /// Euclidean norm of the whole gradient, before clipping.
    pub grad_norm: f64,
}

impl Agent for Dqn {
    fn act(&mut self, observation: &[f32], step: u64) -> usize {
        // Drawn at every step, needed or not: the stream's position then depends on the step alone.
        let (coin, random_action) = (self.explore.random(), self.explore.random_range(0..self.setup.actions));
        if step < self.config.learning_starts || coin < self.epsilon(step) {
            random_action
        } else {
            self.greedy(observation)
        }
    }

    fn observe(&mut self, transition: Transition<'_>, step: u64) -> Option<Learned> {
        self.replay.push(transition);
        let due = step >= self.config.learning_starts && step.is_multiple_of(self.config.train_freq);
        let learned = due.then(|| self.learn(step));
        if step.is_multiple_of(self.config.target_update_interval) {
            self.target.network = self.target.network.averaged(&self.acting.network, self.config.tau);
        }
        learned
    }

    fn greedy(&mut self, observation: &[f32]) -> usize {
        argmax(&self.action_values(observation))
    }

    fn parameters(&self) -> usize {
        self.online.num_params()
    }

    fn broken_weight(&self) -> Option<String> {
        let weights = self.acting.network.flat_parameters();
        weights.iter().position(|w| !w.is_finite()).map(|index| format!("weight {index} is {}", weights[index]))
    }

    fn save(&self) -> Vec<u8> {
        let state = State {
            online: self.acting.network.flat_parameters(),
            target: self.target.network.flat_parameters(),
            optimizer: self.optimizer.save(),
            replay: Cow::Borrowed(&self.replay),
            explore: self.explore.clone(),
            sampler: self.sampler.clone(),
            updates: self.updates,
        };
        postcard::to_stdvec(&state).expect("plain numbers always encode")
    }

    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        let state: State<'_> =
            postcard::from_bytes(state).map_err(|e| StateError(format!("not the state of a DQN: {e}")))?;
        let fits = [&state.online, &state.target].iter().all(|weights| weights.len() == self.parameters());
        if !fits || !state.replay.fits(self.replay.capacity(), self.setup.observation_components) {
            return Err(StateError("the state of a DQN with another network or replay buffer".to_owned()));
        }
        self.optimizer.load(state.optimizer).map_err(StateError)?;
        self.online.network = self.online.network.with_parameters(&state.online);
        self.target.network = self.target.network.with_parameters(&state.target);
        self.acting = self.online.valid();
        self.replay = state.replay.into_owned();
        self.explore = state.explore;
        self.sampler = state.sampler;
        self.updates = state.updates;
        Ok(())
    }
}

fn column(values: &[f32], device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), device)
}

fn action_column(actions: &[u32], device: &Device) -> Tensor<1, Int> {
    let actions: Vec<i32> = actions.iter().map(|&action| action as i32).collect();
    let batch = actions.len();
    Tensor::from_data(TensorData::new(actions, [batch]), device)
}

/// The index of the greatest value, the first of equal ones.
fn argmax(values: &[f32]) -> usize {
    let better = |best: usize, index: usize| if values[index] > values[best] { index } else { best };
    (1..values.len()).fold(0, better)
}
