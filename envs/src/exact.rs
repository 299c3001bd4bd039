//! Exact values of a finite MDP by dynamic programming: what a learner's estimates are measured against.
//!
//! Everything here speaks of the decision states ([`decision_states`]) only; where no episode takes an action, values
//! are zero. So a walled-off corner of a map, from which no way leads to a goal, spoils nothing.
//!
//! A sweep over all transitions is fast, but how many it takes depends on the world: with γ = 1 and a policy that wanders about
//! an open map, from 50 by 50 cells on, 100,000 sweeps are not enough, and no more are made: 1.5 seconds there, 6 to 7 on 100
//! by 100 cells. So what sweeps has a form that can be stopped ([`Stopped`]).

use crate::{Outcome, TransitionModel};

/// A computation was asked to stop before it was done, and has no result.
///
/// Functions that can be stopped take `stop`, which they ask before each sweep over all transitions. While it says no, their
/// results do not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped before it was done")
    }
}

impl std::error::Error for Stopped {}

/// The result of a computation that nobody stops.
pub(crate) fn unstopped<T>(compute: impl FnOnce(&dyn Fn() -> bool) -> Result<T, Stopped>) -> T {
    compute(&|| false).expect("what nobody stops is done")
}

/// Action values of all states; zero in states in which no episode takes an action.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionValues {
    actions: usize,
    /// Q(s, a) at s · actions + a.
    values: Vec<f64>,
}

impl ActionValues {
    /// Q(s, ·) of one state, by action.
    ///
    /// # Panics
    /// If the state does not exist.
    #[inline]
    pub fn of(&self, state: usize) -> &[f64] {
        &self.values[state * self.actions..(state + 1) * self.actions]
    }

    /// V(s) = max over a of Q(s, a) (Sutton & Barto 2018, section 3.6); zero in a terminal state.
    ///
    /// # Panics
    /// If the state does not exist.
    pub fn best(&self, state: usize) -> f64 {
        largest(self.of(state).iter().copied())
    }

    /// V of all states, see [`ActionValues::best`].
    pub fn state_values(&self) -> Vec<f64> {
        self.values.chunks_exact(self.actions).map(|row| largest(row.iter().copied())).collect()
    }

    /// All of them in one row: Q(s, a) at s · actions + a.
    pub fn flat(&self) -> &[f64] {
        &self.values
    }
}

/// Q\* by value iteration (Sutton & Barto 2018, section 4.4), in place.
///
/// For `gamma` < 1 the error is below 1e-10 of the largest value, or of 1 where all are smaller; the arithmetic allows
/// 1e-14 / (1 - γ) at best, which is more from γ = 0.9999 on. `None` if the values do not converge, which takes a
/// `gamma` of 1, or so near to 1 that f64 cannot tell the difference: an episode that cannot be ended and is paid or
/// fined for ever has no value, and a value for which 100,000 sweeps are not enough is given up.
///
/// With `gamma` = 1, where a loop costs nothing and rewards have both signs, Bellman's equation has several solutions,
/// and this one need not be V\*. Rewards of one sign are safe (Puterman 1994, chapter 7), and so are worlds in which
/// every step has its price.
///
/// # Panics
/// If `gamma` does not lie in [0, 1].
pub fn value_iteration(model: &TransitionModel, gamma: f64) -> Option<ActionValues> {
    unstopped(|stop| try_value_iteration(model, gamma, stop))
}

/// [`value_iteration`], until it is asked to stop.
///
/// # Errors
/// If it was stopped.
///
/// # Panics
/// If `gamma` does not lie in [0, 1].
pub fn try_value_iteration(
    model: &TransitionModel,
    gamma: f64,
    stop: &dyn Fn() -> bool,
) -> Result<Option<ActionValues>, Stopped> {
    let actions = model.actions();
    let states = decision_states(model);
    let choices = |&state: &usize| {
        (0..actions).map(|action| Equation::new(state, certain(model.outcomes(state, action)), gamma)).collect()
    };
    let equations: Vec<_> = states.iter().map(choices).collect();
    let state_values = solve(model.states(), &states, &equations, gamma, stop)?;
    Ok(state_values.map(|values| lookahead(model, &values, gamma)))
}

