//! Dynamic programming against closed forms, hand-worked examples, and a linear solver.

#![allow(clippy::unwrap_used)] // a test may panic

use tilde_envs::{
    ActionValues, EnvConfig, GridworldConfig, MapSource, Outcome, Probe, Stopped, TransitionModel, decision_states,
    lookahead, named_maps, on_policy_distribution, policy_action_values, policy_evaluation, start_value,
    try_on_policy_distribution, try_policy_evaluation, try_value_iteration, value_iteration,
};

fn grid(config: GridworldConfig) -> TransitionModel {
    EnvConfig::from(config).build().unwrap().model().unwrap()
}

fn rows(rows: &[&str]) -> GridworldConfig {
    GridworldConfig::of_map(MapSource::Rows(rows.iter().map(|row| row.to_string()).collect()))
}

fn named(name: &str) -> GridworldConfig {
    GridworldConfig::of_map(MapSource::Name(name.to_owned()))
}

fn slippery(name: &str) -> TransitionModel {
    grid(GridworldConfig { slip: 2.0 / 3.0, ..named(name) })
}

fn probe(probe: Probe) -> TransitionModel {
    probe.config().build().unwrap().model().unwrap()
}

fn to(probability: f64, next: usize, reward: f64) -> Outcome {
    Outcome { probability, next, reward, terminated: false }
}

fn end(probability: f64, reward: f64) -> Outcome {
    Outcome { probability, next: 0, reward, terminated: true }
}

/// A model with `states` states that starts in state 0.
fn model(actions: usize, states: u8, outcomes: impl FnMut(usize, usize) -> Vec<Outcome>) -> TransitionModel {
    let observations = (0..states).map(|state| vec![f32::from(state)]).collect();
    TransitionModel::new(actions, observations, vec![(0, 1.0)], outcomes)
}

/// A walk on 0..=length + 1 whose two outer states are terminal; entering the right one gives 1.
fn corridor(length: u8) -> TransitionModel {
    let right = usize::from(length) + 1;
    let observations = (0..=length + 1).map(|state| vec![f32::from(state)]).collect();
    TransitionModel::new(2, observations, vec![(right / 2, 1.0)], |state, action| {
        if state == 0 || state == right {
            return Vec::new();
        }
        let next = if action == 0 { state - 1 } else { state + 1 };
        vec![to(1.0, next, if next == right { 1.0 } else { 0.0 })]
    })
}

fn uniform(model: &TransitionModel) -> Vec<f64> {
    vec![1.0 / model.actions() as f64; model.states() * model.actions()]
}

fn greedy(model: &TransitionModel, values: &ActionValues) -> Vec<f64> {
    let row = |state| {
        let best = values.of(state).iter().position(|&value| value == values.best(state)).unwrap();
        (0..model.actions()).map(move |action| f64::from(u8::from(action == best)))
    };
    (0..model.states()).flat_map(row).collect()
}

fn backup(outcomes: &[Outcome], values: &[f64], gamma: f64) -> f64 {
    let rest = |outcome: &Outcome| if outcome.terminated { 0.0 } else { gamma * values[outcome.next] };
    outcomes.iter().map(|outcome| outcome.probability * (outcome.reward + rest(outcome))).sum()
}

/// V^π from (I - γ P) V = r.
fn by_elimination(model: &TransitionModel, policy: &[f64], gamma: f64) -> Vec<f64> {
    let count = model.states();
    let mut matrix = vec![vec![0.0; count + 1]; count];
    for state in 0..count {
        matrix[state][state] = 1.0;
        for action in 0..model.actions() {
            for outcome in model.outcomes(state, action) {
                let weight = policy[state * model.actions() + action] * outcome.probability;
                matrix[state][count] += weight * outcome.reward;
                matrix[state][outcome.next] -= if outcome.terminated { 0.0 } else { gamma * weight };
            }
        }
    }
    gauss_jordan(matrix)
}

