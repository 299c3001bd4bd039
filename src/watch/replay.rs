//! A greedy episode of a run, recorded and drawn in a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::picture::{CELL, Picture, size_within};
use crate::rasterizer::Rasterizer;
use crate::render::{Recording, record};
use crate::rng::evaluation_stream;
use crate::run::{Checkpoint, load, panic_message};

/// An episode, and what played it.
pub struct Episode {
    /// The episode.
    pub recording: Recording,
    /// The names of the actions; none where they have numbers alone.
    pub actions: Vec<String>,
    /// Which checkpoint of the run.
    pub checkpoint: Checkpoint,
    /// Environment steps that the agent was trained for.
    pub trained: u64,
}

/// Which episode is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The run's folder.
    pub folder: PathBuf,
    /// Which checkpoint; `None` for the best, or the last where there is no best.
    pub checkpoint: Option<Checkpoint>,
    /// 0 for the first episode of the evaluation at that step; others begin from other random numbers.
    pub number: u64,
}

/// A request to the thread.
enum Request {
    Play(Wanted),
    Draw { episode: Arc<Episode>, step: usize, columns: u16, rows: u16 },
}

/// What the thread has done.
pub enum Done {
    /// This episode was played, or cannot be.
    Played(Wanted, Result<Arc<Episode>, String>),
    /// A step of this episode was drawn, or cannot be.
    Drawn(Arc<Episode>, Result<Drawn, String>),
}

/// A drawn step of an episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The step.
    pub step: usize,
    /// The size of the area that it was drawn for.
    pub size: (u16, u16),
    /// The picture.
    pub picture: Picture,
}

/// The thread, which ends when this is dropped.
pub struct ReplayThread {
    requests: Sender<Request>,
    done: Receiver<Done>,
}

impl ReplayThread {
    /// Starts the thread.
    pub fn start() -> ReplayThread {
        let (requests, received) = channel::<Request>();
        let (sender, done) = channel();
        thread::spawn(move || {
            let mut rasterizer = None;
            while let Ok(request) = received.recv() {
                let answer = match request {
                    Request::Play(wanted) => {
                        let played = caught(|| play(&wanted)).map(Arc::new);
                        Done::Played(wanted, played)
                    }
                    Request::Draw { episode, step, columns, rows } => {
                        let rasterizer = rasterizer.get_or_insert_with(Rasterizer::new);
                        let drawn = caught(|| draw(&episode.recording, step, columns, rows, rasterizer));
                        Done::Drawn(episode, drawn)
                    }
                };
                if sender.send(answer).is_err() {
                    return;
                }
            }
        });
        ReplayThread { requests, done }
    }

    /// Asks for an episode.
    pub fn play(&self, wanted: Wanted) {
        let _ = self.requests.send(Request::Play(wanted)); // if the thread has ended, nothing comes back
    }

    /// Asks for the picture of a step, of at most `columns` × `rows` cells.
    pub fn draw(&self, episode: &Arc<Episode>, step: usize, (columns, rows): (u16, u16)) {
        let _ = self.requests.send(Request::Draw { episode: Arc::clone(episode), step, columns, rows });
    }

    /// What was done since the last call, the oldest first.
    pub fn done(&self) -> impl Iterator<Item = Done> {
        self.done.try_iter()
    }
}

/// Environments, agents and renderers may be a user's own, so a panic there is a message.
fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(format!("panic: {}", panic_message(panic.as_ref()))))
}

/// Loads the agent and plays the episode.
pub(super) fn play(wanted: &Wanted) -> Result<Episode, String> {
    let mut run =
        load(&wanted.folder, wanted.checkpoint).map_err(|error| without_folder(&wanted.folder, &error.to_string()))?;
    let mut rng = match wanted.number {
        0 => run.evaluation_stream(),
        number => evaluation_stream(run.seed, run.step.wrapping_add(number)),
    };
    let env = run.config.environment();
    let recording = record(run.agent.as_mut(), &env, &mut rng, run.step).map_err(|error| error.to_string())?;
    let actions = env.action_names();
    Ok(Episode { recording, actions, checkpoint: run.checkpoint, trained: run.step })
}

/// The message without the folder in front, which stands above it.
fn without_folder(folder: &Path, message: &str) -> String {
    message.strip_prefix(&format!("{}: ", folder.display())).unwrap_or(message).to_owned()
}

fn draw(recording: &Recording, step: usize, columns: u16, rows: u16, rasterizer: &Rasterizer) -> Result<Drawn, String> {
    let (renderer, scene) = (recording.renderer(), recording.scene(step));
    let size = (columns, rows);
    if let Some(text) = renderer.text(&scene, usize::from(columns), usize::from(rows)) {
        return Ok(Drawn { step, size, picture: Picture::of_text(&text) });
    }
    let [x, y, width, height] = renderer.stage();
    let (across, down) = size_within(width, height, columns, rows);
    let svg = without_texts(&renderer.draw(&scene));
    let pixels = rasterizer.part(&svg, [x, y, width, height], u32::from(across) * CELL.0, u32::from(down) * CELL.1)?;
    Ok(Drawn { step, size, picture: Picture::of(&pixels, across, down) })
}

/// The drawing without its texts, which nobody could read at this size.
fn without_texts(svg: &str) -> String {
    let mut kept = String::with_capacity(svg.len());
    let mut rest = svg;
    while let Some(begin) = rest.find("<text") {
        kept.push_str(&rest[..begin]);
        rest = rest[begin..].split_once("</text>").map_or("", |(_, after)| after);
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_left_out() {
        let svg = "<svg><rect/><text x=\"1\">a</text><line/><text>b</text></svg>";
        assert_eq!(without_texts(svg), "<svg><rect/><line/></svg>");
        assert_eq!(without_texts("<svg></svg>"), "<svg></svg>");
    }

    #[test]
    fn what_cannot_be_played_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let thread = ReplayThread::start();
        thread.play(Wanted { folder: folder.path().to_owned(), checkpoint: None, number: 0 });
        let Ok(Done::Played(_, Err(why))) = thread.done.recv() else { panic!("it was played") };
        assert!(why.starts_with("is not the folder of a run: name one such as"), "{why}");
        assert_eq!(caught::<()>(|| panic!("of a user's own")), Err("panic: of a user's own".to_owned()));
    }
}
