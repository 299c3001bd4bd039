//! The probes' closed-form values against their exact models.

#![allow(clippy::unwrap_used)] // a test may panic

use tilde_envs::{Ending, Probe, Rng, TransitionModel, environments};

/// Q of the optimal policy, by 10 000 sweeps of value iteration.
fn action_values(model: &TransitionModel, gamma: f64) -> Vec<Vec<f64>> {
    let mut values = vec![vec![0.0; model.actions()]; model.states()];
    for _ in 0..10_000 {
        let best: Vec<f64> = values.iter().map(|row| row.iter().copied().fold(f64::MIN, f64::max)).collect();
        for (state, row) in values.iter_mut().enumerate() {
            for (action, value) in row.iter_mut().enumerate() {
                let backup = |o: &tilde_envs::Outcome| {
                    o.probability * (o.reward + if o.terminated { 0.0 } else { gamma * best[o.next] })
                };
                *value = model.outcomes(state, action).iter().map(backup).sum();
            }
        }
    }
    values
}

#[test]
fn the_closed_form_solves_the_model() {
    for probe in Probe::ALL {
        let model = probe.config().build().unwrap().model().unwrap();
        let solved = action_values(&model, 0.9);
        let exact = probe.exact_values(0.9);
        assert_eq!(exact.len(), model.states(), "{probe:?}");
        for (observation, values) in exact {
            let state = model.state_of(&observation).unwrap();
            for (exact, solved) in values.iter().zip(&solved[state]) {
                assert!((exact - solved).abs() < 1e-9, "{probe:?} at {observation:?}: {exact} and {solved}");
            }
        }
    }
}

#[test]
fn the_truncation_probe_is_cut_off_and_never_terminates() {
    let mut env = environments().find("probe-truncation").unwrap().default().unwrap().build().unwrap();
    let mut rng = Rng::from_seed(0);
    let mut observation = [0.0];
    env.reset(&mut rng, &mut observation);
    let endings: Vec<Ending> = (0..5).map(|_| env.step(0, &mut rng, &mut observation).ending).collect();
    assert_eq!(endings[..4], [Ending::Continues; 4]);
    assert_eq!(endings[4], Ending::Truncated);
}

#[test]
fn two_steps_show_zero_then_one_and_pay_at_the_end() {
    let mut env = environments().find("probe-two-step").unwrap().default().unwrap().build().unwrap();
    let mut rng = Rng::from_seed(0);
    let mut observation = [9.0];
    env.reset(&mut rng, &mut observation);
    assert_eq!(observation, [0.0]);
    let first = env.step(0, &mut rng, &mut observation);
    assert_eq!((first.reward, first.ending, observation), (0.0, Ending::Continues, [1.0]));
    let second = env.step(0, &mut rng, &mut observation);
    assert_eq!((second.reward, second.ending), (1.0, Ending::Terminated));
}
