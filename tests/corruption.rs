//! Damaged files are refused with a message or used where they make sense. They never cause a panic, a hang, or an allocation of the
//! size that a damaged number claims.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use common::{BACKENDS, act, adam, algorithms, approximator, damage, rounds, setup, train};
use tilde::agents::{AlgorithmConfig, DqnConfig, TdPredictionConfig};
use tilde::config::parse;
use tilde::replay::Transition;
use tilde_envs::{CartPoleConfig, CatchConfig, Ending, EnvConfig, GridworldConfig, Rng};

/// A large number in postcard's encoding.
const LARGE: [u8; 9] = [0xff; 9];

/// Every algorithm, and two with a trace and with a replay buffer that is soon full and overwrites its oldest rows.
fn with_replay_and_trace() -> impl Iterator<Item = AlgorithmConfig> {
    let trace = AlgorithmConfig::from(TdPredictionConfig { lambda: 0.8, ..TdPredictionConfig::default() });
    let dqn = AlgorithmConfig::from(DqnConfig { buffer_size: 50, learning_starts: 10, ..DqnConfig::default() });
    algorithms().into_iter().chain([trace, dqn])
}

/// Damages the state of an agent. Where it is not refused, the agent continues with steps from `observation` to `next_observation`.
fn damage_states(
    config: &EnvConfig,
    algorithm: &AlgorithmConfig,
    features: &str,
    [observation, next_observation]: [&[f32]; 2],
) {
    let env = config.build().unwrap();
    let mut rng = Rng::from_seed(7);
    let setup = setup(env.as_ref(), approximator(features, &[]), adam(1e-2, 1e-3), 103, BACKENDS[0]);
    let good = train(config, algorithm, &setup, |_, _| {}).save();
    let mut refused = 0;
    let rounds = rounds(400);
    for _ in 0..rounds {
        let mut agent = algorithm.build(&setup);
        match agent.load(&damage(&good, &LARGE, &mut rng)) {
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
            // A damaged number may still be a number; the agent continues with it.
            Ok(()) => (103..113).for_each(|step| {
                let action = act(agent.as_mut(), observation, step);
                let (reward, ending) = (0.5, Ending::Continues);
                agent.observe(Transition { observation, action, reward, next_observation, ending, env: 0 }, step);
            }),
        }
    }
    assert!(4 * refused > rounds, "{}: only {refused} of {rounds} were refused", algorithm.id());
}

#[test]
fn a_damaged_state_of_any_agent_is_refused_or_works() {
    let config = EnvConfig::from(GridworldConfig::default());
    for algorithm in with_replay_and_trace() {
        damage_states(&config, &algorithm, "'tiles'", [&[1.0, 2.0], &[1.0, 3.0]]);
    }
}

/// A replay buffer stores a gridworld's positions in bytes; here it stores bits, and floats.
#[test]
fn a_damaged_replay_buffer_of_bits_or_floats_is_refused_or_works() {
    let dqn = with_replay_and_trace().last().unwrap();
    let board = |cell| std::array::from_fn::<f32, 50, _>(|place| f32::from(place == cell));
    damage_states(&EnvConfig::from(CatchConfig::default()), &dqn, "'identity'", [&board(3), &board(8)]);
    let cart_pole = EnvConfig::from(CartPoleConfig::default());
    damage_states(&cart_pole, &dqn, "'identity'", [&[0.0; 4], &[0.1; 4]]);
}

#[test]
fn a_state_that_claims_huge_lengths_is_refused_before_memory_is_allocated() {
    let config = EnvConfig::from(GridworldConfig::default());
    let env = config.build().unwrap();
    for algorithm in algorithms() {
        let setup = setup(env.as_ref(), approximator("'one_hot'", &[]), adam(1e-2, 1e-3), 10, BACKENDS[0]);
        let mut agent = algorithm.build(&setup);
        // A length of about 10¹⁸, then nothing.
        let claims = postcard::to_stdvec(&1_000_000_000_000_000_000_u64).unwrap();
        assert!(agent.load(&claims).is_err() || agent.parameters() == 0);
    }
}

#[test]
fn a_damaged_config_is_an_error_or_an_experiment() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let mut rng = Rng::from_seed(11);
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read(file.unwrap().path()).unwrap();
        for _ in 0..rounds(150) {
            let damaged = String::from_utf8_lossy(&damage(&text, &LARGE, &mut rng)).into_owned();
            if let Err(error) = parse(&damaged, "damaged.toml", &[]) {
                assert!(error.to_string().starts_with("damaged.toml"), "{error}");
            }
        }
    }
}
