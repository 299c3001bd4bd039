//! Whole runs, from an empty folder to `summary.json`: what `tilde train` does for one seed, with every file it writes.

use std::sync::atomic::AtomicBool;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tilde::config::{RunConfig, parse};
use tilde::run::{LiveProgress, train};

/// The allocator of the `tilde` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CLEANRL: &str = include_str!("../peers/cleanrl_dqn.toml");
const ZOO: &str = include_str!("../peers/zoo_dqn.toml");
const ACTOR_CRITIC: &str = include_str!("../../configs/actor_critic.toml");
const GRIDWORLD: &str = include_str!("../../configs/approximators_gridworld.toml");

/// The first variant of a config with the keys of `changes` set.
fn run_config(config: &str, changes: &[&str]) -> RunConfig {
    let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
    parse(config, "config", &changes).expect("configs of this repository are valid").variants().remove(0)
}

fn whole_run(criterion: &mut Criterion) {
    let learning_soon = ["budget.steps=20_000", "algorithm.dqn.learning_starts=1_000"];
    let in_lockstep = [&learning_soon[..], &["algorithm.dqn.num_envs=10"]].concat();
    let cases = [
        ("cleanrl", run_config(CLEANRL, &learning_soon)),
        ("cleanrl/10-envs", run_config(CLEANRL, &in_lockstep)),
        ("zoo", run_config(ZOO, &["budget.steps=4_000"])),
        ("actor-critic", run_config(ACTOR_CRITIC, &["budget.steps=20_000"])),
        ("gridworld/table", run_config(GRIDWORLD, &["budget.steps=20_000"])),
    ];
    let mut group = criterion.benchmark_group("whole_run");
    group.sample_size(10);
    for (name, config) in cases {
        group.throughput(Throughput::Elements(config.budget.steps));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let folder = tempfile::tempdir().expect("a temporary folder can be made");
                let (telemetry, stop) = (LiveProgress::default(), AtomicBool::new(false));
                train(&config, 0, folder.path(), false, None, &telemetry, &stop).expect("the run ends")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, whole_run);
criterion_main!(benches);
