//! Log records: to standard error, above the progress lines, as `RUST_LOG` or `--quiet` has it.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

use crate::experiment::Progress;
use crate::run::panic_message;

/// Starts logging. `RUST_LOG` decides what is shown; without it, what finished is, and with `quiet` only errors are.
pub fn start(progress: &Progress, quiet: bool) {
    let default = if quiet { "error" } else { "warn,tilde=info" };
    let asked = EnvFilter::try_from_default_env();
    let unreadable = asked.as_ref().err().filter(|_| std::env::var_os(EnvFilter::DEFAULT_ENV).is_some());
    let unreadable = unreadable.map(ToString::to_string);
    let filter = asked.unwrap_or_else(|_| EnvFilter::new(default));
    let writer = progress.log_writer();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(stderr().is_terminal())
        .without_time()
        .with_target(false)
        .with_writer(move || writer.clone());
    let _ = subscriber.try_init(); // already started where a test calls twice
    if let Some(why) = unreadable {
        tracing::warn!("{} is left out: {why}", EnvFilter::DEFAULT_ENV);
    }
    // A panic is recorded with the run that it ended; here it is one log record above the progress lines, not a text
    // in between them.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!("panic at {place}: {}", panic_message(panic.payload()));
    }));
}
