//! Catch against bsuite's: `golden/catch.txt`, written by `golden/make_catch.py`.

#![allow(clippy::unwrap_used)] // a test may panic

use tilde_envs::{CatchConfig, Ending, EnvConfig, Rng};

const GOLDEN: &str = include_str!("golden/catch.txt");

#[test]
fn boards_and_rewards_are_bsuites() {
    let mut rewards = Vec::new();
    for run in GOLDEN.split("run ").skip(1) {
        let (header, calls) = run.split_once('\n').unwrap();
        let header: Vec<&str> = header.split(' ').collect();
        let [rows, columns] = [1, 2].map(|word| header[word].parse().unwrap());
        let mut env = EnvConfig::from(CatchConfig { rows, columns }).build().unwrap();
        let mut rng = Rng::from_seed(header[0].parse().unwrap());
        let mut board = vec![f32::NAN; rows * columns];
        for (number, line) in calls.lines().enumerate() {
            let words: Vec<&str> = line.split(' ').collect();
            let (reward, ending) = match words[0].parse() {
                Err(_) => {
                    env.reset(&mut rng, &mut board);
                    (0.0, Ending::Continues)
                }
                Ok(action) => {
                    let step = env.step(action, &mut rng, &mut board);
                    (step.reward, step.ending)
                }
            };
            let place = format!("run {header:?}, call {number}");
            let expected = if words[2] == "1" { Ending::Terminated } else { Ending::Continues };
            assert_eq!((reward, ending), (words[1].parse().unwrap(), expected), "{place}");
            let cells: String = board.iter().map(|cell| cell.to_string()).collect();
            assert_eq!(cells, words[3], "{place}");
            rewards.extend(ending.is_over().then_some(reward));
        }
    }
    let caught = rewards.iter().filter(|&&reward| reward == 1.0).count();
    assert_eq!(rewards.len(), 39);
    assert!(caught > 6 && caught < 30, "the golden file has both kinds of end, and {caught} balls caught");
}
