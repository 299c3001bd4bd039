//! What every environment promises, over the whole registry and every map: a newcomer is covered the day it is listed.

#![allow(clippy::unwrap_used)] // a test may panic

mod common;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use common::corridor;
use rand::RngExt;
use tilde_envs::{
    BlackjackConfig, BoyanChainConfig, BoyanChainObservation, CatchConfig, ChainConfig, CliffWalkingConfig, Ending,
    Env, EnvConfig, EnvWrappers, FrozenLakeConfig, GridworldConfig, GridworldObservation, MapSource, RandomWalkConfig,
    Rng, Step, TaxiConfig, TaxiObservation, TransitionModel, WindyGridworldConfig, environments, named_maps,
};

/// Every environment with a name for messages.
fn configs() -> Vec<(String, EnvConfig)> {
    // Where an environment has settings without a default: a program of the tests, and Gymnasium's in `tests/gymnasium.rs`.
    let listed = environments().all().into_iter().filter(|entry| entry.id != "gymnasium").map(|entry| {
        let config = if entry.id == "program" { corridor("none").into() } else { entry.default().unwrap() };
        (entry.name(), config)
    });
    let maps = named_maps().iter().flat_map(|map| {
        [0.0, 0.3, 2.0 / 3.0, 1.0].map(|slip| {
            let config = GridworldConfig { slip, ..GridworldConfig::of_map(MapSource::Name(map.name.to_owned())) };
            (format!("gridworld {} with slip {slip}", map.name), EnvConfig::from(config))
        })
    });
    let planes = named_maps().iter().map(|map| {
        let observation = GridworldObservation::Planes;
        let of_map = GridworldConfig::of_map(MapSource::Name(map.name.to_owned()));
        let config = GridworldConfig { slip: 0.3, observation, ..of_map };
        (format!("gridworld {} in planes", map.name), EnvConfig::from(config))
    });
    let boards = [(2, 1), (2, 4), (84, 84)].map(|(rows, columns)| {
        (format!("catch of {rows} × {columns}"), EnvConfig::from(CatchConfig { rows, columns }))
    });
    listed.chain(maps).chain(planes).chain(boards).chain(variants()).chain(wrapped()).collect()
}

/// Environments with other settings than their defaults.
fn variants() -> Vec<(String, EnvConfig)> {
    let taxi = |is_rainy, fickle_passenger, observation| {
        EnvConfig::from(TaxiConfig { is_rainy, fickle_passenger, observation, ..TaxiConfig::default() })
    };
    let windy = |stochastic, kings_moves, observation| {
        EnvConfig::from(WindyGridworldConfig {
            stochastic,
            kings_moves,
            observation,
            ..WindyGridworldConfig::default()
        })
    };
    let cliff = |is_slippery, observation| {
        EnvConfig::from(CliffWalkingConfig { is_slippery, observation, ..CliffWalkingConfig::default() })
    };
    let lake = |success_rate, observation| {
        EnvConfig::from(FrozenLakeConfig { success_rate, observation, ..FrozenLakeConfig::default() })
    };
    let walk = |states, jump| EnvConfig::from(RandomWalkConfig { states, jump, ..RandomWalkConfig::default() });
    let chain = |states, slip| EnvConfig::from(ChainConfig { states, slip, ..ChainConfig::default() });
    let features = BoyanChainConfig { observation: BoyanChainObservation::Features };
    [
        ("taxi in the rain", taxi(true, false, TaxiObservation::Number)),
        ("taxi by its components", taxi(false, false, TaxiObservation::Components)),
        ("fickle taxi", taxi(false, true, TaxiObservation::Number)),
        ("fickle taxi in the rain by its components", taxi(true, true, TaxiObservation::Components)),
        ("stochastic windy gridworld", windy(true, false, GridworldObservation::Position)),
        ("windy gridworld with king's moves", windy(true, true, GridworldObservation::Number)),
        ("slippery cliff", cliff(true, GridworldObservation::Number)),
        ("slippery cliff in planes", cliff(true, GridworldObservation::Planes)),
        ("frozen lake by position", lake(0.7, GridworldObservation::Position)),
        ("blackjack without naturals", BlackjackConfig { natural: false, sab: false }.into()),
        ("casino blackjack", BlackjackConfig { natural: true, sab: false }.into()),
        ("random walk of two states", walk(2, 1)),
        ("random walk with jumps", walk(12, 5)),
        ("chain of two without slipping", chain(2, 0.0)),
        ("chain of eight", chain(8, 0.3)),
        ("Boyan's chain by its features", features.into()),
    ]
    .map(|(name, config)| (name.to_owned(), config))
    .into()
}

