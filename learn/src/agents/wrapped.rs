//! An agent in its wrappers: it sees normalised observations and changed rewards.

use tilde_envs::StateError;

use super::agent::{Agent, Roles, StateEstimate, UpdateStats};
use super::reward_wrappers::{RewardTransform, SavedRewards};
use super::state::{StateReader, StateWriter};
use crate::approx::{Function, Normalizer, RunningMoments, SharedNormalizer};
use crate::replay::Transition;
use crate::rng::Rng;

/// An agent whose functions take normalised observations, which learns from changed rewards, or both.
///
/// Whoever holds it gives observations and rewards as the environment has them. The moments are those of all observations for which
/// the agent was asked to act in training; each vector step merges its batch before it acts. Nothing else changes them. A replay
/// buffer holds observations as they are, and functions normalise them when they are replayed, as Stable-Baselines3's `VecNormalize`
/// does; with Gymnasium's `NormalizeObservation` it would hold them as they were normalised when they were seen. Rewards are changed
/// when they are observed.
pub struct WrappedAgent {
    inner: Box<dyn Agent>,
    /// That of the agent's functions.
    normalizer: Option<SharedNormalizer>,
    rewards: RewardTransform,
}

impl WrappedAgent {
    /// `inner` was made from a setup with this normaliser.
    pub fn new(inner: Box<dyn Agent>, normalizer: Option<SharedNormalizer>, rewards: RewardTransform) -> WrappedAgent {
        WrappedAgent { inner, normalizer, rewards }
    }

    fn moments(&self) -> Option<RunningMoments> {
        Some(self.normalizer.as_ref()?.lock().moments().clone())
    }
}

/// Bytes for the length of the wrappers' part of a saved state.
const LENGTH: usize = size_of::<u64>();

impl Agent for WrappedAgent {
    fn act(&mut self, observations: &[f32], step: u64, actions: &mut [usize]) {
        if let Some(normalizer) = &self.normalizer {
            normalizer.lock().update(observations);
        }
        self.inner.act(observations, step, actions);
    }

    fn observe(&mut self, transition: Transition<'_>, step: u64) -> Option<UpdateStats> {
        let reward = self.rewards.apply(&transition);
        self.inner.observe(Transition { reward, ..transition }, step)
    }

    fn act_eval(&mut self, observation: &[f32], rng: &mut Rng) -> usize {
        self.inner.act_eval(observation, rng)
    }

    fn estimate(&mut self, observation: &[f32], step: u64) -> StateEstimate {
        self.inner.estimate(observation, step)
    }

    fn functions(&self) -> Vec<(&'static str, &dyn Function)> {
        self.inner.functions()
    }

    fn functions_mut(&mut self) -> Vec<&mut dyn Function> {
        self.inner.functions_mut()
    }

    fn roles(&self) -> Roles {
        self.inner.roles()
    }

    fn normalizer(&self) -> Option<Normalizer> {
        Some(self.normalizer.as_ref()?.lock().clone())
    }

    fn set_moments(&mut self, moments: RunningMoments) -> Result<(), StateError> {
        match &self.normalizer {
            Some(normalizer) => normalizer.lock().set_moments(moments),
            None => self.inner.set_moments(moments),
        }
    }

    fn reward_factor(&self) -> Option<f64> {
        self.rewards.config().factor()
    }

    fn extra_memory(&self) -> usize {
        self.inner.extra_memory()
    }

    fn parameters(&self) -> usize {
        self.inner.parameters()
    }

    fn memory(&self) -> usize {
        self.inner.memory()
    }

    fn non_finite_parameter(&self) -> Option<String> {
        self.inner.non_finite_parameter()
    }

    fn save_extras(&self, to: &mut StateWriter) {
        self.inner.save_extras(to);
    }

    fn load_extras(&mut self, from: &mut StateReader<'_>) -> Result<(), StateError> {
        self.inner.load_extras(from)
    }

    /// The inner agent's bytes, then those of the wrappers and how many these are. So the state of an agent with a large replay
    /// buffer is not copied.
    fn save(&self) -> Vec<u8> {
        let mut own = StateWriter::default();
        own.put(&(self.moments(), self.rewards.save()));
        let own = own.into_bytes();
        let mut state = self.inner.save();
        state.reserve_exact(own.len() + LENGTH);
        state.extend_from_slice(&own);
        state.extend_from_slice(&(own.len() as u64).to_le_bytes());
        state
    }

    fn load(&mut self, state: &[u8]) -> Result<(), StateError> {
        let other = || StateError("not the state of an agent in wrappers".to_owned());
        let (rest, length) = state.split_last_chunk::<LENGTH>().ok_or_else(other)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| other())?;
        let (inner, own) =
            rest.split_at_checked(rest.len().checked_sub(length).ok_or_else(other)?).ok_or_else(other)?;
        let (moments, rewards): (Option<RunningMoments>, SavedRewards) = StateReader::new(own).take()?;
        match (&self.normalizer, moments) {
            (None, None) => {}
            (Some(normalizer), Some(moments)) => normalizer.lock().set_moments(moments)?,
            _ => return Err(StateError("the state of an agent with other observation wrappers".to_owned())),
        }
        self.rewards.load(rewards)?;
        self.inner.load(inner)
    }
}
