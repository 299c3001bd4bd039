//! One environment of a process, as an [`Env`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::client::{Client, ResetWith, describe};
use super::description::Description;
use super::episode::Episode;
use super::frames::Generator;
use super::process::Start;
use crate::{ConfigError, Ending, Env, Rng, Space, StateError, Step};

/// An environment in another process.
///
/// With a generator, the process has the state of the run's stream during an episode, and hands it back at the end: the stream goes
/// on where the environment's draws have ended. Else each reset draws a seed from the stream.
pub(super) struct ExternalEnv {
    client: Arc<Mutex<Client>>,
    slot: usize,
    name: Arc<str>,
    description: Arc<Description>,
    /// The running episode.
    episode: Option<Episode>,
    /// Whether that is still to be played again in the process.
    is_behind: bool,
    /// What the next episode begins with, where it is begun already, and its first observation.
    next: Option<(ResetWith, Vec<f32>)>,
    /// The 32 bits that NumPy keeps for the next draw, and the state of the stream that they belong to.
    half: ([u64; 4], u64),
}

/// The `count` environments of one process; `name` is for messages.
///
/// # Errors
/// If the process cannot be asked what it serves, or refuses.
pub(super) fn build(start: &Start, name: &str, count: usize) -> Result<Vec<Box<dyn Env>>, ConfigError> {
    let description = describe(start)?;
    let client = Client::new(start.clone(), name.to_owned(), Arc::clone(&description), count);
    let (client, name) = (Arc::new(Mutex::new(client)), Arc::from(name));
    let env = |slot| ExternalEnv {
        client: Arc::clone(&client),
        slot,
        name: Arc::clone(&name),
        description: Arc::clone(&description),
        episode: None,
        is_behind: false,
        next: None,
        half: Default::default(),
    };
    Ok((0..count).map(|slot| Box::new(env(slot)) as Box<dyn Env>).collect())
}

impl ExternalEnv {
    /// What a reset with this stream begins with, and what it leaves of the stream.
    fn reset_with(&self, rng: &Rng) -> (ResetWith, Rng) {
        if self.description.generator {
            let state @ [state_high, state_low, increment_high, increment_low] = rng.numpy_state();
            let half = if self.half.0 == state { self.half.1 } else { 0 };
            let generator = [state_high, state_low, increment_high, increment_low, half];
            return (ResetWith { seed: 0, generator }, rng.clone());
        }
        let mut after = rng.clone();
        let seed = rand::Rng::next_u64(&mut after);
        (ResetWith { seed, generator: Generator::default() }, after)
    }

    /// Plays a loaded episode again, if that is still to be done. Where that does not give what was seen, the episode cannot go on.
    fn catch_up(&mut self) {
        if !std::mem::take(&mut self.is_behind) {
            return;
        }
        let Some(episode) = &mut self.episode else { return };
        let mut client = locked(&self.client);
        let mut observation = vec![0.0; self.description.space.len()];
        client.reset(self.slot, episode.begun, &mut observation);
        let mut again = Episode::new(episode.begun, &observation);
        for &action in &episode.actions {
            client.announce(self.slot, action, 0);
            let outcome = client.outcome(self.slot);
            again.step(action, outcome.reward, &outcome.observation);
            if outcome.ending.is_over() {
                break;
            }
        }
        if again != *episode {
            tracing::warn!(
                "{}: its episode was played again from its seed and actions to resume it, and something else was seen: the \
                 environment is not a function of both. The episode is cut off here, so the results differ from those of a \
                 run that was never interrupted",
                self.name
            );
            self.episode = None;
        }
    }
}

fn locked(client: &Mutex<Client>) -> MutexGuard<'_, Client> {
    client.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Env for ExternalEnv {
    fn observation_space(&self) -> &Space {
        &self.description.space
    }

    fn actions(&self) -> usize {
        self.description.actions
    }

    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]) {
        assert_eq!(observation.len(), self.description.space.len(), "the length of an observation of {}", self.name);
        let (begun, after) = self.reset_with(rng);
        *rng = after;
        match self.next.take() {
            Some((with, first)) if with == begun => observation.copy_from_slice(&first),
            _ => locked(&self.client).reset(self.slot, begun, observation),
        }
        self.is_behind = false;
        self.episode = Some(Episode::new(begun, observation));
    }

    fn announce(&mut self, action: usize, rng: &Rng) {
        self.catch_up();
        if self.episode.is_some() {
            let (next, _) = self.reset_with(rng);
            locked(&self.client).announce(self.slot, action, next.seed);
        }
    }

    fn step(&mut self, action: usize, rng: &mut Rng, observation: &mut [f32]) -> Step {
        assert!(self.episode.is_some(), "no episode is running: reset the environment before the next step");
        assert!(action < self.description.actions, "{} has no action {action}", self.name);
        assert_eq!(observation.len(), self.description.space.len(), "the length of an observation of {}", self.name);
        if !locked(&self.client).knows(self.slot) {
            self.announce(action, rng);
        }
        let Some(episode) = &mut self.episode else {
            // It could not be played again. The next episode begins with another seed.
            rand::Rng::next_u64(rng);
            return Step { reward: 0.0, ending: Ending::Truncated };
        };
        let mut client = locked(&self.client);
        let outcome = client.outcome(self.slot);
        assert_eq!(outcome.action, action, "the action that was announced for {}", self.name);
        let (reward, ending) = (outcome.reward, outcome.ending);
        observation.copy_from_slice(&outcome.observation);
        if !ending.is_over() {
            episode.step(action, reward, observation);
            return Step { reward: reward as f32, ending };
        }
        let (generator, first) = (outcome.generator, outcome.first.clone());
        drop(client);
        self.episode = None;
        if self.description.generator {
            let [state @ .., half] = generator;
            *rng = Rng::from_numpy_state(state).expect("NumPy's increments are odd");
            self.half = (state, half);
        }
        self.next = Some((self.reset_with(rng).0, first));
        Step { reward: reward as f32, ending }
    }

    fn is_running(&self) -> bool {
        self.episode.is_some()
    }

    /// 1, the length of the running episode, and the episode; or 0.
    fn state(&self) -> Vec<f64> {
        let Some(episode) = &self.episode else { return vec![0.0] };
        [1.0, episode.actions.len() as f64].into_iter().chain(episode.save()).collect()
    }

    /// The process plays the episode again before the next step.
    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError> {
        self.episode = match state {
            [0.0] => None,
            [1.0, length, episode @ ..] => {
                let episode = Episode::load(episode, self.description.actions)?;
                if *length != episode.actions.len() as f64 {
                    return Err(StateError(format!("a saved episode with another number of actions than {length}")));
                }
                Some(episode)
            }
            _ => return Err(StateError("no saved state of an environment in another process".to_owned())),
        };
        self.is_behind = true;
        self.next = None;
        Ok(())
    }
}
