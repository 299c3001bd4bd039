//! Every algorithm on tiny environments whose values are known in closed form, each of which fails for one kind of bug;
//! with every feature map, through every engine.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use common::{BACKENDS, adam, approximator, feature_maps, setup, train};
use tilde::agents::{
    ActorCriticConfig, AlgorithmConfig, DqnConfig, ExpectedSarsaConfig, QLearningConfig, StateEstimate,
};
use tilde::agents::{Exploration, RandomConfig, SarsaConfig, TdPredictionConfig, Value};
use tilde::approx::ApproximatorConfig;
use tilde::device::Backend;
use tilde::losses::TdLoss;
use tilde::run::ExactSolution;
use tilde_envs::Probe;

const GAMMA: f64 = 0.9;
const STEPS: u64 = 4_000;

fn dqn(double: bool, loss: TdLoss) -> AlgorithmConfig {
    AlgorithmConfig::Dqn(DqnConfig {
        gamma: GAMMA,
        num_envs: 1,
        buffer_size: 500,
        batch_size: 32,
        learning_starts: 50,
        train_freq: 1,
        gradient_steps: 1,
        target_update_interval: 10,
        tau: 1.0,
        double,
        handle_timeout_termination: true,
        loss,
        exploration: Exploration::constant(1.0),
    })
}

/// Settings with which an algorithm passes the probes.
fn tuned(algorithm: &AlgorithmConfig) -> AlgorithmConfig {
    let exploration = Exploration::constant(0.5);
    match algorithm {
        AlgorithmConfig::Dqn(_) => dqn(false, TdLoss::Huber),
        AlgorithmConfig::QLearning(_) => AlgorithmConfig::QLearning(QLearningConfig { gamma: GAMMA, exploration }),
        AlgorithmConfig::Sarsa(_) => AlgorithmConfig::Sarsa(SarsaConfig { gamma: GAMMA, exploration }),
        AlgorithmConfig::ExpectedSarsa(config) => {
            AlgorithmConfig::ExpectedSarsa(ExpectedSarsaConfig { gamma: GAMMA, exploration, ..config.clone() })
        }
        AlgorithmConfig::TdPrediction(config) => {
            AlgorithmConfig::TdPrediction(TdPredictionConfig { gamma: GAMMA, lambda: 0.5, ..config.clone() })
        }
        AlgorithmConfig::ActorCritic(config) => {
            let (num_envs, n_steps, gae_lambda) = (2, 2, 0.5);
            AlgorithmConfig::ActorCritic(ActorCriticConfig {
                gamma: GAMMA,
                num_envs,
                n_steps,
                gae_lambda,
                ..config.clone()
            })
        }
        AlgorithmConfig::Random(_) => AlgorithmConfig::Random(RandomConfig { gamma: GAMMA }),
    }
}

/// Trains on every probe, and compares values and policy with the exact ones.
fn passes(algorithm: &AlgorithmConfig, function: &ApproximatorConfig, backend: Backend) {
    for probe in Probe::ALL {
        let config = probe.config();
        let env = config.build().unwrap();
        // One update to four steps has to make do with fewer of them.
        let steps = if matches!(algorithm, AlgorithmConfig::ActorCritic(_)) { 4 * STEPS } else { STEPS };
        let setup = setup(env.as_ref(), function.clone(), adam(2e-2, 1e-4), steps, backend);
        let mut agent = train(&config, algorithm, &setup, |_, _| {});
        let distance = ExactSolution::new(env.model().unwrap(), GAMMA).distance(agent.as_mut(), 0);
        // Values are 1 in size, and 10 where the probe goes on for ever: 2 % of that.
        let scale = if probe == Probe::Truncation { 10.0 } else { 1.0 };
        let what = format!("{} on {} with {function:?} by {backend:?}: {distance:?}", algorithm.id(), config.id());
        // A prediction does not choose its policy; a random one tosses a coin between rewards 1 and −1, and what four
        // thousand tosses show of their mean is less.
        let chooses = !matches!(algorithm, AlgorithmConfig::TdPrediction(_));
        let tolerance = if !chooses && probe == Probe::ActionReward { 0.1 } else { 0.02 };
        assert!(distance.value_max_error.unwrap() < tolerance * scale, "{what}");
        assert!(!chooses || distance.regret.unwrap() < 1e-9, "{what}");
    }
}

fn learns(algorithm: &AlgorithmConfig) -> bool {
    algorithm.outputs(1).is_some()
}

#[test]
fn every_algorithm_passes_every_probe_with_every_feature_map() {
    for algorithm in AlgorithmConfig::all().iter().filter(|algorithm| learns(algorithm)).map(tuned) {
        // A linear function of any map can represent the values of a probe's one component. One-hot features are for
        // discrete spaces, which a probe's is not.
        for map in feature_maps().iter().filter(|map| *map != "one_hot") {
            passes(&algorithm, &approximator(&format!("'{map}'"), &[]), BACKENDS[0]);
        }
        passes(&algorithm, &approximator("'identity'", &[16]), BACKENDS[0]);
        passes(&algorithm, &approximator("'tiles'", &[16]), BACKENDS[0]);
    }
}

#[test]
fn every_algorithm_passes_every_probe_by_automatic_differentiation() {
    for backend in &BACKENDS[1..] {
        for algorithm in AlgorithmConfig::all().iter().filter(|algorithm| learns(algorithm)).map(tuned) {
            passes(&algorithm, &approximator("'identity'", &[16]), *backend);
        }
    }
}

#[test]
fn dqn_passes_with_each_loss_and_both_kinds_of_target() {
    for (double, loss) in [(true, TdLoss::Huber), (false, TdLoss::Mse), (true, TdLoss::Mse)] {
        passes(&dqn(double, loss), &approximator("'identity'", &[16]), BACKENDS[0]);
    }
}

#[test]
fn random_learns_nothing_and_says_so() {
    let config = Probe::ActionReward.config();
    let env = config.build().unwrap();
    let setup = setup(env.as_ref(), ApproximatorConfig::default(), adam(1.0, 1.0), 10, BACKENDS[0]);
    let mut agent = train(&config, &AlgorithmConfig::Random(RandomConfig { gamma: GAMMA }), &setup, |_, _| {});
    let coin = vec![0.5, 0.5];
    assert_eq!(agent.estimate(&[0.0], 0), StateEstimate { value: Value::None, policy: coin.clone(), followed: coin });
    let distance = ExactSolution::new(env.model().unwrap(), GAMMA).distance(agent.as_mut(), 0);
    assert_eq!((distance.value_rmse, distance.regret), (None, Some(1.0)));
}

#[test]
fn dqn_takes_a_time_limit_for_an_end_if_told_so() {
    let AlgorithmConfig::Dqn(config) = dqn(false, TdLoss::Mse) else { unreachable!() };
    let algorithm = AlgorithmConfig::Dqn(DqnConfig { handle_timeout_termination: false, ..config });
    let config = Probe::Truncation.config();
    let env = config.build().unwrap();
    let setup = setup(env.as_ref(), approximator("'identity'", &[]), adam(2e-2, 1e-4), STEPS, BACKENDS[0]);
    let mut agent = train(&config, &algorithm, &setup, |_, _| {});
    let observation = vec![0.0; setup.space.len()];
    let Value::Actions(values) = agent.estimate(&observation, 0).value else { panic!("DQN learns action values") };
    // Every fifth step is the last one, and all look alike: q = 1 + 4/5 γ q.
    let expected = 1.0 / (1.0 - 0.8 * GAMMA);
    assert!((f64::from(values[0]) - expected).abs() < 0.02 * expected, "{values:?}, not {expected}");
}
