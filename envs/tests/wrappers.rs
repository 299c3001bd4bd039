//! Wrappers of environments: against Gymnasium's (`golden/wrappers.txt`, written by `golden/make_wrappers.py`), and what they do to
//! spaces, models and pictures.

#![allow(clippy::unwrap_used)] // a test may panic

use tilde_envs::render::{Learned, LearnedValue, Scene};
use tilde_envs::{
    CartPoleConfig, Ending, Env, EnvConfig, EnvWrappers, GridworldConfig, GridworldObservation, Rng, Space,
    environments,
};

const GOLDEN: &str = include_str!("golden/wrappers.txt");

const NONE: EnvWrappers = EnvWrappers { time_limit: None, action_repeat: None, frame_stack: None };

fn env(id: &str) -> EnvConfig {
    environments().find(id).unwrap().default().unwrap()
}

fn stacked(id: &str, frames: usize) -> Box<dyn Env> {
    EnvWrappers { frame_stack: Some(frames), ..NONE }.wrap(&env(id)).build().unwrap()
}

/// The first observation, and the next ones with these actions.
fn seen(env: &mut dyn Env, actions: &[usize]) -> Vec<Vec<f32>> {
    let (mut rng, mut observation) = (Rng::from_seed(3), vec![0.0; env.observation_space().len()]);
    env.reset(&mut rng, &mut observation);
    let mut all = vec![observation.clone()];
    for &action in actions {
        env.step(action, &mut rng, &mut observation);
        all.push(observation.clone());
    }
    all
}

#[test]
fn wrapped_cart_pole_is_gymnasiums_to_the_last_bit() {
    let (mut calls, mut runs) = (0, 0);
    let mut wrapped: Option<(Box<dyn Env>, Rng, Vec<f32>)> = None;
    for line in GOLDEN.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        if let ["run", seed, limit, repeat, frames] = words[..] {
            let wrappers = EnvWrappers {
                time_limit: Some(limit.parse().unwrap()),
                action_repeat: Some(repeat.parse().unwrap()),
                frame_stack: Some(frames.parse().unwrap()),
            };
            let env = wrappers.wrap(&CartPoleConfig::default().into()).build().unwrap();
            let observation = vec![0.0; env.observation_space().len()];
            wrapped = Some((env, Rng::from_seed(seed.parse().unwrap()), observation));
            runs += 1;
            continue;
        }
        let (env, rng, observation) = wrapped.as_mut().unwrap();
        if words[0] == "r" {
            env.reset(rng, observation);
        } else {
            let step = env.step(words[0].parse().unwrap(), rng, observation);
            let ending = match (words[1], words[2]) {
                ("1", _) => Ending::Terminated,
                (_, "1") => Ending::Truncated,
                _ => Ending::Continues,
            };
            assert_eq!((step.ending, step.reward), (ending, words[3].parse().unwrap()), "{line}");
        }
        let expected: Vec<u32> = words[4..].iter().map(|bits| u32::from_str_radix(bits, 16).unwrap()).collect();
        assert_eq!(observation.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), expected, "{line}");
        calls += 1;
    }
    assert_eq!((runs, calls), (5, 117));
}

#[test]
fn stacks_have_the_shape_that_networks_take() {
    let space = |id: &str| stacked(id, 3).observation_space().clone();
    assert_eq!(space("gridworld"), Space::MultiDiscrete { sizes: [4; 6].to_vec() });
    assert_eq!(space("catch").shape(), [10, 5, 3]);
    assert_eq!(space("cart-pole").shape(), [12]);
}

