//! The settings of the taxi, and its exact model.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fickle::FickleTaxi;
use super::render::TaxiRenderer;
use super::ride::{ACTIONS, DROPOFF, PICKUP, Ride, SIZES, STATES, sides};
use crate::registry::Part;
use crate::render::Render;
use crate::{
    Component, ConfigError, Env, Environment, Outcome, Space, Tabular, TimeLimit, TransitionModel, time_limit,
};

/// The settings of Gymnasium's Taxi-v4 (Towers et al. 2024), after Dietterich, "Hierarchical Reinforcement Learning with the MAXQ
/// Value Function Decomposition", 2000. Names and defaults are Gymnasium's.
///
/// A taxi on 5 × 5 cells with some walls fetches a passenger from one of four pads and brings the passenger to another. Actions:
/// 0 south, 1 north, 2 east, 3 west, 4 pick up, 5 drop off; a move into a wall stays in place. A step has the reward −1, picking up or
/// dropping off where that is impossible −10, and dropping off at the destination 20, which terminates the episode.
///
/// If it rains, a move goes in its own direction with probability `rainy_probability`, and to the left or the right of it with half
/// of the rest each, where a wall may stop it; but a move into a wall always stays in place. A fickle passenger may, once in an
/// episode, change the destination: with probability `fickle_probability`, at the first move with the passenger in the taxi.
///
/// Observation: ((row × 5 + column) × 5 + passenger) × 4 + destination, where the passenger's place is that of a pad or 4 in the
/// taxi; or these four. A reset draws one number, and a second one with a fickle passenger; each step draws one number, and a change
/// of the destination one more.
///
/// There is an exact model unless the passenger is fickle: whether the destination can still change cannot be observed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TaxiConfig {
    /// Whether moves may go astray.
    pub is_rainy: bool,
    /// If it rains, the probability that a move goes in its own direction.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub rainy_probability: f64,
    /// Whether the passenger may change the destination.
    pub fickle_passenger: bool,
    /// The probability that a fickle passenger does.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub fickle_probability: f64,
    /// The longest episode, in steps.
    #[schemars(range(min = 1))]
    pub time_limit: u32,
    /// The form of the observation: `"number"`, as in Gymnasium, or `"components"`.
    pub observation: TaxiObservation,
}

/// The form of the taxi's observation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaxiObservation {
    /// The number of the state.
    #[default]
    Number,
    /// Row, column, place of the passenger and destination: four whole numbers.
    Components,
}

impl TaxiObservation {
    fn space(self) -> Space {
        match self {
            TaxiObservation::Number => Space::Discrete { n: STATES },
            TaxiObservation::Components => Space::MultiDiscrete { sizes: SIZES.to_vec() },
        }
    }

    fn of(self, ride: Ride) -> Vec<f32> {
        match self {
            TaxiObservation::Number => vec![ride.number() as f32],
            TaxiObservation::Components => ride.components().map(|component| component as f32).to_vec(),
        }
    }

    pub(super) fn ride(self, observation: &[f32]) -> Option<Ride> {
        match (self, observation) {
            (TaxiObservation::Number, &[number]) => Some(Ride::of_number(number as usize)),
            (TaxiObservation::Components, &[row, column, passenger, destination]) => {
                let [row, column, passenger, destination] =
                    [row, column, passenger, destination].map(|component| component as usize);
                Some(Ride { row, column, passenger, destination })
            }
            _ => None,
        }
    }
}

impl Default for TaxiConfig {
    fn default() -> Self {
        TaxiConfig {
            is_rainy: false,
            rainy_probability: 0.8,
            fickle_passenger: false,
            fickle_probability: 0.3,
            time_limit: 200,
            observation: TaxiObservation::Number,
        }
    }
}

impl Part for TaxiConfig {
    const ID: &'static str = "taxi";
    const SUMMARY: &'static str = "fetch a passenger and bring them to the destination; Gymnasium's Taxi-v4";
}

fn check_probability(key: &str, value: f64) -> Result<(), ConfigError> {
    match (0.0..=1.0).contains(&value) {
        true => Ok(()),
        false => Err(ConfigError::new(key, format!("must be a probability from 0 to 1, not {value}"))),
    }
}

impl Environment for TaxiConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        check_probability("rainy_probability", self.rainy_probability)?;
        check_probability("fickle_probability", self.fickle_probability)?;
        let limit = time_limit::check(self.time_limit)?;
        let taxi = Tabular::new(self.transitions(), self.observation.space()).drawing_in_every_step();
        Ok(match self.fickle_passenger {
            true => Box::new(TimeLimit::new(FickleTaxi::new(taxi, self.fickle_probability), limit)),
            false => Box::new(TimeLimit::new(taxi, limit)),
        })
    }

    /// Gymnasium's, if neither the rain nor the passenger makes it another task.
    fn reward_threshold(&self) -> Option<f64> {
        (!self.is_rainy && !self.fickle_passenger).then_some(8.0)
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(TaxiRenderer::new(self.observation)))
    }

    fn components(&self) -> Vec<Component> {
        match self.observation {
            TaxiObservation::Number => vec![Component::new("state")],
            TaxiObservation::Components => vec![
                Component::new("row").downwards(),
                Component::new("column"),
                Component::new("passenger"),
                Component::new("destination"),
            ],
        }
    }

    fn action_names(&self) -> Vec<String> {
        ACTIONS.map(str::to_owned).to_vec()
    }

    /// Column and row, as on the map.
    fn map_axes(&self) -> Option<[usize; 2]> {
        (self.observation == TaxiObservation::Components).then_some([1, 0])
    }
}

impl TaxiConfig {
    fn transitions(&self) -> TransitionModel {
        let observations = (0..STATES).map(|number| self.observation.of(Ride::of_number(number))).collect();
        let starts: Vec<usize> = (0..STATES).filter(|&number| Ride::of_number(number).is_start()).collect();
        let start = starts.iter().map(|&number| (number, 1.0 / starts.len() as f64)).collect();
        TransitionModel::new(ACTIONS.len(), observations, start, |number, action| {
            let ride = Ride::of_number(number);
            if ride.is_over() { Vec::new() } else { self.outcomes(ride, action) }
        })
    }

    /// The outcomes of an action, in the order of Gymnasium's table.
    fn outcomes(&self, ride: Ride, action: usize) -> Vec<Outcome> {
        let to = |probability: f64, (next, reward): (Ride, f64)| Outcome {
            probability,
            next: next.number(),
            reward,
            terminated: next.is_over(),
        };
        match (action, ride.moved(action)) {
            (PICKUP, _) => vec![to(1.0, ride.picked_up())],
            (DROPOFF, _) => vec![to(1.0, ride.dropped_off())],
            (_, None) => vec![to(1.0, (ride, -1.0))],
            (_, Some(ahead)) if !self.is_rainy => vec![to(1.0, (ahead, -1.0))],
            (_, Some(ahead)) => {
                let aside = (1.0 - self.rainy_probability) / 2.0;
                let [left, right] = sides(action).map(|side| ride.moved(side).unwrap_or(ride));
                let moves = [(self.rainy_probability, ahead), (aside, left), (aside, right)];
                let likely = moves.into_iter().filter(|&(probability, _)| probability > 0.0);
                likely.map(|(probability, next)| to(probability, (next, -1.0))).collect()
            }
        }
    }
}
