//! FrozenLake under its own name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::map::{MOVES, Map, names};
use super::render::GridworldRenderer;
use super::transitions::{Walk, walk};
use super::{GridworldObservation, MapSource};
use crate::registry::Part;
use crate::render::Render;
use crate::{Component, ConfigError, Env, Environment, Tabular, TimeLimit, time_limit};

/// The settings of Gymnasium's FrozenLake-v1 (Towers et al. 2024), with the names and defaults that they have there.
///
/// A walk over the ice from the upper left to the goal at the lower right. Actions: 0 left, 1 down, 2 right, 3 up. On slippery ice
/// an action moves to its own side with probability `success_rate`, and to the two sides at right angles with half of the rest each.
/// The reward is 1 at the goal and 0 elsewhere; the goal and holes terminate the episode.
///
/// Observation: the number of the cell, row × columns + column, or another form. A reset draws one number, and so does each step.
///
/// Own maps and rewards are settings of `gridworld` ([`GridworldConfig`](crate::GridworldConfig)).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "WrittenFrozenLake")]
pub struct FrozenLakeConfig {
    /// The map; default `"4x4"`.
    pub map_name: FrozenLakeMap,
    /// Whether moves slip; default true.
    pub is_slippery: bool,
    /// On slippery ice, the probability of a move to the side that was chosen; default 1/3.
    pub success_rate: f64,
    /// The longest episode, in steps; by default 100 on `4x4` and 200 on `8x8`, as FrozenLake-v1 and FrozenLake8x8-v1 have it.
    pub time_limit: u32,
    /// The form of the observation; default `"number"`, as in Gymnasium.
    pub observation: GridworldObservation,
}

/// A map of FrozenLake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FrozenLakeMap {
    /// Four by four cells.
    #[default]
    #[serde(rename = "4x4")]
    FourByFour,
    /// Eight by eight cells.
    #[serde(rename = "8x8")]
    EightByEight,
}

impl FrozenLakeMap {
    fn source(self) -> MapSource {
        let name = match self {
            FrozenLakeMap::FourByFour => "4x4",
            FrozenLakeMap::EightByEight => "8x8",
        };
        MapSource::Name(name.to_owned())
    }

    fn read(self) -> Result<Map, ConfigError> {
        self.source().read()
    }
}

impl FrozenLakeConfig {
    /// The defaults for a map.
    pub fn of_map(map_name: FrozenLakeMap) -> Self {
        FrozenLakeConfig {
            map_name,
            is_slippery: true,
            success_rate: 1.0 / 3.0,
            time_limit: map_name.source().default_time_limit(),
            observation: GridworldObservation::Number,
        }
    }
}

impl Default for FrozenLakeConfig {
    fn default() -> Self {
        Self::of_map(FrozenLakeMap::default())
    }
}

impl Part for FrozenLakeConfig {
    const ID: &'static str = "frozen_lake";
    const SUMMARY: &'static str = "over slippery ice to a goal; Gymnasium's FrozenLake-v1";
}

impl Environment for FrozenLakeConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        let map = self.map_name.read()?;
        if !(0.0..=1.0).contains(&self.success_rate) {
            let message = format!("must be a probability from 0 to 1, not {}", self.success_rate);
            return Err(ConfigError::new("success_rate", message));
        }
        let side = (1.0 - self.success_rate) / 2.0;
        let chances = if self.is_slippery { [side, self.success_rate, side] } else { [0.0, 1.0, 0.0] };
        let rules = Walk { chances, step_reward: 0.0, goal_reward: 1.0, hole_reward: 0.0 };
        let env = Tabular::new(walk(&map, self.observation, &rules), self.observation.space(&map));
        Ok(Box::new(TimeLimit::new(env.drawing_in_every_step(), time_limit::check(self.time_limit)?)))
    }

    /// Gymnasium's with its probabilities; the return of the goal without slipping; none else.
    fn reward_threshold(&self) -> Option<f64> {
        match (self.is_slippery, self.map_name) {
            (false, _) => Some(1.0),
            (true, _) if self.success_rate != 1.0 / 3.0 => None,
            (true, FrozenLakeMap::FourByFour) => Some(0.7),
            (true, FrozenLakeMap::EightByEight) => Some(0.85),
        }
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        let map = self.map_name.read().ok()?;
        Some(Box::new(GridworldRenderer::new("frozen lake", map, self.observation, &MOVES)))
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

/// The settings as written; the others are the map's defaults.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenFrozenLake {
    /// The map.
    #[schemars(extend("default" = "4x4"))]
    map_name: Option<FrozenLakeMap>,
    /// Whether moves slip.
    #[schemars(extend("default" = true))]
    is_slippery: Option<bool>,
    /// On slippery ice, the probability of a move to the side that was chosen; default 1/3.
    #[schemars(range(min = 0.0, max = 1.0))]
    success_rate: Option<f64>,
    /// The longest episode, in steps; by default 100 on `4x4` and 200 on `8x8`.
    #[schemars(range(min = 1))]
    time_limit: Option<u32>,
    /// The form of the observation: `"number"`, as in Gymnasium, `"position"` or `"planes"`.
    #[schemars(extend("default" = "number"))]
    observation: Option<GridworldObservation>,
}

impl From<WrittenFrozenLake> for FrozenLakeConfig {
    fn from(written: WrittenFrozenLake) -> Self {
        let default = FrozenLakeConfig::of_map(written.map_name.unwrap_or_default());
        FrozenLakeConfig {
            map_name: default.map_name,
            is_slippery: written.is_slippery.unwrap_or(default.is_slippery),
            success_rate: written.success_rate.unwrap_or(default.success_rate),
            time_limit: written.time_limit.unwrap_or(default.time_limit),
            observation: written.observation.unwrap_or(default.observation),
        }
    }
}
