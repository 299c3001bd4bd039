//! The loss that is minimised and logged is one quantity, whatever the algorithm.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use common::{BACKENDS, algorithms, approximator, settings, sgd, with_settings};
use tilde::agents::{AgentSetup, AlgorithmConfig, UpdateStats};
use tilde::losses::TdLoss;
use tilde::replay::Transition;
use tilde_envs::{Ending, Space};

/// Every algorithm that learns, with batches of one transition, and with this loss if it has a choice.
fn lone_algorithms(loss: &str) -> Vec<AlgorithmConfig> {
    let changes = format!("learning_starts = 1\ntrain_freq = 1\nnum_envs = 1\nn_steps = 1\nloss = '{loss}'");
    let learning = algorithms().into_iter().filter(|algorithm| algorithm.learns());
    learning.map(|algorithm| with_settings(&algorithm, &changes)).collect()
}

/// What the first transition teaches a table of zeros, with gradient descent at α = 1/8: the end of an episode with a reward
/// of 3, so that δ = 3; and the value that the table then has of it.
fn first_lesson(algorithm: &AlgorithmConfig) -> (UpdateStats, f32) {
    let setup = AgentSetup {
        approximator: approximator("'one_hot'", &[]),
        optimizer: sgd(0.125),
        space: Space::Discrete { n: 2 },
        normalizer: None,
        actions: 2,
        model: None,
        budget: 10,
        backend: BACKENDS[0],
        seed: 0,
    };
    let mut agent = algorithm.build(&setup);
    let (observation, next_observation) = (&[0.0][..], &[1.0][..]);
    let ending = Ending::Terminated;
    let transition = Transition { observation, action: 1, reward: 3.0, next_observation, ending, env: 0 };
    let learned = agent.observe(transition, 1).unwrap();
    // Of action 1, or of the state.
    let value = *agent.estimate(observation, 1).value.numbers().last().expect("it learns values");
    (learned, value)
}

#[test]
fn mse_is_half_the_squared_error_in_every_algorithm() {
    for algorithm in lone_algorithms("mse") {
        let (learned, value) = first_lesson(&algorithm);
        // 3² / 2, and a step of 3 / 8.
        assert_eq!((learned.loss, value), (4.5, 0.375), "{}", algorithm.id());
    }
}

#[test]
fn huber_is_the_same_near_zero_and_logged_where_it_is_minimised() {
    for algorithm in lone_algorithms("huber") {
        let (learned, value) = first_lesson(&algorithm);
        let has_a_choice = settings(&algorithm).contains_key("loss");
        // 3 − 1/2, and a step of 1 / 8.
        let expected = if has_a_choice { (2.5, 0.125) } else { (4.5, 0.375) };
        assert_eq!((learned.loss, value), expected, "{}", algorithm.id());
    }
    for error in [-1.0, -0.25, 0.0, 0.5, 1.0] {
        assert_eq!(TdLoss::Mse.value(error), TdLoss::Huber.value(error));
        assert_eq!(TdLoss::Mse.derivative(error), TdLoss::Huber.derivative(error));
    }
}
