//! Keys and changes of the terminal's size, read in a thread of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use ratatui::crossterm::event::{self, Event};

/// How often the thread looks whether it is to end.
const LOOK: Duration = Duration::from_millis(100);

/// Reads the terminal until this is dropped. In a thread of its own, since crossterm 0.29 reads for ever, without a pause, from a
/// terminal that is gone; the view has to end then all the same.
pub struct Input {
    events: Receiver<Event>,
    stop: Arc<AtomicBool>,
}

impl Input {
    /// Starts to read.
    pub fn start() -> Input {
        let (sender, events) = channel();
        let stop: Arc<AtomicBool> = Arc::default();
        let stopped = Arc::clone(&stop);
        thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let read = event::poll(LOOK).and_then(|there| if there { event::read().map(Some) } else { Ok(None) });
                let Ok(event) = read else { return };
                if event.is_some_and(|event| sender.send(event).is_err()) {
                    return;
                }
            }
        });
        Input { events, stop }
    }

    /// The next event, if one comes within this time.
    ///
    /// # Errors
    /// If the terminal cannot be read any more.
    pub fn next(&self, wait: Duration) -> Result<Option<Event>, TerminalGone> {
        match self.events.recv_timeout(wait) {
            Ok(event) => Ok(Some(event)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(TerminalGone),
        }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The terminal cannot be read any more.
#[derive(Debug)]
pub struct TerminalGone;
