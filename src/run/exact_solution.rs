//! The distance of an agent from the exact solution, where the environment has a model.

use std::cell::{OnceCell, RefCell};

use tilde_envs::{
    ActionValues, Stopped, TransitionModel, decision_states, lookahead, start_value, try_on_policy_distribution,
    try_policy_evaluation, try_value_iteration,
};

use crate::agents::{Agent, StateEstimate, Value};
use crate::results::{Distance, TrueValues};

/// The exact solution of a run's environment.
pub struct ExactSolution {
    model: TransitionModel,
    gamma: f64,
    /// The states in which an action can be taken.
    states: Vec<usize>,
    /// Q*(s, ·) and V*, once computed; nothing if they are not finite, which takes γ = 1.
    optimal: OnceCell<Option<ActionValues>>,
    /// The last policy evaluation.
    evaluated: RefCell<Option<Evaluation>>,
}

/// A policy and its Vπ; nothing if that is not finite, or took too many sweeps.
struct Evaluation {
    policy: Vec<f64>,
    values: Option<Vec<f64>>,
}

/// Whether to stop.
type Stop<'a> = &'a dyn Fn() -> bool;

/// One number per learned value, state after state: one per action, or one.
type PerValue = Vec<f64>;

/// The learned values, and what they are compared with.
struct Compared {
    truth: TrueValues,
    learned: PerValue,
    /// Nothing if they are not finite.
    exact: Option<PerValue>,
    /// The right-hand side of Bellman's equation with the learned values.
    backed_up: PerValue,
}

impl ExactSolution {
    /// The solution of a model. Its parts are computed when they are needed first.
    pub fn new(model: TransitionModel, gamma: f64) -> ExactSolution {
        ExactSolution {
            states: decision_states(&model),
            optimal: OnceCell::new(),
            evaluated: RefCell::new(None),
            gamma,
            model,
        }
    }

    /// Measures an agent after `step` environment steps.
    ///
    /// It costs one estimate per state, and up to two policy evaluations: of the policy that is followed and of the one that
    /// evaluations follow. Each takes as many sweeps over all transitions as the discount and the policy need. The visits of the
    /// followed policy take one sweep per step of its longest episode, fewer if its distribution over states settles before.
    /// The first time, Q* is computed too. On the maps that come with the program all of it takes 0.03 to 0.3 ms, on an open map
    /// of 100 by 100 cells with γ = 0.99 a quarter of a second.
    ///
    /// With γ = 1, a random policy on a map of 50 by 50 cells or more needs more than 100,000 sweeps. No more are made, and its
    /// values are missing: after 1.5 seconds for each policy, on 100 by 100 cells after 6 to 7.
    pub fn distance(&self, agent: &mut dyn Agent, step: u64) -> Distance {
        self.try_distance(agent, step, &|| false).expect("it is never stopped")
    }

    /// [`ExactSolution::distance`] that can be stopped: `stop` is asked before each state's estimate and each sweep.
    ///
    /// # Errors
    /// If it was stopped.
    pub fn try_distance(&self, agent: &mut dyn Agent, step: u64, stop: Stop<'_>) -> Result<Distance, Stopped> {
        let estimate = |state| match stop() {
            true => Err(Stopped),
            false => Ok(agent.estimate(self.model.observation(state), step)),
        };
        let estimates = (0..self.model.states()).map(estimate).collect::<Result<Vec<StateEstimate>, Stopped>>()?;
        let regret = self.regret(&estimates, stop)?;
        let compared = match agent.reward_factor() {
            Some(factor) => self.compare(&estimates, factor, stop)?,
            None => None, // the values are those of other rewards
        };
        let Some(Compared { truth, learned, exact, backed_up }) = compared else {
            return Ok(Distance { regret, ..Distance::default() });
        };
        let errors = exact.map(|exact| differences(&learned, &exact));
        let weights = self.weights(&estimates, truth, stop)?;
        let weighted = |errors: &PerValue| weights.as_ref().map(|weights| root_mean_square(errors, weights));
        Ok(Distance {
            value_rmse: errors.as_ref().map(|errors| root_mean_square(errors, &vec![1.0; errors.len()])),
            value_max_error: errors.as_deref().map(largest),
            regret,
            value_rmse_on_policy: errors.as_ref().and_then(weighted),
            bellman_rmse: weighted(&differences(&learned, &backed_up)),
            truth: Some(truth),
        })
    }

