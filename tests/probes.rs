//! Every algorithm on tiny environments whose values are known in closed form, each of which fails for one kind of bug;
//! with every feature map, through every engine.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use common::{
    BACKENDS, adam, algorithms, approximator, feature_maps, is_control, settings, setup, train, with_settings,
};
use tilde::agents::{AlgorithmConfig, DqnConfig, RandomConfig, StateEstimate, Value};
use tilde::approx::ApproximatorConfig;
use tilde::device::Backend;
use tilde::losses::TdLoss;
use tilde::run::ExactSolution;
use tilde_envs::Probe;

const GAMMA: f64 = 0.9;
const STEPS: u64 = 4_000;

/// Settings with which every algorithm passes the probes; each takes those that it has.
const TUNED: &str = "
    gamma = 0.9
    num_envs = 2
    n_steps = 2
    gae_lambda = 0.5
    lambda = 0.5
    buffer_size = 500
    learning_starts = 50
    train_freq = 1
    target_update_interval = 10
    exploration = { initial = 0.5, final = 0.5, fraction = 1.0 }";

/// Every algorithm that learns, with the settings for the probes.
fn tuned() -> impl Iterator<Item = AlgorithmConfig> {
    let learning = algorithms().into_iter().filter(|algorithm| algorithm.learns());
    learning.map(|algorithm| with_settings(&algorithm, TUNED))
}

/// DQN with the settings for the probes.
fn dqn(double: bool, loss: TdLoss) -> DqnConfig {
    let tuned = with_settings(&DqnConfig::default().into(), TUNED);
    DqnConfig { double, loss, ..tuned.downcast_ref::<DqnConfig>().unwrap().clone() }
}

/// Trains on every probe, and compares values and policy with the exact ones.
fn passes(algorithm: &AlgorithmConfig, function: &ApproximatorConfig, backend: Backend) {
    for probe in Probe::ALL {
        let config = probe.config();
        let env = config.build().unwrap();
        // An algorithm that collects n steps in each of two environments makes one update to four steps.
        let steps = if settings(algorithm).contains_key("n_steps") { 4 * STEPS } else { STEPS };
        let setup = setup(env.as_ref(), function.clone(), adam(2e-2, 1e-4), steps, backend);
        let mut agent = train(&config, algorithm, &setup, |_, _| {});
        let distance = ExactSolution::new(env.model().unwrap(), GAMMA).distance(agent.as_mut(), 0);
        // Values are 1 in size, and 10 where the probe goes on for ever: 2 % of that.
        let scale = if probe == Probe::Truncation { 10.0 } else { 1.0 };
        let what = format!("{} on {} with {function:?} by {backend:?}: {distance:?}", algorithm.id(), config.id());
        // A prediction does not choose its policy; a random one tosses a coin between rewards 1 and −1, and what four
        // thousand tosses show of their mean is less.
        let chooses = is_control(algorithm);
        let tolerance = if !chooses && probe == Probe::ActionReward { 0.1 } else { 0.02 };
        assert!(distance.value_max_error.unwrap() < tolerance * scale, "{what}");
        assert!(!chooses || distance.regret.unwrap() < 1e-9, "{what}");
    }
}

#[test]
fn every_algorithm_passes_every_probe_with_every_feature_map() {
    for algorithm in tuned() {
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
        for algorithm in tuned() {
            passes(&algorithm, &approximator("'identity'", &[16]), *backend);
        }
    }
}

#[test]
fn dqn_passes_with_each_loss_and_both_kinds_of_target() {
    for (double, loss) in [(true, TdLoss::Huber), (false, TdLoss::Mse), (true, TdLoss::Mse)] {
        passes(&dqn(double, loss).into(), &approximator("'identity'", &[16]), BACKENDS[0]);
    }
}

#[test]
fn random_learns_nothing_and_says_so() {
    let config = Probe::ActionReward.config();
    let env = config.build().unwrap();
    let setup = setup(env.as_ref(), ApproximatorConfig::default(), adam(1.0, 1.0), 10, BACKENDS[0]);
    let mut agent = train(&config, &AlgorithmConfig::from(RandomConfig { gamma: GAMMA }), &setup, |_, _| {});
    let coin = vec![0.5, 0.5];
    assert_eq!(agent.estimate(&[0.0], 0), StateEstimate { value: Value::None, policy: coin.clone(), followed: coin });
    let distance = ExactSolution::new(env.model().unwrap(), GAMMA).distance(agent.as_mut(), 0);
    assert_eq!((distance.value_rmse, distance.regret), (None, Some(1.0)));
}

#[test]
fn dqn_takes_a_time_limit_for_an_end_if_told_so() {
    let dqn = DqnConfig { handle_timeout_termination: false, num_envs: 1, ..dqn(false, TdLoss::Mse) };
    let config = Probe::Truncation.config();
    let env = config.build().unwrap();
    let setup = setup(env.as_ref(), approximator("'identity'", &[]), adam(2e-2, 1e-4), STEPS, BACKENDS[0]);
    let mut agent = train(&config, &dqn.into(), &setup, |_, _| {});
    let observation = vec![0.0; setup.space.len()];
    let Value::Actions(values) = agent.estimate(&observation, 0).value else { panic!("DQN learns action values") };
    // Every fifth step is the last one, and all look alike: q = 1 + 4/5 γ q.
    let expected = 1.0 / (1.0 - 0.8 * GAMMA);
    assert!((f64::from(values[0]) - expected).abs() < 0.02 * expected, "{values:?}, not {expected}");
}
