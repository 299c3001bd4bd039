//! Algorithms against their textbook forms, written out anew.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use common::{BACKENDS, act, adam, algorithms, approximator, set_parameters, setup, sgd, train};
use tilde::agents::{
    ActorCriticConfig, AlgorithmConfig, ExpectedSarsaConfig, Exploration, QLearningConfig, SarsaConfig, TargetPolicy,
};
use tilde::agents::{Agent, TdPredictionConfig};
use tilde::approx::Weights;
use tilde::device::Backend;
use tilde::rng::{Stream, stream};
use tilde::schedule::Linear;
use tilde_envs::{CartPoleConfig, Ending, EnvConfig, GridworldConfig, MapSource};

fn gridworld(map: &str, slip: f64) -> EnvConfig {
    EnvConfig::from(GridworldConfig { slip, ..GridworldConfig::of_map(MapSource::Name(map.to_owned())) })
}

fn q_learning(gamma: f64, exploration: Exploration) -> AlgorithmConfig {
    AlgorithmConfig::from(QLearningConfig { gamma, exploration })
}

fn action_values(agent: &mut dyn Agent, observation: &[f32]) -> Vec<f32> {
    agent.estimate(observation, 0).value.numbers().to_vec()
}

/// Q-learning and Sarsa in their tables, in the arithmetic of the update: 32-bit floats, target first.
#[test]
fn one_hot_q_learning_and_sarsa_are_the_textbook_tables_to_the_last_bit() {
    let (gamma, alpha) = (0.95_f32, 0.1_f32);
    let exploration = Exploration::constant(0.9);
    let sarsa = AlgorithmConfig::from(SarsaConfig { gamma: 0.95, exploration: exploration.clone() });
    for (algorithm, on_policy) in [(q_learning(0.95, exploration), false), (sarsa, true)] {
        // No episode is cut off: Sarsa's next action would not be seen there.
        let map = MapSource::Name("4x4".to_owned());
        let config =
            EnvConfig::from(GridworldConfig { slip: 0.3, time_limit: 100_000, ..GridworldConfig::of_map(map) });
        let env = config.build().unwrap();
        let setup = setup(env.as_ref(), approximator("'one_hot'", &[]), sgd(0.1), 20_000, BACKENDS[0]);
        let mut table = [[0.0_f32; 4]; 16];
        let state = |observation: &[f32]| (4.0 * observation[0] + observation[1]) as usize;
        // Sarsa's update waits until the next action is known; the last of an episode needs none.
        let mut waiting: Option<(usize, usize, f32, usize)> = None;
        let mut agent = train(&config, &algorithm, &setup, |_, t| {
            let (x, next) = (state(t.observation), state(t.next_observation));
            if let Some((x, u, reward, next)) = waiting.take() {
                table[x][u] += alpha * (reward + gamma * table[next][t.action] - table[x][u]);
            }
            let bootstrapped = match t.ending {
                Ending::Terminated => t.reward,
                _ if on_policy => {
                    waiting = Some((x, t.action, t.reward, next));
                    return;
                }
                _ => t.reward + gamma * table[next].iter().copied().fold(f32::NEG_INFINITY, f32::max),
            };
            table[x][t.action] += alpha * (bootstrapped - table[x][t.action]);
        });
        if let Some((x, ..)) = waiting {
            // The agent has learned from the last step, the table waits for an action that was not taken.
            table[x] = action_values(agent.as_mut(), &[(x / 4) as f32, (x % 4) as f32]).try_into().unwrap();
        }
        assert_eq!(agent.parameters(), 16 * 4, "a table, without a bias");
        for (x, row) in table.iter().enumerate() {
            let learned = action_values(agent.as_mut(), &[(x / 4) as f32, (x % 4) as f32]);
            assert_eq!(learned, row, "{} in state {x}", algorithm.id());
        }
        assert!(table[0].iter().any(|&value| value > 0.0), "something was learned");
    }
}

#[test]
fn expected_sarsa_with_a_greedy_target_is_q_learning() {
    let config = gridworld("4x4", 0.3);
    let exploration: Exploration = Linear { initial: 1.0, end: 0.1, fraction: Some(0.5), steps: None }.into();
    let greedy = AlgorithmConfig::from(ExpectedSarsaConfig {
        gamma: 0.9,
        exploration: exploration.clone(),
        target_policy: TargetPolicy::Greedy,
    });
    let env = config.build().unwrap();
    let setup = setup(env.as_ref(), approximator("'tiles'", &[]), adam(1e-2, 1e-3), 5_000, BACKENDS[0]);
    let saved =
        [greedy, q_learning(0.9, exploration)].map(|algorithm| train(&config, &algorithm, &setup, |_, _| {}).save());
    assert_eq!(saved[0], saved[1]);
}