    /// Q*, computed the first time.
    fn optimal(&self, stop: Stop<'_>) -> Result<Option<&ActionValues>, Stopped> {
        if self.optimal.get().is_none() {
            let solved = try_value_iteration(&self.model, self.gamma, stop)?;
            return Ok(self.optimal.get_or_init(|| solved).as_ref());
        }
        Ok(self.optimal.get().and_then(Option::as_ref))
    }

    /// Vπ of a policy. The last one is kept: TD prediction asks for the same one all through a run.
    fn evaluated(&self, policy: &[f64], stop: Stop<'_>) -> Result<Option<Vec<f64>>, Stopped> {
        if let Some(last) = self.evaluated.borrow().as_ref().filter(|last| last.policy == policy) {
            return Ok(last.values.clone());
        }
        let values = try_policy_evaluation(&self.model, policy, self.gamma, stop)?;
        self.evaluated.replace(Some(Evaluation { policy: policy.to_vec(), values: values.clone() }));
        Ok(values)
    }

    /// The learned values, which are of `factor` times the rewards, and the true ones of all states that count; nothing if no values
    /// are learned.
    fn compare(&self, estimates: &[StateEstimate], factor: f64, stop: Stop<'_>) -> Result<Option<Compared>, Stopped> {
        let values = |of: fn(&Value) -> Option<&[f32]>| {
            let mut values = self.rows(|state| of(&estimates[state].value))?;
            values.iter_mut().for_each(|value| *value /= factor);
            Some(values)
        };
        let under = self.policy(estimates, |estimate| match &estimate.value {
            Value::ActionsUnder(_, policy) | Value::State(_, policy) => Some(policy),
            _ => None,
        });
        let of_states =
            values(|value| if let Value::State(value, _) = value { Some(std::slice::from_ref(value)) } else { None });
        let of_actions = values(|value| match value {
            Value::Actions(values) | Value::ActionsUnder(values, _) => Some(values),
            _ => None,
        });
        match (of_states, of_actions, under) {
            (Some(learned), _, Some(policy)) => self.state_values(learned, &policy, stop).map(Some),
            (_, Some(learned), Some(policy)) => self.action_values(learned, &policy, stop).map(Some),
            (_, Some(learned), None) => self.optimal_values(learned, stop).map(Some),
            _ => Ok(None),
        }
    }

    /// Ṽ beside Vπ, and Σ π(u | x) (r + γ Ṽ(x')).
    fn state_values(&self, learned: PerValue, policy: &[f64], stop: Stop<'_>) -> Result<Compared, Stopped> {
        let ahead = lookahead(&self.model, &self.spread(&learned), self.gamma);
        let exact = self.evaluated(policy, stop)?;
        Ok(Compared {
            truth: TrueValues::VPi,
            exact: exact.map(|exact| self.states.iter().map(|&state| exact[state]).collect()),
            backed_up: self.states.iter().map(|&state| mean(ahead.of(state), self.row(policy, state))).collect(),
            learned,
        })
    }

    /// Q̃ beside Qπ, and r + γ Σ π(u' | x') Q̃(x', u').
    fn action_values(&self, learned: PerValue, policy: &[f64], stop: Stop<'_>) -> Result<Compared, Stopped> {
        let rows = learned.chunks_exact(self.model.actions()).zip(&self.states);
        let next: Vec<f64> = rows.map(|(row, &state)| mean(row, self.row(policy, state))).collect();
        let exact = self.evaluated(policy, stop)?;
        Ok(Compared {
            truth: TrueValues::QPi,
            exact: exact.map(|exact| self.flat(&lookahead(&self.model, &exact, self.gamma))),
            backed_up: self.flat(&lookahead(&self.model, &self.spread(&next), self.gamma)),
            learned,
        })
    }

    /// Q̃ beside Q*, and r + γ maxᵤ Q̃(x', u).
    fn optimal_values(&self, learned: PerValue, stop: Stop<'_>) -> Result<Compared, Stopped> {
        let rows = learned.chunks_exact(self.model.actions());
        let next: Vec<f64> = rows.map(|row| row.iter().copied().fold(f64::NEG_INFINITY, f64::max)).collect();
        Ok(Compared {
            truth: TrueValues::QStar,
            exact: self.optimal(stop)?.map(|exact| self.flat(exact)),
            backed_up: self.flat(&lookahead(&self.model, &self.spread(&next), self.gamma)),
            learned,
        })
    }