/// Solves a system given as rows of coefficients and right side.
fn gauss_jordan(mut matrix: Vec<Vec<f64>>) -> Vec<f64> {
    for column in 0..matrix.len() {
        let size = |&row: &usize| matrix[row][column].abs();
        let pivot = (column..matrix.len()).max_by(|a, b| size(a).total_cmp(&size(b))).unwrap();
        matrix.swap(column, pivot);
        let pivot: Vec<f64> = matrix[column].iter().map(|entry| entry / matrix[column][column]).collect();
        for row in &mut matrix {
            let factor = row[column];
            row.iter_mut().zip(&pivot).for_each(|(entry, pivot)| *entry -= factor * pivot);
        }
        matrix[column] = pivot;
    }
    matrix.iter().map(|row| *row.last().unwrap()).collect()
}

#[track_caller]
fn assert_near(actual: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(actual.len(), expected.len());
    let near = actual.iter().zip(expected).all(|(actual, expected)| (actual - expected).abs() <= tolerance);
    assert!(near, "{actual:?} should be {expected:?}");
}

#[test]
fn the_probes_have_the_values_they_are_made_for() {
    for kind in Probe::ALL {
        let model = probe(kind);
        for gamma in [0.0, 0.5, 0.9, 0.99, 0.9999] {
            let values = value_iteration(&model, gamma).unwrap();
            let exact = kind.exact_values(gamma);
            assert_eq!(exact.len(), decision_states(&model).len());
            for (observation, expected) in exact {
                let state = model.state_of(&observation).unwrap();
                assert_near(values.of(state), &expected, 1e-10 * values.best(state).abs().max(1.0));
            }
        }
    }
}

#[test]
fn the_probe_that_never_ends_has_no_value_without_discounting() {
    assert_eq!(value_iteration(&probe(Probe::Truncation), 1.0), None);
}

/// V(1) = 2 + V(0)/4. Action 0 alone: V(0) = 1 + V(0)/4 = 4/3. Action 1 alone: V(0) = 0.4 V(1) + 0.1 V(0) = 1.
#[test]
fn a_chain_of_two_states_has_the_values_worked_out_by_hand() {
    let chain = model(2, 2, |state, action| match (state, action) {
        (0, 0) => vec![to(0.5, 0, 1.0), end(0.5, 1.0)],
        (0, _) => vec![to(0.8, 1, 0.0), to(0.2, 0, 0.0)],
        _ => vec![to(0.25, 0, 1.0), to(0.25, 0, 3.0), end(0.5, 2.0)],
    });
    let values = value_iteration(&chain, 0.5).unwrap();
    assert_near(values.flat(), &[4.0 / 3.0, 16.0 / 15.0, 7.0 / 3.0, 7.0 / 3.0], 1e-12);
    assert_near(&values.state_values(), &[4.0 / 3.0, 7.0 / 3.0], 1e-12);
    let second = policy_evaluation(&chain, &[0.0, 1.0, 0.5, 0.5], 0.5).unwrap();
    assert_near(&second, &[1.0, 2.25], 1e-12);
}

#[test]
fn the_start_of_a_deterministic_lake_is_worth_a_power_of_gamma() {
    for (name, discounted) in [("4x4", 5), ("8x8", 13)] {
        let model = grid(named(name));
        for gamma in [0.0, 0.9, 0.99, 1.0] {
            let values = value_iteration(&model, gamma).unwrap().state_values();
            assert!((start_value(&model, &values) - f64::powi(gamma, discounted)).abs() < 1e-12);
        }
    }
}

#[test]
fn the_slippery_lake_has_its_known_optimal_values() {
    let model = slippery("4x4");
    let start = |gamma| start_value(&model, &value_iteration(&model, gamma).unwrap().state_values());
    assert!((start(0.99) - 0.542).abs() < 5e-4, "{}", start(0.99));
    // The best chance of reaching the goal without a time limit.
    assert!((start(1.0) - 14.0 / 17.0).abs() < 1e-10, "{}", start(1.0));
}

#[test]
fn optimal_values_solve_bellmans_optimality_equation() {
    for map in named_maps() {
        let model = grid(GridworldConfig { slip: 0.5, step_reward: -0.1, hole_reward: -2.0, ..named(map.name) });
        for gamma in [0.5, 0.99, 0.9999, 1.0] {
            let values = value_iteration(&model, gamma).unwrap();
            let state_values = values.state_values();
            for state in decision_states(&model) {
                for action in 0..model.actions() {
                    let value = backup(model.outcomes(state, action), &state_values, gamma);
                    assert!((values.of(state)[action] - value).abs() < 1e-9, "{} {gamma} {state}", map.name);
                }
            }
        }
    }
}

