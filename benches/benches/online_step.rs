//! One environment step of online Q-learning, everything included: action, environment, one update, resets. A table,
//! tile coding with 40,000 weights, and networks. With sparse features, a step has to cost what is active, not what
//! there is.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tilde_benches::{ONLINE_CASES, OnlineRun};

/// The allocator of the `tilde` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A step takes less than a call of the clock: this many are timed together.
const STEPS: u64 = 10_000;

fn online_step(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("online_step");
    group.throughput(Throughput::Elements(STEPS)).sample_size(20);
    for (name, ..) in ONLINE_CASES {
        let mut run = OnlineRun::new(name);
        group.bench_function(name, |bencher| bencher.iter(|| run.steps(STEPS)));
    }
    group.finish();
}

criterion_group!(benches, online_step);
criterion_main!(benches);
