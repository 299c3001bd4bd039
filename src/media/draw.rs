//! The pictures of all environments of a report.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::maps::maps;
use super::run::{PlayedRun, play};
use crate::parallel::on_all_cores;
use crate::render::AnimationLimits;
use crate::report::{BestRun, EnvironmentMedia, Media};

/// With more variants than this, episodes are not animated.
const MAX_ANIMATED: usize = 12;
/// The most variants with pictures, of all environments together. Each environment has one at least.
const MAX_DRAWN: usize = 24;
/// Bytes of all animations together, so that they fit on the page: there they are a third larger.
const ANIMATION_BYTES: usize = 2_400_000;
/// The limits of an animation, which lasts up to 5 seconds. Drawing a frame takes milliseconds, so there are few.
const LIMITS: AnimationLimits = AnimationLimits { width: u32::MAX, frames: 64, seconds: 0.08, bytes: 400_000 };

/// Draws the best run of each variant, given for each environment with that of the best variant first. `progress` is told how many
/// runs are done, of how many.
pub fn draw(environments: &[Vec<BestRun>], progress: &(dyn Fn(usize, usize) + Sync)) -> Media {
    let each = (MAX_DRAWN / environments.len().max(1)).max(1);
    let drawn: Vec<&[BestRun]> = environments.iter().map(|runs| &runs[..runs.len().min(each)]).collect();
    let total: usize = drawn.iter().map(|runs| runs.len()).sum();
    let limits = (total <= MAX_ANIMATED)
        .then(|| AnimationLimits { bytes: LIMITS.bytes.min(ANIMATION_BYTES / total.max(1)), ..LIMITS });
    let done = AtomicUsize::new(0);
    let one = |best: &BestRun| {
        let played = play(best, limits);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
        played
    };
    let pictures = |(all, runs): (&Vec<BestRun>, &[BestRun])| of_environment(all, runs, limits.is_some(), &one);
    Media { environments: environments.iter().zip(drawn).map(pictures).collect() }
}

/// The pictures of the first ones of `all` runs of an environment.
fn of_environment(
    all: &[BestRun],
    runs: &[BestRun],
    animated: bool,
    play: &(dyn Fn(&BestRun) -> Result<PlayedRun, String> + Sync),
) -> EnvironmentMedia {
    let (mut played, mut failed): (Vec<PlayedRun>, Vec<(&str, String)>) = (Vec::new(), Vec::new());
    for (run, result) in runs.iter().zip(on_all_cores(runs, play)) {
        match result {
            Ok(run) => played.push(run),
            Err(why) => failed.push((&run.name, why)),
        }
    }
    let maps = maps(&mut played);
    let episodes: Vec<_> = played.into_iter().filter_map(|run| run.picture).collect();
    let mut notes = Vec::new();
    let any = !episodes.is_empty() || !maps.is_empty();
    if any && runs.len() < all.len() {
        notes.push(format!("Only the best {} of {} variants have pictures.", runs.len(), all.len()));
    }
    if !episodes.is_empty() && !animated {
        notes.push(
            "With this many variants, only the last scene of each episode is shown; tilde evaluate RUN_DIR --gif FILE animates one."
                .to_owned(),
        );
    }
    // Where nothing could be drawn of a run that was loaded, the environment has no pictures, and none is missing.
    if any || failed.len() == runs.len() {
        notes.extend(not_drawn(&failed));
    }
    EnvironmentMedia { episodes, maps, notes }
}

/// Which variants have no pictures, and why the first of them has none.
fn not_drawn(failed: &[(&str, String)]) -> Option<String> {
    let (first, why) = failed.first()?;
    let others = match failed.len() - 1 {
        0 => String::new(),
        1 => format!(", and none of {}", failed[1].0),
        more => format!(", and none of {more} other variants"),
    };
    Some(format!("There is no picture of {first}, whose best run cannot be drawn{others}: {why}"))
}
