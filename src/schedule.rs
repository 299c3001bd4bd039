//! Values that change over a run: exploration rates and learning rates.

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, at_least_one, fraction, require};

/// A straight line from `initial` to `final`, constant afterwards.
///
/// The line ends after `steps` environment steps, or after `fraction` of the run's budget: exactly one of the two is
/// given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// The value at step 0.
    pub initial: f64,
    /// The value where the line ends, and after.
    #[serde(rename = "final")]
    pub end: f64,
    /// Where the line ends, as a fraction of the budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fraction: Option<f64>,
    /// Where the line ends, in environment steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
}

impl Linear {
    /// The value after `step` of `budget` environment steps.
    pub fn value(&self, step: u64, budget: u64) -> f64 {
        let length = match (self.steps, self.fraction) {
            (Some(steps), _) => steps as f64,
            (None, fraction) => fraction.unwrap_or(1.0) * budget as f64,
        };
        if step as f64 >= length { self.end } else { self.initial + (self.end - self.initial) * step as f64 / length }
    }

    /// Checks where the line ends; what its values may be is for the caller to say.
    pub fn check(&self) -> Result<(), Invalid> {
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

/// A learning rate: a number, or `{ linear = { initial = …, final = …, fraction = … } }`.
#[derive(Clone, Debug, PartialEq)]
pub enum LearningRate {
    /// The same at every step.
    Constant(f64),
    /// Changes along a straight line.
    Linear(Linear),
}

/// The table form of a learning rate.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Scheduled {
    Linear(Linear),
}

impl LearningRate {
    /// The learning rate after `step` of `budget` environment steps.
    pub fn value(&self, step: u64, budget: u64) -> f64 {
        match self {
            LearningRate::Constant(value) => *value,
            LearningRate::Linear(line) => line.value(step, budget),
        }
    }

    /// Checks that the rate is finite, never negative, and not zero throughout.
    pub fn check(&self) -> Result<(), Invalid> {
        match self {
            LearningRate::Constant(value) => crate::invalid::positive("", *value),
            LearningRate::Linear(line) => {
                line.check().map_err(|e| e.within("linear"))?;
                require(line.initial.is_finite() && line.initial > 0.0, "linear.initial", || {
                    format!("must be a finite number above 0, not {}", line.initial)
                })?;
                crate::invalid::not_negative("linear.final", line.end)
            }
        }
    }
}

impl Serialize for LearningRate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            LearningRate::Constant(value) => serializer.serialize_f64(*value),
            LearningRate::Linear(line) => Scheduled::Linear(line.clone()).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for LearningRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrTable;

        impl<'de> Visitor<'de> for NumberOrTable {
            type Value = LearningRate;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(
                    "a number or a schedule such as { linear = { initial = 1e-3, final = 0.0, fraction = 1.0 } }",
                )
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<LearningRate, E> {
                Ok(LearningRate::Constant(value))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<LearningRate, E> {
                Ok(LearningRate::Constant(value as f64))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LearningRate, A::Error> {
                let Scheduled::Linear(line) = Scheduled::deserialize(MapAccessDeserializer::new(map))?;
                Ok(LearningRate::Linear(line))
            }
        }

        deserializer.deserialize_any(NumberOrTable)
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
    fn a_line_by_steps_does_not_look_at_the_budget() {
        let line = line(None, Some(10));
        assert_eq!(line.value(5, 100), 0.6);
        assert_eq!(line.value(5, 1_000_000), 0.6);
    }

    #[test]
    fn a_fraction_of_zero_starts_at_the_end() {
        assert_eq!(line(Some(0.0), None).value(0, 100), 0.2);
    }

    #[test]
    fn a_line_needs_exactly_one_end() {
        assert!(line(None, None).check().is_err());
        assert!(line(Some(0.5), Some(10)).check().is_err());
        assert!(line(Some(1.5), None).check().is_err());
        assert!(line(None, Some(10)).check().is_ok());
    }
}