    /// The weight of each value on-policy: μ(x) for a state, μ(x) b(u | x) for an action, b being the policy that is followed.
    fn weights(
        &self,
        estimates: &[StateEstimate],
        truth: TrueValues,
        stop: Stop<'_>,
    ) -> Result<Option<PerValue>, Stopped> {
        let Some(followed) = self.policy(estimates, |estimate| Some(&estimate.followed)) else { return Ok(None) };
        let shares = try_on_policy_distribution(&self.model, &followed, stop)?;
        Ok(shares.map(|shares| match truth {
            TrueValues::VPi => self.states.iter().map(|&state| shares[state]).collect(),
            TrueValues::QStar | TrueValues::QPi => {
                let row = |&state: &usize| self.row(&followed, state).iter().map(move |p| (state, p));
                self.states.iter().flat_map(row).map(|(state, p)| shares[state] * p).collect()
            }
        }))
    }

    fn regret(&self, estimates: &[StateEstimate], stop: Stop<'_>) -> Result<Option<f64>, Stopped> {
        let Some(policy) = self.policy(estimates, |estimate| Some(&estimate.policy)) else { return Ok(None) };
        let Some(optimal) = self.optimal(stop)? else { return Ok(None) };
        let reached = self.evaluated(&policy, stop)?;
        let at_start = |values: &[f64]| start_value(&self.model, values);
        // Rounding may make the regret of an optimal policy negative.
        Ok(reached.map(|reached| (at_start(&optimal.state_values()) - at_start(&reached)).max(0.0)))
    }

    /// The policy of all states in one row, if every state has one.
    fn policy<'a>(
        &self,
        estimates: &'a [StateEstimate],
        of: impl Fn(&'a StateEstimate) -> Option<&'a Vec<f64>>,
    ) -> Option<Vec<f64>> {
        let rows: Option<Vec<&Vec<f64>>> = estimates.iter().map(of).collect();
        Some(rows?.into_iter().flatten().copied().collect())
    }

    /// The values of each state that counts, in one row; nothing if one has none.
    fn rows<'a>(&self, of: impl Fn(usize) -> Option<&'a [f32]>) -> Option<PerValue> {
        let rows: Option<Vec<&[f32]>> = self.states.iter().map(|&state| of(state)).collect();
        Some(rows?.into_iter().flatten().copied().map(f64::from).collect())
    }

    /// One number per state, from one per state that counts; zero in the others, where no action is taken.
    fn spread(&self, values: &[f64]) -> Vec<f64> {
        let mut spread = vec![0.0; self.model.states()];
        self.states.iter().zip(values).for_each(|(&state, value)| spread[state] = *value);
        spread
    }

    fn flat(&self, values: &ActionValues) -> PerValue {
        self.states.iter().flat_map(|&state| values.of(state)).copied().collect()
    }

    /// π(· | state).
    fn row<'a>(&self, policy: &'a [f64], state: usize) -> &'a [f64] {
        let actions = self.model.actions();
        &policy[state * actions..(state + 1) * actions]
    }
}

/// Σᵤ π(u) q(u). An action without probability has no part in it, though its value were infinite.
fn mean(values: &[f64], probabilities: &[f64]) -> f64 {
    values.iter().zip(probabilities).filter(|(_, p)| **p != 0.0).map(|(value, p)| p * value).sum()
}

