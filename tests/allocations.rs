//! What agents do for every environment step asks for no memory.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use common::{BACKENDS, adam, algorithms, approximator, setup, sgd, with_settings};
use tilde::agents::{Agent, DqnConfig};
use tilde::replay::Transition;
use tilde_envs::{CartPoleConfig, Env, EnvConfig, Rng};

/// Plays `steps` steps after step `first`, which is the loop of a run without its files.
fn play(agent: &mut dyn Agent, env: &mut dyn Env, rng: &mut Rng, observation: &mut [f32], first: u64, steps: u64) {
    let mut next_observation = [0.0; 4];
    let mut actions = [0];
    for step in first..first + steps {
        agent.act_in_all(observation, step, &mut actions);
        let outcome = env.step(actions[0], rng, &mut next_observation);
        let (action, reward, ending) = (actions[0], outcome.reward, outcome.ending);
        let transition =
            Transition { observation, action, reward, next_observation: &next_observation, ending, env: 0 };
        agent.observe(transition, step + 1);
        observation.copy_from_slice(&next_observation);
        if ending.is_over() {
            env.reset(rng, observation);
        }
    }
}

#[test]
fn the_counter_counts() {
    assert!(allocation_counter::measure(|| drop(std::hint::black_box(vec![1_u8]))).count_total > 0);
}

#[test]
fn acting_stepping_and_learning_allocate_nothing() {
    let double = DqnConfig { double: true, tau: 0.5, target_update_interval: 10, ..DqnConfig::default() };
    let algorithms = algorithms().into_iter().chain([double.into()]).map(|algorithm| {
        with_settings(&algorithm, "num_envs = 1\nbuffer_size = 500\nlearning_starts = 100\ntrain_freq = 2")
    });
    let mut env = EnvConfig::from(CartPoleConfig::default()).build().unwrap();
    let tiles = "{ tiles = { low = [-2.4, -3, -0.21, -3], high = [2.4, 3, 0.21, 3] } }";
    for algorithm in algorithms {
        for (features, hidden) in
            [("'identity'", vec![]), ("'identity'", vec![40, 30]), (tiles, vec![]), (tiles, vec![9])]
        {
            for optimizer in [sgd(1e-3), adam(1e-3, 1e-3)] {
                let setup = setup(env.as_ref(), approximator(features, &hidden), optimizer, 10_000, BACKENDS[0]);
                let mut agent = algorithm.build(&setup);
                let (mut rng, mut observation) = (Rng::from_seed(1), [0.0; 4]);
                env.reset(&mut rng, &mut observation);
                // After these steps the replay buffer is full, and every other buffer has its final size.
                play(agent.as_mut(), env.as_mut(), &mut rng, &mut observation, 0, 2_000);
                let counted = allocation_counter::measure(|| {
                    play(agent.as_mut(), env.as_mut(), &mut rng, &mut observation, 2_000, 500);
                });
                assert_eq!(counted.count_total, 0, "{} over {features} with {hidden:?}", algorithm.id());
            }
        }
    }
}
