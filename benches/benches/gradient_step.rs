//! One complete DQN gradient step: sample from replay, target and online forward, TD loss, backward, Adam. And one greedy
//! action.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tilde::agents::Agent;
use tilde::device::{Backend, DeviceName, EngineName};
use tilde::rng::{Stream, stream};
use tilde_benches::agent;

/// The allocator of the `tilde` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
