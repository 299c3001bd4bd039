//! The environments of a run, stepped in turn.

use tilde_envs::{Env, Step};

use crate::agents::Agent;
use crate::replay::Transition;
use crate::rng::{Rng, env_stream};

/// Environments that are stepped together, each with its random stream and its running episode.
///
/// One vector step is one environment step in each of them. The agent chooses all its actions at the start, from one batch of
/// observations; then environment step n is made in environment (n − 1) mod `num_envs`. When an episode ends, its
/// environment is reset at once, and the transition keeps the last observation: Gymnasium's autoreset mode `SAME_STEP`.
pub struct VecEnv {
    pub(super) slots: Vec<EnvSlot>,
    /// The latest observations `[num_envs · C]`, C being the components of an observation.
    pub(super) observations: Vec<f32>,
    /// The actions of the vector step `[num_envs]`.
    pub(super) actions: Vec<usize>,
    /// The observation before the latest step `[C]`, and the last one of the latest episode that ended `[C]`.
    before: Vec<f32>,
    last: Vec<f32>,
    /// Whether every environment is in an episode.
    pub(super) has_begun: bool,
}

/// One environment, its random stream, and its running episode.
pub(super) struct EnvSlot {
    pub(super) env: Box<dyn Env>,
    pub(super) rng: Rng,
    pub(super) running: Episode,
}

/// A training episode so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Episode {
    /// Sum of its rewards, not discounted.
    pub total: f64,
    /// Its steps.
    pub length: u64,
}

/// One environment step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stepped<'a> {
    /// The transition.
    pub transition: Transition<'a>,
    /// The episode that ended with it, if one did.
    pub episode: Option<Episode>,
}

impl VecEnv {
    /// These environments, with the streams of the run with this seed.
    ///
    /// # Panics
    /// If there is not a single one.
    pub fn new(envs: Vec<Box<dyn Env>>, seed: u64) -> VecEnv {
        let count = envs.len();
        let components = envs.first().expect("a run has at least one environment").observation_space().len();
        let slot = |(index, env)| EnvSlot { env, rng: env_stream(seed, index), running: Episode::default() };
        VecEnv {
            slots: envs.into_iter().enumerate().map(slot).collect(),
            observations: vec![0.0; count * components],
            actions: vec![0; count],
            before: vec![0.0; components],
            last: vec![0.0; components],
            has_begun: false,
        }
    }

    /// Starts the first episode of each environment, where that is not done yet.
    pub fn begin(&mut self) {
        if !std::mem::replace(&mut self.has_begun, true) {
            let rows = self.observations.chunks_exact_mut(self.before.len());
            for (EnvSlot { env, rng, .. }, row) in self.slots.iter_mut().zip(rows) {
                env.reset(rng, row);
            }
        }
    }

    /// Makes environment step `step + 1`. Where a vector step begins, `agent` chooses the actions of all environments first.
    pub fn step(&mut self, agent: &mut dyn Agent, step: u64) -> Stepped<'_> {
        let index = (step % self.slots.len() as u64) as usize;
        if index == 0 {
            self.begin();
            agent.act(&self.observations, step, &mut self.actions);
            for (EnvSlot { env, rng, .. }, &action) in self.slots.iter_mut().zip(&self.actions) {
                env.announce(action, rng);
            }
        }
        let (slot, action) = (&mut self.slots[index], self.actions[index]);
        let components = self.before.len();
        let observation = &mut self.observations[index * components..(index + 1) * components];
        self.before.copy_from_slice(observation);
        let Step { reward, ending } = slot.env.step(action, &mut slot.rng, observation);
        slot.running.total += f64::from(reward);
        slot.running.length += 1;
        let episode = ending.is_over().then(|| std::mem::take(&mut slot.running));
        if episode.is_some() {
            self.last.copy_from_slice(observation);
            slot.env.reset(&mut slot.rng, observation);
        }
        let next_observation = if episode.is_some() { &self.last } else { &*observation };
        let observation = &self.before;
        Stepped {
            transition: Transition { observation, action, reward, next_observation, ending, env: index },
            episode,
        }
    }
}

#[cfg(test)]
mod tests {
    use tilde_envs::{Ending, Environment, GridworldConfig, MapSource};

    use super::*;
    use crate::run::test_agent::TestAgent;

    /// Corridors of three cells with the goal at the right end: action 2 goes right, and the second step reaches it.
    fn corridors(num_envs: usize) -> VecEnv {
        let config = GridworldConfig::of_map(MapSource::Rows(vec!["S.G".to_owned()]));
        VecEnv::new(config.build_all(num_envs).unwrap(), 3)
    }

    #[test]
    fn environments_take_turns_and_actions_are_chosen_once_per_vector_step() {
        let mut envs = corridors(3);
        // 0: left, into the wall, in every environment; then right in the second one alone.
        let mut agent = TestAgent::acting(|step, env| if step == 3 && env == 1 { 2 } else { 0 });
        let mut seen = Vec::new();
        for step in 0..6 {
            let Stepped { transition, episode } = envs.step(&mut agent, step);
            assert_eq!(episode, None);
            seen.push((transition.env, transition.action, transition.next_observation[1]));
        }
        assert_eq!(seen, [(0, 0, 0.0), (1, 0, 0.0), (2, 0, 0.0), (0, 0, 0.0), (1, 2, 1.0), (2, 0, 0.0)]);
        assert_eq!(agent.acted_at, [0, 3], "the steps before which it was asked");
        assert_eq!(envs.observations, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0], "row and column of each");
    }

    #[test]
    fn an_episode_that_ends_is_reset_and_the_transition_keeps_its_last_observation() {
        let (mut envs, mut agent) = (corridors(1), TestAgent::acting(|_, _| 2));
        let first = envs.step(&mut agent, 0);
        assert_eq!(
            (first.transition.observation, first.transition.next_observation),
            (&[0.0, 0.0][..], &[0.0, 1.0][..])
        );
        let Stepped { transition, episode } = envs.step(&mut agent, 1);
        let expected = Transition {
            observation: &[0.0, 1.0],
            action: 2,
            reward: 1.0,
            next_observation: &[0.0, 2.0],
            ending: Ending::Terminated,
            env: 0,
        };
        assert_eq!((transition, episode), (expected, Some(Episode { total: 1.0, length: 2 })));
        assert_eq!(envs.observations, [0.0, 0.0], "the next episode has begun");
        assert_eq!(envs.step(&mut agent, 2).transition.observation, [0.0, 0.0]);
    }
}
