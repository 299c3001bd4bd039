//! From a map to the exact model.

use super::GridworldObservation;
use super::map::{Cell, MOVES, Map};
use crate::{Outcome, TransitionModel};

/// The model of moves over a map. Its states are the cells that are not walls, row by row; goals and holes are terminal. `outcomes`
/// gives those of an action in a place, with the place to which each leads as its `next`.
pub(super) fn model(
    map: &Map,
    observation: GridworldObservation,
    actions: usize,
    outcomes: impl Fn(usize, usize) -> Vec<Outcome>,
) -> TransitionModel {
    let places: Vec<usize> = (0..map.places()).filter(|&place| map.cell(place) != Cell::Wall).collect();
    let state_of = |place: usize| places.binary_search(&place).expect("no move ends in a wall");
    let observations = places.iter().map(|&place| observation.of(map, place)).collect();
    let starts = map.starts();
    let start = starts.iter().map(|&place| (state_of(place), 1.0 / starts.len() as f64)).collect();
    TransitionModel::new(actions, observations, start, |state, action| {
        let place = places[state];
        if map.cell(place).is_final() {
            return Vec::new();
        }
        let to_state = |outcome: Outcome| Outcome { next: state_of(outcome.next), ..outcome };
        outcomes(place, action).into_iter().filter(|outcome| outcome.probability > 0.0).map(to_state).collect()
    })
}

/// A walk whose moves may slip, and whose goals and holes end the episode.
pub(super) struct Walk {
    /// The probabilities of the directions of an action, in the order of [`directions`].
    pub(super) chances: [f64; 3],
    /// The rewards of a step to a free cell, to a goal, and into a hole.
    pub(super) step_reward: f64,
    pub(super) goal_reward: f64,
    pub(super) hole_reward: f64,
}

/// The model of a [`Walk`].
pub(super) fn walk(map: &Map, observation: GridworldObservation, rules: &Walk) -> TransitionModel {
    model(map, observation, MOVES.len(), |place, action| {
        let outcome = |(direction, probability): (usize, f64)| {
            let next = map.after(place, MOVES[direction]);
            let cell = map.cell(next);
            Outcome { probability, next, reward: rules.reward(cell), terminated: cell.is_final() }
        };
        directions(action).into_iter().zip(rules.chances).map(outcome).collect()
    })
}

impl Walk {
    /// The reward of a step, by the cell it ends in.
    fn reward(&self, entered: Cell) -> f64 {
        match entered {
            Cell::Goal => self.goal_reward,
            Cell::Hole => self.hole_reward,
            Cell::Start | Cell::Free | Cell::Wall => self.step_reward,
        }
    }
}

/// The three directions in which a slipping action may move, in the order of Gymnasium's FrozenLake and CliffWalking: one side, its
/// own, the other side. Neighbouring actions are at right angles.
pub(super) fn directions(action: usize) -> [usize; 3] {
    [(action + 3) % 4, action, (action + 1) % 4]
}