/// Environments in wrappers.
fn wrapped() -> Vec<(String, EnvConfig)> {
    let wrapped =
        [("cart-pole", 25, 3, 2), ("gridworld", 40, 1, 3), ("catch", 50, 2, 2)].map(|(id, limit, repeat, frames)| {
            let wrappers =
                EnvWrappers { time_limit: Some(limit), action_repeat: Some(repeat), frame_stack: Some(frames) };
            (format!("{id} in wrappers"), wrappers.wrap(&environments().find(id).unwrap().default().unwrap()))
        });
    let limited = EnvWrappers { time_limit: Some(5), ..EnvWrappers::default() };
    let limited = limited.wrap(&environments().find("gridworld").unwrap().default().unwrap());
    wrapped.into_iter().chain([("gridworld with another limit".to_owned(), limited)]).collect()
}

/// An environment, its stream, and a stream of actions: everything that a random walk needs.
struct Walk {
    env: Box<dyn Env>,
    rng: Rng,
    actions: Rng,
    observation: Vec<f32>,
}

impl Walk {
    fn new(config: &EnvConfig, seed: u64) -> Self {
        let env = config.build().unwrap();
        let observation = vec![f32::NAN; env.observation_space().len()];
        let (rng, actions) = (Rng::from_seed(seed), Rng::from_seed_and_key(seed, &[1]));
        let mut walk = Walk { env, rng, actions, observation };
        walk.reset();
        walk
    }

    fn reset(&mut self) {
        self.env.reset(&mut self.rng, &mut self.observation);
    }

    fn step(&mut self) -> (usize, Step) {
        let action = self.actions.random_range(0..self.env.actions());
        (action, self.env.step(action, &mut self.rng, &mut self.observation))
    }

    /// How the steps of the running episode end, to its last.
    fn finish_episode(&mut self) -> Vec<Ending> {
        let mut endings = vec![self.step().1.ending];
        while !endings[endings.len() - 1].is_over() {
            endings.push(self.step().1.ending);
        }
        endings
    }

    /// The next steps with what was seen, across episodes.
    fn trace(&mut self, steps: usize) -> Vec<(Step, Vec<u32>)> {
        let mut trace = Vec::new();
        for _ in 0..steps {
            let (_, step) = self.step();
            trace.push((step, bits(&self.observation)));
            if step.ending.is_over() {
                self.reset();
                trace.push((Step { reward: 0.0, ending: Ending::Continues }, bits(&self.observation)));
            }
        }
        trace
    }
}

fn bits(observation: &[f32]) -> Vec<u32> {
    observation.iter().map(|value| value.to_bits()).collect()
}

