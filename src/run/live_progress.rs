//! A few numbers of a run in progress, for a display in another thread. Neither thread waits for the other.

use std::sync::atomic::{AtomicU64, Ordering};

use super::tally::Tally;

/// Figures of a run in progress. No result depends on them.
#[derive(Debug, Default)]
pub struct LiveProgress {
    first_step: AtomicU64,
    step: AtomicU64,
    recent_return: AtomicU64,
    episodes: AtomicU64,
}

impl LiveProgress {
    /// Begins to show a run that has made `step` environment steps before, 0 for a new run.
    pub fn start(&self, step: u64) {
        self.first_step.store(step, Ordering::Relaxed);
        self.step.store(step, Ordering::Relaxed);
    }

    /// Shows the counters of the run.
    #[inline]
    pub fn show(&self, tally: &Tally) {
        self.step.store(tally.step, Ordering::Relaxed);
        if tally.episodes != self.episodes.load(Ordering::Relaxed) {
            self.show_return(tally);
        }
    }

    fn show_return(&self, tally: &Tally) {
        self.recent_return.store(tally.training_return().unwrap_or(f64::NAN).to_bits(), Ordering::Relaxed);
        self.episodes.store(tally.episodes, Ordering::Relaxed);
    }

    /// Environment steps taken so far.
    pub fn step(&self) -> u64 {
        self.step.load(Ordering::Relaxed)
    }

    /// Environment steps taken since this stretch of the run began.
    pub fn steps_made(&self) -> u64 {
        self.step().saturating_sub(self.first_step.load(Ordering::Relaxed)) // the two are stored one after the other
    }

    /// Mean return of recent training episodes, once there is one.
    pub fn recent_return(&self) -> Option<f64> {
        (self.episodes.load(Ordering::Relaxed) > 0).then(|| f64::from_bits(self.recent_return.load(Ordering::Relaxed)))
    }
}
