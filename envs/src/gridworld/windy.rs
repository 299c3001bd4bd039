//! The windy gridworld.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::GridworldObservation;
use super::map::{Cell, Map, Move, names};
use super::render::GridworldRenderer;
use super::transitions::model;
use crate::registry::Part;
use crate::render::Render;
use crate::{
    Component, ConfigError, Env, Environment, Outcome, Tabular, TimeLimit, TransitionModel, start_value, time_limit,
    value_iteration,
};

const ROWS: [&str; 7] =
    ["..........", "..........", "..........", "S......G..", "..........", "..........", ".........."];

/// The strength of the wind in each column: by so many rows it moves the agent upwards.
const WIND: [usize; 10] = [0, 0, 0, 1, 1, 1, 2, 2, 1, 0];

/// The four moves in the order of a gridworld's actions, then the diagonal ones.
const MOVES: [Move; 8] = [
    Move::new("left", 0, -1),
    Move::new("down", 1, 0),
    Move::new("right", 0, 1),
    Move::new("up", -1, 0),
    Move::new("left and down", 1, -1),
    Move::new("right and down", 1, 1),
    Move::new("right and up", -1, 1),
    Move::new("left and up", -1, -1),
];

/// The settings of the windy gridworld (Sutton & Barto 2018, example 6.5).
///
/// A map of 7 × 10 cells, from the start at the left to the goal in the middle of the right half. A step moves by its action and is
/// shifted upwards by the wind of the column in which it begins; the agent stays on the map. Actions: 0 left, 1 down, 2 right, 3 up;
/// with `kings_moves` (exercise 6.9) also 4 left and down, 5 right and down, 6 right and up, 7 left and up. With `stochastic`
/// (exercise 6.10) the wind is as strong as the column says with probability 1/3, and weaker or stronger by one with 1/3 each, where
/// there is any. Each step has the reward −1, and the goal terminates the episode.
///
/// Observation: (row, column), from zero at the top left, or another form. A reset draws one number; a step draws one in the wind of
/// `stochastic`, else none.
///
/// Deviation: the book sets no time limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WindyGridworldConfig {
    /// Whether the strength of the wind varies by one.
    pub stochastic: bool,
    /// Whether there are diagonal moves too.
    pub kings_moves: bool,
    /// The longest episode, in steps.
    #[schemars(range(min = 1))]
    pub time_limit: u32,
    /// The form of the observation: `"position"`, `"number"` or `"planes"`.
    pub observation: GridworldObservation,
}

impl Default for WindyGridworldConfig {
    fn default() -> Self {
        WindyGridworldConfig {
            stochastic: false,
            kings_moves: false,
            time_limit: time_limit::DEFAULT,
            observation: GridworldObservation::Position,
        }
    }
}

impl Part for WindyGridworldConfig {
    const ID: &'static str = "windy_gridworld";
    const SUMMARY: &'static str = "to a goal through an upward wind (Sutton & Barto 2018, example 6.5)";
}

impl Environment for WindyGridworldConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        let map = Map::parse(&ROWS)?;
        let env = Tabular::new(self.transitions(&map), self.observation.space(&map));
        Ok(Box::new(TimeLimit::new(env, time_limit::check(self.time_limit)?)))
    }

    /// The best return from the start if nothing is random.
    fn reward_threshold(&self) -> Option<f64> {
        let model = self.transitions(&Map::parse(&ROWS).ok()?);
        let best = value_iteration(&model, 1.0).filter(|_| !self.stochastic)?;
        Some(start_value(&model, &best.state_values()))
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        let map = Map::parse(&ROWS).ok()?;
        let renderer = GridworldRenderer::new("windy gridworld", map, self.observation, self.moves());
        Some(Box::new(renderer.with_wind(&WIND)))
    }

    fn components(&self) -> Vec<Component> {
        self.observation.components()
    }

    fn action_names(&self) -> Vec<String> {
        names(self.moves())
    }

    fn map_axes(&self) -> Option<[usize; 2]> {
        self.observation.map_axes()
    }
}

impl WindyGridworldConfig {
    fn moves(&self) -> &'static [Move] {
        if self.kings_moves { &MOVES } else { &MOVES[..4] }
    }

    fn transitions(&self, map: &Map) -> TransitionModel {
        model(map, self.observation, self.moves().len(), |place, action| {
            let (row, column) = map.position(place);
            let Move { down, right, .. } = self.moves()[action];
            let shifted = |wind: usize| {
                let on_map = |at: usize, by: isize, size: usize| at.saturating_add_signed(by).min(size - 1);
                let row = on_map(row, down - wind as isize, map.rows);
                row * map.columns + on_map(column, right, map.columns)
            };
            let outcome = |wind: usize, probability: f64| {
                let next = shifted(wind);
                Outcome { probability, next, reward: -1.0, terminated: map.cell(next) == Cell::Goal }
            };
            match WIND[column] {
                wind if wind > 0 && self.stochastic => {
                    [wind - 1, wind, wind + 1].map(|wind| outcome(wind, 1.0 / 3.0)).to_vec()
                }
                wind => vec![outcome(wind, 1.0)],
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best_return(stochastic: bool, kings_moves: bool) -> f64 {
        let config = WindyGridworldConfig { stochastic, kings_moves, ..WindyGridworldConfig::default() };
        let model = config.build().unwrap().model().unwrap();
        start_value(&model, &value_iteration(&model, 1.0).unwrap().state_values())
    }

    /// Sutton & Barto 2018, example 6.5: "15 steps"; with king's moves 7 suffice, one for each column, as the wind blows upwards and
    /// diagonal moves go against it.
    #[test]
    fn the_shortest_ways_are_the_books() {
        assert_eq!(best_return(false, false), -15.0);
        assert_eq!(best_return(false, true), -7.0);
        let threshold = |stochastic| WindyGridworldConfig { stochastic, ..Default::default() }.reward_threshold();
        assert_eq!([threshold(false), threshold(true)], [Some(-15.0), None]);
    }

    /// Row and column after an action, each with its probability.
    fn after(stochastic: bool, [row, column]: [usize; 2], name: &str) -> Vec<([f32; 2], f64)> {
        let config = WindyGridworldConfig { stochastic, kings_moves: true, ..WindyGridworldConfig::default() };
        let model = config.build().unwrap().model().unwrap();
        let action = config.action_names().iter().position(|known| *known == name).unwrap();
        let outcomes = model.outcomes(row * 10 + column, action);
        outcomes.iter().map(|o| (model.observation(o.next).try_into().unwrap(), o.probability)).collect()
    }

    #[test]
    fn the_wind_is_that_of_the_column_in_which_a_step_begins() {
        assert_eq!(after(false, [3, 2], "right"), [([3.0, 3.0], 1.0)]);
        assert_eq!(after(false, [3, 3], "right"), [([2.0, 4.0], 1.0)]);
        assert_eq!(after(false, [5, 6], "left and down"), [([4.0, 5.0], 1.0)]);
        assert_eq!(after(false, [1, 7], "up"), [([0.0, 7.0], 1.0)]);
        assert_eq!(after(false, [6, 3], "down"), [([6.0, 3.0], 1.0)]);
        let third = 1.0 / 3.0;
        assert_eq!(after(true, [3, 6], "right"), [([2.0, 7.0], third), ([1.0, 7.0], third), ([0.0, 7.0], third)]);
        assert_eq!(after(true, [3, 9], "down"), [([4.0, 9.0], 1.0)]);
    }
}
