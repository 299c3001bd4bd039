//! Decay in steps.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::invalid_value::{InvalidValue, all, at_least_one, positive, require};

/// `initial`, multiplied by `factor` after every `every` environment steps: `torch.optim.lr_scheduler.StepLR`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepDecay {
    /// The value at step 0.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub initial: f64,
    /// The factor of each step down.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0.0))]
    pub factor: f64,
    /// Environment steps between two steps down.
    #[schemars(range(min = 1))]
    pub every: u64,
}

impl StepDecay {
    /// The value after `step` environment steps.
    pub fn value(&self, step: u64) -> f64 {
        let decays = i32::try_from(step / self.every).unwrap_or(i32::MAX);
        self.initial * self.factor.powi(decays)
    }

    /// Checks every range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let factor = require(self.factor > 0.0 && self.factor <= 1.0, "factor", || {
            format!("must be above 0 and at most 1, not {}: a learning rate must not grow", self.factor)
        });
        all([positive("initial", self.initial), factor, at_least_one("every", self.every)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_down_multiplies_by_the_factor() {
        let decay = StepDecay { initial: 0.8, factor: 0.5, every: 10 };
        let values = [0, 9, 10, 19, 20, 30].map(|step| decay.value(step));
        assert_eq!(values, [0.8, 0.8, 0.4, 0.4, 0.2, 0.1]);
    }

    #[test]
    fn a_very_long_run_ends_at_zero() {
        assert_eq!(StepDecay { initial: 1.0, factor: 0.5, every: 1 }.value(u64::MAX), 0.0);
    }

    #[test]
    fn an_interval_of_zero_and_factors_outside_their_range_are_refused() {
        let decay = StepDecay { initial: 0.8, factor: 0.5, every: 10 };
        assert!(decay.check().is_ok());
        assert_eq!(StepDecay { every: 0, ..decay.clone() }.check().unwrap_err().key, "every");
        for factor in [0.0, -0.5, 1.5, f64::NAN] {
            assert_eq!(StepDecay { factor, ..decay.clone() }.check().unwrap_err().key, "factor");
        }
    }
}