fn differences(a: &[f64], b: &[f64]) -> PerValue {
    assert_eq!(a.len(), b.len(), "one value to subtract from each");
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// √(Σ w e² / Σ w). An error without weight has no part in it, though it were infinite.
fn root_mean_square(errors: &[f64], weights: &[f64]) -> f64 {
    assert_eq!(errors.len(), weights.len(), "a weight for each error");
    let squares = errors.iter().zip(weights).filter(|(_, weight)| **weight != 0.0).map(|(e, weight)| weight * e * e);
    (squares.sum::<f64>() / weights.iter().sum::<f64>()).sqrt()
}

fn largest(errors: &[f64]) -> f64 {
    errors.iter().map(|e| e.abs()).max_by(f64::total_cmp).unwrap_or(0.0) // NaN wins
}

#[cfg(test)]
mod tests {
    use tilde_envs::{EnvConfig, GridworldConfig, MapSource};

    use super::*;
    use crate::run::test_agent::TestAgent;

    /// An agent with these estimates in the columns of a map with one row.
    fn believer(estimates: Vec<StateEstimate>) -> TestAgent {
        TestAgent { estimates, ..TestAgent::default() }
    }

    /// Left or right, each as likely; the other actions never.
    const COIN: [f64; 4] = [0.5, 0.0, 0.5, 0.0];
    const RIGHT: [f64; 4] = [0.0, 0.0, 1.0, 0.0];

    /// The distance on the map "S.G" with γ = 1/2 and episodes of three steps, of which a coin spends 8 in 11 in S. The values
    /// are those of S, of the cell beside it and of the goal.
    fn distance(values: [Value; 3], followed: [f64; 4]) -> Distance {
        let map = GridworldConfig::of_map(MapSource::Rows(vec!["S.G".to_owned()]));
        let env = EnvConfig::from(GridworldConfig { time_limit: 3, ..map }).build().unwrap();
        let (policy, followed) = (RIGHT.to_vec(), followed.to_vec());
        let estimate = |value| StateEstimate { value, policy: policy.clone(), followed: followed.clone() };
        ExactSolution::new(env.model().unwrap(), 0.5).distance(&mut believer(values.map(estimate).into()), 0)
    }

    /// A comparison can be stopped at any sweep. Made anew, it has the same result.
    #[test]
    fn a_comparison_is_stopped_at_the_next_sweep() {
        let map = GridworldConfig::of_map(MapSource::Rows(vec!["S.....".to_owned(), ".....G".to_owned()]));
        let env = EnvConfig::from(map).build().unwrap();
        let random = || vec![0.25; 4];
        let estimate = |value| StateEstimate { value, policy: RIGHT.to_vec(), followed: random() };
        for value in [
            Value::None,
            Value::Actions(vec![0.5; 4]),
            Value::ActionsUnder(vec![0.5; 4], random()),
            Value::State(0.5, random()),
        ] {
            let agent = || believer(vec![estimate(value.clone()); 6]);
            let expected = ExactSolution::new(env.model().unwrap(), 1.0).distance(&mut agent(), 0);
            let mut asked_last = 0;
            for patience in (0..).step_by(7) {
                let truth = ExactSolution::new(env.model().unwrap(), 1.0);
                let asked = std::cell::Cell::new(0);
                let stop = || asked.replace(asked.get() + 1) == patience;
                let found = truth.try_distance(&mut agent(), 0, &stop);
                asked_last = asked.get();
                if found.is_ok() {
                    assert_eq!(found, Ok(expected));
                    break;
                }
                assert_eq!((found, asked_last), (Err(Stopped), patience + 1), "it ends when it is asked to");
                assert_eq!(truth.distance(&mut agent(), 0), expected, "stopped after {patience} and made anew");
            }
            assert!(asked_last > 12 + 2, "once for each state and each sweep: {asked_last}");
        }
    }

    #[test]
    fn a_policy_that_stays_is_evaluated_once() {
        let env = EnvConfig::from(GridworldConfig::of_map(MapSource::Rows(vec!["S.G".to_owned()])));
        let truth = ExactSolution::new(env.build().unwrap().model().unwrap(), 1.0);
        let agent = |value| {
            let of = |value| Value::State(value, COIN.to_vec());
            let estimate = |value| StateEstimate { value: of(value), policy: COIN.to_vec(), followed: COIN.to_vec() };
            believer(vec![estimate(value); 3])
        };
        let asked = |value| {
            let asked = std::cell::Cell::new(0);
            let stop = || asked.replace(asked.get() + 1) > 100_000;
            truth.try_distance(&mut agent(value), 0, &stop).unwrap();
            asked.get()
        };
        let (first, second) = (asked(0.0), asked(1.0));
        assert!(second < first, "{second} sweeps after {first}");
        let anew = ExactSolution::new(env.build().unwrap().model().unwrap(), 1.0);
        assert_eq!(truth.distance(&mut agent(0.5), 0), anew.distance(&mut agent(0.5), 0));
    }

    #[track_caller]
    fn assert_squares(distance: Distance, truth: TrueValues, expected: [f64; 3]) {
        assert_eq!((distance.truth, distance.regret), (Some(truth), Some(0.0)));
        let found = [distance.value_rmse, distance.value_rmse_on_policy, distance.bellman_rmse];
        for (found, expected) in found.into_iter().zip(expected) {
            let squared = found.unwrap().powi(2);
            assert!((squared - expected).abs() < 1e-7, "{squared} is not {expected} in {distance:?}");
        }
    }

    const NONSENSE: [f32; 4] = [9.0, -9.0, f32::NAN, 9.0];

    /// Q* is (1/4, 1/4, 1/2, 1/4) in S and (1/4, 1/2, 1, 1/2) beside it.
    #[test]
    fn values_of_zero_are_as_far_from_the_optimal_ones_as_worked_out_by_hand() {
        let zero = || Value::Actions(vec![0.0; 4]);
        let found = distance([zero(), zero(), Value::Actions(NONSENSE.to_vec())], COIN);
        // S: (1/16 + 1/4) / 2 = 5/32; beside it (1/16 + 1) / 2 = 17/32. Bellman's equation makes 1 of the step to the goal alone.
        let on_policy = (8.0 * 5.0 / 32.0 + 3.0 * 17.0 / 32.0) / 11.0;
        assert_squares(found, TrueValues::QStar, [0.25, on_policy, 3.0 / 11.0 / 2.0]);
        assert_eq!(found.value_max_error, Some(1.0));
    }

    /// V of the coin is 2/11 in S and 6/11 beside it; Q is (1, 1, 3, 1) / 11 and (1, 3, 11, 3) / 11.
    #[test]
    fn action_values_of_the_followed_policy_are_compared_with_its_own() {
        let of = |elevenths: [f32; 4]| Value::ActionsUnder(elevenths.map(|q| q / 11.0).to_vec(), COIN.to_vec());
        let exact = [of([1.0, 1.0, 3.0, 1.0]), of([1.0, 3.0, 11.0, 3.0]), of(NONSENSE)];
        assert_squares(distance(exact, COIN), TrueValues::QPi, [0.0; 3]);
        let zero = || Value::ActionsUnder(vec![0.0; 4], COIN.to_vec());
        let on_policy = (8.0 * (1.0 + 9.0) / 2.0 + 3.0 * (1.0 + 121.0) / 2.0) / 11.0 / 121.0;
        let found = distance([zero(), zero(), zero()], COIN);
        assert_squares(found, TrueValues::QPi, [(12.0 + 140.0) / 8.0 / 121.0, on_policy, 3.0 / 11.0 / 2.0]);
    }

    #[test]
    fn state_values_are_compared_with_those_of_the_followed_policy() {
        let zero = || Value::State(0.0, COIN.to_vec());
        let on_policy = (8.0 * 4.0 + 3.0 * 36.0) / 11.0 / 121.0;
        // Bellman's equation makes 1/2 of the cell beside the goal: half of the time the next step is rewarded.
        let found = distance([zero(), zero(), zero()], COIN);
        assert_squares(found, TrueValues::VPi, [(4.0 + 36.0) / 2.0 / 121.0, on_policy, 3.0 / 11.0 / 4.0]);
    }

    /// Only optimal actions are ever taken; the values of the others are wrong and never met.
    #[test]
    fn states_and_actions_that_training_never_meets_have_no_part_in_the_error_on_policy() {
        let half_right = [Value::Actions(vec![7.0, 7.0, 0.5, -7.0]), Value::Actions(vec![-7.0, 0.0, 1.0, 0.5])];
        let [start, beside] = half_right;
        let found = distance([start, beside, Value::Actions(NONSENSE.to_vec())], RIGHT);
        assert_eq!(found.value_rmse_on_policy, Some(0.0));
        assert_eq!(found.bellman_rmse, Some(0.0));
        assert!(found.value_rmse.is_some_and(|error| error > 4.0), "{found:?}");
    }

    #[test]
    fn an_agent_that_learns_no_values_has_nothing_to_compare() {
        let found = distance([Value::None, Value::None, Value::None], COIN);
        assert_eq!(found, Distance { regret: Some(0.0), ..Distance::default() });
    }
}
