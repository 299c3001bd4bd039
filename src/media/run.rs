//! One run: loaded, played and drawn.

use crate::chart::exact;
use crate::render::{AnimationLimits, Recording, record};
use crate::report::{BestRun, EpisodePicture};
use crate::run::{Checkpoint, LoadedRun, load};
use crate::text::counted;

/// Width of a still in pixels, if the drawing is not smaller.
const STILL: u32 = 640;
/// Width of an animation in pixels.
const ANIMATION: u32 = 480;
/// The most steps of an episode that is played without being drawn.
const MAX_STEPS: usize = 10_000;

/// A run whose episode was played.
pub struct PlayedRun {
    /// The index of the variant.
    pub variant: usize,
    /// Its name.
    pub name: String,
    /// The run, with its newest checkpoint.
    pub run: LoadedRun,
    /// The observations of the episode.
    pub visited: Vec<Vec<f32>>,
    /// The episode, if it can be drawn.
    pub picture: Option<EpisodePicture>,
    /// Whether the drawing of an episode shows the learned values of all states.
    pub draws_values: bool,
}

/// Loads a run, plays the first episode of the evaluation at its newest checkpoint, and draws it, with an animation within `limits`
/// if there are any.
///
/// # Errors
/// If the run cannot be loaded or its episode cannot be drawn; the message is one line.
pub fn play(best: &BestRun, limits: Option<AnimationLimits>) -> Result<PlayedRun, String> {
    // Scores are of the end of the run, and so are the pictures.
    let run = load(&best.folder, Some(Checkpoint::Last)).map_err(|error| first_line(&error.to_string()))?;
    let mut played = PlayedRun {
        variant: best.variant,
        name: best.name.clone(),
        run,
        visited: Vec::new(),
        picture: None,
        draws_values: false,
    };
    if played.run.config.environment().renderer().is_none() {
        played.visited = visited(&mut played.run);
        return Ok(played);
    }
    let drawn = |why: String| first_line(&format!("{}: {why}", best.folder.display()));
    let (mut rng, env, step) = (played.run.evaluation_stream(), played.run.config.environment(), played.run.step);
    let recording =
        record(played.run.agent.as_mut(), &env, &mut rng, step).map_err(|error| drawn(error.to_string()))?;
    played.visited = recording.scene(recording.length()).path.to_vec();
    played.draws_values = !recording.renderer().states().is_empty();
    played.picture = Some(picture(best, &recording, step, limits).map_err(drawn)?);
    Ok(played)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// The pictures of an episode. An animation that is too large for its limits is left out.
fn picture(
    best: &BestRun,
    recording: &Recording,
    step: u64,
    limits: Option<AnimationLimits>,
) -> Result<EpisodePicture, String> {
    let still = recording.png(recording.length(), STILL).map_err(|error| error.to_string())?;
    let limits = limits.map(|limits| AnimationLimits { width: ANIMATION, ..limits });
    let animation = limits.and_then(|limits| recording.gif_within(&limits).ok());
    let faster = match animation.as_ref().map_or(1, |animation| animation.speed) {
        1 => String::new(),
        speed => format!("; shown {speed} times as fast"),
    };
    let steps = counted(recording.length(), "step");
    let caption = format!("seed {}, at step {step}: return {} in {steps}{faster}", best.seed, exact(recording.total()));
    Ok(EpisodePicture {
        variant: best.variant,
        caption,
        still,
        animation: animation.map(|animation| animation.bytes),
        size: recording.renderer().size(),
    })
}

/// The observations of an episode that is not drawn.
fn visited(run: &mut LoadedRun) -> Vec<Vec<f32>> {
    let mut env = run.config.environment().build().expect("a loaded run has a checked environment");
    let mut rng = run.evaluation_stream();
    let mut observation = vec![0.0; env.observation_space().len()];
    env.reset(&mut rng, &mut observation);
    let mut visited = vec![observation.clone()];
    while visited.len() <= MAX_STEPS {
        let action = run.act(&observation, &mut rng);
        let over = env.step(action, &mut rng, &mut observation).ending.is_over();
        visited.push(observation.clone());
        if over {
            break;
        }
    }
    visited
}
