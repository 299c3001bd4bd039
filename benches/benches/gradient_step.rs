//! One complete DQN gradient step: sample from replay, target and online forward, TD loss, backward, clip, Adam.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tilde::agents::{Agent, AgentSetup, Dqn, DqnConfig};
use tilde::approx::{Activation, ApproximatorConfig, FeatureConfig, FeatureMap, Initialization};
use tilde::device::DeviceName;
use tilde::optim::{AdamConfig, OptimizerConfig};
use tilde::replay::Transition;
use tilde::rng::{Stream, stream};
use tilde::schedule::LearningRate;
use tilde_envs::{Ending, Space};

/// The allocator of the `tilde` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Transitions in the replay buffer: enough to leave the first caches.
const STORED: usize = 10_000;

/// A cart-pole agent with a filled buffer, in the settings of CleanRL's DQN (MSE, no clipping).
fn agent(hidden: &[usize], batch_size: usize, device: DeviceName) -> Dqn {
    let config = DqnConfig {
        buffer_size: STORED,
        batch_size,
        learning_starts: u64::MAX,
        loss: tilde::losses::TdLoss::Mse,
        ..DqnConfig::default()
    };
    let space = Space::Box { low: vec![-1.0; 4], high: vec![1.0; 4] };
    let setup = AgentSetup {
        approximator: ApproximatorConfig {
            features: FeatureConfig::default(),
            hidden: hidden.to_vec(),
            activation: Activation::Relu,
            initialization: Initialization::Pytorch,
        },
        features: FeatureMap::new(&FeatureConfig::default(), &space).expect("identity fits any space"),
        optimizer: OptimizerConfig::Adam(AdamConfig {
            learning_rate: LearningRate::Constant(2.5e-4),
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            max_grad_norm: None,
        }),
        observation_components: 4,
        actions: 2,
        budget: STORED as u64,
        device: device.open().expect("both devices are built in"),
        seed: 0,
    };
    let mut agent = Dqn::new(&config, setup);
    let mut rng = stream(0, Stream::Rollout);
    for step in 1..=STORED as u64 {
        let mut draw = || [(); 4].map(|()| rng.uniform(-1.0, 1.0) as f32);
        let (observation, next_observation) = (draw(), draw());
        let ending = if step % 50 == 0 { Ending::Terminated } else { Ending::Continues };
        let action = (step % 2) as usize;
        agent.observe(
            Transition { observation: &observation, action, reward: 1.0, next_observation: &next_observation, ending },
            step,
        );
    }
    agent
}

fn gradient_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gradient_step");
    for device in [DeviceName::Flex, DeviceName::Ndarray] {
        for hidden in [[120, 84], [64, 64], [256, 256]] {
            for batch_size in [32, 128, 256] {
                let name = format!("4-{}-{}-2/{}", hidden[0], hidden[1], device.name());
                group.bench_function(BenchmarkId::new(name, batch_size), |bencher| {
                    let mut agent = agent(&hidden, batch_size, device);
                    bencher.iter(|| black_box(agent.gradient_step(2.5e-4)));
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, gradient_step);
criterion_main!(benches);
