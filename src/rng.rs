//! The named random streams of one run.
//!
//! Every stream is derived from the run's seed alone, so that a draw in one never shifts another: exploring more does not
//! change which transitions are replayed. The derivation is NumPy's `SeedSequence`; the environment's stream is the
//! sequence of the bare seed, so that seed s gives the episodes that Gymnasium gives after `reset(seed=s)`, and the others
//! are its children, told apart by their spawn key.

pub use tilde_envs::Rng;

/// What a stream is drawn for. The number is the stream's spawn key: part of what a seed means, never to be renumbered.
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
    /// Environments beside the first, where there are several.
    MoreEnvs = 6,
}

/// The stream of training environment number `env`. The first has that of the bare seed; the others have children of it, not
/// the streams of the next seeds: those belong to other runs.
pub fn env_stream(seed: u64, env: usize) -> Rng {
    if env == 0 { Rng::from_seed(seed) } else { Rng::from_seed_and_key(seed, &[Stream::MoreEnvs as u64, env as u64]) }
}

/// The stream of a run with this seed for this purpose.
pub fn stream(seed: u64, purpose: Stream) -> Rng {
    Rng::from_seed_and_key(seed, &[purpose as u64])
}

/// The stream of the evaluation at environment step `step`.
///
/// Each evaluation has a stream of its own, so that its episodes do not depend on how many evaluations came before it.
pub fn evaluation_stream(seed: u64, step: u64) -> Rng {
    Rng::from_seed_and_key(seed, &[Stream::Evaluate as u64, step])
}
