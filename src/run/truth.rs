//! How far from the exact solution an agent is, where the environment has a model.

use tilde_envs::{TransitionModel, decision_states, policy_evaluation, start_value, value_iteration};

use crate::agents::{Agent, Estimate, Value};
use crate::results::Distance;

/// The exact solution of a run's environment.
pub struct Truth {
    model: TransitionModel,
    gamma: f64,
    /// States in which an episode can ask for an action.
    states: Vec<usize>,
    /// Q*(s, ·) and V*; nothing where they are not finite, which takes γ = 1.
    optimal: Option<tilde_envs::ActionValues>,
}

impl Truth {
    /// Solves the model.
    pub fn new(model: TransitionModel, gamma: f64) -> Truth {
        Truth { states: decision_states(&model), optimal: value_iteration(&model, gamma), gamma, model }
    }

    /// Measures an agent after `step` environment steps.
    pub fn distance(&self, agent: &mut dyn Agent, step: u64) -> Distance {
        let all = 0..self.model.states();
        let estimates: Vec<Estimate> = all.map(|state| agent.estimate(self.model.observation(state), step)).collect();
        let errors = self.errors(&estimates).filter(|errors| !errors.is_empty());
        let rmse = |errors: &Vec<f64>| (errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64).sqrt();
        let largest = |errors: &Vec<f64>| errors.iter().map(|e| e.abs()).max_by(f64::total_cmp).unwrap_or(0.0); // NaN wins
        Distance {
            value_rmse: errors.as_ref().map(rmse),
            value_max_error: errors.as_ref().map(largest),
            regret: self.regret(&estimates),
        }
    }

    /// Learned minus true values of all states that count.
    fn errors(&self, estimates: &[Estimate]) -> Option<Vec<f64>> {
        let followed = self.policy(estimates, |estimate| match &estimate.value {
            Value::State(_, policy) => Some(policy),
            _ => None,
        });
        let of_policy = followed.and_then(|policy| policy_evaluation(&self.model, &policy, self.gamma));
        let mut errors = Vec::new();
        for &state in &self.states {
            match &estimates[state].value {
                Value::None => {}
                Value::State(value, _) => errors.push(f64::from(*value) - of_policy.as_ref()?[state]),
                Value::Actions(values) | Value::ActionsUnder(values, _) => {
                    let exact = self.optimal.as_ref()?.of(state);
                    errors.extend(values.iter().zip(exact).map(|(value, exact)| f64::from(*value) - exact));
                }
            }
        }
        Some(errors)
    }

    fn regret(&self, estimates: &[Estimate]) -> Option<f64> {
        let policy = self.policy(estimates, |estimate| Some(&estimate.policy))?;
        let reached = policy_evaluation(&self.model, &policy, self.gamma)?;
        let optimal = self.optimal.as_ref()?.state_values();
        // What rounding leaves of an optimal policy's regret is none.
        Some((start_value(&self.model, &optimal) - start_value(&self.model, &reached)).max(0.0))
    }

    /// The policy of all states in one row, where every state has one.
    fn policy<'a>(
        &self,
        estimates: &'a [Estimate],
        of: impl Fn(&'a Estimate) -> Option<&'a Vec<f64>>,
    ) -> Option<Vec<f64>> {
        let rows: Option<Vec<&Vec<f64>>> = estimates.iter().map(of).collect();
        Some(rows?.into_iter().flatten().copied().collect())
    }
}
