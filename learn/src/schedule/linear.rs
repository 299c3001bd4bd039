//! A straight line.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schedule_end::ScheduleEnd;
use crate::invalid_value::{InvalidValue, all, fraction};

/// A straight line from `initial` to `final`, constant afterwards.
///
/// The line ends after `steps` environment steps, or after `fraction` of the run's budget: exactly one of the two is
/// given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["fraction"] }, { "required": ["steps"] }]))]
pub struct Linear {
    /// The value at step 0.
    pub initial: f64,
    /// The value at the end and after it.
    #[serde(rename = "final")]
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

impl Linear {
    /// The same value at every step.
    pub fn constant(value: f64) -> Linear {
        Linear { initial: value, end: value, fraction: Some(1.0), steps: None }
    }

    fn schedule_end(&self) -> ScheduleEnd {
        ScheduleEnd { fraction: self.fraction, steps: self.steps }
    }

    /// The value after `step` of `budget` environment steps.
    pub fn value(&self, step: u64, budget: u64) -> f64 {
        let (step, length) = (step as f64, self.schedule_end().length(budget));
        if step >= length { self.end } else { self.initial + (self.end - self.initial) * step / length }
    }

    /// Checks the end. The caller checks the values.
    pub fn check(&self) -> Result<(), InvalidValue> {
        self.schedule_end().check()
    }

    /// Checks a line of probabilities.
    pub fn check_probability(&self) -> Result<(), InvalidValue> {
        all([self.check(), fraction("initial", self.initial), fraction("final", self.end)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(fraction: Option<f64>, steps: Option<u64>) -> Linear {
        Linear { initial: 1.0, end: 0.2, fraction, steps }
    }

    #[test]
    fn a_line_by_fraction_ends_at_that_share_of_the_budget() {
        let line = line(Some(0.5), None);
        assert_eq!(line.value(0, 100), 1.0);
        assert_eq!(line.value(25, 100), 0.6);
        assert_eq!(line.value(50, 100), 0.2);
        assert_eq!(line.value(99, 100), 0.2);
    }

    #[test]
    fn a_line_by_steps_does_not_depend_on_the_budget() {
        let line = line(None, Some(10));
        assert_eq!(line.value(5, 100), 0.6);
        assert_eq!(line.value(5, 1_000_000), 0.6);
    }

    #[test]
    fn a_fraction_of_zero_starts_at_the_end() {
        assert_eq!(line(Some(0.0), None).value(0, 100), 0.2);
    }
}