/// The forward view: every state's value moves to its λ-return (Sutton & Barto 2018, eq. 12.18), with the weights of the
/// episode's start throughout. A step size so small that the weights hardly move makes the online agent an offline one.
#[test]
fn td_lambda_is_the_forward_view_over_an_episode() {
    let (gamma, lambda, alpha) = (0.9_f64, 0.7_f64, 1e-3);
    for (features, hidden) in [("'one_hot'", vec![]), ("{ rbf = { centres = 3 } }", vec![]), ("'scaled'", vec![5])] {
        let config = gridworld("4x4", 0.0);
        let env = config.build().unwrap();
        let td = TdPredictionConfig { gamma, lambda, ..TdPredictionConfig::default() };
        let function = approximator(features, &hidden);
        let mut budget = 0;
        let mut episode: Vec<(Vec<f32>, f32, Vec<f32>)> = Vec::new();
        let long = setup(env.as_ref(), function.clone(), sgd(alpha), 1_000, BACKENDS[0]);
        // The first episode that reaches the goal, to have a reward in it.
        let mut start = 0;
        let mut done = false;
        let algorithm = AlgorithmConfig::from(td.clone());
        train(&config, &algorithm, &long, |_, t| {
            if done {
                return;
            }
            budget += 1;
            episode.push((t.observation.to_vec(), t.reward, t.next_observation.to_vec()));
            if t.ending.is_over() {
                done = t.reward > 0.0;
                if !done {
                    episode.clear();
                    start = budget;
                }
            }
        });
        assert!(done && episode.len() > 5, "an episode reached the goal");
        let weights_after = |steps: u64| {
            let short = setup(env.as_ref(), function.clone(), sgd(alpha), steps, BACKENDS[0]);
            let agent = train(&config, &algorithm, &short, |_, _| {});
            parameters(agent.as_ref())
        };
        let (before, after) = (weights_after(start), weights_after(budget));

        let mut value = common::function(&function, &sgd(alpha), env.observation_space(), 1, BACKENDS[0], 3);
        set_parameters(value.as_mut(), &before);
        let values: Vec<f64> = episode.iter().map(|(x, ..)| f64::from(value.outputs(Weights::Online, x)[0])).collect();
        let mut expected = vec![0.0_f64; before.len()];
        for (t, (observation, ..)) in episode.iter().enumerate() {
            let error = lambda_return(&episode, &values, t, gamma, lambda) - values[t];
            value.record(observation);
            let gradient = value.gradient(&[1.0]);
            expected.iter_mut().zip(&gradient).for_each(|(sum, g)| *sum += alpha * error * f64::from(*g));
        }
        let largest = expected.iter().fold(0.0_f64, |largest, change| largest.max(change.abs()));
        assert!(largest > 1e-5);
        for (index, change) in expected.iter().enumerate() {
            let moved = f64::from(after[index]) - f64::from(before[index]);
            assert!((moved - change).abs() < 0.02 * largest, "{features}: weight {index} moved {moved}, not {change}");
        }
    }
}

/// G^λ of step t of an episode that terminates: (1 − λ) Σₙ λⁿ⁻¹ Gₙ + λᵀ⁻ᵗ⁻¹ G.
fn lambda_return(episode: &[(Vec<f32>, f32, Vec<f32>)], values: &[f64], t: usize, gamma: f64, lambda: f64) -> f64 {
    let rest = episode.len() - t;
    let n_step = |n: usize| {
        let rewards: f64 = (0..n).map(|k| gamma.powi(k as i32) * f64::from(episode[t + k].1)).sum();
        rewards + values.get(t + n).map_or(0.0, |value| gamma.powi(n as i32) * value)
    };
    let mixed: f64 = (1..rest).map(|n| (1.0 - lambda) * lambda.powi(n as i32 - 1) * n_step(n)).sum();
    mixed + lambda.powi(rest as i32 - 1) * n_step(rest)
}

/// The parameters of all functions of an agent, one after another.
fn parameters(agent: &dyn Agent) -> Vec<f32> {
    agent.functions().iter().flat_map(|(_, function)| function.save().parameters).collect()
}

#[test]
fn an_agent_learns_the_functions_that_its_algorithm_declares() {
    let env = gridworld("4x4", 0.0).build().unwrap();
    let setup = setup(env.as_ref(), approximator("'tiles'", &[5]), sgd(0.1), 1_000, BACKENDS[0]);
    let own = approximator("'scaled'", &[]);
    let critic = ActorCriticConfig { critic_approximator: Some(Box::new(own)), ..ActorCriticConfig::default() };
    for algorithm in algorithms().into_iter().chain([critic.into()]) {
        let agent = algorithm.build(&setup);
        let learned: Vec<usize> = agent.functions().iter().map(|(_, function)| function.parameters()).collect();
        let mut init = stream(0, Stream::Init);
        let declared = algorithm.functions(setup.actions);
        let declared: Vec<usize> = declared.iter().map(|one| setup.function(one, &mut init).parameters()).collect();
        assert_eq!(learned, declared, "{}", algorithm.id());
        assert_eq!(algorithm.learns(), !learned.is_empty());
    }
}

