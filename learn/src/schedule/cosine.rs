//! Half a cosine wave.

use std::f64::consts::PI;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schedule_end::ScheduleEnd;
use crate::invalid_value::{InvalidValue, all, not_negative, positive};

/// Half a cosine wave from `initial` to `final`, constant afterwards (Loshchilov & Hutter 2017, eq. 5, without restarts).
///
/// The value is final + (initial − final) (1 + cos π s) / 2, where s grows from 0 to 1. It ends after `steps` environment steps, or
/// after `fraction` of the run's budget: exactly one of the two is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["fraction"] }, { "required": ["steps"] }]))]
pub struct Cosine {
    /// The value at step 0.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub initial: f64,
    /// The value at the end and after it.
    #[serde(rename = "final", default)]
    #[schemars(range(min = 0.0))]
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

impl Cosine {
    fn schedule_end(&self) -> ScheduleEnd {
        ScheduleEnd { fraction: self.fraction, steps: self.steps }
    }

    /// The value after `step` of `budget` environment steps.
    pub fn value(&self, step: u64, budget: u64) -> f64 {
        let (step, length) = (step as f64, self.schedule_end().length(budget));
        if step >= length {
            self.end
        } else {
            self.end + (self.initial - self.end) * 0.5 * (1.0 + (PI * step / length).cos())
        }
    }

    /// Checks every range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        all([self.schedule_end().check(), positive("initial", self.initial), not_negative("final", self.end)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAVE: Cosine = Cosine { initial: 1.0, end: 0.2, fraction: Some(0.5), steps: None };

    #[test]
    fn the_wave_has_the_values_of_the_cosine() {
        // cos 0 = 1, cos π/3 = 1/2, cos π/2 = 0, cos 2π/3 = −1/2.
        let values = [0, 20, 30, 40, 60, 100].map(|step| WAVE.value(step, 120));
        for (value, expected) in values.into_iter().zip([1.0, 0.8, 0.6, 0.4, 0.2, 0.2]) {
            assert!((value - expected).abs() < 1e-15, "{value} is not {expected}");
        }
    }

    #[test]
    fn a_wave_by_steps_does_not_depend_on_the_budget() {
        let wave = Cosine { fraction: None, steps: Some(10), ..WAVE };
        assert_eq!(wave.value(5, 100), wave.value(5, 1_000_000));
        assert_eq!(wave.value(10, 100), 0.2);
    }

    #[test]
    fn a_wave_may_end_at_zero_but_not_below() {
        assert!(Cosine { end: 0.0, ..WAVE }.check().is_ok());
        assert_eq!(Cosine { end: -0.1, ..WAVE }.check().unwrap_err().key, "final");
    }
}
