//! UpdateStats values against the exact solution, on every map.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use common::{BACKENDS, adam, approximator, feature_maps, setup, sgd, train};
use tilde::agents::{
    AlgorithmConfig, DqnConfig, ExpectedSarsaConfig, Exploration, GivenPolicy, QLearningConfig, SarsaConfig,
    TdPredictionConfig,
};
use tilde::losses::TdLoss;
use tilde::optim::{OptimizerConfig, SgdConfig};
use tilde::results::{Distance, TrueValues};
use tilde::run::ExactSolution;
use tilde::schedule::{Exponential, LearningRate, Linear};
use tilde_envs::{EnvConfig, GridworldConfig, MapSource, named_maps};

const GAMMA: f64 = 0.95;

fn gridworld(map: &str, slip: f64) -> EnvConfig {
    EnvConfig::from(GridworldConfig { slip, ..GridworldConfig::of_map(MapSource::Name(map.to_owned())) })
}

/// Every built-in map without slipping, and the small one with FrozenLake's.
fn worlds() -> Vec<(String, EnvConfig)> {
    let certain = named_maps().iter().map(|map| (map.name.to_owned(), gridworld(map.name, 0.0)));
    certain.chain([("4x4, slippery".to_owned(), gridworld("4x4", 2.0 / 3.0))]).collect()
}

fn falling(initial: f64, end: f64) -> OptimizerConfig {
    let learning_rate = LearningRate::Exponential(Exponential { initial, end, fraction: Some(1.0), steps: None });
    OptimizerConfig::from(SgdConfig { learning_rate, max_grad_norm: None })
}

/// Trains a table and measures it; the goal's reward of 1 is the largest return.
fn distance(config: &EnvConfig, algorithm: &AlgorithmConfig, optimizer: OptimizerConfig, steps: u64) -> Distance {
    let env = config.build().unwrap();
    let setup = setup(env.as_ref(), approximator("'one_hot'", &[]), optimizer, steps, BACKENDS[0]);
    let mut agent = train(config, algorithm, &setup, |_, _| {});
    ExactSolution::new(env.model().unwrap(), algorithm.gamma()).distance(agent.as_mut(), steps)
}

#[test]
fn tabular_q_learning_finds_the_optimal_values_and_policy_of_every_map() {
    let algorithm = AlgorithmConfig::from(QLearningConfig { gamma: GAMMA, exploration: Exploration::constant(1.0) });
    for (name, config) in worlds() {
        // Where nothing is left to chance a step size of 1 is exact; else it has to fall.
        let optimizer = if name.contains("slippery") { falling(0.5, 1e-3) } else { sgd(1.0) };
        let found = distance(&config, &algorithm, optimizer, 3_000_000);
        assert!(found.value_max_error.unwrap() < 0.05, "{name}: {found:?}");
        assert!(found.regret.unwrap() < 1e-9, "{name}: {found:?}");
    }
}

/// Gridworlds with one row or one column, of which one component of the observation says nothing.
#[test]
fn corridors_are_learned_with_every_feature_map() {
    let row = vec!["S....G".to_owned()];
    let column = ["S", ".", ".", ".", ".", "G"].map(str::to_owned).to_vec();
    let algorithm = AlgorithmConfig::from(QLearningConfig { gamma: GAMMA, exploration: Exploration::constant(1.0) });
    for map in [row, column] {
        let config = EnvConfig::from(GridworldConfig::of_map(MapSource::Rows(map)));
        let env = config.build().unwrap();
        for features in feature_maps() {
            let function = approximator(&format!("'{features}'"), &[]);
            let setup = setup(env.as_ref(), function, adam(1e-2, 1e-4), 20_000, BACKENDS[0]);
            let mut agent = train(&config, &algorithm, &setup, |_, _| {});
            let found = ExactSolution::new(env.model().unwrap(), GAMMA).distance(agent.as_mut(), 20_000);
            assert!(found.regret.unwrap() < 1e-9 && found.value_rmse.unwrap() < 0.3, "{features}: {found:?}");
        }
    }
}

#[test]
fn dqn_over_one_hot_features_finds_the_optimal_values_and_policy_of_every_map() {
    let algorithm = AlgorithmConfig::from(DqnConfig {
        num_envs: 1,
        gamma: GAMMA,
        buffer_size: 1_000_000,
        batch_size: 256,
        learning_starts: 1_000,
        train_freq: 32,
        gradient_steps: 1,
        target_update_interval: 3_200,
        tau: 1.0,
        double: false,
        handle_timeout_termination: true,
        loss: TdLoss::Mse,
        exploration: Linear { initial: 1.0, end: 0.5, fraction: Some(1.0), steps: None }.into(),
    });
    for (name, config) in worlds() {
        let found = distance(&config, &algorithm, adam(3e-2, 1e-4), 2_000_000);
        assert!(found.value_max_error.unwrap() < 0.05, "{name}: {found:?}");
        assert!(found.regret.unwrap() < 1e-9, "{name}: {found:?}");
    }
}

