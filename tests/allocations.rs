//! What agents do for every environment step asks for no memory.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use common::{BACKENDS, adam, approximator, setup, sgd};
use tilde::agents::{
    ActorCriticConfig, Agent, AlgorithmConfig, DqnConfig, ExpectedSarsaConfig, QLearningConfig, SarsaConfig,
};
use tilde::approx::{Encoded, FeatureMap, feature_maps};
use tilde::replay::Transition;
use tilde_envs::{CartPoleConfig, Env, EnvConfig, Rng, Space};

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
fn every_feature_map_encodes_without_allocating() {
    let space = Space::MultiDiscrete { sizes: vec![4, 5] };
    let observations: Vec<f32> = (0..20).flat_map(|state| [(state / 5) as f32, (state % 5) as f32]).collect();
    for entry in feature_maps().all() {
        let map = FeatureMap::new(&entry.default().unwrap(), &space).unwrap();
        let (mut encoded, mut features) = (Encoded::default(), vec![0.0; 20 * map.len()]);
        encoded.encode(&map, &observations, 2);
        let counted = allocation_counter::measure(|| {
            encoded.encode(&map, &observations, 2);
            map.encode_all(&observations, 2, &mut features);
        });
        assert_eq!(counted.count_total, 0, "{}", entry.id);
    }
}

#[test]
fn acting_stepping_and_learning_allocate_nothing() {
    let dqn =
        DqnConfig { buffer_size: 500, batch_size: 32, learning_starts: 100, train_freq: 2, ..DqnConfig::default() };
    let algorithms = [
        AlgorithmConfig::Dqn(dqn.clone()),
        AlgorithmConfig::Dqn(DqnConfig { double: true, tau: 0.5, target_update_interval: 10, ..dqn }),
        AlgorithmConfig::QLearning(QLearningConfig::default()),
        AlgorithmConfig::Sarsa(SarsaConfig::default()),
        AlgorithmConfig::ExpectedSarsa(ExpectedSarsaConfig::default()),
        AlgorithmConfig::ActorCritic(ActorCriticConfig { num_envs: 1, ..ActorCriticConfig::default() }),
    ];
    let mut env = EnvConfig::from(CartPoleConfig::default()).build().unwrap();
    let tiles = "{ tiles = { low = [-2.4, -3, -0.21, -3], high = [2.4, 3, 0.21, 3] } }";
    for algorithm in &algorithms {
        for (features, hidden) in
            [("'identity'", vec![]), ("'identity'", vec![40, 30]), (tiles, vec![]), (tiles, vec![9])]
        {
            for optimizer in [sgd(1e-3), adam(1e-3, 1e-3)] {
                let setup = setup(env.as_ref(), approximator(features, &hidden), optimizer, 10_000, BACKENDS[0]);
                let mut agent = algorithm.build(&setup);
                let (mut rng, mut observation) = (Rng::from_seed(1), [0.0; 4]);
                env.reset(&mut rng, &mut observation);
                // ScheduleEnd the ring is full and every buffer has its size.
                play(agent.as_mut(), env.as_mut(), &mut rng, &mut observation, 0, 2_000);
                let counted = allocation_counter::measure(|| {
                    play(agent.as_mut(), env.as_mut(), &mut rng, &mut observation, 2_000, 500);
                });
                assert_eq!(counted.count_total, 0, "{} over {features} with {hidden:?}", algorithm.id());
            }
        }
    }
}
