//! Geometric change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schedule_end::ScheduleEnd;
use crate::invalid_value::{InvalidValue, all, positive};

/// Geometric change from `initial` to `final`, constant afterwards: equal numbers of steps multiply by equal factors.
///
/// The value is initial · (final / initial)ˢ, where s grows from 0 to 1. It ends after `steps` environment steps, or after `fraction` of
/// the run's budget: exactly one of the two is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["fraction"] }, { "required": ["steps"] }]))]
pub struct Exponential {
    /// The value at step 0.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub initial: f64,
    /// The value at the end and after it; not 0, which no factor leads to.
    #[serde(rename = "final")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub end: f64,
    /// The end, as a fraction of the budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub fraction: Option<f64>,
    /// The end, in environment steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub steps: Option<u64>,
}

impl Exponential {
    fn schedule_end(&self) -> ScheduleEnd {
        ScheduleEnd { fraction: self.fraction, steps: self.steps }
    }

    /// The value after `step` of `budget` environment steps.
    pub fn value(&self, step: u64, budget: u64) -> f64 {
        let (step, length) = (step as f64, self.schedule_end().length(budget));
        if step >= length { self.end } else { self.initial * (self.end / self.initial).powf(step / length) }
    }

    /// Checks every range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        all([self.schedule_end().check(), positive("initial", self.initial), positive("final", self.end)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: Exponential = Exponential { initial: 1.0, end: 0.0625, fraction: Some(0.5), steps: None };

    #[test]
    fn the_path_halves_in_equal_times() {
        let values = [0, 25, 50, 75, 100, 150].map(|step| PATH.value(step, 200));
        for (value, expected) in values.into_iter().zip([1.0, 0.5, 0.25, 0.125, 0.0625, 0.0625]) {
            assert!((value - expected).abs() < 1e-15, "{value} is not {expected}");
        }
    }

    #[test]
    fn a_path_by_steps_does_not_depend_on_the_budget() {
        let path = Exponential { fraction: None, steps: Some(10), ..PATH };
        assert_eq!(path.value(5, 100), 0.25);
        assert_eq!(path.value(5, 1_000_000), 0.25);
    }

    #[test]
    fn no_path_leads_to_zero() {
        assert!(PATH.check().is_ok());
        assert_eq!(Exponential { end: 0.0, ..PATH }.check().unwrap_err().key, "final");
        assert_eq!(Exponential { initial: 0.0, ..PATH }.check().unwrap_err().key, "initial");
    }
}
