//! Gridworlds on examples worked out by hand.

#![allow(clippy::unwrap_used)] // a test may panic

use tilde_envs::{
    Ending, Env, EnvConfig, GridworldConfig, GridworldObservation, MapSource, Outcome, Rng, Space, Step,
    TransitionModel, named_maps,
};

const LEFT: usize = 0;
const DOWN: usize = 1;
const RIGHT: usize = 2;
const UP: usize = 3;

fn rows(rows: &[&str]) -> GridworldConfig {
    GridworldConfig::of_map(MapSource::Rows(rows.iter().map(|row| row.to_string()).collect()))
}

fn named(name: &str) -> GridworldConfig {
    GridworldConfig::of_map(MapSource::Name(name.to_owned()))
}

fn build(config: GridworldConfig) -> Box<dyn Env> {
    EnvConfig::from(config).build().unwrap()
}

fn error(config: GridworldConfig) -> (String, String) {
    let error = EnvConfig::from(config).build().err().expect("this configuration is wrong");
    (error.key, error.message)
}

/// Plays actions from a reset; what was seen after each, and the step.
fn play(config: GridworldConfig, actions: &[usize]) -> Vec<([f32; 2], Step)> {
    let mut env = build(config);
    let mut rng = Rng::from_seed(0);
    let mut observation = [0.0; 2];
    env.reset(&mut rng, &mut observation);
    let mut step = |&action| {
        let step = env.step(action, &mut rng, &mut observation);
        (observation, step)
    };
    actions.iter().map(&mut step).collect()
}

fn seen(row: u8, column: u8, reward: f32, ending: Ending) -> ([f32; 2], Step) {
    ([f32::from(row), f32::from(column)], Step { reward, ending })
}

/// Sutton & Barto 2018, section 4.4: V(s) ← max_a Σ p (r + γ V(s')), until nothing changes.
fn optimal_values(model: &TransitionModel, gamma: f64) -> Vec<f64> {
    let mut values = vec![0.0; model.states()];
    loop {
        let backup = |outcome: &Outcome| {
            let rest = if outcome.terminated { 0.0 } else { gamma * values[outcome.next] };
            outcome.probability * (outcome.reward + rest)
        };
        let action_value = |state, action| model.outcomes(state, action).iter().map(backup).sum::<f64>();
        let best = |state| (0..model.actions()).map(|action| action_value(state, action)).fold(f64::MIN, f64::max);
        let better: Vec<f64> = (0..model.states()).map(best).collect();
        let change = better.iter().zip(&values).map(|(new, old)| (new - old).abs()).fold(0.0, f64::max);
        values = better;
        if change < 1e-13 {
            return values;
        }
    }
}

fn value_at_start(model: &TransitionModel, gamma: f64) -> f64 {
    let values = optimal_values(model, gamma);
    model.start().iter().map(|&(state, probability)| probability * values[state]).sum()
}

#[test]
fn a_walk_past_a_wall_ends_at_the_goal() {
    let config = GridworldConfig { step_reward: -0.5, ..rows(&["S#", ".G"]) };
    let walk = play(config, &[UP, LEFT, RIGHT, DOWN, RIGHT]);
    let expected = [
        seen(0, 0, -0.5, Ending::Continues), // the map's edge
        seen(0, 0, -0.5, Ending::Continues), // the map's edge
        seen(0, 0, -0.5, Ending::Continues), // the wall
        seen(1, 0, -0.5, Ending::Continues),
        seen(1, 1, 1.0, Ending::Terminated),
    ];
    assert_eq!(walk, expected);
}

#[test]
fn a_fall_into_a_hole_terminates_with_its_reward() {
    let config = GridworldConfig { hole_reward: -100.0, ..named("cliff") };
    assert_eq!(play(config, &[RIGHT]), [seen(3, 1, -100.0, Ending::Terminated)]);
}

#[test]
fn the_time_limit_truncates() {
    let config = GridworldConfig { time_limit: 2, ..named("4x4") };
    assert_eq!(play(config, &[UP, UP])[1], seen(0, 0, 0.0, Ending::Truncated));
}

#[test]
fn reaching_the_goal_on_the_last_allowed_step_is_terminated() {
    let config = GridworldConfig { time_limit: 1, ..rows(&["SG"]) };
    assert_eq!(play(config, &[RIGHT]), [seen(0, 1, 1.0, Ending::Terminated)]);
}

