//! From a map to the exact model.

use super::GridworldConfig;
use super::map::{Cell, MOVES, Map};
use crate::{Outcome, TransitionModel};

/// The model of a gridworld. Its states are the cells that are not walls, row by row; goals and holes are terminal.
pub(super) fn model(map: &Map, config: &GridworldConfig) -> TransitionModel {
    let places: Vec<usize> = (0..map.places()).filter(|&place| map.cell(place) != Cell::Wall).collect();
    let state_of = |place: usize| places.binary_search(&place).expect("no move ends in a wall");
    let observations = places.iter().map(|&place| config.observation.of(map, place)).collect();
    let starts = map.starts();
    let start = starts.iter().map(|&place| (state_of(place), 1.0 / starts.len() as f64)).collect();
    TransitionModel::new(MOVES.len(), observations, start, |state, action| {
        let place = places[state];
        if map.cell(place).is_final() {
            return Vec::new();
        }
        directions(action, config.slip)
            .into_iter()
            .filter(|&(_, probability)| probability > 0.0)
            .map(|(direction, probability)| {
                let next = map.after(place, direction);
                let cell = map.cell(next);
                let reward = reward(cell, config);
                Outcome { probability, next: state_of(next), reward, terminated: cell.is_final() }
            })
            .collect()
    })
}

/// The three directions in which a slipping action may move, in FrozenLake's order: one side, its own, the other side.
fn directions(action: usize, slip: f64) -> [(usize, f64); 3] {
    [((action + 3) % 4, slip / 2.0), (action, 1.0 - slip), ((action + 1) % 4, slip / 2.0)]
}

/// The reward of a step, by the cell it ends in.
fn reward(entered: Cell, config: &GridworldConfig) -> f64 {
    match entered {
        Cell::Goal => config.goal_reward,
        Cell::Hole => config.hole_reward,
        Cell::Start | Cell::Free | Cell::Wall => config.step_reward,
    }
}
