//! One complete DQN gradient step: sample from replay, target and online forward, TD loss, backward, clip, Adam. And one greedy
//! action.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tilde::agents::{Agent, AgentSetup, Dqn, DqnConfig};
use tilde::approx::{Activation, ApproximatorConfig, FeatureConfig, Initialization};
use tilde::device::{Backend, DeviceName, EngineName};
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
fn agent(hidden: &[usize], batch_size: usize, backend: Backend) -> Dqn {
    let config = DqnConfig {
        buffer_size: STORED,
        batch_size,
        learning_starts: u64::MAX,
        loss: tilde::losses::TdLoss::Mse,
        ..DqnConfig::default()
    };
    let setup = AgentSetup {
        approximator: ApproximatorConfig {
            features: FeatureConfig::default(),
            hidden: hidden.to_vec(),
            activation: Activation::Relu,
            initialization: Initialization::Pytorch,
        },
        optimizer: OptimizerConfig::Adam(AdamConfig {
            learning_rate: LearningRate::Constant(2.5e-4),
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
            epsilon_inside_root: false,
            max_grad_norm: None,
        }),
        space: Space::Box { low: vec![-1.0; 4], high: vec![1.0; 4] },
        actions: 2,
        model: None,
        budget: STORED as u64,
        backend,
        seed: 0,
    };
    let mut agent = Dqn::new(&config, &setup);
    let mut rng = stream(0, Stream::Rollout);
    for step in 1..=STORED as u64 {
        let mut draw = || [(); 4].map(|()| rng.uniform(-1.0, 1.0) as f32);
        let (observation, next_observation) = (draw(), draw());
        let ending = if step % 50 == 0 { Ending::Terminated } else { Ending::Continues };
        let action = (step % 2) as usize;
        let (observation, next_observation) = (&observation, &next_observation);
        agent.observe(Transition { observation, action, reward: 1.0, next_observation, ending, env: 0 }, step);
    }
    agent
}

fn gradient_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gradient_step");
    let backend = |device, engine| Backend { device, engine };
    for (engine, backend) in [
        ("fused", backend(DeviceName::Flex, EngineName::Auto)),
        ("flex", backend(DeviceName::Flex, EngineName::Autodiff)),
        ("ndarray", backend(DeviceName::Ndarray, EngineName::Autodiff)),
    ] {
        for hidden in [[120, 84], [64, 64], [256, 256]] {
            for batch_size in [32, 128, 256] {
                let name = format!("4-{}-{}-2/{engine}", hidden[0], hidden[1]);
                group.bench_function(BenchmarkId::new(name, batch_size), |bencher| {
                    let mut agent = agent(&hidden, batch_size, backend);
                    bencher.iter(|| black_box(agent.gradient_step(2.5e-4)));
                });
            }
        }
    }
    group.finish();
}

/// The greedy action for one observation.
fn action(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("action");
    for hidden in [[120, 84], [64, 64], [256, 256]] {
        let backend = Backend { device: DeviceName::Flex, engine: EngineName::Auto };
        group.bench_function(format!("4-{}-{}-2", hidden[0], hidden[1]), |bencher| {
            let (mut agent, mut rng) = (agent(&hidden, 32, backend), stream(0, Stream::Rollout));
            bencher.iter(|| black_box(agent.exploit(black_box(&[0.1, -0.2, 0.03, 0.4]), &mut rng)));
        });
    }
    group.finish();
}

criterion_group!(benches, gradient_step, action);
criterion_main!(benches);
