//! Where a schedule ends: after a number of environment steps, or after a share of the budget.

use crate::invalid::{Invalid, at_least_one, fraction};

/// The two keys that say it, of which exactly one is given.
pub(super) struct Until {
    pub(super) fraction: Option<f64>,
    pub(super) steps: Option<u64>,
}

impl Until {
    /// Where it ends, in environment steps.
    pub(super) fn length(&self, budget: u64) -> f64 {
        match (self.steps, self.fraction) {
            (Some(steps), _) => steps as f64,
            (None, fraction) => fraction.unwrap_or(1.0) * budget as f64,
        }
    }

    /// Checks that one key is given, and its range.
    pub(super) fn check(&self) -> Result<(), Invalid> {
        match (self.fraction, self.steps) {
            (Some(value), None) => fraction("fraction", value),
            (None, Some(steps)) => at_least_one("steps", steps),
            (Some(_), Some(_)) => Err(Invalid::new("steps", "give either `fraction` or `steps`, not both")),
            (None, None) => Err(Invalid::new(
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
        assert_eq!(Until { fraction: Some(0.25), steps: None }.length(100), 25.0);
        assert_eq!(Until { fraction: None, steps: Some(30) }.length(100), 30.0);
    }

    #[test]
    fn exactly_one_end_is_given() {
        assert!(Until { fraction: None, steps: None }.check().is_err());
        assert!(Until { fraction: Some(0.5), steps: Some(10) }.check().is_err());
        assert!(Until { fraction: Some(1.5), steps: None }.check().is_err());
        assert!(Until { fraction: None, steps: Some(0) }.check().is_err());
        assert!(Until { fraction: None, steps: Some(10) }.check().is_ok());
    }
}
