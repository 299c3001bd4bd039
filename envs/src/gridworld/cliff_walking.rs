//! Cliff walking, where a fall leads back to the start.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::map::{Cell, Map, Move, names};
use super::render::GridworldRenderer;
use super::transitions::{directions, model};
use super::{GridworldObservation, MapSource};
use crate::registry::Part;
use crate::render::Render;
use crate::{Component, ConfigError, Env, Environment, Outcome, Tabular, TimeLimit, TransitionModel, time_limit};

/// The moves in the order of CliffWalking's actions.
const MOVES: [Move; 4] =
    [Move::new("up", -1, 0), Move::new("right", 0, 1), Move::new("down", 1, 0), Move::new("left", 0, -1)];

/// The settings of cliff walking: Gymnasium's CliffWalking-v1 (Towers et al. 2024), after Sutton & Barto 2018, example 6.6.
///
/// A map of 4 × 12 cells, with the start at the lower left, the goal at the lower right and a cliff between them. Actions: 0 up,
/// 1 right, 2 down, 3 left; a move off the map stays in place. Each step has the reward −1. A step into the cliff has −100 and leads
/// back to the start; only the goal terminates the episode. On slippery ground (CliffWalkingSlippery-v1) an action moves to its own
/// side and to the two at right angles with a probability of 1/3 each.
///
/// Observation: the number of the cell, 12 × row + column, or another form. A reset draws one number, and so does each step.
///
/// Deviation: Gymnasium sets no time limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CliffWalkingConfig {
    /// Whether moves slip.
    pub is_slippery: bool,
    /// The longest episode, in steps.
    #[schemars(range(min = 1))]
    pub time_limit: u32,
    /// The form of the observation: `"number"`, as in Gymnasium, `"position"` or `"planes"`.
    pub observation: GridworldObservation,
}

impl Default for CliffWalkingConfig {
    fn default() -> Self {
        let observation = GridworldObservation::Number;
        CliffWalkingConfig { is_slippery: false, time_limit: time_limit::DEFAULT, observation }
    }
}

impl Part for CliffWalkingConfig {
    const ID: &'static str = "cliff_walking";
    const SUMMARY: &'static str =
        "along a cliff to the goal, a fall leads back to the start; Gymnasium's CliffWalking-v1";
}

fn map() -> Result<Map, ConfigError> {
    MapSource::Name("cliff".to_owned()).read()
}

impl Environment for CliffWalkingConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        let map = map()?;
        let env = Tabular::new(self.transitions(&map), self.observation.space(&map)).drawing_in_every_step();
        Ok(Box::new(TimeLimit::new(env, time_limit::check(self.time_limit)?)))
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(GridworldRenderer::new("cliff walking", map().ok()?, self.observation, &MOVES)))
    }

    fn components(&self) -> Vec<Component> {
        self.observation.components()
    }

    fn action_names(&self) -> Vec<String> {
        names(&MOVES)
    }

    fn map_axes(&self) -> Option<[usize; 2]> {
        self.observation.map_axes()
    }
}

impl CliffWalkingConfig {
    fn transitions(&self, map: &Map) -> TransitionModel {
        let start = map.starts()[0];
        model(map, self.observation, MOVES.len(), |place, action| {
            let outcome = |direction: usize, probability: f64| {
                let next = map.after(place, MOVES[direction]);
                match map.cell(next) {
                    Cell::Hole => Outcome { probability, next: start, reward: -100.0, terminated: false },
                    cell => Outcome { probability, next, reward: -1.0, terminated: cell == Cell::Goal },
                }
            };
            match self.is_slippery {
                true => directions(action).map(|direction| outcome(direction, 1.0 / 3.0)).to_vec(),
                false => vec![outcome(action, 1.0)],
            }
        })
    }
}
