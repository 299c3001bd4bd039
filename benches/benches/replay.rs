//! Replay: one transition pushed into a full ring, and a batch of 128 sampled, at two sizes of the buffer.
//!
//! `cargo bench -p tilde-benches --bench replay`

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tilde::replay::{Batch, ReplayBuffer, Transition};
use tilde::rng::{Stream, stream};
use tilde_envs::Ending;

/// Observations of cart-pole have as many numbers.
const COMPONENTS: usize = 4;
const BATCH: usize = 128;

fn push(buffer: &mut ReplayBuffer, step: usize) {
    let observation = &[step as f32; COMPONENTS];
    let ending = if step.is_multiple_of(50) { Ending::Terminated } else { Ending::Continues };
    buffer.push(Transition {
        observation,
        action: step % 2,
        reward: 1.0,
        next_observation: observation,
        ending,
        env: 0,
    });
}

fn full(capacity: usize) -> ReplayBuffer {
    let mut buffer = ReplayBuffer::new(capacity, COMPONENTS);
    (0..capacity).for_each(|step| push(&mut buffer, step));
    buffer
}

fn replay(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("replay");
    for capacity in [10_000, 1_000_000] {
        let mut buffer = full(capacity);
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new("push", capacity), |bencher| {
            let mut step = 0;
            bencher.iter(|| {
                step += 1;
                push(&mut buffer, black_box(step));
            });
        });
        group.throughput(Throughput::Elements(BATCH as u64));
        group.bench_function(BenchmarkId::new("sample", capacity), |bencher| {
            let (mut rng, mut batch) = (stream(0, Stream::Replay), Batch::default());
            bencher.iter(|| buffer.sample(BATCH, &mut rng, black_box(&mut batch)));
        });
    }
    group.finish();
}

criterion_group!(benches, replay);
criterion_main!(benches);
