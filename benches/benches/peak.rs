//! The arithmetic that one core can do at most, by the vectors that products use here: what gradient steps are measured
//! by.
//!
//! `cargo bench -p tilde-benches --bench peak`

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pulp::{Simd, WithSimd};
use tilde::kernels::simd::widest;

const ROUNDS: usize = 10_000;

/// Enough sums that none waits for itself, and few enough for the registers.
const SUMS: usize = 12;

/// Multiplications and additions of vectors in registers; returns how many numbers a vector has.
struct MultiplyAdd;

impl WithSimd for MultiplyAdd {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        let (a, b) = (simd.splat_f32s(black_box(0.999)), simd.splat_f32s(black_box(0.001)));
        let mut sums = [simd.splat_f32s(1.0); SUMS];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = simd.mul_add_e_f32s(a, *sum, b);
            }
        }
        sums.iter().for_each(|&sum| {
            black_box(simd.reduce_sum_f32s(sum));
        });
        S::F32_LANES
    }
}

fn peak(criterion: &mut Criterion) {
    let lanes = widest(MultiplyAdd);
    let mut group = criterion.benchmark_group("peak");
    group.throughput(Throughput::Elements((2 * ROUNDS * SUMS * lanes) as u64));
    group.bench_function(format!("{lanes}-lanes"), |bencher| bencher.iter(|| widest(MultiplyAdd)));
    group.finish();
}

criterion_group!(benches, peak);
criterion_main!(benches);
