//! States in a row, drawn as a map with one row.

use super::GridworldObservation;
use super::map::{Map, Move};
use super::render::GridworldRenderer;
use crate::render::Render;

/// Draws so many states in a row, which an observation numbers from the left.
pub(crate) fn strip_renderer(
    title: &'static str,
    states: usize,
    start: usize,
    moves: &'static [Move],
) -> Box<dyn Render> {
    let map = Map::strip(states, start);
    Box::new(GridworldRenderer::new(title, map, GridworldObservation::Number, moves))
}
