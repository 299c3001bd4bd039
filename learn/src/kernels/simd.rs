//! SIMD with the widest vectors of the processor, chosen at run time, so that one binary runs everywhere.

use pulp::{Simd, WithSimd};

/// Runs `task` as compiled for the widest vectors of this processor.
///
/// Plain loops over slices that are inlined into the task are vectorised too. Rust neither reorders sums of floats nor fuses a product
/// and a sum, so such loops give the same bits on every processor.
#[inline]
pub fn widest<T: WithSimd>(task: T) -> T::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(avx512) = pulp::x86::V4::try_new() {
            return Simd::vectorize(avx512, task);
        }
        if let Some(avx2) = pulp::x86::V3::try_new() {
            return Simd::vectorize(avx2, task);
        }
    }
    pulp::Arch::new().dispatch(task)
}

/// Loads up to `V` vectors; missing numbers are zero.
#[inline(always)]
pub fn load_all<S: Simd, const V: usize>(simd: S, numbers: &[f32]) -> [S::f32s; V] {
    let (whole, rest) = S::as_simd_f32s(numbers);
    match whole.first_chunk() {
        Some(all) => *all,
        None => {
            let mut all = [simd.splat_f32s(0.0); V];
            for (v, vector) in all.iter_mut().enumerate() {
                match whole.get(v) {
                    Some(full) => *vector = *full,
                    None if v == whole.len() => *vector = simd.partial_load_f32s(rest),
                    None => {}
                }
            }
            all
        }
    }
}

/// Stores the vectors, cut off at the end of the slice.
#[inline(always)]
pub fn store_all<S: Simd, const V: usize>(simd: S, numbers: &mut [f32], vectors: [S::f32s; V]) {
    let (whole, rest) = S::as_mut_simd_f32s(numbers);
    match whole.first_chunk_mut() {
        Some(all) => *all = vectors,
        None => {
            let full = whole.len();
            for (v, vector) in vectors.into_iter().enumerate() {
                match whole.get_mut(v) {
                    Some(to) => *to = vector,
                    None if v == full => simd.partial_store_f32s(rest, vector),
                    None => {}
                }
            }
        }
    }
}
