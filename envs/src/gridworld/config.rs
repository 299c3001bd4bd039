//! The settings of a gridworld.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::map::{MOVES, names};
use super::render::GridworldRenderer;
use super::transitions::{Walk, walk};
use super::{GridworldObservation, MapSource};
use crate::registry::Part;
use crate::render::Render;
use crate::{Component, ConfigError, Env, Environment, Tabular, TimeLimit, start_value, time_limit, value_iteration};

/// The settings of a gridworld: a walk over an ASCII map to a goal.
///
/// Observation: (row, column), from zero at the top left, or another form ([`GridworldObservation`]). Actions as
/// in FrozenLake: 0 left, 1 down, 2 right, 3 up. A move into a wall or off the map stays in place. With probability `slip`
/// the agent moves to one of the two sides instead, to each with half of it. Gymnasium's `is_slippery=True` is
/// `slip = 2/3`: with it, the maps `4x4` and `8x8` have the same episodes as FrozenLake-v1 and FrozenLake8x8-v1 (Towers et
/// al. 2024) from the same seed.
///
/// The reward of a step is that of the cell it ends in: `goal_reward`, `hole_reward`, else `step_reward`. Goals and
/// holes terminate the episode.
///
/// Cliff walking (Sutton & Barto 2018, example 6.6) is `map = "cliff"` with `step_reward = -1`, `goal_reward = -1` and
/// `hole_reward = -100`. There is one difference: here a fall ends the episode, in the book it leads back to the start,
/// as in [`CliffWalkingConfig`](crate::CliffWalkingConfig).
///
/// A reset draws one number, even if the map has a single start; a step draws one number if `slip` > 0, else none.
///
/// Defaults depend on the map and are filled in when a config is read, so that settings which are written back are complete.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "WrittenGridworld")]
pub struct GridworldConfig {
    /// The map; default `"4x4"`.
    pub map: MapSource,
    /// The probability of a move to one of the two sides instead; default 0.
    pub slip: f64,
    /// The reward of a step to a free cell; default 0.
    pub step_reward: f64,
    /// The reward of the step to a goal; default 1.
    pub goal_reward: f64,
    /// The reward of the step into a hole; default 0.
    pub hole_reward: f64,
    /// The longest episode, in steps; by default [`MapSource::default_time_limit`].
    pub time_limit: u32,
    /// The form of the observation; default `"position"`.
    pub observation: GridworldObservation,
}

impl GridworldConfig {
    /// The defaults for a map.
    pub fn of_map(map: MapSource) -> Self {
        let time_limit = map.default_time_limit();
        let observation = GridworldObservation::default();
        GridworldConfig {
            map,
            slip: 0.0,
            step_reward: 0.0,
            goal_reward: 1.0,
            hole_reward: 0.0,
            time_limit,
            observation,
        }
    }
}

impl Part for GridworldConfig {
    const ID: &'static str = "gridworld";
    const SUMMARY: &'static str = "walk over an ASCII map to a goal; FrozenLake, a cliff, a maze, or your own";
}

impl Environment for GridworldConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        let map = self.map.read()?;
        if !(0.0..=1.0).contains(&self.slip) {
            return Err(ConfigError::new("slip", format!("must be a probability from 0 to 1, not {}", self.slip)));
        }
        check_reward("step_reward", self.step_reward)?;
        check_reward("goal_reward", self.goal_reward)?;
        check_reward("hole_reward", self.hole_reward)?;
        self.observation.check(&map)?;
        let rules = Walk {
            chances: [self.slip / 2.0, 1.0 - self.slip, self.slip / 2.0],
            step_reward: self.step_reward,
            goal_reward: self.goal_reward,
            hole_reward: self.hole_reward,
        };
        let env = Tabular::new(walk(&map, self.observation, &rules), self.observation.space(&map));
        Ok(Box::new(TimeLimit::new(env, time_limit::check(self.time_limit)?)))
    }

    /// Gymnasium's for FrozenLake-v1 and FrozenLake8x8-v1. Without slipping, the best return from the start; with slipping on
    /// other maps, none.
    fn reward_threshold(&self) -> Option<f64> {
        if self.slip > 0.0 {
            let frozen_lake = |map: &str| {
                let slip = 2.0 / 3.0;
                let of_map = GridworldConfig::of_map(MapSource::Name(map.to_owned()));
                let observation = self.observation; // what is seen of it does not make it another task
                (self.slip - slip).abs() < 1e-6 && *self == GridworldConfig { slip: self.slip, observation, ..of_map }
            };
            return [("4x4", 0.7), ("8x8", 0.85)]
                .into_iter()
                .find(|(map, _)| frozen_lake(map))
                .map(|(_, figure)| figure);
        }
        let env = self.build().ok()?;
        let model = env.model()?;
        let best = value_iteration(&model, 1.0)?;
        Some(start_value(&model, &best.state_values()))
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        let map = self.map.read().ok()?;
        Some(Box::new(GridworldRenderer::new("gridworld", map, self.observation, &MOVES)))
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

impl Default for GridworldConfig {
    fn default() -> Self {
        Self::of_map(MapSource::Name("4x4".to_owned()))
    }
}

/// The settings as written; the others are the map's defaults.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenGridworld {
    /// The map.
    #[schemars(extend("default" = "4x4"))]
    map: Option<MapSource>,
    /// The probability of a move to one of the two sides instead.
    #[schemars(range(min = 0.0, max = 1.0))]
    #[schemars(extend("default" = 0.0))]
    slip: Option<f64>,
    /// The reward of a step to a free cell.
    #[schemars(extend("default" = 0.0))]
    step_reward: Option<f64>,
    /// The reward of the step to a goal.
    #[schemars(extend("default" = 1.0))]
    goal_reward: Option<f64>,
    /// The reward of the step into a hole.
    #[schemars(extend("default" = 0.0))]
    hole_reward: Option<f64>,
    /// The longest episode, in steps; by default that of the named map, or four for every cell.
    #[schemars(range(min = 1))]
    time_limit: Option<u32>,
    /// The form of the observation: `"position"`, `"number"` or `"planes"`.
    #[schemars(extend("default" = "position"))]
    observation: Option<GridworldObservation>,
}

impl From<WrittenGridworld> for GridworldConfig {
    fn from(written: WrittenGridworld) -> Self {
        let default = written.map.map_or_else(Self::default, Self::of_map);
        GridworldConfig {
            slip: written.slip.unwrap_or(default.slip),
            step_reward: written.step_reward.unwrap_or(default.step_reward),
            goal_reward: written.goal_reward.unwrap_or(default.goal_reward),
            hole_reward: written.hole_reward.unwrap_or(default.hole_reward),
            time_limit: written.time_limit.unwrap_or(default.time_limit),
            observation: written.observation.unwrap_or(default.observation),
            map: default.map,
        }
    }
}

/// Learners get rewards as `f32`, so they must be finite as `f32`.
fn check_reward(key: &str, reward: f64) -> Result<(), ConfigError> {
    let finite = (reward as f32).is_finite();
    if finite { Ok(()) } else { Err(ConfigError::new(key, format!("must be a finite number, not {reward}"))) }
}
