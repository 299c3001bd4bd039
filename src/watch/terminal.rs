//! The terminal: taken over for the view, and given back as it was, whatever happens.

use std::io::{self, Stdout, stdout};
use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};

/// A screen of its own, without echo. What was there comes back when this is dropped, and before a panic is reported.
pub struct Screen {
    /// What is drawn on.
    pub terminal: Terminal<CrosstermBackend<Stdout>>,
    hook: Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// If standard output is no terminal that can be taken over.
    pub fn enter() -> io::Result<Screen> {
        let hook: Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync> = Arc::from(take_hook());
        let (before, main) = (Arc::clone(&hook), thread::current().id());
        set_hook(Box::new(move |panic| {
            // A panic of another thread is caught there, and shown in the view.
            if thread::current().id() == main {
                restore();
                before(panic);
            }
        }));
        let entered = enable_raw_mode().and_then(|()| execute!(stdout(), EnterAlternateScreen, Hide));
        match entered.and_then(|()| Terminal::new(CrosstermBackend::new(stdout()))) {
            Ok(terminal) => Ok(Screen { terminal, hook }),
            Err(error) => {
                restore();
                give_back(hook);
                Err(error)
            }
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // After a panic the hook has done it, and hooks cannot be changed.
        if !thread::panicking() {
            restore();
            give_back(Arc::clone(&self.hook));
        }
    }
}

fn give_back(hook: Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>) {
    set_hook(Box::new(move |panic| hook(panic)));
}

/// Gives the terminal back. If it is gone, there is nothing to give back.
fn restore() {
    let _ = execute!(stdout(), LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

/// The signals that end the view.
pub struct Signals(Arc<AtomicBool>);

impl Signals {
    /// Catches them.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn catch() -> io::Result<Signals> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        let flag = Arc::default();
        let mut signals = vec![SIGINT, SIGTERM];
        #[cfg(unix)]
        signals.extend([signal_hook::consts::SIGHUP, signal_hook::consts::SIGQUIT]);
        for signal in signals {
            signal_hook::flag::register(signal, Arc::clone(&flag))?;
        }
        Ok(Signals(flag))
    }

    /// Whether one has come.
    pub fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
