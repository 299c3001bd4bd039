//! `taxi`, `cliff_walking` and `blackjack` against Gymnasium's: `golden/*.txt`, written by `golden/make_toy_text.py`.

#![allow(clippy::unwrap_used)] // a test may panic

use serde::Deserialize;
use tilde_envs::{Ending, Env, EnvConfig, Rng, decision_states, start_value, value_iteration};

const TAXI: &str = include_str!("golden/taxi.txt");
const CLIFF_WALKING: &str = include_str!("golden/cliff_walking.txt");
const BLACKJACK: &str = include_str!("golden/blackjack.txt");

#[derive(Deserialize)]
struct File {
    env: EnvConfig,
}

/// An environment with the settings of a golden file, `KEY=VALUE …`.
fn build(id: &str, settings: &str) -> Box<dyn Env> {
    let text = format!("[env.{id}]\n{}", settings.replace(' ', "\n"));
    toml::from_str::<File>(&text).unwrap().env.build().unwrap()
}

/// What a call returned.
#[derive(Debug, PartialEq)]
struct Returned {
    observation: Vec<f32>,
    reward: f32,
    ending: Ending,
}

fn call(env: &mut dyn Env, rng: &mut Rng, action: &str) -> Returned {
    let mut observation = vec![f32::NAN; env.observation_space().len()];
    let (reward, ending) = match action.parse() {
        Err(_) => {
            env.reset(rng, &mut observation);
            (0.0, Ending::Continues)
        }
        Ok(action) => {
            let step = env.step(action, rng, &mut observation);
            (step.reward, step.ending)
        }
    };
    Returned { observation, reward, ending }
}

/// A line without its action.
fn expected(words: &[&str]) -> Returned {
    let [observation @ .., reward, terminated, truncated] = words else { panic!("a line of a run: {words:?}") };
    Returned {
        observation: observation.iter().map(|word| word.parse().unwrap()).collect(),
        reward: reward.parse().unwrap(),
        ending: match (*terminated, *truncated) {
            ("1", _) => Ending::Terminated,
            (_, "1") => Ending::Truncated,
            _ => Ending::Continues,
        },
    }
}

/// Compares all runs of a file. Returns how many episodes terminated and how many were truncated.
fn assert_episodes_equal(id: &str, golden: &str) -> [usize; 2] {
    let mut ends = [0; 2];
    for run in golden.split("run ").skip(1) {
        let (header, calls) = run.split_once('\n').unwrap();
        let (seed, settings) = header.split_once(' ').unwrap();
        let (mut env, mut rng) = (build(id, settings), Rng::from_seed(seed.parse().unwrap()));
        for (number, line) in calls.lines().enumerate() {
            let words: Vec<&str> = line.split(' ').collect();
            let expected = expected(&words[1..]);
            ends[0] += usize::from(expected.ending == Ending::Terminated);
            ends[1] += usize::from(expected.ending == Ending::Truncated);
            assert_eq!(call(&mut *env, &mut rng, words[0]), expected, "{id}, run {header}, call {number}: {line}");
            // A checkpoint after each call changes nothing.
            let state = env.state();
            env = build(id, settings);
            env.set_state(&state).unwrap();
        }
    }
    ends
}

/// Compares the values of all states in which an action can be taken. Returns the mean over the start distribution.
fn assert_values_equal(id: &str, golden: &str) -> Vec<f64> {
    let mut means = Vec::new();
    for values in golden.split("values ").skip(1) {
        let lines: Vec<&str> = values.lines().take(3).collect();
        let model = build(id, lines[0]).model().unwrap();
        let found = value_iteration(&model, 1.0).unwrap().state_values();
        let expected: Vec<f64> = lines[1].split(' ').map(|word| word.parse().unwrap()).collect();
        assert_eq!(found.len(), expected.len());
        for state in decision_states(&model) {
            let (found, expected) = (found[state], expected[state]);
            assert!((found - expected).abs() < 1e-8, "{id} {}, state {state}: {found}, not {expected}", lines[0]);
        }
        let mean: f64 = lines[2].strip_prefix("start ").unwrap().parse().unwrap();
        assert!((start_value(&model, &found) - mean).abs() < 1e-9, "{id} {}", lines[0]);
        means.push(mean);
    }
    means
}

#[test]
fn taxis_are_gymnasiums() {
    assert_eq!(assert_episodes_equal("taxi", TAXI), [320, 12]);
}

#[test]
fn cliff_walks_are_gymnasiums() {
    assert_eq!(assert_episodes_equal("cliff_walking", CLIFF_WALKING), [80, 0]);
}

#[test]
fn games_of_blackjack_are_gymnasiums() {
    assert_eq!(assert_episodes_equal("blackjack", BLACKJACK), [3_600, 0]);
}

/// 400 states and the four at the end: Gymnasium's documentation says 404 can be observed.
#[test]
fn the_best_returns_of_the_taxi_are_those_of_gymnasiums_table() {
    let means = assert_values_equal("taxi", TAXI);
    assert!((means[0] - 7.93).abs() < 1e-9, "{means:?}");
    assert!(means[1] < means[0]);
    assert_eq!(decision_states(&build("taxi", "").model().unwrap()).len(), 400);
}

/// Thirteen steps, and in the book's figure "the optimal path".
#[test]
fn the_best_returns_along_the_cliff_are_those_of_gymnasiums_table() {
    let means = assert_values_equal("cliff_walking", CLIFF_WALKING);
    assert_eq!(means[0], -13.0);
    assert!(means[1] < -60.0);
}
