//! The random walk of prediction, on which control is to walk to the right.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::gridworld::{Move, strip_renderer};
use crate::registry::Part;
use crate::render::Render;
use crate::{
    Component, ConfigError, Env, Environment, Outcome, Space, Tabular, TimeLimit, TransitionModel, time_limit,
};

const MOVES: [Move; 2] = [Move::new("left", 0, -1), Move::new("right", 0, 1)];

const MAX_STATES: usize = 10_000;
/// The most states times jumps: each has an outcome in the exact model, of 32 bytes, for each of two actions.
const MAX_JUMPS: usize = 250_000;
/// Longer strips are not drawn.
const MAX_DRAWN: usize = 1_000;

/// The settings of the random walk (Sutton & Barto 2018).
///
/// States in a row, from the middle one. Actions: 0 left, 1 right; a step goes to one of the next `jump` states on its side, each as
/// likely. A jump over the end terminates the episode, on the right with a reward of 1, on the left with `left_reward`; all other
/// rewards are 0. The book's walks are those of the random policy:
///
/// - example 6.2, of five states: `states = 5`, `left_reward = 0`;
/// - example 7.1, of nineteen: the defaults;
/// - example 9.1, of a thousand: `states = 1_000`, `jump = 100`.
///
/// Observation: the number of the state, from zero at the left; after a jump over the end, the last state on that side. A reset draws
/// one number; a step draws one if `jump` > 1, else none.
///
/// Deviations: the book has no actions, and no time limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RandomWalkConfig {
    /// The number of states. Of an even number, the left one of the two in the middle is the start.
    #[schemars(range(min = 2, max = 10_000))]
    pub states: usize,
    /// How far a step may go, at most as many as there are states.
    #[schemars(range(min = 1))]
    pub jump: usize,
    /// The reward of an episode that ends on the left.
    pub left_reward: f64,
    /// The longest episode, in steps.
    #[schemars(range(min = 1))]
    pub time_limit: u32,
}

impl Default for RandomWalkConfig {
    fn default() -> Self {
        RandomWalkConfig { states: 19, jump: 1, left_reward: -1.0, time_limit: time_limit::DEFAULT }
    }
}

impl Part for RandomWalkConfig {
    const ID: &'static str = "random_walk";
    const SUMMARY: &'static str =
        "states in a row with a reward at each end (Sutton & Barto 2018, examples 6.2, 7.1 and 9.1)";
}

impl RandomWalkConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let within = |key: &str, value: usize, least: usize, most: usize| match (least..=most).contains(&value) {
            true => Ok(()),
            false => Err(ConfigError::new(key, format!("must be a whole number from {least} to {most}, not {value}"))),
        };
        within("states", self.states, 2, MAX_STATES)?;
        within("jump", self.jump, 1, self.states.min(MAX_JUMPS / self.states))?;
        if !(self.left_reward as f32).is_finite() {
            return Err(ConfigError::new("left_reward", format!("must be a finite number, not {}", self.left_reward)));
        }
        Ok(())
    }

    fn start(&self) -> usize {
        (self.states - 1) / 2
    }

    fn transitions(&self) -> TransitionModel {
        let observations = (0..self.states).map(|state| vec![state as f32]).collect();
        TransitionModel::new(MOVES.len(), observations, vec![(self.start(), 1.0)], |state, action| {
            let (inside, end, end_reward) = match action {
                0 => (state.min(self.jump), 0, self.left_reward),
                _ => ((self.states - 1 - state).min(self.jump), self.states - 1, 1.0),
            };
            let chance = 1.0 / self.jump as f64;
            let jump = |by: usize| {
                let next = if action == 0 { state - by } else { state + by };
                Outcome { probability: chance, next, reward: 0.0, terminated: false }
            };
            let outside = self.jump - inside;
            let over =
                Outcome { probability: outside as f64 * chance, next: end, reward: end_reward, terminated: true };
            (1..=inside).map(jump).chain((outside > 0).then_some(over)).collect()
        })
    }
}