/// Boards are stacked cell by cell, the channels of the oldest board first.
#[test]
fn boards_are_stacked_along_their_channels() {
    let planes: EnvConfig = GridworldConfig { observation: GridworldObservation::Planes, ..Default::default() }.into();
    for plain in [env("catch"), planes] {
        let space = plain.build().unwrap().observation_space().clone();
        let [height, width, channels] = space.shape()[..] else { panic!("{space}") };
        let wrapped = EnvWrappers { frame_stack: Some(2), ..NONE }.wrap(&plain).build().unwrap();
        assert_eq!(wrapped.observation_space().shape(), [height, width, 2 * channels]);
        let boards = seen(plain.build().unwrap().as_mut(), &[1, 0, 2]);
        for (step, stack) in seen({ wrapped }.as_mut(), &[1, 0, 2]).iter().enumerate() {
            let cells = |step: usize| boards[step].chunks_exact(channels);
            let both = cells(step.saturating_sub(1)).zip(cells(step));
            let expected: Vec<f32> = both.flat_map(|(old, new)| [old, new].concat()).collect();
            assert_eq!(*stack, expected, "after {step} steps of {}", plain.id());
        }
        assert_ne!(boards[0], boards[1]);
    }
}

#[test]
fn only_a_time_limit_keeps_the_exact_model_and_the_shorter_of_two_counts() {
    let model = |wrappers: EnvWrappers| wrappers.wrap(&env("gridworld")).build().unwrap().model();
    let own = env("gridworld").build().unwrap().model().unwrap().time_limit().unwrap();
    let limit = |limit| model(EnvWrappers { time_limit: Some(limit), ..NONE }).unwrap().time_limit();
    assert_eq!((limit(own - 1), limit(own + 1)), (Some(own - 1), Some(own)));
    assert!(model(EnvWrappers { action_repeat: Some(2), ..NONE }).is_none());
    assert!(model(EnvWrappers { frame_stack: Some(2), ..NONE }).is_none());
}

#[test]
fn an_environment_without_wrappers_is_the_same_and_one_with_some_is_another() {
    let plain = env("cart-pole");
    assert_eq!(NONE.wrap(&plain), plain);
    let wrap = |limit| EnvWrappers { time_limit: Some(limit), ..NONE }.wrap(&plain);
    assert!(wrap(5) == wrap(5) && wrap(5) != wrap(6) && wrap(5) != plain && plain != wrap(5));
    assert_eq!((wrap(5).id(), toml::to_string(&wrap(5)).unwrap()), ("cart_pole", toml::to_string(&plain).unwrap()));
}

#[test]
fn what_is_out_of_range_is_refused_by_its_key() {
    let refused = |wrappers: EnvWrappers| wrappers.wrap(&env("cart-pole")).build().err().unwrap().key;
    assert_eq!(refused(EnvWrappers { time_limit: Some(0), ..NONE }), "time_limit");
    assert_eq!(refused(EnvWrappers { action_repeat: Some(0), ..NONE }), "action_repeat");
    assert_eq!(refused(EnvWrappers { frame_stack: Some(0), ..NONE }), "frame_stack");
    assert_eq!(refused(EnvWrappers { frame_stack: Some(1_000_000), ..NONE }), "frame_stack");
}

#[test]
fn a_picture_and_a_map_are_of_the_newest_observation() {
    for (id, actions) in [("cart-pole", [0, 1, 1]), ("catch", [0, 0, 2]), ("gridworld", [2, 2, 1])] {
        let plain = env(id);
        let wrapped = EnvWrappers { frame_stack: Some(3), ..NONE }.wrap(&plain);
        let learned = Learned { value: LearnedValue::None, policy: Vec::new() };
        let drawing = |config: &EnvConfig| {
            let path = seen(config.build().unwrap().as_mut(), &actions);
            let (observation, action, ending) = (&path[path.len() - 1][..], Some(0), Ending::Continues);
            let (learned, states, range) = (&learned, &[][..], (0.0, 1.0));
            let scene = Scene { path: &path, observation, step: 3, total: 3.0, action, ending, learned, states, range };
            config.renderer().unwrap().draw(&scene)
        };
        assert!(wrapped.renderer().unwrap().states().is_empty());
        assert_eq!(drawing(&wrapped), drawing(&plain), "{id}");
    }
    let stacked = EnvWrappers { frame_stack: Some(2), ..NONE }.wrap(&env("cart-pole"));
    let names: Vec<String> = stacked.components().into_iter().map(|component| component.name).collect();
    let axes = stacked.map_axes().unwrap();
    assert_eq!(names[axes[0]], env("cart-pole").components()[axes[0] - 4].name);
    assert!(names[0].ends_with(", 1 before") && names.len() == 8, "{names:?}");
}
