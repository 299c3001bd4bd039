//! What a running run shows to whoever looks on: a few numbers without a lock, read or not, never waited for.

use std::sync::atomic::{AtomicU64, Ordering};

/// Figures of a run in progress. Nothing here reaches a result.
#[derive(Debug, Default)]
pub struct LiveProgress {
    first_step: AtomicU64,
    step: AtomicU64,
    recent_return: AtomicU64,
    episodes: AtomicU64,
}

impl LiveProgress {
    /// Shows that the run goes on after `step` environment steps that were made before, 0 for a new run.
    pub fn show_start(&self, step: u64) {
        self.first_step.store(step, Ordering::Relaxed);
        self.show_step(step);
    }

    /// Shows that `step` environment steps were taken.
    #[inline]
    pub fn show_step(&self, step: u64) {
        self.step.store(step, Ordering::Relaxed);
    }

    /// Shows the mean return of recent training episodes, after `episodes` in all.
    pub fn show_return(&self, mean: f64, episodes: u64) {
        self.recent_return.store(mean.to_bits(), Ordering::Relaxed);
        self.episodes.store(episodes, Ordering::Relaxed);
    }

    /// Environment steps taken so far.
    pub fn step(&self) -> u64 {
        self.step.load(Ordering::Relaxed)
    }

    /// Environment steps taken since this stretch of the run began.
    pub fn steps_made(&self) -> u64 {
        self.step().saturating_sub(self.first_step.load(Ordering::Relaxed)) // the two are not stored at once
    }

    /// Mean return of recent training episodes, once there is one.
    pub fn recent_return(&self) -> Option<f64> {
        (self.episodes.load(Ordering::Relaxed) > 0).then(|| f64::from_bits(self.recent_return.load(Ordering::Relaxed)))
    }
}
