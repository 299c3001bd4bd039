//! Gridworlds and `frozen_lake` against Gymnasium's FrozenLake: `golden/frozen_lake.txt`, written by `golden/make_frozen_lake.py`.

#![allow(clippy::unwrap_used)] // a test may panic

use tilde_envs::{
    Ending, Env, EnvConfig, FrozenLakeConfig, FrozenLakeMap, GridworldConfig, GridworldObservation, MapSource, Rng,
    TransitionModel,
};

const GOLDEN: &str = include_str!("golden/frozen_lake.txt");

/// The gridworld that is FrozenLake, and FrozenLake under its own name. Both show the number of the cell.
fn frozen_lakes(map: &str, slippery: bool, success_rate: f64) -> [Box<dyn Env>; 2] {
    let slip = match success_rate {
        _ if !slippery => 0.0,
        third if third == 1.0 / 3.0 => 2.0 / 3.0,
        other => 1.0 - other,
    };
    let of_map = GridworldConfig::of_map(MapSource::Name(map.to_owned()));
    let gridworld = GridworldConfig { slip, observation: GridworldObservation::Number, ..of_map };
    let map_name = if map == "4x4" { FrozenLakeMap::FourByFour } else { FrozenLakeMap::EightByEight };
    let own = FrozenLakeConfig { is_slippery: slippery, success_rate, ..FrozenLakeConfig::of_map(map_name) };
    [EnvConfig::from(gridworld), EnvConfig::from(own)].map(|config| config.build().unwrap())
}

fn assert_row_equals(model: &TransitionModel, row: &str, tolerance: f64) {
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
        assert!((outcome.probability - expected[0]).abs() <= tolerance, "({state}, {action})");
        let rest = [outcome.next as f64, outcome.reward, f64::from(outcome.terminated)];
        assert_eq!(rest, expected[1..], "({state}, {action})");
    }
}

#[test]
fn the_table_of_the_slippery_map_is_gymnasiums() {
    let [gridworld, own] = frozen_lakes("4x4", true, 1.0 / 3.0).map(|env| env.model().unwrap());
    let rows: Vec<&str> = GOLDEN.lines().filter_map(|line| line.strip_prefix("p ")).collect();
    assert_eq!(rows.len(), 16 * 4);
    for row in rows {
        assert_row_equals(&gridworld, row, 1e-15);
        assert_row_equals(&own, row, 0.0);
    }
}

#[test]
fn episodes_are_gymnasiums_from_the_same_seed() {
    let mut runs = 0;
    for run in GOLDEN.split("run ").skip(1) {
        let (header, calls) = run.split_once('\n').unwrap();
        let header: Vec<&str> = header.split(' ').collect();
        for env in frozen_lakes(header[1], header[2] == "1", header[3].parse().unwrap()) {
            assert_episodes_equal(env, &header, calls);
            runs += 1;
        }
    }
    assert_eq!(runs, 16);
}

fn assert_episodes_equal(mut env: Box<dyn Env>, header: &[&str], calls: &str) {
    let mut rng = Rng::from_seed(header[0].parse().unwrap());
    let mut observation = [0.0];
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
        let expected = (words[1].parse::<f32>().unwrap(), words[2].parse().unwrap(), expected_ending);
        assert_eq!((observation[0], reward, ending), expected, "run {header:?}, call {number}");
    }
}