#[test]
fn the_engines_train_alike() {
    let cases = [
        (EnvConfig::from(CartPoleConfig::default()), "'identity'", vec![16, 8]),
        (gridworld("4x4", 0.2), "'one_hot'", vec![]),
        (gridworld("4x4", 0.2), "{ tiles = { tilings = 4, tiles = 4 } }", vec![8]),
        (gridworld("4x4", 0.2), "{ fourier = { order = 3, scale_learning_rate = true } }", vec![]),
    ];
    for (config, features, hidden) in cases {
        let env = config.build().unwrap();
        for algorithm in algorithms() {
            let weights = |backend: Backend| {
                let function = approximator(features, &hidden);
                let setup = setup(env.as_ref(), function, sgd(1e-2), 300, backend);
                parameters(train(&config, &algorithm, &setup, |_, _| {}).as_ref())
            };
            let reference = weights(BACKENDS[0]);
            for backend in &BACKENDS[1..] {
                for (index, (a, b)) in reference.iter().zip(weights(*backend)).enumerate() {
                    let close = (a - b).abs() <= 1e-4 * (1.0 + a.abs());
                    assert!(close, "{} over {features}, weight {index}: {a} and {b} by {backend:?}", algorithm.id());
                }
            }
        }
    }
}

#[test]
fn actions_chosen_together_are_those_chosen_one_by_one() {
    let config = gridworld("4x4", 0.3);
    let env = config.build().unwrap();
    for algorithm in algorithms() {
        for backend in BACKENDS {
            let setup = setup(env.as_ref(), approximator("'scaled'", &[6]), adam(1e-2, 1e-3), 400, backend);
            let mut together = train(&config, &algorithm, &setup, |_, _| {});
            let mut one_by_one = algorithm.build(&setup);
            one_by_one.load(&together.save()).unwrap();
            for step in (400..1000).step_by(11) {
                let observations: Vec<f32> = (0..22).map(|i| ((step + i) % 4) as f32).collect();
                let mut actions = [0; 11];
                together.act(&observations, step as u64, &mut actions);
                let rows = observations.chunks_exact(2).zip(step as u64..);
                let alone: Vec<usize> = rows.map(|(row, step)| act(one_by_one.as_mut(), row, step)).collect();
                assert_eq!(alone, actions, "{}", algorithm.id());
            }
        }
    }
}

#[test]
fn a_saved_agent_goes_on_exactly() {
    let config = gridworld("4x4", 0.3);
    let env = config.build().unwrap();
    let trace = TdPredictionConfig { lambda: 0.8, ..TdPredictionConfig::default() };
    for algorithm in algorithms().into_iter().chain([AlgorithmConfig::from(trace)]) {
        for (features, hidden) in [("'tiles'", vec![]), ("'scaled'", vec![6])] {
            let setup = setup(env.as_ref(), approximator(features, &hidden), adam(1e-2, 1e-3), 408, BACKENDS[0]);
            let mut copies = Vec::new();
            let mut seen = 0;
            let agent = train(&config, &algorithm, &setup, |agent, t| {
                seen += 1;
                // A copy made in the middle of an episode and of a rollout, between two rounds, sees what the original sees.
                if seen == 200 {
                    let mut copy = algorithm.build(&setup);
                    copy.load(&agent.save()).unwrap();
                    assert!(copy.save() == agent.save());
                    copies.push(copy);
                } else if seen > 200 {
                    let copy = &mut copies[0];
                    // Its own choice of action is that of the original, which was asked before it.
                    assert_eq!(act(copy.as_mut(), t.observation, seen - 1), t.action, "{}", algorithm.id());
                    copy.observe(t, seen);
                }
            });
            assert!(copies[0].save() == agent.save(), "{} over {features}", algorithm.id());
            let mut other = algorithm.build(&setup);
            assert!(other.load(&[1, 2, 3]).is_err() || agent.parameters() == 0);
        }
    }
}

/// What an agent says of the policy that it follows, before it learns and after, is how often it takes each action.
#[test]
fn agents_follow_the_policy_that_they_say() {
    let config = gridworld("4x4", 0.3);
    let env = config.build().unwrap();
    let boltzmann = Exploration::Boltzmann(Linear::constant(0.05));
    let more = AlgorithmConfig::from(QLearningConfig { gamma: 0.9, exploration: boltzmann });
    for algorithm in algorithms().into_iter().chain([more]) {
        let setup = setup(env.as_ref(), approximator("'one_hot'", &[]), sgd(0.5), 3_000, BACKENDS[0]);
        let (mut new, mut trained) = (algorithm.build(&setup), train(&config, &algorithm, &setup, |_, _| {}));
        for (agent, step) in [(&mut new, 0), (&mut trained, 3_000)] {
            for observation in [[0.0, 0.0], [2.0, 2.0]] {
                let said = agent.estimate(&observation, step).followed;
                assert!((said.iter().sum::<f64>() - 1.0).abs() < 1e-6);
                let mut counts = [0.0; 4];
                (0..20_000).for_each(|_| counts[act(agent.as_mut(), &observation, step)] += 1.0 / 20_000.0);
                for (share, said) in counts.iter().zip(&said) {
                    assert!((share - said).abs() < 0.02, "{} at step {step}: {share}, not {said}", algorithm.id());
                }
            }
        }
    }
}
