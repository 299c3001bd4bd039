//! One complete DQN gradient step: sample from replay, target and online forward, TD loss, backward, Adam. And one
//! greedy action.
//!
//! `host` are the loops on the processor, `burn` is burn on the device `flex`, and `burn-ndarray` on `ndarray`. With
//! `--features cuda` or `wgpu` there are larger networks and batches too, by that device's name.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tilde::agents::Agent;
use tilde::device::{Backend, DeviceName, EngineName};
use tilde::rng::{Stream, stream};
use tilde_benches::Case;

/// The allocator of the `tilde` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Engines on the processor, by name.
const ENGINES: [(&str, Backend); 3] = [
    ("host", Backend { device: DeviceName::Flex, engine: EngineName::Auto }),
    ("burn", Backend { device: DeviceName::Flex, engine: EngineName::Burn }),
    ("burn-ndarray", Backend { device: DeviceName::Ndarray, engine: EngineName::Burn }),
];

fn gradient_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gradient_step");
    let mut measure = |case: &Case, (engine, backend): (&str, Backend), batch_size: usize| {
        group.bench_function(BenchmarkId::new(format!("{}/{engine}", case.name()), batch_size), |bencher| {
            let mut agent = case.agent(batch_size, backend);
            bencher.iter(|| black_box(agent.gradient_step(1)));
        });
    };
    for (hidden, engine) in
        [[120, 84], [64, 64], [256, 256]].iter().flat_map(|hidden| ENGINES.map(|engine| (hidden, engine)))
    {
        for batch_size in [32, 128, 256] {
            measure(&Case::mlp(4, hidden, 2), engine, batch_size);
        }
    }
    for engine in &ENGINES[1..] {
        measure(&Case::conv(), *engine, 32);
    }
    for device in gpus() {
        let engine = (device.name(), Backend { device, engine: EngineName::Auto });
        for case in [Case::mlp(4, &[256, 256], 2), Case::mlp(8, &[1024, 1024], 4), Case::conv()] {
            for batch_size in [32, 256, 1024, 4096] {
                measure(&case, engine, batch_size);
            }
        }
    }
    group.finish();
}

/// The GPUs that this was built for, and that are there.
fn gpus() -> Vec<DeviceName> {
    let built = [DeviceName::Cuda, DeviceName::Wgpu];
    built.into_iter().filter(|device| device.open().is_ok()).collect()
}

/// The greedy action for one observation.
fn action(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("action");
    for hidden in [[120, 84], [64, 64], [256, 256]] {
        let case = Case::mlp(4, &hidden, 2);
        group.bench_function(case.name(), |bencher| {
            let (mut agent, mut rng) = (case.agent(32, ENGINES[0].1), stream(0, Stream::Rollout));
            bencher.iter(|| black_box(agent.act_eval(black_box(&[0.1, -0.2, 0.03, 0.4]), &mut rng)));
        });
    }
    group.finish();
}

criterion_group!(benches, gradient_step, action);
criterion_main!(benches);