#[test]
fn the_greedy_policy_of_optimal_values_earns_them() {
    for map in named_maps() {
        let model = slippery(map.name);
        let optimal = value_iteration(&model, 0.99).unwrap();
        let policy = greedy(&model, &optimal);
        assert_near(&policy_evaluation(&model, &policy, 0.99).unwrap(), &optimal.state_values(), 1e-9);
        assert_near(&by_elimination(&model, &policy, 0.99), &optimal.state_values(), 1e-9);
    }
}

#[test]
fn policy_evaluation_agrees_with_a_linear_solver() {
    for map in named_maps() {
        let model = grid(GridworldConfig { slip: 0.3, step_reward: -1.0, hole_reward: -7.0, ..named(map.name) });
        for gamma in [0.3, 0.99, 0.9999, 1.0] {
            let states = decision_states(&model); // the maze also has cells that no walk comes to
            let decided = |values: Vec<f64>| states.iter().map(|&state| values[state]).collect::<Vec<_>>();
            let expected = decided(by_elimination(&model, &uniform(&model), gamma));
            let scale = expected.iter().fold(1.0, |scale: f64, value| scale.max(value.abs()));
            let actual = decided(policy_evaluation(&model, &uniform(&model), gamma).unwrap());
            assert_near(&actual, &expected, 1e-9 * scale);
        }
    }
}

/// Sutton & Barto 2018, example 6.2, and the same with more states.
#[test]
fn a_random_walk_ends_on_the_right_in_proportion_to_its_place() {
    for length in [1, 5, 60] {
        let model = corridor(length);
        let last = f64::from(length + 1);
        let mut expected: Vec<f64> = (0..=length + 1).map(|state| f64::from(state) / last).collect();
        *expected.last_mut().unwrap() = 0.0;
        assert_near(&policy_evaluation(&model, &uniform(&model), 1.0).unwrap(), &expected, 1e-10);
    }
}

/// The ruin of a gambler who wins a round with probability p: the chance is (1 - r^i) / (1 - r^n), r = (1 - p) / p.
#[test]
fn a_biased_random_walk_has_the_gamblers_chances() {
    let model = corridor(9);
    let policy: Vec<f64> = (0..model.states()).flat_map(|_| [0.6, 0.4]).collect();
    let chance = |stake: i32| (1.0 - 1.5f64.powi(stake)) / (1.0 - 1.5f64.powi(10));
    let expected: Vec<f64> = (0..=10).map(|stake| if stake == 10 { 0.0 } else { chance(stake) }).collect();
    assert_near(&policy_evaluation(&model, &policy, 1.0).unwrap(), &expected, 1e-10);
}

#[test]
fn an_undiscounted_loop_that_costs_has_no_value() {
    let alone = model(1, 1, |_, _| vec![to(1.0, 0, -1.0)]);
    let pair = model(1, 2, |state, _| vec![to(1.0, 1 - state, -1.0)]);
    for (endless, value) in [(alone, -10.0), (pair, -10.0)] {
        let policy = uniform(&endless);
        assert_eq!(value_iteration(&endless, 1.0), None);
        assert_eq!(policy_evaluation(&endless, &policy, 1.0), None);
        assert!((policy_evaluation(&endless, &policy, 0.9).unwrap()[0] - value).abs() < 1e-9);
    }
}

#[test]
fn an_undiscounted_loop_that_can_be_left_or_costs_nothing_has_a_value() {
    let priced = model(2, 2, |state, action| vec![[to(1.0, 1 - state, -1.0), end(1.0, -5.0)][action]]);
    assert_near(value_iteration(&priced, 1.0).unwrap().flat(), &[-6.0, -5.0, -6.0, -5.0], 1e-12);
    let free = model(2, 1, |_, action| vec![[to(1.0, 0, 0.0), end(1.0, -5.0)][action]]);
    assert_near(value_iteration(&free, 1.0).unwrap().flat(), &[0.0, -5.0], 0.0);
    assert_near(&policy_evaluation(&free, &[1.0, 0.0], 1.0).unwrap(), &[0.0], 0.0);
}

