//! Mountain-car, acrobot and the pendulum against Gymnasium's: the files in `golden/` that `golden/make_classic_control.py` writes.
//!
//! The last bits hang on the C library's sine, cosine and power: these are glibc's, of processors with and without fused
//! multiply–add.

#![allow(clippy::unwrap_used)] // a test may panic

use tilde_envs::{Ending, EnvConfig, Rng};

/// One call of a golden file.
struct Call {
    action: String,
    terminated: bool,
    truncated: bool,
    /// As float64; none of a reset.
    reward: Option<f64>,
    state: Vec<u64>,
    observation: Vec<u32>,
}

impl Call {
    fn parse(line: &str, components: usize) -> Call {
        let words: Vec<&str> = line.split(' ').collect();
        let bits = |word: &str| u64::from_str_radix(word, 16).unwrap();
        Call {
            action: words[0].to_owned(),
            terminated: words[1] == "1",
            truncated: words[2] == "1",
            reward: (words[3] != "-").then(|| f64::from_bits(bits(words[3]))),
            state: words[4..4 + components].iter().map(|word| bits(word)).collect(),
            observation: words[4 + components..].iter().map(|word| bits(word) as u32).collect(),
        }
    }

    fn ending(&self) -> Ending {
        match (self.terminated, self.truncated) {
            (true, _) => Ending::Terminated, // also where Gymnasium sets both flags
            (_, true) => Ending::Truncated,
            _ => Ending::Continues,
        }
    }

    /// A component of the state.
    fn component(&self, index: usize) -> f64 {
        f64::from_bits(self.state[index])
    }
}

struct Run {
    /// Seed, policy and settings.
    header: &'static str,
    calls: Vec<Call>,
}

/// The runs of a file of the environment `id`, whose state has so many components.
fn runs(golden: &'static str, components: usize) -> Vec<Run> {
    let runs = golden.split("run ").skip(1).map(|run| {
        let (header, calls) = run.split_once('\n').unwrap();
        Run { header, calls: calls.lines().map(|line| Call::parse(line, components)).collect() }
    });
    runs.collect()
}

/// Plays a run through the environment as a config file makes it, and compares everything.
fn replay(id: &str, run: &Run) {
    let (seed, rest) = run.header.split_once(' ').unwrap();
    let (_, settings) = rest.split_once(' ').unwrap();
    let config: EnvConfig = toml::from_str(&format!("{id} = {settings}")).unwrap();
    let mut env = config.build().unwrap();
    let mut rng = Rng::from_seed(seed.parse().unwrap());
    let mut observation = vec![f32::NAN; env.observation_space().len()];
    for (number, call) in run.calls.iter().enumerate() {
        let place = format!("{id}, run {}, call {number}", run.header);
        let mut is_seen = true;
        match call.action.as_str() {
            "r" => env.reset(&mut rng, &mut observation),
            "s" => {
                let mut state = env.state();
                let components = call.state.iter().map(|&bits| f64::from_bits(bits));
                state.iter_mut().zip(components).for_each(|(old, new)| *old = new);
                env.set_state(&state).unwrap();
                is_seen = false;
            }
            action => {
                let step = env.step(action.parse().unwrap(), &mut rng, &mut observation);
                let reward = call.reward.unwrap() as f32;
                assert_eq!((step.reward.to_bits(), step.ending), (reward.to_bits(), call.ending()), "{place}");
            }
        }
        let state: Vec<u64> = env.state()[..call.state.len()].iter().map(|component| component.to_bits()).collect();
        assert_eq!(state, call.state, "{place}: state");
        let seen: Vec<u32> = observation.iter().map(|component| component.to_bits()).collect();
        assert!(!is_seen || seen == call.observation, "{place}: {seen:x?}, not {:x?}", call.observation);
    }
}

/// How many episodes terminated, were truncated, and did both on their last allowed step.
fn endings(runs: &[Run]) -> [usize; 3] {
    let count = |which: fn(&Call) -> bool| runs.iter().flat_map(|run| &run.calls).filter(|call| which(call)).count();
    [
        count(|call| call.terminated && !call.truncated),
        count(|call| !call.terminated && call.truncated),
        count(|call| call.terminated && call.truncated),
    ]
}

/// Whether some call of the runs has such a state.
fn some(runs: &[Run], is: impl Fn(&Call) -> bool) -> bool {
    runs.iter().flat_map(|run| &run.calls).any(is)
}

fn has_length(run: &Run, steps: usize) -> bool {
    run.calls.iter().filter(|call| call.reward.is_some()).count() == steps
}

#[test]
fn mountain_car_is_gymnasiums_to_the_bit() {
    let runs = runs(include_str!("golden/mountain_car.txt"), 2);
    assert_eq!(runs.len(), 15);
    assert_eq!(endings(&runs), [13, 10, 1]);
    assert!(some(&runs, |call| call.component(0) == -1.2 && call.component(1) == 0.0), "the left end stops the car");
    assert!(some(&runs, |call| call.component(0) == 0.6 && !call.terminated), "the car is too slow at the right end");
    assert!(some(&runs, |call| call.component(1) == 0.07) && some(&runs, |call| call.component(1) == -0.07));
    assert!(some(&runs, |call| call.terminated && call.component(0) < 0.6), "arrives");
    assert!(runs.iter().any(|run| has_length(run, 200) && run.calls.last().unwrap().truncated));
    runs.iter().for_each(|run| replay("mountain_car", run));
}

#[test]
fn acrobot_is_gymnasiums_to_the_bit() {
    let runs = runs(include_str!("golden/acrobot.txt"), 4);
    assert_eq!(runs.len(), 14);
    assert_eq!(endings(&runs), [3, 17, 1]);
    let rounded = |call: &Call, angle: usize| {
        let (sin, cos) = call.component(angle).sin_cos();
        [cos as f32, sin as f32].map(f32::to_bits) == call.observation[2 * angle..2 * angle + 2]
    };
    assert!(some(&runs, |call| call.action == "r" && !(rounded(call, 0) && rounded(call, 1))), "single precision");
    let pi = std::f64::consts::PI;
    assert!(some(&runs, |call| call.component(2) == 4.0 * pi) && some(&runs, |call| call.component(2) == -4.0 * pi));
    assert!(some(&runs, |call| call.component(3) == 9.0 * pi) && some(&runs, |call| call.component(3) == -9.0 * pi));
    let wraps = |pair: &[Call]| (pair[0].component(0) - pair[1].component(0)).abs() > pi;
    assert!(runs.iter().any(|run| run.calls.windows(2).any(wraps)), "the first angle wraps");
    assert!(runs.iter().any(|run| has_length(run, 500) && run.calls.last().unwrap().truncated));
    runs.iter().for_each(|run| replay("acrobot", run));
}

#[test]
fn the_pendulum_is_gymnasiums_to_the_bit() {
    let runs = runs(include_str!("golden/pendulum.txt"), 2);
    assert_eq!(runs.len(), 11);
    assert_eq!(endings(&runs), [0, 23, 0]);
    assert!(some(&runs, |call| call.component(1) == 8.0) && some(&runs, |call| call.component(1) == -8.0));
    assert!(some(&runs, |call| call.component(0).abs() > 9.0), "whole turns stay in the state");
    runs.iter().for_each(|run| replay("pendulum", run));
}