fn panics<T>(f: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

#[test]
fn observations_lie_in_their_space() {
    for (name, config) in configs() {
        let mut walk = Walk::new(&config, 0);
        for _ in 0..5_000 {
            assert!(walk.env.observation_space().contains(&walk.observation), "{name}: {:?}", walk.observation);
            let (_, step) = walk.step();
            assert!(step.reward.is_finite(), "{name}");
            if step.ending.is_over() {
                assert!(walk.env.observation_space().contains(&walk.observation), "{name}: {:?}", walk.observation);
                walk.reset();
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_trajectory() {
    for (name, config) in configs() {
        assert_eq!(Walk::new(&config, 5).trace(500), Walk::new(&config, 5).trace(500), "{name}");
    }
}

#[test]
fn a_restored_state_continues_exactly() {
    for (name, config) in configs() {
        for before in [0, 1, 2, 3, 7, 50] {
            let mut walk = Walk::new(&config, 6);
            walk.trace(before);
            let mut restored = Walk { env: config.build().unwrap(), ..Walk::new(&config, 99) };
            restored.env.set_state(&walk.env.state()).unwrap();
            (restored.rng, restored.actions) = (walk.rng.clone(), walk.actions.clone());
            assert_eq!(restored.env.state(), walk.env.state(), "{name}");
            assert_eq!(restored.trace(300), walk.trace(300), "{name} after {before} steps");
        }
    }
}

#[test]
fn an_episode_runs_from_its_reset_to_its_end() {
    for (name, config) in configs() {
        assert!(!config.build().unwrap().is_running(), "{name} before the first reset");
        let mut walk = Walk::new(&config, 4);
        for _ in 0..20 {
            assert!(walk.env.is_running(), "{name}");
            let over = walk.step().1.ending.is_over();
            assert_eq!(walk.env.is_running(), !over, "{name}");
            if over {
                walk.reset();
            }
        }
    }
}

#[test]
fn the_state_after_an_end_is_restored_as_ended() {
    for (name, config) in configs() {
        let mut walk = Walk::new(&config, 7);
        walk.finish_episode();
        let mut restored = Walk::new(&config, 8);
        restored.env.set_state(&walk.env.state()).unwrap();
        assert!(panics(|| restored.step()), "{name} stepped on after its end");
    }
}

#[test]
fn a_state_of_the_wrong_length_or_without_sense_is_an_error() {
    for (name, config) in configs() {
        let mut walk = Walk::new(&config, 9);
        let good = walk.env.state();
        let mut longer = good.clone();
        longer.push(0.0);
        let refused = [vec![], good[1..].to_vec(), longer, vec![f64::NAN; good.len()], vec![-1e9; good.len()]];
        for state in refused {
            assert!(walk.env.set_state(&state).is_err(), "{name} took {state:?}");
        }
        assert_eq!(walk.env.state(), good, "{name}: a refused state leaves the environment as it was");
    }
}

#[test]
fn stepping_without_an_episode_panics() {
    for (name, config) in configs() {
        let mut env = config.build().unwrap();
        let mut observation = vec![0.0; env.observation_space().len()];
        assert!(panics(|| env.step(0, &mut Rng::from_seed(0), &mut observation)), "{name} before a reset");
        let mut walk = Walk::new(&config, 10);
        for _ in 0..3 {
            walk.finish_episode();
            assert!(panics(|| walk.step()), "{name} after an end");
            walk.reset();
        }
    }
}

#[test]
fn an_action_that_does_not_exist_panics() {
    for (name, config) in configs() {
        let mut walk = Walk::new(&config, 11);
        let action = walk.env.actions();
        assert!(panics(|| walk.env.step(action, &mut walk.rng, &mut walk.observation)), "{name}");
    }
}

#[test]
fn a_buffer_of_the_wrong_length_panics() {
    for (name, config) in configs() {
        let length = config.build().unwrap().observation_space().len();
        for wrong in [length - 1, length + 1] {
            let mut walk = Walk::new(&config, 12);
            let mut buffer = vec![0.0; wrong];
            assert!(panics(|| walk.env.step(0, &mut walk.rng, &mut buffer)), "{name}: step");
            assert!(panics(|| walk.env.reset(&mut walk.rng, &mut buffer)), "{name}: reset");
        }
    }
}

/// The same environment with this time limit, if it has such a setting.
fn with_time_limit(config: &EnvConfig, limit: u32) -> Option<EnvConfig> {
    let mut table = toml::Table::try_from(config).unwrap();
    let settings = table.get_mut(config.id())?.as_table_mut()?;
    *settings.get_mut("time_limit")? = limit.into();
    Some(table.try_into().unwrap())
}

#[test]
fn a_time_limit_truncates_on_its_step() {
    for (name, config) in configs() {
        for limit in [1, 3] {
            let Some(config) = with_time_limit(&config, limit) else { continue };
            let mut truncated = 0;
            for seed in 0..50 {
                let mut walk = Walk::new(&config, seed);
                let endings = walk.finish_episode();
                assert!(endings.len() <= limit as usize, "{name}");
                if endings.last() == Some(&Ending::Truncated) {
                    assert_eq!(endings.len(), limit as usize, "{name}");
                    truncated += 1;
                }
            }
            assert!(truncated > 0, "{name} was never truncated");
        }
    }
}

/// How often each (next state, reward, terminated) followed each (state, action).
type Counts = HashMap<(usize, usize), HashMap<(usize, u32, bool), f64>>;

fn observed_transitions(walk: &mut Walk, model: &TransitionModel, steps: usize) -> Counts {
    let mut counts = Counts::new();
    let mut state = model.state_of(&walk.observation).unwrap();
    for _ in 0..steps {
        let (action, step) = walk.step();
        let next = model.state_of(&walk.observation).unwrap();
        let seen = (next, step.reward.to_bits(), step.ending == Ending::Terminated);
        *counts.entry((state, action)).or_default().entry(seen).or_default() += 1.0;
        if step.ending.is_over() {
            walk.reset();
        }
        state = model.state_of(&walk.observation).unwrap();
    }
    counts
}

/// The model's probabilities of what can follow, with outcomes that look alike added up.
fn expected(model: &TransitionModel, state: usize, action: usize) -> HashMap<(usize, u32, bool), f64> {
    let mut expected = HashMap::new();
    for outcome in model.outcomes(state, action) {
        let seen = (outcome.next, (outcome.reward as f32).to_bits(), outcome.terminated);
        *expected.entry(seen).or_insert(0.0) += outcome.probability;
    }
    expected
}

#[test]
fn the_model_agrees_with_what_happens() {
    for (name, config) in configs() {
        let mut walk = Walk::new(&config, 13);
        let Some(model) = walk.env.model() else { continue };
        for ((state, action), seen) in observed_transitions(&mut walk, &model, 50_000) {
            let expected = expected(&model, state, action);
            let total: f64 = seen.values().sum();
            assert!(seen.keys().all(|key| expected.contains_key(key)), "{name}: ({state}, {action}) did {seen:?}");
            for (key, probability) in expected {
                let frequency = seen.get(&key).copied().unwrap_or(0.0) / total;
                // Five standard errors, and one count where they are tiny.
                let tolerance = 5.0 * (probability * (1.0 - probability) / total).sqrt() + 1.0 / total;
                assert!(
                    (frequency - probability).abs() <= tolerance,
                    "{name}: ({state}, {action}) → {key:?} {frequency} of {total}, not {probability}"
                );
            }
        }
    }
}

#[test]
fn episodes_start_as_the_model_says() {
    for (name, config) in configs() {
        let mut walk = Walk::new(&config, 14);
        let Some(model) = walk.env.model() else { continue };
        let mut counts = vec![0.0; model.states()];
        for _ in 0..4_000 {
            walk.reset();
            counts[model.state_of(&walk.observation).unwrap()] += 1.0;
        }
        for &(state, probability) in model.start() {
            assert!((counts[state] / 4_000.0 - probability).abs() < 0.05, "{name}: state {state}");
        }
        assert_eq!(model.start().iter().map(|&(state, _)| counts[state]).sum::<f64>(), 4_000.0, "{name}");
    }
}

#[test]
fn different_states_look_different() {
    for (name, config) in configs() {
        let Some(model) = config.build().unwrap().model() else { continue };
        for state in 0..model.states() {
            assert_eq!(model.state_of(model.observation(state)), Some(state), "{name}");
        }
    }
}