/// What each action is worth if `values` are those of the states after it: Q(s, a) = Σ p (r + γ V(s')), with V(s') = 0 after
/// the end. Of V^π it is Q^π (Sutton & Barto 2018, eq. 4.6).
///
/// # Panics
/// If `values` has no entry for a state.
pub fn lookahead(model: &TransitionModel, values: &[f64], gamma: f64) -> ActionValues {
    let actions = model.actions();
    assert_eq!(values.len(), model.states(), "there is one value per state");
    let mut of_actions = vec![0.0; model.states() * actions];
    for state in decision_states(model) {
        for action in 0..actions {
            of_actions[state * actions + action] = backup(model.outcomes(state, action), values, gamma);
        }
    }
    ActionValues { actions, values: of_actions }
}

/// V^π of every state by iterative policy evaluation (Sutton & Barto 2018, section 4.1), in place. The probability
/// π(a | s) is `policy[s * actions + a]`.
///
/// As accurate as [`value_iteration`]. `None` if the values do not converge: with `gamma` = 1, if from some decision
/// state the policy may never end the episode and is paid or fined for ever, or if 100,000 sweeps are not enough, as for a
/// policy that wanders about thousands of cells; with any `gamma`, if a probability is NaN.
///
/// # Panics
/// If `gamma` does not lie in [0, 1], if `policy` has another length than states times actions, or if the
/// probabilities of a decision state do not sum to one.
pub fn policy_evaluation(model: &TransitionModel, policy: &[f64], gamma: f64) -> Option<Vec<f64>> {
    unstopped(|stop| try_policy_evaluation(model, policy, gamma, stop))
}

/// [`policy_evaluation`], until it is asked to stop.
///
/// # Errors
/// If it was stopped.
///
/// # Panics
/// As [`policy_evaluation`].
pub fn try_policy_evaluation(
    model: &TransitionModel,
    policy: &[f64],
    gamma: f64,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Vec<f64>>, Stopped> {
    let actions = model.actions();
    assert_eq!(policy.len(), model.states() * actions, "a policy has one probability per state and action");
    let states = decision_states(model);
    let choices = |&state: &usize| {
        let chances = &policy[state * actions..(state + 1) * actions];
        let sum: f64 = chances.iter().sum();
        // Wide enough for a policy that was computed in f32.
        assert!((sum - 1.0).abs() < 1e-5 || sum.is_nan(), "the probabilities of state {state} sum to {sum}, not one");
        let outcomes = |(action, &chance)| certain(model.outcomes(state, action)).map(move |(p, o)| (chance * p, o));
        vec![Equation::new(state, chances.iter().enumerate().flat_map(outcomes), gamma)]
    };
    let equations: Vec<_> = states.iter().map(choices).collect();
    solve(model.states(), &states, &equations, gamma, stop)
}

/// Q^π of every state and action: [`lookahead`] of [`policy_evaluation`], and `None` and panics as there.
pub fn policy_action_values(model: &TransitionModel, policy: &[f64], gamma: f64) -> Option<ActionValues> {
    Some(lookahead(model, &policy_evaluation(model, policy, gamma)?, gamma))
}

/// The states in which some episode takes an action, in ascending order: those that are not terminal and can be
/// reached from a start, whatever the actions.
///
/// An outcome that terminates reaches nothing: its `next` is seen, but never acted in.
pub fn decision_states(model: &TransitionModel) -> Vec<usize> {
    let mut found = vec![false; model.states()];
    let mut frontier: Vec<usize> = model.start().iter().filter(|start| start.1 > 0.0).map(|start| start.0).collect();
    while let Some(state) = frontier.pop() {
        if !found[state] && !model.is_terminal(state) {
            found[state] = true;
            let outcomes = (0..model.actions()).flat_map(|action| model.outcomes(state, action));
            frontier.extend(outcomes.filter(|outcome| !outcome.terminated).map(|outcome| outcome.next));
        }
    }
    (0..model.states()).filter(|&state| found[state]).collect()
}

/// The expected value at the start of an episode: Σ p(s) v(s) over the start distribution, the J of Sutton & Barto
/// 2018, eq. 13.4, where episodes have one start.
///
/// # Panics
/// If `values` has no entry for a state in which an episode starts.
pub fn start_value(model: &TransitionModel, values: &[f64]) -> f64 {
    model.start().iter().map(|&(state, probability)| probability * values[state]).sum()
}

/// The right side of a Bellman equation: Σ p (r + γ V(s')), with V(s') = 0 after the end.
fn backup(outcomes: &[Outcome], values: &[f64], gamma: f64) -> f64 {
    let outcome = |outcome: &Outcome| {
        let rest = if outcome.terminated { 0.0 } else { gamma * values[outcome.next] };
        outcome.probability * (outcome.reward + rest)
    };
    outcomes.iter().map(outcome).sum()
}

/// Outcomes with their weights, of an action that is taken for certain.
fn certain(outcomes: &[Outcome]) -> impl Iterator<Item = (f64, &Outcome)> {
    outcomes.iter().map(|outcome| (outcome.probability, outcome))
}

/// One way to go on in a state, as V(s) = reward + Σ weight · V(next) in which V(s) itself is not on the right.
///
/// Solving for V(s) takes the returns to the same state into account at once. Swept over, a move into a wall at
/// γ = 0.99 would take thousands of sweeps. The greatest of several such solutions solves V(s) = max over a of (...).
struct Equation {
    reward: f64,
    links: Vec<(usize, f64)>,
}

impl Equation {
    fn new<'a>(state: usize, outcomes: impl Iterator<Item = (f64, &'a Outcome)>, gamma: f64) -> Self {
        let (mut reward, mut stay, mut links) = (0.0, 0.0, Vec::new());
        for (weight, outcome) in outcomes {
            reward += weight * outcome.reward;
            match outcome {
                Outcome { terminated: true, .. } => {}
                Outcome { next, .. } if *next == state => stay += gamma * weight,
                Outcome { next, .. } => links.push((*next, gamma * weight)),
            }
        }
        Equation { reward, links }.solved_for(1.0 - stay)
    }

    /// Divides by what is left of V(s) on the left side.
    fn solved_for(mut self, rest: f64) -> Self {
        // Nothing is left, up to rounding: the state is never left, and its reward comes for ever.
        if rest < 1e-13 {
            let reward = if self.reward == 0.0 { 0.0 } else { self.reward * f64::INFINITY };
            return Equation { reward, links: Vec::new() };
        }
        self.reward /= rest;
        self.links.iter_mut().for_each(|(_, weight)| *weight /= rest);
        self
    }

    #[inline]
    fn value(&self, values: &[f64]) -> f64 {
        self.reward + self.links.iter().map(|&(next, weight)| weight * values[next]).sum::<f64>()
    }
}