#[test]
fn sarsa_with_falling_exploration_ends_with_the_optimal_return() {
    for (name, config) in [("4x4", gridworld("4x4", 0.0)), ("maze", gridworld("maze", 0.0))] {
        let exploration = Linear { initial: 1.0, end: 0.0, fraction: Some(0.9), steps: None }.into();
        let algorithm = AlgorithmConfig::from(SarsaConfig { gamma: GAMMA, exploration });
        let found = distance(&config, &algorithm, sgd(0.2), 500_000);
        assert!(found.regret.unwrap() < 1e-9, "{name}: {found:?}");
    }
}

/// With ε = 0.3 the followed policy's values are not the optimal ones, and what is learned are its own.
#[test]
fn sarsa_and_expected_sarsa_learn_the_values_of_the_policy_that_they_follow() {
    let exploration = Exploration::constant(0.3);
    let sarsa = AlgorithmConfig::from(SarsaConfig { gamma: GAMMA, exploration: exploration.clone() });
    let expected = ExpectedSarsaConfig { gamma: GAMMA, exploration: exploration.clone(), ..Default::default() };
    for algorithm in [sarsa, AlgorithmConfig::from(expected)] {
        let found = distance(&gridworld("4x4", 0.0), &algorithm, falling(0.5, 1e-3), 3_000_000);
        assert_eq!(found.truth, Some(TrueValues::QPi));
        let errors = [found.value_rmse, found.value_rmse_on_policy, found.bellman_rmse];
        assert!(errors.iter().all(|error| error.unwrap() < 0.02), "{}: {found:?}", algorithm.id());
    }
    // The same table of optimal values is far from them.
    let algorithm = AlgorithmConfig::from(QLearningConfig { gamma: GAMMA, exploration: exploration.clone() });
    let config = gridworld("4x4", 0.0);
    let env = config.build().unwrap();
    let setup = setup(env.as_ref(), approximator("'one_hot'", &[]), sgd(1.0), 300_000, BACKENDS[0]);
    let mut optimal = train(&config, &algorithm, &setup, |_, _| {});
    let truth = ExactSolution::new(env.model().unwrap(), GAMMA);
    let found = truth.distance(optimal.as_mut(), 0);
    assert_eq!(found.truth, Some(TrueValues::QStar));
    assert!(found.value_rmse.unwrap() < 1e-6 && found.bellman_rmse.unwrap() < 1e-6, "{found:?}");
    let mut as_sarsa = AlgorithmConfig::from(SarsaConfig { gamma: GAMMA, exploration }).build(&setup);
    as_sarsa.load(&optimal.save()).unwrap();
    let found = truth.distance(as_sarsa.as_mut(), 0);
    assert!(found.value_rmse.unwrap() > 0.1 && found.bellman_rmse.unwrap() > 0.01, "{found:?}");
}

/// An optimal policy keeps to its way. Its values can be learned there and nowhere else, and there they are learned exactly.
#[test]
fn td_prediction_of_a_greedy_policy_has_no_error_where_the_policy_goes() {
    for map in ["4x4", "8x8", "maze"] {
        let policy = GivenPolicy::Greedy;
        let algorithm = AlgorithmConfig::from(TdPredictionConfig { gamma: GAMMA, lambda: 0.0, policy, replay: None });
        let found = distance(&gridworld(map, 0.0), &algorithm, sgd(1.0), 20_000);
        assert_eq!(found.truth, Some(TrueValues::VPi));
        assert!(found.value_rmse_on_policy.unwrap() < 1e-6 && found.bellman_rmse.unwrap() < 1e-6, "{map}: {found:?}");
        assert!(found.value_rmse.unwrap() > 0.1, "{map}: states off the way are not learned: {found:?}");
    }
}

#[test]
fn td_prediction_over_one_hot_features_converges_to_the_values_of_the_policy() {
    // Without chance a policy shows only the states on its way, and on the large maps one with much chance hardly ever reaches some of the
    // cells: what is not visited cannot be learned.
    let random = [("4x4", 0.0), ("4x4", 2.0 / 3.0)].map(|(map, slip)| (map, slip, GivenPolicy::Random));
    let exploring = GivenPolicy::EpsilonGreedy { epsilon: 0.5 };
    let exploring = [("4x4", 0.0), ("4x4", 2.0 / 3.0)].map(|(map, slip)| (map, slip, exploring));
    for (map, slip, policy) in [&random[..], &exploring[..]].concat() {
        for lambda in [0.0, 0.5] {
            let algorithm = AlgorithmConfig::from(TdPredictionConfig { gamma: GAMMA, lambda, policy, replay: None });
            let found = distance(&gridworld(map, slip), &algorithm, falling(0.5, 1e-3), 3_000_000);
            let error = found.value_max_error.unwrap();
            assert!(error < 0.02, "{map} with slip {slip}, {policy:?}, λ = {lambda}: {found:?}");
        }
    }
}
