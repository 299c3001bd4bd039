//! The observation of a gridworld: the position of the agent, the number of its cell, or the whole map.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::map::{Cell, Map};
use crate::{Component, ConfigError, Space};

/// The form of a gridworld's observation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GridworldObservation {
    /// The agent's row and column, from zero at the top left: two whole numbers.
    #[default]
    Position,
    /// The number of the agent's cell, row by row from zero at the top left: row × columns + column, as Gymnasium has it.
    Number,
    /// The whole map, `[rows, columns, 4]` zeros and ones. The four planes are the channels of a cell: 0 the agent, 1 walls,
    /// 2 holes, 3 goals. For maps of up to 1,024 cells.
    Planes,
}

const CHANNELS: usize = 4;
const AGENT: usize = 0;

/// The most cells of a map whose observation is in planes. The exact model stores the whole map for each cell: 17 MB.
const MAX_CELLS: usize = 1_024;

impl GridworldObservation {
    /// Checks that observations of a map can have this form.
    pub(super) fn check(self, map: &Map) -> Result<(), ConfigError> {
        if self != GridworldObservation::Planes || map.places() <= MAX_CELLS {
            return Ok(());
        }
        let cells = map.places();
        let message = format!(
            "\"planes\" are for maps of up to {MAX_CELLS} cells, and this one has {cells}: use \"position\", or a smaller map"
        );
        Err(ConfigError::new("observation", message))
    }

    /// Where observations lie.
    pub(super) fn space(self, map: &Map) -> Space {
        match self {
            GridworldObservation::Position => Space::MultiDiscrete { sizes: vec![map.rows, map.columns] },
            GridworldObservation::Number => Space::Discrete { n: map.places() },
            GridworldObservation::Planes => Space::MultiBinary { shape: vec![map.rows, map.columns, CHANNELS] },
        }
    }

    /// The observation of an agent at `place`.
    pub(super) fn of(self, map: &Map, place: usize) -> Vec<f32> {
        match self {
            GridworldObservation::Position => {
                let (row, column) = map.position(place);
                vec![row as f32, column as f32]
            }
            GridworldObservation::Number => vec![place as f32],
            GridworldObservation::Planes => {
                let mut cells = vec![0.0; map.places() * CHANNELS];
                cells[place * CHANNELS + AGENT] = 1.0;
                for (place, channels) in cells.chunks_exact_mut(CHANNELS).enumerate() {
                    if let Some(channel) = channel(map.cell(place)) {
                        channels[channel] = 1.0;
                    }
                }
                cells
            }
        }
    }

    /// The place of the agent in an observation.
    pub(super) fn place(self, map: &Map, observation: &[f32]) -> Option<usize> {
        let place = match (self, observation) {
            (GridworldObservation::Position, &[row, column]) => row as usize * map.columns + column as usize,
            (GridworldObservation::Number, &[number]) => number as usize,
            (GridworldObservation::Position | GridworldObservation::Number, _) => return None,
            (GridworldObservation::Planes, cells) => {
                cells.chunks_exact(CHANNELS).position(|channels| channels[AGENT] > 0.5)?
            }
        };
        (place < map.places()).then_some(place)
    }

    /// The names of its components.
    pub(super) fn components(self) -> Vec<Component> {
        match self {
            GridworldObservation::Position => vec![Component::new("row").downwards(), Component::new("column")],
            GridworldObservation::Number => vec![Component::new("cell")],
            GridworldObservation::Planes => Vec::new(),
        }
    }

    /// Column and row, as on the map.
    pub(super) fn map_axes(self) -> Option<[usize; 2]> {
        (self == GridworldObservation::Position).then_some([1, 0])
    }
}

/// The plane that shows this kind of cell.
fn channel(cell: Cell) -> Option<usize> {
    match cell {
        Cell::Wall => Some(1),
        Cell::Hole => Some(2),
        Cell::Goal => Some(3),
        Cell::Start | Cell::Free => None,
    }
}
