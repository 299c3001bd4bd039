//! The named random streams of one run.
//!
//! Every stream is derived from the run's seed alone, so a draw from one never changes another: more exploration does not change which
//! transitions are replayed. The derivation is NumPy's `SeedSequence`. The environment's stream is that of the seed itself, so that
//! seed s gives the episodes of Gymnasium after `reset(seed=s)`. The other streams are its children, with different spawn keys.

pub use tilde_envs::Rng;

/// The purpose of a stream. The number is the stream's spawn key; a change would change the results of every seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Exploration: whether to explore, and which action.
    Explore = 1,
    /// Which transitions are replayed.
    Replay = 2,
    /// Initial weights.
    Init = 3,
    /// Evaluation episodes.
    Evaluate = 4,
    /// Actions of `tilde rollout`'s random policy.
    Rollout = 5,
    /// Training environments after the first.
    MoreEnvs = 6,
    /// Episodes whose states diagnostics are measured on.
    Diagnostics = 7,
}

/// The stream of the training environment with the index `env`. The first has the stream of the seed itself. The others have children of
/// it, and not the streams of the following seeds, which belong to other runs.
pub fn env_stream(seed: u64, env: usize) -> Rng {
    if env == 0 { Rng::from_seed(seed) } else { Rng::from_seed_and_key(seed, &[Stream::MoreEnvs as u64, env as u64]) }
}

/// The stream of a run for a purpose.
pub fn stream(seed: u64, purpose: Stream) -> Rng {
    Rng::from_seed_and_key(seed, &[purpose as u64])
}

/// The stream of the evaluation at environment step `step`.
///
/// Each evaluation has its own stream, so its episodes do not depend on the evaluations before it.
pub fn evaluation_stream(seed: u64, step: u64) -> Rng {
    Rng::from_seed_and_key(seed, &[Stream::Evaluate as u64, step])
}

/// The stream of the diagnostics at environment step `step`: as [`evaluation_stream`], its own for each step.
pub fn diagnostics_stream(seed: u64, step: u64) -> Rng {
    Rng::from_seed_and_key(seed, &[Stream::Diagnostics as u64, step])
}
