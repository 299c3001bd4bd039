//! Environments in another process: the program of `examples/corridor_program.rs`, as it should be and gone wrong.

#![allow(clippy::unwrap_used)] // a test may panic

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use common::{corridor, corridor_program};
use tilde_envs::{Ending, Env, EnvFailure, Environment, ProgramConfig, Rng, Space};

fn built(fault: &str, count: usize) -> Vec<Box<dyn Env>> {
    corridor(fault).build_all(count).unwrap()
}

/// What is seen in `steps` steps to the right: observation, reward, ending.
fn walk(env: &mut dyn Env, rng: &mut Rng, steps: usize) -> Vec<(f32, f32, Ending)> {
    let mut observation = [0.0];
    env.reset(rng, &mut observation);
    let mut seen = vec![(observation[0], 0.0, Ending::Continues)];
    for _ in 0..steps {
        let step = env.step(1, rng, &mut observation);
        seen.push((observation[0], step.reward, step.ending));
        if step.ending.is_over() {
            env.reset(rng, &mut observation);
            seen.push((observation[0], 0.0, Ending::Continues));
        }
    }
    seen
}

#[test]
fn a_program_says_what_it_serves_and_is_played() {
    let config = corridor("none");
    let mut env = config.build().unwrap();
    assert_eq!((env.observation_space(), env.actions()), (&Space::Box { low: vec![0.0], high: vec![8.0] }, 2));
    assert_eq!(config.completed().unwrap().reward_threshold(), Some(1.0));
    let mut rng = Rng::from_seed(3);
    // The seeds of the resets are the draws of the stream.
    let mut draws = rng.clone();
    let mut first_cell = || (rand::Rng::next_u64(&mut draws) % 8) as f32;
    let mut expected = Vec::new();
    let mut cell = first_cell();
    expected.push((cell, 0.0, Ending::Continues));
    for _ in 0..30 {
        cell += 1.0;
        let is_over = cell == 8.0;
        let ending = if is_over { Ending::Terminated } else { Ending::Continues };
        expected.push((cell, f32::from(u8::from(is_over)), ending));
        if is_over {
            cell = first_cell();
            expected.push((cell, 0.0, Ending::Continues));
        }
    }
    assert_eq!(walk(env.as_mut(), &mut rng, 30), expected);
}

#[test]
fn environments_that_are_stepped_together_see_what_each_sees_alone() {
    let alone: Vec<_> = (0..3).map(|env| walk(built("none", 1)[0].as_mut(), &mut Rng::from_seed(env), 20)).collect();
    let mut envs = built("none", 3);
    let mut rngs = [0, 1, 2].map(Rng::from_seed);
    let mut observation = [0.0];
    let mut together = vec![Vec::new(); 3];
    for (env, rng, seen) in envs.iter_mut().zip(&mut rngs).zip(&mut together).map(|((env, rng), seen)| (env, rng, seen))
    {
        env.reset(rng, &mut observation);
        seen.push((observation[0], 0.0, Ending::Continues));
    }
    for _ in 0..20 {
        envs.iter_mut().zip(&rngs).for_each(|(env, rng)| env.announce(1, rng));
        for (env, (rng, seen)) in envs.iter_mut().zip(rngs.iter_mut().zip(&mut together)) {
            let step = env.step(1, rng, &mut observation);
            seen.push((observation[0], step.reward, step.ending));
            if step.ending.is_over() {
                env.reset(rng, &mut observation);
                seen.push((observation[0], 0.0, Ending::Continues));
            }
        }
    }
    assert_eq!(together, alone);
}

#[test]
fn a_saved_episode_is_played_again() {
    let mut rng = Rng::from_seed(5);
    let mut env = built("none", 1).remove(0);
    let (mut observation, mut again) = ([0.0], [0.0]);
    env.reset(&mut rng, &mut observation);
    env.step(0, &mut rng, &mut observation);
    let mut copy = built("none", 1).remove(0);
    copy.set_state(&env.state()).unwrap();
    assert!(copy.is_running());
    assert_eq!(copy.state(), env.state());
    let mut copied = rng.clone();
    for _ in 0..20 {
        let one = env.step(1, &mut rng, &mut observation);
        let other = copy.step(1, &mut copied, &mut again);
        assert_eq!((one, observation), (other, again));
        if one.ending.is_over() {
            env.reset(&mut rng, &mut observation);
            copy.reset(&mut copied, &mut again);
            assert_eq!(observation, again);
        }
    }
    assert_eq!(rng, copied);
    for wrong in [vec![], vec![2.0], vec![1.0, 3.0]] {
        assert!(env.set_state(&wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn an_episode_that_cannot_be_repeated_is_cut_off() {
    let mut rng = Rng::from_seed(5);
    let mut env = built("random", 1).remove(0);
    let mut observation = [0.0];
    env.reset(&mut rng, &mut observation);
    let state = env.state();
    // Another process has another ID, so that its episode begins elsewhere; by chance it may not.
    let cut = (0..8).any(|_| {
        let mut copy = built("random", 1).remove(0);
        copy.set_state(&state).unwrap();
        let mut seen = observation;
        let mut copied = rng.clone();
        let step = copy.step(1, &mut copied, &mut seen);
        let is_cut = step.ending == Ending::Truncated;
        if is_cut {
            assert_eq!((step.reward, seen, copy.is_running()), (0.0, observation, false));
            assert_ne!(copied, rng, "the next episode has another seed");
            copy.reset(&mut copied, &mut seen);
            assert!(copy.is_running());
        }
        is_cut
    });
    assert!(cut);
}

/// The message of the failure in the fourth step.
fn failure(fault: &str) -> String {
    let mut env = built(fault, 1).remove(0);
    let mut rng = Rng::from_seed(0);
    let mut play = || catch_unwind(AssertUnwindSafe(|| walk(env.as_mut(), &mut rng, 10))).unwrap_err();
    let EnvFailure(message) = *play().downcast::<EnvFailure>().unwrap();
    let EnvFailure(again) = *play().downcast::<EnvFailure>().unwrap();
    assert_eq!(message, again, "what has failed once stays so");
    message.replace(&corridor_program(), "PROGRAM")
}

#[test]
fn a_program_that_goes_wrong_ends_with_a_message() {
    assert_eq!(failure("exception"), "PROGRAM: an exception\nthe corridor has collapsed");
    assert_eq!(failure("exit"), "PROGRAM: ended with exit status: 3\n  out of torches");
    let nonsense = failure("nonsense");
    assert!(nonsense.starts_with("PROGRAM: what it wrote to standard output is not a frame: \"step \""), "{nonsense}");
    let clock = Instant::now();
    assert_eq!(failure("hang"), "PROGRAM: gave no answer within 1 s, the `timeout`, and was ended");
    assert!(clock.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_is_no_program_of_this_kind_is_an_error_of_its_key() {
    let refused = |command: &[&str], timeout| {
        let command = command.iter().map(|&word| word.to_owned()).collect();
        let error = ProgramConfig { command, timeout, ..corridor("none") }.build().err().unwrap();
        (error.key, error.message)
    };
    assert_eq!(refused(&[], 1.0).0, "command");
    let (key, message) = refused(&["/no/such/program"], 1.0);
    assert!(key == "command" && message.starts_with("`/no/such/program` cannot be started"), "{message}");
    assert_eq!(refused(&["false"], 1.0), ("command".to_owned(), "`false` ended with exit status: 1".to_owned()));
    assert_eq!(refused(&[&corridor_program()], 0.0).0, "timeout");
    assert_eq!(refused(&[&corridor_program()], f64::NAN).0, "timeout");
}
