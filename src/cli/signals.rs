//! Signals that end a command early.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Failure, INTERRUPTED, in_columns};

/// A second request to stop ends the process at once, but not one that comes so soon after the first: a cluster may send the same
/// signal to the process and to the shell that passes it on.
const SAME_REQUEST: Duration = Duration::from_secs(1);

/// What the signals of this process have asked for.
#[derive(Clone, Default)]
pub struct Stop {
    /// Set to end early: runs in progress write a checkpoint.
    pub flag: Arc<AtomicBool>,
    /// Whether that is because the time of a cluster's job is nearly up, and nobody asked for an end.
    time_is_up: Arc<AtomicBool>,
}

impl Stop {
    /// Listens to signals from now on: Ctrl-C and a request to terminate, and SIGUSR1, which clusters send before the time limit
    /// of a job.
    ///
    /// # Errors
    /// If signals cannot be caught.
    pub fn on_signals() -> Result<Stop, Failure> {
        let stop = Stop::default();
        stop.listen().map_err(|error| Failure::Running(format!("signals cannot be caught: {error}")))?;
        Ok(stop)
    }

    #[cfg(unix)]
    fn listen(&self) -> std::io::Result<()> {
        use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};
        let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGUSR1])?;
        let stop = self.clone();
        thread::spawn(move || {
            let mut first: Option<Instant> = None;
            for signal in signals.forever() {
                if signal == SIGUSR1 {
                    let is_new = !stop.flag.swap(true, Ordering::Relaxed);
                    stop.time_is_up.fetch_or(is_new, Ordering::Relaxed);
                } else {
                    if first.is_some_and(|first| first.elapsed() > SAME_REQUEST) {
                        std::process::exit(i32::from(INTERRUPTED));
                    }
                    first.get_or_insert_with(Instant::now);
                    stop.time_is_up.store(false, Ordering::Relaxed);
                    stop.flag.store(true, Ordering::Relaxed);
                }
            }
        });
        Ok(())
    }

    /// Elsewhere there is no SIGUSR1, and a second signal is as good as the first.
    #[cfg(not(unix))]
    fn listen(&self) -> std::io::Result<()> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        [SIGINT, SIGTERM]
            .into_iter()
            .try_for_each(|signal| signal_hook::flag::register(signal, Arc::clone(&self.flag)).map(|_| ()))
    }

    /// A command that ended early: `what` is left, and `how` it goes on.
    pub fn failure(&self, what: &str, how: &str) -> Failure {
        if self.time_is_up.load(Ordering::Relaxed) {
            Failure::TimeIsUp(in_columns(&format!("the time is up: {what}; {how}")))
        } else {
            Failure::Interrupted(in_columns(&format!("interrupted: {what}; {how}")))
        }
    }
}
