//! Exact values of a finite MDP by dynamic programming, to measure the errors of learned values.
//!
//! Values are those of the decision states ([`decision_states`]); all other states have the value zero. So a walled-off corner
//! of a map, from which no goal can be reached, does not matter.
//!
//! The number of sweeps over all transitions depends on the environment. With γ = 1 and a random walk on an open map of 50 by 50
//! cells or more, 100,000 sweeps are not enough, and no more are made: they take 1.5 seconds there, and 6 to 7 on 100 by 100
//! cells. So every function that sweeps has a form that can be stopped ([`Stopped`]).

use crate::{Outcome, TransitionModel};

/// A computation was stopped before its end, and has no result.
///
/// Functions that can be stopped take `stop` and call it before each sweep over all transitions; they stop when it returns true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped before it was done")
    }
}

impl std::error::Error for Stopped {}

/// The result of a computation that is never stopped.
pub(crate) fn unstopped<T>(compute: impl FnOnce(&dyn Fn() -> bool) -> Result<T, Stopped>) -> T {
    compute(&|| false).expect("a computation that is never stopped ends")
}

/// Action values of all states; zero in states that are no decision states.
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

    /// All action values: Q(s, a) at s · actions + a.
    pub fn flat(&self) -> &[f64] {
        &self.values
    }
}

/// Q\* by value iteration (Sutton & Barto 2018, section 4.4), in place.
///
/// For `gamma` < 1 the error is below 1e-10 of the largest absolute value, or below 1e-10 if that is less than 1. The
/// arithmetic allows 1e-14 / (1 - γ) at best, which is more from γ = 0.9999 on. `None` if the values do not converge. That
/// happens only if `gamma` is 1, or so close to 1 that f64 cannot represent the difference: then an episode that cannot be
/// ended and has rewards other than zero for ever has no value. A value that takes more than 100,000 sweeps is `None` too.
///
/// With `gamma` = 1, if there is a loop with rewards of zero and rewards have both signs, Bellman's equation has several
/// solutions, and the one found need not be V\*. It is V\* if all rewards have one sign (Puterman 1994, chapter 7), or if
/// every step has a negative reward.
///
/// # Panics
/// If `gamma` does not lie in [0, 1].
pub fn value_iteration(model: &TransitionModel, gamma: f64) -> Option<ActionValues> {
    unstopped(|stop| try_value_iteration(model, gamma, stop))
}

/// [`value_iteration`] that can be stopped.
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

/// The action values Q(s, a) = Σ p (r + γ V(s')) for state values V = `values`, with V(s') = 0 after a terminating outcome.
/// From V^π it gives Q^π (Sutton & Barto 2018, eq. 4.6).
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
/// state the policy may never end the episode and has rewards other than zero for ever, or if 100,000 sweeps are not enough,
/// as for a random walk over thousands of cells; with any `gamma`, if a probability is NaN.
///
/// # Panics
/// If `gamma` does not lie in [0, 1], if `policy` has another length than states times actions, or if the
/// probabilities of a decision state do not sum to one.
pub fn policy_evaluation(model: &TransitionModel, policy: &[f64], gamma: f64) -> Option<Vec<f64>> {
    unstopped(|stop| try_policy_evaluation(model, policy, gamma, stop))
}

/// [`policy_evaluation`] that can be stopped.
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
        // The tolerance allows a policy that was computed in f32.
        assert!((sum - 1.0).abs() < 1e-5 || sum.is_nan(), "the probabilities of state {state} sum to {sum}, not one");
        let outcomes = |(action, &chance)| certain(model.outcomes(state, action)).map(move |(p, o)| (chance * p, o));
        vec![Equation::new(state, chances.iter().enumerate().flat_map(outcomes), gamma)]
    };
    let equations: Vec<_> = states.iter().map(choices).collect();
    solve(model.states(), &states, &equations, gamma, stop)
}

/// Q^π of every state and action: [`lookahead`] of [`policy_evaluation`], with its `None` and its panics.
pub fn policy_action_values(model: &TransitionModel, policy: &[f64], gamma: f64) -> Option<ActionValues> {
    Some(lookahead(model, &policy_evaluation(model, policy, gamma)?, gamma))
}

/// The decision states, in ascending order: those that are not terminal and can be reached from a start by some actions. No
/// action is taken in any other state, so the `next` of a terminating outcome does not count as reached.
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

/// The expected value at the start of an episode: Σ p(s) v(s) over the start distribution. It is the J of Sutton & Barto
/// 2018, eq. 13.4, for more than one start.
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

/// The outcomes of one action, each with its weight.
fn certain(outcomes: &[Outcome]) -> impl Iterator<Item = (f64, &Outcome)> {
    outcomes.iter().map(|outcome| (outcome.probability, outcome))
}

/// The Bellman equation of one choice in a state, solved for V(s): V(s) = reward + Σ weight · V(next) without V(s) on the
/// right.
///
/// Transitions from a state to itself are so taken into account at once; with sweeps alone, a move into a wall would take
/// thousands at γ = 0.99. The maximum of V(s) over the choices solves Bellman's optimality equation in s.
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

    /// Divides by the coefficient of V(s), once its multiples on the right are moved to the left.
    fn solved_for(mut self, rest: f64) -> Self {
        // The coefficient is zero up to rounding: the state is never left, and its reward repeats for ever.
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
        // In alternating directions: in one of them a change reaches all states behind it within the same sweep.
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
    /// The largest absolute value, or 1 if that is less.
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

/// The change, relative to the largest value, below which the sweeps end.
///
/// A sweep reduces the error by a factor of γ or better, so the remaining error is at most γ / (1 - γ) times the last change.
/// The lower limit is above the changes that rounding alone can cause.
fn tolerance(gamma: f64) -> f64 {
    (1e-10 * (1.0 - gamma) / gamma).clamp(1e-14, 1e-12)
}

/// The most sweeps. Below γ = 1 that is more than are needed, as γ^(64 / (1 - γ)) is smaller than e^-64.
fn most_sweeps(gamma: f64) -> u64 {
    let enough = if gamma < 1.0 { 64.0 / (1.0 - gamma) } else { 0.0 };
    100_000.max(enough as u64)
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, f64::max)
}
