//! Gridworlds against Gymnasium's FrozenLake: `golden/frozen_lake.txt`, written by `golden/make_frozen_lake.py`.

#![allow(clippy::unwrap_used)] // a test may panic

use tilde_envs::{Ending, Env, EnvConfig, GridworldConfig, MapSource, Rng, TransitionModel};

const GOLDEN: &str = include_str!("golden/frozen_lake.txt");

fn frozen_lake(map: &str, slippery: bool) -> Box<dyn Env> {
    let slip = if slippery { 2.0 / 3.0 } else { 0.0 };
    let config = GridworldConfig { slip, ..GridworldConfig::of_map(MapSource::Name(map.to_owned())) };
    EnvConfig::from(config).build().unwrap()
}

/// The number of a cell in FrozenLake's counting.
fn place(env: &dyn Env, observation: &[f32]) -> usize {
    let (_, last_column) = env.observation_space().bounds(1);
    (observation[0] * (last_column + 1.0) + observation[1]) as usize
}

fn assert_row_equals(model: &TransitionModel, row: &str) {
    let words: Vec<f64> = row.split(' ').map(|word| word.parse().unwrap()).collect();
    let (state, action) = (words[0] as usize, words[1] as usize);
    if words.len() == 6 {
        // Gymnasium lets a terminal state go on to itself; here nothing follows it.
        assert!(model.is_terminal(state), "state {state}");
        return;
    }
    let expected: Vec<&[f64]> = words[2..].chunks(4).collect();
    let outcomes = model.outcomes(state, action);
    assert_eq!(outcomes.len(), expected.len());
    for (outcome, expected) in outcomes.iter().zip(expected) {
        assert!((outcome.probability - expected[0]).abs() < 1e-15, "({state}, {action})");
        let rest = [outcome.next as f64, outcome.reward, f64::from(outcome.terminated)];
        assert_eq!(rest, expected[1..], "({state}, {action})");
    }
}

#[test]
fn the_table_of_the_slippery_map_is_gymnasiums() {
    let model = frozen_lake("4x4", true).model().unwrap();
    let rows: Vec<&str> = GOLDEN.lines().filter_map(|line| line.strip_prefix("p ")).collect();
    assert_eq!(rows.len(), 16 * 4);
    for row in rows {
        assert_row_equals(&model, row);
    }
}

#[test]
fn slippery_episodes_are_gymnasiums_from_the_same_seed() {
    for run in GOLDEN.split("run ").skip(1) {
        let (header, calls) = run.split_once('\n').unwrap();
        let header: Vec<&str> = header.split(' ').collect();
        let mut env = frozen_lake(header[1], header[2] == "1");
        let mut rng = Rng::from_seed(header[0].parse().unwrap());
        let mut observation = [0.0; 2];
        for (number, line) in calls.lines().enumerate() {
            let words: Vec<&str> = line.split(' ').collect();
            let (reward, ending) = match words[0].parse() {
                Err(_) => {
                    env.reset(&mut rng, &mut observation);
                    (0.0, Ending::Continues)
                }
                Ok(action) => {
                    let step = env.step(action, &mut rng, &mut observation);
                    (step.reward, step.ending)
                }
            };
            let expected_ending = match (words[3], words[4]) {
                ("1", _) => Ending::Terminated,
                (_, "1") => Ending::Truncated,
                _ => Ending::Continues,
            };
            let expected = (words[1].parse().unwrap(), words[2].parse().unwrap(), expected_ending);
            assert_eq!((place(&*env, &observation), reward, ending), expected, "run {header:?}, call {number}");
        }
    }
}
