//! Episodes without exploration, on an environment and a random stream of their own.

use std::sync::atomic::{AtomicBool, Ordering};

use tilde_envs::Env;

use crate::agents::Agent;
use crate::results::EpisodeRow;
use crate::rng::Rng;

/// Plays `episodes` episodes as the agent holds best and returns a row for each, marked with the run's `step`. Once `stop` is
/// set it ends in the middle of an episode and returns nothing: half an evaluation is none.
///
/// The agent draws from `rng` alone and learns nothing here: a run is the same with and without evaluations.
pub fn evaluate(
    agent: &mut dyn Agent,
    env: &mut dyn Env,
    rng: &mut Rng,
    episodes: u64,
    step: u64,
    stop: &AtomicBool,
) -> Option<Vec<EpisodeRow>> {
    let mut observation = vec![0.0; env.observation_space().len()];
    let mut play = |episode: u64| {
        let (mut total, mut length) = (0.0, 0);
        env.reset(rng, &mut observation);
        while !stop.load(Ordering::Relaxed) {
            let action = agent.act_eval(&observation, rng);
            let outcome = env.step(action, rng, &mut observation);
            total += f64::from(outcome.reward);
            length += 1;
            if outcome.ending.is_over() {
                return Some(EpisodeRow { step, episode, total, length, ending: outcome.ending });
            }
        }
        None
    };
    (1..=episodes).map(&mut play).collect()
}
