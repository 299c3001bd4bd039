//! Log records on standard error, above the progress lines, filtered by `RUST_LOG` or `--quiet`.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

use crate::experiment::Progress;
use crate::run::panic_message;

/// Starts logging. `RUST_LOG` decides what is shown. Without it, finished runs and warnings are; with `quiet`, only errors.
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
    let _ = subscriber.try_init(); // a test that calls this twice has started it already
    if let Some(why) = unreadable {
        tracing::warn!("{} is ignored: {why}", EnvFilter::DEFAULT_ENV);
    }
    // The default hook would print between the progress lines. The run's summary has the message too.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!("panic at {place}: {}", panic_message(panic.payload()));
    }));
}
