//! Pictures of what the best runs learned. A report reads result files alone, so the pictures are made elsewhere and given to it.

use std::path::PathBuf;

use super::comparison::Comparison;
use super::read::{RunRecord, RunState};
use super::variant_result::VariantResult;
use crate::chart::Chart;

/// The best run of a variant: that with the best final score, or, while none is over, with the highest last return. Of equal ones,
/// the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BestRun {
    /// The index of the variant in its environment.
    pub variant: usize,
    /// The name of the variant.
    pub name: String,
    /// The seed of the run.
    pub seed: u64,
    /// The folder of the run.
    pub folder: PathBuf,
}

/// The pictures of a report: for each environment, in the order of [`Report::best_runs`](super::Report::best_runs).
#[derive(Default)]
pub struct Media {
    /// Those of each environment.
    pub environments: Vec<EnvironmentMedia>,
}

/// The pictures of the variants in one environment, those of the best variant first.
#[derive(Default)]
pub struct EnvironmentMedia {
    /// An episode of each variant.
    pub episodes: Vec<EpisodePicture>,
    /// Maps of what the variants learned, side by side.
    pub maps: Vec<MapGroup>,
    /// What is not shown, and why.
    pub notes: Vec<String>,
}

/// An episode as a picture.
pub struct EpisodePicture {
    /// The index of the variant.
    pub variant: usize,
    /// Which episode it is.
    pub caption: String,
    /// The last scene, a PNG file.
    pub still: Vec<u8>,
    /// The whole episode, a GIF file.
    pub animation: Option<Vec<u8>>,
    /// Width and height of the drawing in pixels; the pictures may be smaller.
    pub size: (u32, u32),
}

/// Maps of the same quantity, one for each variant.
pub struct MapGroup {
    /// Part of the names of the files; unique in an environment.
    pub id: &'static str,
    /// What the maps show.
    pub title: String,
    /// How they were made.
    pub caption: String,
    /// The index of the variant, and its map.
    pub maps: Vec<(usize, Chart)>,
}

/// The best run of each variant, that of the best variant first. A variant without a run has none.
pub fn best_runs(comparison: &Comparison) -> Vec<BestRun> {
    let best_of = |variant: &VariantResult| {
        // A score counts more than none, and without any the last return does.
        let key = |run: &RunRecord| match variant.scores.iter().find(|(seed, _)| *seed == run.seed) {
            Some((_, score)) => (true, comparison.measure.sign() * score),
            None => (false, run.curve.last().map_or(f64::NEG_INFINITY, |point| point.1)),
        };
        let begun = variant.runs.iter().filter(|run| run.state != RunState::Missing);
        let better = |one: &RunRecord, other: &RunRecord| {
            let ((scored, number), (other_scored, other_number)) = (key(one), key(other));
            scored.cmp(&other_scored).then(number.total_cmp(&other_number)).is_gt()
        };
        let best = begun.reduce(|best, run| if better(run, best) { run } else { best })?;
        Some(BestRun {
            variant: variant.index,
            name: variant.name.clone(),
            seed: best.seed,
            folder: variant.folder.join(format!("seed-{}", best.seed)),
        })
    };
    comparison.ranked().into_iter().filter_map(best_of).collect()
}