#[test]
fn long_rewarded_loops_converge_for_gammas_near_one() {
    let circle = model(1, 50, |state, _| vec![to(1.0, (state + 17) % 50, 1.0)]);
    for gamma in [0.99, 0.999, 0.9999] {
        let values = value_iteration(&circle, gamma).unwrap().state_values();
        assert_near(&values, &[1.0 / (1.0 - gamma); 50], 1e-10 / (1.0 - gamma));
    }
}

#[test]
fn decision_states_are_the_cells_that_a_walk_can_leave() {
    // Numbered without walls: S 0, free 1, goal 2 | hole 3, free 4, free 5 | and the last row cannot be reached.
    let model = grid(rows(&["S.G#", "#H..", "####", "...."]));
    assert_eq!(decision_states(&model), [0, 1]);
    let model = grid(GridworldConfig { slip: 0.1, ..rows(&["S.#.", "..#.", "G.#S", "..#G"]) });
    let (goals, all) = ([6, 11], 0..model.states());
    assert_eq!(decision_states(&model), all.filter(|state| !goals.contains(state)).collect::<Vec<_>>());
}

#[test]
fn a_part_of_the_map_without_a_way_out_spoils_no_values() {
    let model = grid(GridworldConfig { step_reward: -1.0, goal_reward: -1.0, ..rows(&["S.G", "###", "..."]) });
    assert_eq!(value_iteration(&model, 1.0).unwrap().state_values(), [-2.0, -1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(policy_evaluation(&model, &[0.25; 24], 0.0).unwrap(), [-1.0, -1.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn what_a_terminating_outcome_shows_is_no_decision_state() {
    for kind in Probe::ALL {
        let model = probe(kind);
        assert_eq!(decision_states(&model), (0..model.states()).collect::<Vec<_>>(), "{kind:?}");
    }
    let beyond = model(1, 3, |state, _| match state {
        0 => vec![Outcome { terminated: true, ..to(0.5, 1, 1.0) }, to(0.5, 2, 1.0)],
        _ => vec![end(1.0, 8.0)],
    });
    assert_eq!(decision_states(&beyond), [0, 2]);
    assert_eq!(value_iteration(&beyond, 0.5).unwrap().flat(), [3.0, 0.0, 8.0]);
}

#[test]
fn the_start_value_weighs_the_starts() {
    let model = grid(rows(&["S..G..S"]));
    assert_eq!(start_value(&model, &[2.0, 9.0, 9.0, 9.0, 9.0, 9.0, 5.0]), 3.5);
}

#[test]
fn a_policy_of_nan_has_no_value() {
    let model = corridor(5);
    assert_eq!(policy_evaluation(&model, &vec![f64::NAN; model.states() * 2], 0.9), None);
}

#[test]
#[should_panic(expected = "sum to")]
fn a_policy_that_does_not_sum_to_one_is_refused() {
    let model = corridor(5);
    policy_evaluation(&model, &vec![0.4; model.states() * 2], 0.9);
}

#[test]
#[should_panic(expected = "gamma lies in")]
fn a_gamma_above_one_is_refused() {
    value_iteration(&corridor(5), 1.01);
}

/// The chain of two states above under its second policy: V = (1, 2.25), and from state 0 action 0 gives 1 + V(0)/4.
#[test]
fn action_values_of_a_policy_are_those_worked_out_by_hand() {
    let chain = model(2, 2, |state, action| match (state, action) {
        (0, 0) => vec![to(0.5, 0, 1.0), end(0.5, 1.0)],
        (0, _) => vec![to(0.8, 1, 0.0), to(0.2, 0, 0.0)],
        _ => vec![to(0.25, 0, 1.0), to(0.25, 0, 3.0), end(0.5, 2.0)],
    });
    let values = policy_action_values(&chain, &[0.0, 1.0, 0.5, 0.5], 0.5).unwrap();
    assert_near(values.flat(), &[1.25, 1.0, 2.25, 2.25], 1e-12);
    assert_near(lookahead(&chain, &[8.0, 4.0], 0.5).flat(), &[3.0, 2.4, 4.0, 4.0], 1e-12);
}

/// The policy is the mean of its action values, whatever it does; and of an optimal policy they are the optimal ones.
#[test]
fn action_values_of_policies_agree_with_state_values() {
    for map in named_maps() {
        let model = slippery(map.name);
        let policy: Vec<f64> = (0..model.states()).flat_map(|_| [0.1, 0.2, 0.3, 0.4]).collect();
        let of_states = policy_evaluation(&model, &policy, 0.95).unwrap();
        let of_actions = policy_action_values(&model, &policy, 0.95).unwrap();
        let means: Vec<f64> =
            of_actions.flat().chunks_exact(4).map(|q| q.iter().zip(&policy).map(|(q, p)| q * p).sum()).collect();
        assert_near(&means, &of_states, 1e-9);
        let optimal = value_iteration(&model, 0.95).unwrap();
        let found = policy_action_values(&model, &greedy(&model, &optimal), 0.95).unwrap();
        assert_near(found.flat(), optimal.flat(), 1e-9);
    }
}

/// From S the goal is two steps to the right. With a coin for left and right, η(0) = 1 + η(0)/2 + η(1)/2 and η(1) = η(0)/2,
/// so that η = (4, 2); of the first two steps it is (1, 0) + (1/2, 1/2), of three (2, 3/4).
#[test]
fn a_corridors_states_are_visited_as_worked_out_by_hand() {
    let corridor = |time_limit| grid(GridworldConfig { time_limit, ..rows(&["S.G"]) });
    let coin: Vec<f64> = [0.5, 0.0, 0.5, 0.0].repeat(3);
    for (time_limit, expected) in [
        (1, [1.0, 0.0, 0.0]),
        (2, [0.75, 0.25, 0.0]),
        (3, [8.0 / 11.0, 3.0 / 11.0, 0.0]),
        (u32::MAX, [2.0 / 3.0, 1.0 / 3.0, 0.0]),
    ] {
        assert_near(&on_policy_distribution(&corridor(time_limit), &coin).unwrap(), &expected, 1e-12);
    }
    // Straight on, one visit each; against the wall for ever, the start alone.
    let always = |action: usize| (0..12).map(|i| f64::from(u8::from(i % 4 == action))).collect::<Vec<_>>();
    assert_near(&on_policy_distribution(&corridor(12), &always(2)).unwrap(), &[0.5, 0.5, 0.0], 1e-15);
    assert_near(&on_policy_distribution(&corridor(u32::MAX), &always(0)).unwrap(), &[1.0, 0.0, 0.0], 1e-15);
}

#[test]
fn a_walk_that_never_ends_has_the_shares_that_it_tends_to() {
    // Out of state 0 into a pair: from 1 to 2 for certain, from 2 to 1 with 1/4. In the long run a visit to 1 for four to 2.
    let pair = model(1, 3, |state, _| match state {
        0 => vec![to(1.0, 1, 0.0)],
        1 => vec![to(1.0, 2, 0.0)],
        _ => vec![to(0.25, 1, 0.0), to(0.75, 2, 0.0)],
    });
    assert_near(&on_policy_distribution(&pair, &[1.0; 3]).unwrap(), &[0.0, 0.2, 0.8], 1e-12);
    // Of eleven steps in a circle of two, six are in the first.
    let circle = model(1, 2, |state, _| vec![to(1.0, 1 - state, 0.0)]);
    let shares = on_policy_distribution(&circle.clone().with_time_limit(11), &[1.0; 2]).unwrap();
    assert_near(&shares, &[6.0 / 11.0, 5.0 / 11.0], 1e-15);
    assert_near(&on_policy_distribution(&circle, &[1.0; 2]).unwrap(), &[0.5, 0.5], 1e-15);
}

/// Where episodes end for certain and no limit is near, η = h + Pᵀ η.
#[test]
fn visits_agree_with_a_linear_solver_and_with_counting() {
    for map in named_maps() {
        let model = grid(GridworldConfig { slip: 0.3, time_limit: u32::MAX, ..named(map.name) });
        let (count, policy) = (model.states(), uniform(&model));
        let decided = decision_states(&model);
        let mut matrix: Vec<Vec<f64>> =
            (0..count).map(|i| (0..=count).map(|j| f64::from(u8::from(i == j))).collect()).collect();
        model.start().iter().for_each(|&(state, p)| matrix[state][count] = p);
        for &state in &decided {
            for outcome in (0..4).flat_map(|action| model.outcomes(state, action)).filter(|o| !o.terminated) {
                matrix[outcome.next][state] -= 0.25 * outcome.probability;
            }
        }
        let visits = gauss_jordan(matrix);
        let all: f64 = decided.iter().map(|&state| visits[state]).sum();
        let expected: Vec<f64> =
            (0..count).map(|state| if decided.contains(&state) { visits[state] / all } else { 0.0 }).collect();
        assert_near(&on_policy_distribution(&model, &policy).unwrap(), &expected, 1e-9);

        // With a limit, step after step.
        for time_limit in [1, 7, 100, 3_000] {
            let mut running = vec![0.0; count];
            model.start().iter().for_each(|&(state, p)| running[state] += p);
            let mut visits = vec![0.0; count];
            for _ in 0..time_limit {
                visits.iter_mut().zip(&running).for_each(|(visits, running)| *visits += running);
                let mut next = vec![0.0; count];
                for &state in &decided {
                    for outcome in (0..4).flat_map(|action| model.outcomes(state, action)).filter(|o| !o.terminated) {
                        next[outcome.next] += 0.25 * outcome.probability * running[state];
                    }
                }
                running = next;
            }
            let all: f64 = visits.iter().sum();
            let expected: Vec<f64> = visits.iter().map(|visits| visits / all).collect();
            let limited = model.clone().with_time_limit(time_limit);
            assert_near(&on_policy_distribution(&limited, &policy).unwrap(), &expected, 1e-10);
        }
    }
}

/// Forty thousand steps of a random walk over a large map would be seconds of work: only so many are counted.
#[test]
fn the_count_of_visits_is_bounded_on_a_large_map_and_exact_for_a_policy_that_arrives() {
    let side = 100;
    let mut map = vec![".".repeat(side); side];
    map[0].replace_range(..1, "S");
    map[side - 1].replace_range(side - 1.., "G");
    let rows: Vec<&str> = map.iter().map(String::as_str).collect();
    let model = grid(self::rows(&rows));
    let started = std::time::Instant::now();
    let shares = on_policy_distribution(&model, &uniform(&model)).unwrap();
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    let optimal = greedy(&model, &value_iteration(&model, 0.99).unwrap());
    let visited = on_policy_distribution(&model, &optimal).unwrap();
    let steps = 2 * (side - 1);
    assert_eq!(visited.iter().filter(|&&share| share > 0.0).count(), steps, "each state on the way once");
    assert!(visited.iter().all(|&share| share == 0.0 || (share - 1.0 / steps as f64).abs() < 1e-12));
}

#[test]
fn a_model_knows_the_limit_of_its_episodes() {
    assert_eq!(grid(GridworldConfig { time_limit: 7, ..named("4x4") }).time_limit(), Some(7));
    assert_eq!(probe(Probe::Truncation).time_limit(), Some(5));
    assert_eq!(probe(Probe::TwoStep).time_limit(), None);
}

#[test]
fn a_policy_of_nan_visits_nothing() {
    let model = corridor(5);
    assert_eq!(on_policy_distribution(&model, &vec![f64::NAN; model.states() * 2]), None);
}

#[test]
fn what_is_stopped_ends_at_the_next_sweep_without_a_result() {
    let model = corridor(100);
    let policy = uniform(&model);
    let asked = std::cell::Cell::new(0);
    let after = |sweeps| {
        asked.set(0);
        let asked = &asked;
        move || asked.replace(asked.get() + 1) == sweeps
    };
    for sweeps in [0, 1, 5] {
        assert_eq!(try_policy_evaluation(&model, &policy, 1.0, &after(sweeps)), Err(Stopped));
        assert_eq!(asked.get(), sweeps + 1);
        assert_eq!(try_on_policy_distribution(&model, &policy, &after(sweeps)), Err(Stopped));
        assert_eq!(asked.get(), sweeps + 1);
    }
    assert_eq!(try_value_iteration(&model, 0.9, &after(1)), Err(Stopped));
    assert_eq!(asked.get(), 2);
    let never = || false;
    assert_eq!(try_value_iteration(&model, 0.9, &never), Ok(value_iteration(&model, 0.9)));
    assert_eq!(try_policy_evaluation(&model, &policy, 1.0, &never), Ok(policy_evaluation(&model, &policy, 1.0)));
    assert_eq!(try_on_policy_distribution(&model, &policy, &never), Ok(on_policy_distribution(&model, &policy)));
}