#[test]
fn several_starts_are_equally_likely() {
    let mut env = build(rows(&["S.S", ".G.", "S.S"]));
    let mut rng = Rng::from_seed(3);
    let mut observation = [0.0; 2];
    let mut counts = [0; 4];
    for _ in 0..4000 {
        env.reset(&mut rng, &mut observation);
        counts[(observation[0] + observation[1] / 2.0) as usize] += 1;
    }
    assert!(counts.iter().all(|&count| (900..1100).contains(&count)), "{counts:?}");
    assert_eq!(env.model().unwrap().start(), [(0, 0.25), (2, 0.25), (6, 0.25), (8, 0.25)]);
}

#[test]
fn a_slip_goes_to_either_side_with_half_its_probability() {
    let model = build(GridworldConfig { slip: 0.2, ..rows(&["...", ".S.", "..G"]) }).model().unwrap();
    let certain = |probability, next| Outcome { probability, next, reward: 0.0, terminated: false };
    // Meant: right, to cell 5. One side: down, to cell 7. Other side: up, to cell 1.
    assert_eq!(model.outcomes(4, RIGHT), [certain(0.1, 7), certain(0.8, 5), certain(0.1, 1)]);
}

#[test]
fn a_world_without_slip_draws_nothing_in_a_step() {
    let mut env = build(named("4x4"));
    let mut rng = Rng::from_seed(0);
    let mut observation = [0.0; 2];
    env.reset(&mut rng, &mut observation);
    let before = rng.clone();
    env.step(RIGHT, &mut rng, &mut observation);
    assert_eq!(rng, before);
}

#[test]
fn walls_are_not_states_and_holes_are_terminal() {
    let model = build(rows(&["S#G", "...", "..H"])).model().unwrap();
    assert_eq!(model.states(), 8);
    assert_eq!(model.state_of(&[0.0, 1.0]), None);
    let terminal: Vec<&[f32]> =
        (0..8).filter(|&state| model.is_terminal(state)).map(|state| model.observation(state)).collect();
    assert_eq!(terminal, [[0.0, 2.0], [2.0, 2.0]]);
}

#[test]
fn optimal_values_of_the_deterministic_lakes_are_powers_of_gamma() {
    // The goal's reward comes with the sixth step on 4x4 and the fourteenth on 8x8.
    assert!((value_at_start(&build(named("4x4")).model().unwrap(), 0.9) - 0.9f64.powi(5)).abs() < 1e-12);
    assert!((value_at_start(&build(named("8x8")).model().unwrap(), 0.9) - 0.9f64.powi(13)).abs() < 1e-12);
}

#[test]
fn the_cliffs_shortest_way_is_thirteen_steps() {
    let config = GridworldConfig { step_reward: -1.0, goal_reward: -1.0, hole_reward: -100.0, ..named("cliff") };
    assert_eq!(value_at_start(&build(config).model().unwrap(), 1.0), -13.0);
}

#[test]
fn the_mazes_shortest_way_is_twenty_four_steps() {
    let config = GridworldConfig { step_reward: -1.0, goal_reward: -1.0, ..named("maze") };
    assert_eq!(value_at_start(&build(config).model().unwrap(), 1.0), -24.0);
}

#[test]
fn the_slippery_lake_has_its_known_optimal_value() {
    // 14/17 is the known best chance of reaching the goal on FrozenLake's 4x4 without a time limit.
    let config = GridworldConfig { slip: 2.0 / 3.0, ..named("4x4") };
    assert!((value_at_start(&build(config).model().unwrap(), 1.0) - 14.0 / 17.0).abs() < 1e-9);
}

#[test]
fn every_named_map_can_be_played_in_its_time() {
    for map in named_maps() {
        let config = named(map.name);
        assert_eq!(config.time_limit, map.time_limit);
        let model = build(config).model().unwrap();
        assert!(value_at_start(&model, 0.99) > 0.99f64.powi(map.time_limit as i32), "{}", map.name);
    }
}

fn in_planes(config: GridworldConfig) -> GridworldConfig {
    GridworldConfig { observation: GridworldObservation::Planes, ..config }
}

