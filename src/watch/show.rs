//! The loop of the view.

use std::io::{self, IsTerminal, stdin, stdout};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use ratatui::crossterm::event::{Event, KeyEventKind};

use super::input::Input;
use super::keys::{Outcome, press};
use super::model::Model;
use super::player::Wish;
use super::reader::{Reader, ReaderThread};
use super::replay::ReplayThread;
use super::subject::Subject;
use super::terminal::{Screen, Signals};
use super::theme::Theme;
use super::view;

/// How long the loop waits for a key where nothing moves, and where something does.
const STILL: Duration = Duration::from_millis(200);
const MOVING: Duration = Duration::from_millis(40);
/// The view is drawn at least this often, since it shows how long files have been quiet.
const REDRAW: Duration = Duration::from_secs(1);

/// How the view ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// The user left, or the terminal went away.
    Left,
    /// A signal came, or Ctrl-C.
    Interrupted,
}

/// Why there was no view, or it ended.
#[derive(Debug, PartialEq, Eq)]
pub enum WatchError {
    /// There is no terminal, or the folder is not that of an experiment or a run.
    Usage(String),
    /// Something failed while the view was shown.
    Failed(String),
}

/// Shows the experiment or run in `folder` on the terminal until the user leaves.
///
/// ```no_run
/// use tilde::watch::{Ended, watch};
///
/// match watch("runs/cart-pole".as_ref()) {
///     Ok(Ended::Left) => println!("the user has seen enough"),
///     Ok(Ended::Interrupted) => println!("a signal came"),
///     Err(why) => println!("{why:?}"),
/// }
/// ```
///
/// # Errors
/// If standard input or output is not a terminal, if the folder is not that of an experiment or a run, or if the terminal fails.
pub fn watch(folder: &Path) -> Result<Ended, WatchError> {
    let subject = Subject::open(folder).map_err(WatchError::Usage)?;
    let experiment = subject.folder.clone();
    let reader = Reader::new(subject).map_err(WatchError::Usage)?;
    if !stdin().is_terminal() || !stdout().is_terminal() {
        return Err(WatchError::Usage(format!(
            "watch needs a terminal for its view and its keys, and there is none: `tilde report {}` prints the results so \
             far as text",
            experiment.display()
        )));
    }
    let failed = |error: io::Error| WatchError::Failed(format!("the terminal cannot be used: {error}"));
    let signals = Signals::catch().map_err(failed)?;
    let theme = Theme::of_environment(|name| std::env::var(name).ok());
    let mut screen = Screen::enter().map_err(failed)?;
    let ended = run(&mut screen, reader, &signals, &theme);
    drop(screen);
    match ended {
        // The terminal is gone, and with it whoever looked.
        Err(Stopped::Terminal) => Ok(if signals.came() { Ended::Interrupted } else { Ended::Left }),
        Err(Stopped::Reader(why)) => Err(WatchError::Failed(why)),
        Ok(ended) => Ok(ended),
    }
}

/// What stopped the loop against the user's will.
enum Stopped {
    /// The terminal cannot be read or written any more.
    Terminal,
    /// The files are not read any more, for this reason.
    Reader(String),
}

fn run(screen: &mut Screen, reader: Reader, signals: &Signals, theme: &Theme) -> Result<Ended, Stopped> {
    let mut model = Model::new(Arc::new(reader.snapshot()));
    let (reader, replays, input) = (ReaderThread::start(reader), ReplayThread::start(), Input::start());
    let (mut changed, mut drawn, mut passed) = (true, Instant::now(), Instant::now());
    loop {
        if signals.came() {
            return Ok(Ended::Interrupted);
        }
        if let Some(snapshot) = reader.newest().map_err(Stopped::Reader)? {
            model.update(snapshot);
            changed = true;
        }
        for done in replays.done() {
            model.player.receive(done);
            changed = true;
        }
        model.player.pass(passed.elapsed());
        passed = Instant::now();
        if changed || drawn.elapsed() >= REDRAW {
            model.set_time(SystemTime::now());
            draw(screen, &mut model, theme).map_err(|_| Stopped::Terminal)?;
            (changed, drawn) = (false, Instant::now());
        }
        match model.player.wish() {
            Some(Wish::Episode(wanted)) => replays.play(wanted),
            Some(Wish::Picture(step, size)) => {
                if let Some(episode) = &model.player.episode {
                    replays.draw(episode, step, size);
                }
            }
            None => {}
        }
        let wait = if model.player.is_moving() { MOVING } else { STILL };
        let mut event = input.next(wait).map_err(|_| Stopped::Terminal)?;
        while let Some(read) = event {
            changed = true;
            if let Event::Key(key) = read
                && key.kind != KeyEventKind::Release
            {
                match press(&mut model, key) {
                    Outcome::Stay => {}
                    Outcome::Quit => return Ok(Ended::Left),
                    Outcome::Interrupt => return Ok(Ended::Interrupted),
                }
            }
            event = input.next(Duration::ZERO).map_err(|_| Stopped::Terminal)?;
        }
    }
}

fn draw(screen: &mut Screen, model: &mut Model, theme: &Theme) -> io::Result<()> {
    screen.terminal.draw(|frame| {
        let area = frame.area();
        view::draw(model, area, frame.buffer_mut(), theme);
    })?;
    Ok(())
}
