//! What a gradient step is made of, beside the whole of it in `gradient_step.rs`: encoding by every feature map,
//! forward and backward passes, and the optimizer's step.
//!
//! `cargo bench -p tilde-benches --bench approximator`

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tilde::approx::{
    BinsConfig, Counts, Encoded, FeatureConfig, FeatureMap, FourierConfig, FunctionSetup, IdentityConfig,
    PolynomialConfig, RbfConfig, ScaledConfig, TilesConfig, Weights,
};
use tilde::device::Backend;
use tilde::optim::{AdamConfig, Optimizer, OptimizerConfig, ParamRange};
use tilde::rng::{Stream, stream};
use tilde::schedule::LearningRate;
use tilde_benches::Case;
use tilde_envs::Space;

/// The allocator of the `tilde` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 128;

fn space() -> Space {
    Space::Box { low: vec![-1.0; 4], high: vec![1.0; 4] }
}

fn observations() -> Vec<f32> {
    let mut rng = stream(0, Stream::Rollout);
    (0..4 * BATCH).map(|_| rng.uniform(-1.0, 1.0) as f32).collect()
}

/// A batch of observations encoded, by every map that has a use for them.
fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    group.throughput(Throughput::Elements(BATCH as u64));
    for config in [
        FeatureConfig::from(IdentityConfig {}),
        ScaledConfig::default().into(),
        BinsConfig { bins: Counts::All(8), ..BinsConfig::default() }.into(),
        TilesConfig { tilings: 8, tiles: Counts::All(6), ..TilesConfig::default() }.into(),
        RbfConfig::default().into(),
        FourierConfig::default().into(),
        PolynomialConfig::default().into(),
    ] {
        let map = FeatureMap::new(&config, &space()).expect("the settings fit");
        group.bench_function(format!("{}-{}", config.id(), map.len()), |bencher| {
            let (observations, mut encoded) = (observations(), Encoded::default());
            bencher.iter(|| encoded.encode(&map, black_box(&observations), 4));
        });
    }
    group.finish();
}

/// Forward pass, forward and backward pass, and Adam, one after another.
fn passes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("passes");
    let config = OptimizerConfig::from(AdamConfig {
        learning_rate: LearningRate::Constant(1e-6),
        beta_1: 0.9,
        beta_2: 0.999,
        epsilon: 1e-8,
        epsilon_inside_root: false,
        lazy: false,
        max_grad_norm: None,
    });
    for hidden in [[120, 84], [64, 64], [256, 256]] {
        let Case { space, approximator, .. } = Case::mlp(4, &hidden, 2);
        let name = format!("4-{}-{}-2", hidden[0], hidden[1]);
        let setup =
            FunctionSetup { optimizer: &config, space: &space, outputs: 2, budget: 1, backend: Backend::default() };
        let mut function = approximator.build(&setup, &mut stream(0, Stream::Init));
        let observations = observations();
        group.bench_function(format!("{name}/forward"), |bencher| {
            bencher.iter(|| black_box(function.outputs(Weights::Online, black_box(&observations)))[0]);
        });
        // As in the TD loss, the derivatives are those of the actions taken.
        let derivatives: Vec<f32> = (0..2 * BATCH).map(|i| if i % 2 == 0 { 0.01 } else { 0.0 }).collect();
        group.bench_function(format!("{name}/forward-backward"), |bencher| {
            bencher.iter(|| {
                function.record(black_box(&observations));
                function.gradient(black_box(&derivatives))
            });
        });
        function.record(&observations);
        let (gradient, mut parameters) = (function.gradient(&derivatives), function.save().parameters);
        let mut adam = Optimizer::new(&config, parameters.len());
        let whole = [ParamRange { range: 0..parameters.len(), factor: 1.0 }];
        group.bench_function(format!("{name}/adam"), |bencher| {
            bencher.iter(|| adam.step(&mut parameters, &gradient, &whole, 1e-6));
        });
    }
    group.finish();
}

criterion_group!(benches, encode, passes);
criterion_main!(benches);
