//! What a newcomer writes first, with nothing but the required keys, learns.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use common::{algorithms, is_control, train};
use tilde::agents::{Agent, AlgorithmConfig, Value};
use tilde::config::parse;
use tilde::rng::evaluation_stream;
use tilde::run::ExactSolution;
use tilde_envs::{EnvConfig, Rng};

const SEEDS: u64 = 5;

/// Every algorithm that learns to act.
fn control_algorithms() -> impl Iterator<Item = AlgorithmConfig> {
    algorithms().into_iter().filter(is_control)
}

/// Every algorithm that learns the values of a policy that is given.
fn prediction_algorithms() -> impl Iterator<Item = AlgorithmConfig> {
    algorithms().into_iter().filter(|algorithm| algorithm.learns() && !is_control(algorithm))
}

/// Agents with default settings, one for each seed, trained for 100,000 steps.
fn trained(algorithm: &AlgorithmConfig, env: &str, optimizer: &str) -> Vec<(EnvConfig, Box<dyn Agent>)> {
    trained_for(100_000, algorithm.id(), env, optimizer)
}

fn trained_for(steps: u64, algorithm: &str, env: &str, optimizer: &str) -> Vec<(EnvConfig, Box<dyn Agent>)> {
    let text = format!(
        "name = 'first'\nseeds = {{ first = 0, count = {SEEDS} }}\nbudget = {{ steps = {steps} }}\n\
         [env.{env}]\n[algorithm.{algorithm}]\n[approximator]\n[optimizer.{optimizer}"
    );
    let experiment = parse(&text, "first.toml", &[]).unwrap();
    let config = &experiment.variants()[0];
    let agent = |seed| train(&config.env, &config.algorithm, &config.agent_setup(seed), |_, _| {});
    (0..SEEDS).map(|seed| (config.env.clone(), agent(seed))).collect()
}

/// Mean of the undiscounted and of the discounted returns of `episodes` episodes that `act` plays.
fn returns(env: &EnvConfig, episodes: u32, gamma: f64, mut act: impl FnMut(&[f32], &mut Rng) -> usize) -> (f64, f64) {
    let (mut env, mut rng) = (env.build().unwrap(), evaluation_stream(7, 0));
    let mut observation = vec![0.0; env.observation_space().len()];
    let (mut sum, mut discounted) = (0.0, 0.0);
    for _ in 0..episodes {
        env.reset(&mut rng, &mut observation);
        let mut weight = 1.0;
        loop {
            let action = act(&observation.clone(), &mut rng);
            let outcome = env.step(action, &mut rng, &mut observation);
            sum += f64::from(outcome.reward);
            discounted += weight * f64::from(outcome.reward);
            weight *= gamma;
            if outcome.ending.is_over() {
                break;
            }
        }
    }
    (sum / f64::from(episodes), discounted / f64::from(episodes))
}

const ADAM: &str = "adam]\nlearning_rate = 1e-3";

#[test]
fn every_control_algorithm_finds_the_shortest_way_through_a_gridworld() {
    for algorithm in control_algorithms() {
        for (seed, (env, mut agent)) in trained(&algorithm, "gridworld", ADAM).into_iter().enumerate() {
            let truth = ExactSolution::new(env.build().unwrap().model().unwrap(), algorithm.gamma());
            let regret = truth.distance(agent.as_mut(), 100_000).regret.unwrap();
            assert!(regret < 1e-9, "{}, seed {seed}: regret {regret}", algorithm.id());
        }
    }
}

/// Their states are numbered, so that an empty `[approximator]` is a table.
#[test]
fn q_learning_finds_an_optimal_policy_in_every_textbook_world() {
    for env in ["frozen_lake", "taxi", "cliff_walking", "windy_gridworld", "chain"] {
        let agents = trained_for(200_000, "q_learning", env, "sgd]\nlearning_rate = 0.1");
        for (seed, (config, mut agent)) in agents.into_iter().enumerate() {
            let truth = ExactSolution::new(config.build().unwrap().model().unwrap(), 0.99);
            let regret = truth.distance(agent.as_mut(), 200_000).regret.unwrap();
            assert!(regret < 1e-6, "{env}, seed {seed}: regret {regret}");
        }
    }
}

/// The board is seen cell by cell, through the network that goes with it.
#[test]
fn every_control_algorithm_catches_every_ball() {
    for algorithm in control_algorithms() {
        for (seed, (env, mut agent)) in trained(&algorithm, "catch", ADAM).into_iter().enumerate() {
            let (caught, _) = returns(&env, 40, 1.0, |observation, rng| agent.act_eval(observation, rng));
            assert_eq!(caught, 1.0, "{}, seed {seed}", algorithm.id());
        }
    }
}

#[test]
fn every_control_algorithm_balances_the_pole() {
    for algorithm in control_algorithms() {
        let mut of_seeds: Vec<f64> = trained(&algorithm, "cart_pole", ADAM)
            .into_iter()
            .map(|(env, mut agent)| returns(&env, 20, 1.0, |observation, rng| agent.act_eval(observation, rng)).0)
            .collect();
        of_seeds.sort_by(f64::total_cmp);
        // A random policy reaches 22, and CartPole-v0 counts as solved at 195. Learning online, without a target network, one run
        // in a few has just unlearned it.
        assert!(of_seeds[2] >= 195.0 && of_seeds[1] > 100.0, "{}: {of_seeds:?}", algorithm.id());
    }
}

#[test]
fn td_prediction_finds_the_values_of_a_random_policy() {
    for algorithm in prediction_algorithms() {
        for (env, mut agent) in trained(&algorithm, "gridworld", ADAM) {
            let truth = ExactSolution::new(env.build().unwrap().model().unwrap(), algorithm.gamma());
            let error = truth.distance(agent.as_mut(), 100_000).value_rmse_on_policy.unwrap();
            assert!(error < 0.02, "values are off by {error}");
        }
        for (env, mut agent) in trained(&algorithm, "cart_pole", ADAM) {
            let (mut env_of_start, mut rng) = (env.build().unwrap(), evaluation_stream(8, 0));
            let mut observation = vec![0.0; 4];
            let starts: f64 = (0..100)
                .map(|_| {
                    env_of_start.reset(&mut rng, &mut observation);
                    match agent.estimate(&observation, 100_000).value {
                        Value::State(value, _) => f64::from(value) / 100.0,
                        other => panic!("a state's value, not {other:?}"),
                    }
                })
                .sum();
            let random = |_: &[f32], rng: &mut Rng| usize::from(rng.random() < 0.5);
            let (_, expected) = returns(&env, 4_000, algorithm.gamma(), random);
            assert!((starts / expected - 1.0).abs() < 0.15, "a start is worth {expected}, not {starts}");
        }
    }
}

/// A table whose greedy action were the first of equal ones would walk into the wall for ever.
#[test]
fn a_table_finds_the_goal_by_breaking_ties_at_random() {
    let text = "name = 'table'\nseeds = { first = 0, count = 10 }\nbudget = { steps = 20_000 }\n\
                [env.gridworld]\nmap = '4x4'\n[algorithm.q_learning]\n[approximator]\nfeatures = 'one_hot'\n\
                [optimizer.sgd]\nlearning_rate = 0.5";
    let config = &parse(text, "table.toml", &[]).unwrap().variants()[0];
    for seed in 0..10 {
        let mut agent = train(&config.env, &config.algorithm, &config.agent_setup(seed), |_, _| {});
        let (mean, _) = returns(&config.env, 1, 1.0, |observation, rng| agent.act_eval(observation, rng));
        assert_eq!(mean, 1.0, "seed {seed} ends without the goal");
    }
}
