//! An environment of your own: along a windy ridge, walk or run from the left end to the right.
//! It is a table of transitions, so that runs are measured against its exact values. An environment that is no such table
//! implements [`Env`] itself, as `envs/src/cart_pole.rs` does.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde::envs::{ConfigError, Env, Environment, Outcome, Space, Tabular, TimeLimit, TransitionModel};
use tilde::registry::Part;

/// The keys of `[env.windy_ridge]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WindyRidge {
    /// Places from the start to the goal.
    places: usize,
    /// Probability of a gust in the middle of the ridge. Towards both ends it falls to zero.
    wind: f64,
}

impl Default for WindyRidge {
    fn default() -> Self {
        WindyRidge { places: 20, wind: 0.3 }
    }
}

impl Part for WindyRidge {
    const ID: &'static str = "windy_ridge";
    const SUMMARY: &'static str = "walk or run along a ridge, where gusts blow runners back";
}

impl Environment for WindyRidge {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        if !(2..=1000).contains(&self.places) {
            return Err(ConfigError::new("places", format!("must lie between 2 and 1000, not at {}", self.places)));
        }
        if !(0.0..1.0).contains(&self.wind) {
            return Err(ConfigError::new("wind", format!("must be at least 0 and below 1, not {}", self.wind)));
        }
        let goal = self.places - 1;
        let to = |next: usize, probability: f64| Outcome {
            probability,
            next: next.min(goal),
            reward: -1.0,
            terminated: next >= goal,
        };
        let outcomes = |place: usize, action: usize| {
            let gust = self.wind * 4.0 * (place * (goal - place)) as f64 / (goal * goal) as f64;
            match action {
                _ if place == goal => vec![], // the end
                0 => vec![to(place.saturating_sub(1), 1.0)],
                1 => vec![to(place + 1, 1.0)],
                _ if gust == 0.0 => vec![to(place + 2, 1.0)],
                _ => vec![to(place + 2, 1.0 - gust), to(place.saturating_sub(3), gust)],
            }
        };
        let observations = (0..=goal).map(|place| vec![place as f32 / goal as f32]).collect();
        let model = TransitionModel::new(3, observations, vec![(0, 1.0)], outcomes);
        Ok(Box::new(TimeLimit::new(Tabular::new(model, Space::Box { low: vec![0.0], high: vec![1.0] }), 200)))
    }
}
