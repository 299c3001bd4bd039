//! An environment step of the loop, with all that an agent does after it, allocates nothing.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use common::{BACKENDS, adam, algorithms, approximator, setup, sgd, with_settings};
use tilde::agents::{Agent, DqnConfig};
use tilde::approx::{Encoded, FeatureMap, feature_maps};
use tilde::config::{Budget, parse};
use tilde::run::{Tally, VecEnv};
use tilde_envs::{CartPoleConfig, EnvConfig, Space};

/// The loop of a run between its evaluations, for `steps` steps.
fn play(agent: &mut dyn Agent, envs: &mut VecEnv, tally: &mut Tally, budget: &Budget, steps: u64) {
    for _ in 0..steps {
        let stepped = envs.step(agent, tally.step);
        let update = agent.observe(stepped.transition, tally.step + 1);
        tally.record(&stepped, update.as_ref(), budget, &mut ()).unwrap();
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
    let double = DqnConfig { double: true, tau: 0.5, target_update_interval: 10, ..DqnConfig::default() };
    let algorithms = algorithms().into_iter().chain([double.into()]).map(|algorithm| {
        with_settings(&algorithm, "num_envs = 2\nbuffer_size = 500\nlearning_starts = 100\ntrain_freq = 2")
    });
    let cart_pole = EnvConfig::from(CartPoleConfig::default());
    let (env, budget) = (cart_pole.build().unwrap(), Budget::of(10_000));
    let tiles = "{ tiles = { low = [-2.4, -3, -0.21, -3], high = [2.4, 3, 0.21, 3] } }";
    for algorithm in algorithms {
        for (features, hidden) in
            [("'identity'", vec![]), ("'identity'", vec![40, 30]), (tiles, vec![]), (tiles, vec![9])]
        {
            for optimizer in [sgd(1e-3), adam(1e-3, 1e-3)] {
                let setup = setup(env.as_ref(), approximator(features, &hidden), optimizer, 10_000, BACKENDS[0]);
                let mut agent = algorithm.build(&setup);
                let mut envs = VecEnv::new(cart_pole.build_all(algorithm.num_envs()).unwrap(), 1);
                let mut tally = Tally::new(&budget);
                // After these steps the replay buffer is full, and every other buffer has its final size.
                play(agent.as_mut(), &mut envs, &mut tally, &budget, 2_000);
                let counted = allocation_counter::measure(|| {
                    play(agent.as_mut(), &mut envs, &mut tally, &budget, 500);
                });
                assert_eq!(counted.count_total, 0, "{} over {features} with {hidden:?}", algorithm.id());
            }
        }
    }
}

#[test]
fn wrappers_allocate_nothing_beyond() {
    let text = "name = 'x'\nseeds = [0]\nbudget = { steps = 10_000 }\nenv = 'cart_pole'\napproximator = { hidden = [9] }\n\
                optimizer = { sgd = { learning_rate = 1e-3 } }\n[wrappers]\ntime_limit = 30\naction_repeat = 2\nframe_stack = 3\n\
                normalize_observation = true\nnormalize_reward = true\nscale_reward = 0.5\nclip_reward = [-1, 1]\n\
                [algorithm.dqn]\nnum_envs = 2\nbuffer_size = 500\nlearning_starts = 100\ntrain_freq = 2\n";
    let run = parse(text, "x", &[]).unwrap().variants().remove(0);
    let (mut agent, mut tally) = (run.agent(1), Tally::new(&run.budget));
    let mut envs = VecEnv::new(run.environment().build_all(2).unwrap(), 1);
    play(agent.as_mut(), &mut envs, &mut tally, &run.budget, 2_000);
    let counted = allocation_counter::measure(|| play(agent.as_mut(), &mut envs, &mut tally, &run.budget, 500));
    assert_eq!(counted.count_total, 0);
}