impl Environment for RandomWalkConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        self.check()?;
        let env = Tabular::new(self.transitions(), Space::Discrete { n: self.states });
        Ok(Box::new(TimeLimit::new(env, time_limit::check(self.time_limit)?)))
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        let drawn = self.check().is_ok() && self.states <= MAX_DRAWN;
        drawn.then(|| strip_renderer("random walk", self.states, self.start(), &MOVES))
    }

    fn components(&self) -> Vec<Component> {
        vec![Component::new("state")]
    }

    fn action_names(&self) -> Vec<String> {
        MOVES.map(|action| action.name.to_owned()).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{policy_evaluation, value_iteration};

    fn values(config: &RandomWalkConfig) -> Vec<f64> {
        let model = config.build().unwrap().model().unwrap();
        policy_evaluation(&model, &vec![0.5; 2 * config.states], 1.0).unwrap()
    }

    /// v(k) = k / 6 for the five states of example 6.2, and −1 + 2 k / 20 for the nineteen of example 7.1.
    #[test]
    fn the_values_of_the_books_walks_are_on_a_line() {
        let five = values(&RandomWalkConfig { states: 5, left_reward: 0.0, ..RandomWalkConfig::default() });
        let nineteen = values(&RandomWalkConfig::default());
        for (k, value) in (1..).zip(five) {
            assert!((value - f64::from(k) / 6.0).abs() < 1e-12, "{k}: {value}");
        }
        for (k, value) in (1..).zip(nineteen) {
            assert!((value - (-1.0 + f64::from(k) / 10.0)).abs() < 1e-12, "{k}: {value}");
        }
    }

    /// The values of states 1, 100, 250, 500, 501 and 1,000 from NumPy's `linalg.solve` of the thousand equations.
    #[test]
    fn the_values_of_the_thousand_states_are_those_of_a_linear_solver() {
        let values = values(&RandomWalkConfig { states: 1_000, jump: 100, ..RandomWalkConfig::default() });
        for (number, expected) in [
            (1, -0.9219604605455651),
            (100, -0.7541769571527501),
            (250, -0.47270174078248167),
            (500, -0.0009434956833586706),
            (501, 0.0009434956833587833),
            (1_000, 0.921960460545564),
        ] {
            assert!((values[number - 1] - expected).abs() < 1e-9, "{number}: {}", values[number - 1]);
        }
    }

    #[test]
    fn the_best_walk_goes_right() {
        let model = RandomWalkConfig::default().build().unwrap().model().unwrap();
        let best = value_iteration(&model, 0.9).unwrap();
        assert_eq!(model.start(), [(9, 1.0)]);
        assert!((best.best(9) - 0.9f64.powi(9)).abs() < 1e-12);
        assert!((0..19).all(|state| best.of(state)[1] > best.of(state)[0]));
    }

    #[test]
    fn wrong_settings_are_refused_under_their_key() {
        let key = |config: RandomWalkConfig| config.build().err().map(|error| error.key);
        let default = RandomWalkConfig::default;
        assert_eq!(key(RandomWalkConfig { states: 1, ..default() }).as_deref(), Some("states"));
        assert_eq!(key(RandomWalkConfig { jump: 20, ..default() }).as_deref(), Some("jump"));
        assert_eq!(key(RandomWalkConfig { states: 10_000, jump: 26, ..default() }).as_deref(), Some("jump"));
        assert_eq!(key(RandomWalkConfig { left_reward: f64::NAN, ..default() }).as_deref(), Some("left_reward"));
        assert_eq!(key(RandomWalkConfig { time_limit: 0, ..default() }).as_deref(), Some("time_limit"));
        assert_eq!(key(RandomWalkConfig { states: 10_000, jump: 25, ..default() }), None);
    }
}
