//! One of a run's environments, with the episode that is running in it.

use serde::{Deserialize, Serialize};
use tilde_envs::{Env, StateError};

use crate::config::RunConfig;
use crate::rng::{Rng, env_stream};

/// An environment, its random stream, and its running episode.
pub struct EnvSlot {
    /// The environment.
    pub env: Box<dyn Env>,
    /// Its random stream.
    pub rng: Rng,
    /// What the next action is chosen for.
    pub observation: Vec<f32>,
    /// Chosen at the beginning of the round: what is done next, or was done last.
    pub action: usize,
    /// Room for what follows.
    pub next_observation: Vec<f32>,
    /// Return of the running episode so far.
    pub running_return: f64,
    /// Steps of the running episode so far.
    pub running_length: u64,
}

/// What a checkpoint keeps of a [`EnvSlot`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnvSlotState {
    env: Vec<f64>,
    rng: Rng,
    observation: Vec<f32>,
    action: usize,
    running_return: f64,
    running_length: u64,
}

impl EnvSlot {
    /// Environment number `index` of a run, at the start of its first episode.
    pub fn new(config: &RunConfig, seed: u64, index: usize) -> EnvSlot {
        let mut env = config.env.build().expect("a checked environment builds");
        let mut rng = env_stream(seed, index);
        let mut observation = vec![0.0; env.observation_space().len()];
        env.reset(&mut rng, &mut observation);
        let next_observation = observation.clone();
        EnvSlot { env, rng, observation, action: 0, next_observation, running_return: 0.0, running_length: 0 }
    }

    /// Starts the next episode.
    pub fn reset(&mut self) {
        self.env.reset(&mut self.rng, &mut self.observation);
        (self.running_return, self.running_length) = (0.0, 0);
    }

    /// What a checkpoint keeps.
    pub fn save(&self) -> EnvSlotState {
        EnvSlotState {
            env: self.env.state(),
            rng: self.rng.clone(),
            observation: self.observation.clone(),
            action: self.action,
            running_return: self.running_return,
            running_length: self.running_length,
        }
    }

    /// Goes on from what [`EnvSlot::save`] returned.
    ///
    /// # Errors
    /// If it was saved by another environment, or between episodes, where no checkpoint is written, or before an action that
    /// does not exist.
    pub fn load(&mut self, state: EnvSlotState) -> Result<(), StateError> {
        if state.observation.len() != self.observation.len() {
            return Err(StateError("its observations have another length".to_owned()));
        }
        self.env.set_state(&state.env)?;
        if !self.env.is_running() {
            return Err(StateError("no episode is running in it".to_owned()));
        }
        if state.action >= self.env.actions() {
            return Err(StateError(format!("it has no action {}", state.action)));
        }
        self.rng = state.rng;
        self.observation = state.observation;
        self.action = state.action;
        (self.running_return, self.running_length) = (state.running_return, state.running_length);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    #[test]
    fn a_state_in_which_the_next_step_would_panic_is_refused() {
        let config = "name = 'x'\nseeds = [0]\n[budget]\nsteps = 9\n[env.gridworld]\n[algorithm.random]\n";
        let config = &parse(config, "x.toml", &[]).unwrap().variants()[0];
        let mut lane = EnvSlot::new(config, 0, 0);
        let good = lane.save();
        lane.load(good.clone()).unwrap();
        // What the fuzzer found: an environment in which the next step would have panicked.
        let ended = EnvSlotState { env: vec![0.0, 0.0, 50.0], ..good.clone() };
        assert!(lane.load(ended).unwrap_err().to_string().contains("no episode is running"));
        let impossible = EnvSlotState { action: 4, ..good };
        assert!(lane.load(impossible).unwrap_err().to_string().contains("no action 4"));
    }
}