/// Solves V(s) = max over the state's equations, starting from zero: `choices[i]` are the equations of `states[i]`.
fn solve(
    count: usize,
    states: &[usize],
    choices: &[Vec<Equation>],
    gamma: f64,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Vec<f64>>, Stopped> {
    assert!((0.0..=1.0).contains(&gamma), "gamma lies in [0, 1], and {gamma} does not");
    let mut values = vec![0.0; count];
    let (tolerance, rows) = (tolerance(gamma), || states.iter().copied().zip(choices));
    for round in 0..most_sweeps(gamma) {
        if stop() {
            return Err(Stopped);
        }
        // To and fro, so that news travels fast whether it comes from high or from low numbers.
        let Sweep { change, scale } =
            if round % 2 == 0 { sweep(rows().rev(), &mut values) } else { sweep(rows(), &mut values) };
        if !change.is_finite() {
            return Ok(None);
        }
        if change <= tolerance * scale {
            return Ok(Some(values));
        }
    }
    Ok(None)
}

struct Sweep {
    /// The largest change of a value.
    change: f64,
    /// The largest value, or 1 where all are smaller.
    scale: f64,
}

fn sweep<'a>(rows: impl Iterator<Item = (usize, &'a Vec<Equation>)>, values: &mut [f64]) -> Sweep {
    let mut sweep = Sweep { change: 0.0, scale: 1.0 };
    for (state, equations) in rows {
        let value = largest(equations.iter().map(|equation| equation.value(values)));
        sweep.change = sweep.change.max((value - values[state]).abs());
        sweep.scale = sweep.scale.max(value.abs());
        values[state] = value;
    }
    sweep
}

/// The change, relative to the largest value, below which a sweep was the last.
///
/// A sweep brings the values nearer to the solution by a factor of γ or better, so the error that is left is at most
/// γ / (1 - γ) times the last change. The lower limit is above what rounding alone can keep in motion.
fn tolerance(gamma: f64) -> f64 {
    (1e-10 * (1.0 - gamma) / gamma).clamp(1e-14, 1e-12)
}

/// How many sweeps to try: below γ = 1 more than it takes, as γ^(64 / (1 - γ)) is smaller than e^-64.
fn most_sweeps(gamma: f64) -> u64 {
    let enough = if gamma < 1.0 { 64.0 / (1.0 - gamma) } else { 0.0 };
    100_000.max(enough as u64)
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, f64::max)
}
