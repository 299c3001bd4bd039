//! Cart-pole against Gymnasium's: `golden/cart_pole.txt`, written by `golden/make_cart_pole.py`.
//!
//! The last bits hang on the C library's sine and cosine: these are glibc's.

#![allow(clippy::unwrap_used)] // a test may panic

use tilde_envs::{CartPole, Ending, Env, Rng, TimeLimit};

const GOLDEN: &str = include_str!("golden/cart_pole.txt");

/// One call of the golden file.
struct Call {
    /// None for a reset.
    action: Option<usize>,
    ending: Ending,
    /// Of the four float64.
    state: Vec<u64>,
    /// Of the four float32.
    observation: Vec<u32>,
}

fn parse(line: &str) -> Call {
    let words: Vec<&str> = line.split(' ').collect();
    let ending = match (words[1], words[2]) {
        ("1", _) => Ending::Terminated, // also where Gymnasium sets both flags
        (_, "1") => Ending::Truncated,
        _ => Ending::Continues,
    };
    Call {
        action: words[0].parse().ok(),
        ending,
        state: words[3..7].iter().map(|word| u64::from_str_radix(word, 16).unwrap()).collect(),
        observation: words[7..11].iter().map(|word| u32::from_str_radix(word, 16).unwrap()).collect(),
    }
}

/// Plays one run of the golden file and returns how its episodes ended.
fn replay(run: &str) -> Vec<Ending> {
    let (header, calls) = run.split_once('\n').unwrap();
    let header: Vec<&str> = header.split(' ').collect();
    let mut rng = Rng::from_seed(header[0].parse().unwrap());
    let mut env = TimeLimit::new(CartPole::new(), header[1].parse().unwrap());
    let mut observation = [0.0; 4];
    let mut endings = Vec::new();
    for (number, line) in calls.lines().enumerate() {
        let call = parse(line);
        let ending = match call.action {
            None => {
                env.reset(&mut rng, &mut observation);
                Ending::Continues
            }
            Some(action) => {
                let step = env.step(action, &mut rng, &mut observation);
                assert_eq!(step.reward, 1.0);
                step.ending
            }
        };
        let state: Vec<u64> = env.state()[..4].iter().map(|component| component.to_bits()).collect();
        assert_eq!(state, call.state, "run {header:?}, call {number}: state");
        assert_eq!(
            observation.map(f32::to_bits).to_vec(),
            call.observation,
            "run {header:?}, call {number}: observation"
        );
        assert_eq!(ending, call.ending, "run {header:?}, call {number}: ending");
        endings.extend(ending.is_over().then_some(ending));
    }
    endings
}

fn runs() -> impl Iterator<Item = &'static str> {
    GOLDEN.split("run ").skip(1)
}

#[test]
fn every_trajectory_is_gymnasiums_to_the_bit() {
    let endings: Vec<Ending> = runs().flat_map(replay).collect();
    assert_eq!(endings.iter().filter(|&&ending| ending == Ending::Truncated).count(), 4);
    assert_eq!(endings.iter().filter(|&&ending| ending == Ending::Terminated).count(), 36);
}

#[test]
fn the_golden_file_fails_both_ways_and_reaches_the_limit() {
    let last = |run: &'static str| run.lines().skip(1).map(parse).filter(|call| call.ending == Ending::Terminated);
    let failed: Vec<Call> = runs().flat_map(last).collect();
    assert!(failed.iter().any(|call| f64::from_bits(call.state[0]).abs() > 2.4), "no failure by position");
    assert!(failed.iter().any(|call| f64::from_bits(call.state[2]).abs() > 0.2094), "no failure by angle");
    assert!(runs().any(|run| run.lines().count() == 502 && run.starts_with("3 500 ")), "no episode of 500 steps");
}

#[test]
fn terminating_on_the_last_allowed_step_is_terminated() {
    let run = runs().last().unwrap();
    assert!(run.lines().any(|line| line.split(' ').skip(1).take(2).eq(["1", "1"])), "Gymnasium set both flags");
    assert_eq!(replay(run)[0], Ending::Terminated);
}
