//! The state of a run's environments, for a checkpoint.

use serde::{Deserialize, Serialize};
use tilde_envs::StateError;

use super::vec_env::{EnvSlot, Episode, VecEnv};
use crate::rng::Rng;

/// One environment: its hidden state and random stream, its running episode, and the action chosen for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnvSlotState {
    env: Vec<f64>,
    rng: Rng,
    observation: Vec<f32>,
    action: usize,
    running_return: f64,
    running_length: u64,
}

impl VecEnv {
    /// The states, environment after environment.
    pub fn save(&self) -> Vec<EnvSlotState> {
        let rows = self.observations.chunks_exact(self.observations.len() / self.slots.len());
        let slots = self.slots.iter().zip(rows).zip(&self.actions);
        let saved = slots.map(|((slot, observation), &action)| EnvSlotState {
            env: slot.env.state(),
            rng: slot.rng.clone(),
            observation: observation.to_vec(),
            action,
            running_return: slot.running.total,
            running_length: slot.running.length,
        });
        saved.collect()
    }

    /// Goes on from what [`VecEnv::save`] returned.
    ///
    /// # Errors
    /// If it was saved by other environments, or the next step could not be made from it.
    pub fn load(&mut self, states: &[EnvSlotState]) -> Result<(), StateError> {
        if states.len() != self.slots.len() {
            return Err(StateError("it has another number of environments".to_owned()));
        }
        let components = self.observations.len() / self.slots.len();
        let rows = self.observations.chunks_exact_mut(components);
        for (((slot, row), action), state) in self.slots.iter_mut().zip(rows).zip(&mut self.actions).zip(states) {
            slot.load(state)?;
            if state.observation.len() != row.len() {
                return Err(StateError("its observations have another length".to_owned()));
            }
            row.copy_from_slice(&state.observation);
            *action = state.action;
        }
        self.has_begun = true;
        Ok(())
    }
}

impl EnvSlot {
    fn load(&mut self, state: &EnvSlotState) -> Result<(), StateError> {
        self.env.set_state(&state.env)?;
        if !self.env.is_running() {
            return Err(StateError("no episode is running in it".to_owned()));
        }
        if state.action >= self.env.actions() {
            return Err(StateError(format!("it has no action {}", state.action)));
        }
        self.rng = state.rng.clone();
        self.running = Episode { total: state.running_return, length: state.running_length };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tilde_envs::{Environment, GridworldConfig, MapSource};

    use super::*;
    use crate::run::Stepped;
    use crate::run::test_agent::TestAgent;

    fn corridors(num_envs: usize) -> VecEnv {
        let config = GridworldConfig::of_map(MapSource::Rows(vec!["S.G".to_owned()]));
        let mut envs = VecEnv::new(config.build_all(num_envs).unwrap(), 3);
        envs.begin();
        envs
    }

    #[test]
    fn a_state_in_which_the_next_step_would_panic_is_refused() {
        let mut envs = corridors(1);
        let good = envs.save();
        envs.load(&good).unwrap();
        let mut refused = |state: EnvSlotState| envs.load(&[state]).unwrap_err().to_string();
        // Found by the fuzzer: no episode is running.
        let over = EnvSlotState { env: vec![0.0, 0.0, 1.0], ..good[0].clone() };
        assert!(refused(over).contains("no episode is running"));
        assert!(refused(EnvSlotState { action: 4, ..good[0].clone() }).contains("no action 4"));
        assert!(refused(EnvSlotState { observation: vec![0.0], ..good[0].clone() }).contains("another length"));
        assert!(corridors(2).load(&good).unwrap_err().to_string().contains("another number"));
    }

    #[test]
    fn saved_environments_go_on_in_the_middle_of_a_vector_step() {
        let (mut envs, mut copy) = (corridors(2), corridors(2));
        let mut agent = TestAgent::acting(|step, env| if step == 0 && env == 1 { 2 } else { 0 });
        envs.step(&mut agent, 0);
        copy.load(&envs.save()).unwrap();
        let Stepped { transition, .. } = copy.step(&mut agent, 1);
        assert_eq!((transition.action, transition.next_observation), (2, &[0.0, 1.0][..]), "the action chosen before");
        envs.step(&mut agent, 1);
        assert_eq!(copy.save(), envs.save());
    }
}