#[test]
fn planes_show_the_agent_walls_holes_and_goals() {
    let mut env = build(in_planes(rows(&["S#", ".H", ".G"])));
    assert_eq!(*env.observation_space(), Space::MultiBinary { shape: vec![3, 2, 4] });
    let (mut rng, mut seen) = (Rng::from_seed(0), [f32::NAN; 24]);
    env.reset(&mut rng, &mut seen);
    // Agent, wall, hole, goal of each cell, row by row.
    let [agent, wall, hole, goal] = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];
    let expect = |cells: [[u8; 4]; 6]| cells.concat().into_iter().map(f32::from).collect::<Vec<f32>>();
    let free = [0; 4];
    assert_eq!(seen.to_vec(), expect([agent, wall, free, hole, free, goal]));
    env.step(DOWN, &mut rng, &mut seen);
    assert_eq!(seen.to_vec(), expect([free, wall, agent, hole, free, goal]));
    env.step(RIGHT, &mut rng, &mut seen);
    assert_eq!(seen.to_vec(), expect([free, wall, free, [1, 0, 1, 0], free, goal]));
}

/// The two show the same states in the same order, so that exact values are the same.
#[test]
fn what_is_seen_does_not_change_the_world() {
    for map in named_maps() {
        let config = GridworldConfig { slip: 0.3, ..named(map.name) };
        let (position, planes) = (build(config.clone()), build(in_planes(config.clone())));
        let (position, planes) = (position.model().unwrap(), planes.model().unwrap());
        assert_eq!((planes.states(), planes.start()), (position.states(), position.start()));
        for state in 0..position.states() {
            for action in 0..4 {
                assert_eq!(planes.outcomes(state, action), position.outcomes(state, action));
            }
        }
        let thresholds = [&config, &in_planes(config.clone())].map(|c| EnvConfig::from(c.clone()).reward_threshold());
        assert_eq!(thresholds[0], thresholds[1]);
    }
    let lake = GridworldConfig { slip: 2.0 / 3.0, ..named("4x4") };
    assert_eq!(EnvConfig::from(in_planes(lake)).reward_threshold(), Some(0.7));
}

#[test]
fn a_map_too_large_for_planes_is_refused_with_the_other_choice() {
    let square = |side: usize| {
        let free = ".".repeat(side - 1);
        let mut map = vec![format!("S{free}")];
        map.resize(side, format!("G{free}"));
        GridworldConfig::of_map(MapSource::Rows(map))
    };
    build(in_planes(square(32)));
    build(square(33));
    let (key, message) = error(in_planes(square(33)));
    assert_eq!(key, "observation");
    assert!(message.contains("this one has 1089: use \"position\""), "{message}");
}

#[test]
fn wrong_maps_are_clear_errors() {
    let cases = [
        (rows(&[]), "the map is empty"),
        (rows(&["", ""]), "the map is empty"),
        (rows(&["SF", "FG", "F"]), "row 3 has 1 columns where row 1 has 2"),
        (rows(&["FF", "FG"]), "the map has no start"),
        (rows(&["SF", "FF"]), "the map has no goal"),
        (rows(&["SFG", "FFx"]), "row 2, column 3: 'x' is no cell"),
        (rows(&["SG", "##", ".S"]), "no goal can be reached from the start at row 3, column 2"),
        (rows(&["SHG"]), "no goal can be reached from the start at row 1, column 1"),
        (named("5x5"), "there is no map \"5x5\"; use one of \"4x4\", \"8x8\", \"cliff\", \"maze\""),
    ];
    for (config, expected) in cases {
        let (key, message) = error(config);
        assert_eq!(key, "map");
        assert!(message.contains(expected), "{message:?} should say {expected:?}");
    }
}

#[test]
fn wrong_numbers_are_errors_that_name_their_key() {
    let default = GridworldConfig::default;
    let cases = [
        ("slip", GridworldConfig { slip: -0.1, ..default() }),
        ("slip", GridworldConfig { slip: 1.1, ..default() }),
        ("slip", GridworldConfig { slip: f64::NAN, ..default() }),
        ("step_reward", GridworldConfig { step_reward: f64::INFINITY, ..default() }),
        ("goal_reward", GridworldConfig { goal_reward: f64::NAN, ..default() }),
        ("hole_reward", GridworldConfig { hole_reward: 1e300, ..default() }),
        ("time_limit", GridworldConfig { time_limit: 0, ..default() }),
    ];
    for (expected, config) in cases {
        assert_eq!(error(config).0, expected);
    }
}
