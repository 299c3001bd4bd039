//! How many steps a second an environment takes through the public trait object, resets included.
//!
//! `cargo bench -p tilde-benches --bench env_step`; the goal for cart-pole is 20 million on one core.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::RngExt;
use tilde_envs::{CartPoleConfig, Env, EnvConfig, GridworldConfig, Rng};

const STEPS: usize = 1 << 14;

/// Actions drawn beforehand, so that drawing them is not measured.
fn random_actions(actions: usize) -> Vec<usize> {
    let mut rng = Rng::from_seed(1);
    (0..STEPS).map(|_| rng.random_range(0..actions)).collect()
}

fn play(env: &mut dyn Env, actions: &[usize], rng: &mut Rng, observation: &mut [f32]) -> f32 {
    let mut sum = 0.0;
    for &action in actions {
        let step = env.step(action, rng, observation);
        sum += step.reward;
        if step.ending.is_over() {
            env.reset(rng, observation);
        }
    }
    sum
}

fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("step");
    group.throughput(Throughput::Elements(STEPS as u64));
    let cases: [(&str, EnvConfig); 2] =
        [("cart-pole", CartPoleConfig::default().into()), ("gridworld", GridworldConfig::default().into())];
    for (id, config) in cases {
        let mut env = black_box(config.build().expect("defaults are valid"));
        let actions = random_actions(env.actions());
        let mut rng = Rng::from_seed(0);
        let mut observation = vec![0.0; env.observation_space().len()];
        env.reset(&mut rng, &mut observation);
        group.bench_function(id, |bencher| {
            bencher.iter(|| play(&mut *env, black_box(&actions), &mut rng, &mut observation))
        });
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
