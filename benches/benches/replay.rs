//! Replay: one transition pushed into a full ring, and a batch of 128 sampled, at two sizes of the buffer and of each
//! kind of observations: cart-pole's 4 numbers, a gridworld's position in 2 bytes, catch's board in 50 bits, both in
//! floats to compare, and a small image.
//!
//! `cargo bench -p tilde-benches --bench replay`

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tilde::replay::{Batch, ReplayBuffer, Transition};
use tilde::rng::{Stream, stream};
use tilde_envs::{Ending, Space};

const BATCH: usize = 128;

/// Pushes transition number `step`.
fn push(buffer: &mut ReplayBuffer, observation: &[f32], step: usize) {
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

fn full(capacity: usize, space: &Space, observation: &[f32]) -> ReplayBuffer {
    let mut buffer = ReplayBuffer::new(capacity, space);
    (0..capacity).for_each(|step| push(&mut buffer, observation, step));
    buffer
}

fn replay(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("replay");
    let spaces = [
        ("", Space::Box { low: vec![-1.0; 4], high: vec![1.0; 4] }, 1_000_000),
        ("_position", Space::MultiDiscrete { sizes: vec![10, 10] }, 1_000_000),
        ("_position_as_floats", Space::Box { low: vec![0.0; 2], high: vec![9.0; 2] }, 1_000_000),
        ("_board", Space::MultiBinary { shape: vec![10, 5, 1] }, 1_000_000),
        ("_board_as_floats", Space::Box { low: vec![0.0; 50], high: vec![1.0; 50] }, 1_000_000),
        ("_image", Space::Image { shape: [16, 16, 3] }, 100_000),
    ];
    for (kind, space, large) in spaces {
        let observation: Vec<f32> = (0..space.len()).map(|i| f32::from(i % 3 == 0)).collect();
        for capacity in [10_000, large] {
            let mut buffer = full(capacity, &space, &observation);
            group.throughput(Throughput::Elements(1));
            group.bench_function(BenchmarkId::new(format!("push{kind}"), capacity), |bencher| {
                let mut step = 0;
                bencher.iter(|| {
                    step += 1;
                    push(&mut buffer, black_box(&observation), black_box(step));
                });
            });
            group.throughput(Throughput::Elements(BATCH as u64));
            group.bench_function(BenchmarkId::new(format!("sample{kind}"), capacity), |bencher| {
                let (mut rng, mut batch) = (stream(0, Stream::Replay), Batch::default());
                bencher.iter(|| buffer.sample(BATCH, &mut rng, black_box(&mut batch)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, replay);
criterion_main!(benches);
