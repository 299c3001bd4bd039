//! One environment step of online Q-learning, everything included: action, environment, one update, resets. A table, tile
//! coding with 40,000 weights, and networks; the sparse ones have to cost what is active, not what there is.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tilde::agents::{AgentSetup, AlgorithmConfig, Exploration, QLearningConfig};
use tilde::approx::{ApproximatorConfig, Counts, FeatureConfig, Initialization, TilesConfig};
use tilde::device::Backend;
use tilde::optim::{OptimizerConfig, SgdConfig};
use tilde::run::VecEnv;
use tilde::schedule::LearningRate;
use tilde_envs::{CartPoleConfig, EnvConfig, GridworldConfig};

/// The allocator of the `tilde` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A step takes less than a call of the clock: this many are timed together.
const STEPS: u64 = 10_000;

fn approximator(features: FeatureConfig, hidden: &[usize]) -> ApproximatorConfig {
    let initialization = if hidden.is_empty() { Initialization::Zero } else { Initialization::Pytorch };
    ApproximatorConfig { features, hidden: hidden.to_vec(), initialization, ..ApproximatorConfig::default() }
}

/// 8 tilings × 7⁴ tiles × 2 actions = 38,416 weights.
fn tiles() -> FeatureConfig {
    FeatureConfig::Tiles(TilesConfig {
        tiles: Counts::All(6),
        low: Some(vec![-2.4, -3.0, -0.21, -3.0]),
        high: Some(vec![2.4, 3.0, 0.21, 3.0]),
        ..TilesConfig::default()
    })
}

fn online_step(criterion: &mut Criterion) {
    let gridworld = EnvConfig::from(GridworldConfig { slip: 2.0 / 3.0, ..GridworldConfig::default() });
    let cart_pole = EnvConfig::from(CartPoleConfig::default());
    let cases = [
        ("gridworld/one_hot", &gridworld, approximator(FeatureConfig::OneHot {}, &[])),
        ("cart-pole/tiles", &cart_pole, approximator(tiles(), &[])),
        ("cart-pole/64-64", &cart_pole, approximator(FeatureConfig::default(), &[64, 64])),
        ("cart-pole/tiles-64-64", &cart_pole, approximator(tiles(), &[64, 64])),
    ];
    let mut group = criterion.benchmark_group("online_step");
    group.throughput(Throughput::Elements(STEPS)).sample_size(20);
    for (name, env, approximator) in cases {
        group.bench_function(name, |bencher| {
            let built = env.build().expect("the default environments build");
            let setup = AgentSetup {
                approximator: approximator.clone(),
                optimizer: OptimizerConfig::Sgd(SgdConfig {
                    learning_rate: LearningRate::Constant(1e-3),
                    max_grad_norm: None,
                }),
                space: built.observation_space().clone(),
                actions: built.actions(),
                model: None,
                budget: 1_000_000,
                backend: Backend::default(),
                seed: 0,
            };
            let config = QLearningConfig { exploration: Exploration::constant(0.1), ..QLearningConfig::default() };
            let mut agent = AlgorithmConfig::from(config).build(&setup);
            let (mut envs, mut step) = (VecEnv::new(env, 1, 0).expect("the default environments build"), 0);
            bencher.iter(|| {
                for _ in 0..STEPS {
                    let transition = envs.step(agent.as_mut(), step).transition;
                    step += 1;
                    agent.observe(transition, step);
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, online_step);
criterion_main!(benches);
