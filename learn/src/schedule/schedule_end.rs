//! The end of a schedule: after a number of environment steps, or after a fraction of the budget.

use crate::invalid_value::{InvalidValue, at_least_one, fraction};

/// The two keys for the end of a schedule, of which exactly one is given.
pub(super) struct ScheduleEnd {
    pub(super) fraction: Option<f64>,
    pub(super) steps: Option<u64>,
}

impl ScheduleEnd {
    /// The end, in environment steps.
    pub(super) fn length(&self, budget: u64) -> f64 {
        match (self.steps, self.fraction) {
            (Some(steps), _) => steps as f64,
            (None, fraction) => fraction.unwrap_or(1.0) * budget as f64,
        }
    }

    /// Checks that one key is given, and its range.
    pub(super) fn check(&self) -> Result<(), InvalidValue> {
        match (self.fraction, self.steps) {
            (Some(value), None) => fraction("fraction", value),
            (None, Some(steps)) => at_least_one("steps", steps),
            (Some(_), Some(_)) => Err(InvalidValue::new("steps", "give either `fraction` or `steps`, not both")),
            (None, None) => Err(InvalidValue::new(
                "",
                "give `fraction` (of the budget) or `steps` (environment steps) to say where it ends",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_is_of_the_budget_and_steps_are_not() {
        assert_eq!(ScheduleEnd { fraction: Some(0.25), steps: None }.length(100), 25.0);
        assert_eq!(ScheduleEnd { fraction: None, steps: Some(30) }.length(100), 30.0);
    }

    #[test]
    fn exactly_one_end_is_given() {
        assert!(ScheduleEnd { fraction: None, steps: None }.check().is_err());
        assert!(ScheduleEnd { fraction: Some(0.5), steps: Some(10) }.check().is_err());
        assert!(ScheduleEnd { fraction: Some(1.5), steps: None }.check().is_err());
        assert!(ScheduleEnd { fraction: None, steps: Some(0) }.check().is_err());
        assert!(ScheduleEnd { fraction: None, steps: Some(10) }.check().is_ok());
    }
}
