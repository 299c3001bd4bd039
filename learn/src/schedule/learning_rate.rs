//! The learning rate of an optimizer, with its schedule.

use schemars::{JsonSchema, Schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use super::{Cosine, Exponential, Linear, StepDecay};
use crate::invalid_value::{InvalidValue, all, not_negative, positive};

/// A learning rate: a number, or a table with one key such as `{ linear = { initial = …, final = …, fraction = … } }`. It begins
/// above 0, and may end at 0.
// `remote = "Self"` derives the table form as functions beside the trait, whose implementations below add the number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(remote = "Self", rename_all = "snake_case")]
#[schemars(transform = or_number)]
pub enum LearningRate {
    /// The same value at every step.
    #[serde(skip)]
    Constant(f64),
    /// Changes linearly.
    Linear(Linear),
    /// Decays in steps.
    Step(StepDecay),
    /// Changes geometrically.
    Exponential(Exponential),
    /// Changes along half a cosine wave.
    Cosine(Cosine),
}

impl From<f64> for LearningRate {
    /// The same at every step.
    fn from(rate: f64) -> LearningRate {
        LearningRate::Constant(rate)
    }
}

impl LearningRate {
    /// The learning rate after `step` of `budget` environment steps.
    #[inline]
    pub fn value(&self, step: u64, budget: u64) -> f64 {
        match self {
            LearningRate::Constant(value) => *value,
            LearningRate::Linear(line) => line.value(step, budget),
            LearningRate::Step(decay) => decay.value(step),
            LearningRate::Exponential(path) => path.value(step, budget),
            LearningRate::Cosine(wave) => wave.value(step, budget),
        }
    }

    /// The largest value of a run.
    pub fn largest(&self) -> f64 {
        match self {
            LearningRate::Constant(value) => *value,
            LearningRate::Linear(line) => line.initial.max(line.end),
            LearningRate::Step(decay) => decay.initial,
            LearningRate::Exponential(path) => path.initial.max(path.end),
            LearningRate::Cosine(wave) => wave.initial.max(wave.end),
        }
    }

    /// Checks that the rate is finite, never negative, and not zero at every step.
    pub fn check(&self) -> Result<(), InvalidValue> {
        match self {
            LearningRate::Constant(value) => positive("", *value),
            LearningRate::Linear(line) => check_line(line).map_err(|e| e.within("linear")),
            LearningRate::Step(decay) => decay.check().map_err(|e| e.within("step")),
            LearningRate::Exponential(path) => path.check().map_err(|e| e.within("exponential")),
            LearningRate::Cosine(wave) => wave.check().map_err(|e| e.within("cosine")),
        }
    }
}

/// [`Linear`] itself allows any values; exploration uses it too.
fn check_line(line: &Linear) -> Result<(), InvalidValue> {
    all([line.check(), positive("initial", line.initial), not_negative("final", line.end)])
}

/// Adds the number to a schema of the tables.
fn or_number(schema: &mut Schema) {
    if let Some(tables) = schema.get_mut("oneOf").and_then(Value::as_array_mut) {
        tables.push(json!({ "description": "The same at every step.", "type": "number", "exclusiveMinimum": 0.0 }));
    }
}

impl Serialize for LearningRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            LearningRate::Constant(value) => serializer.serialize_f64(*value),
            table => LearningRate::serialize(table, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for LearningRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOrTable)
    }
}

struct NumberOrTable;

impl<'de> Visitor<'de> for NumberOrTable {
    type Value = LearningRate;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a number or a schedule such as { linear = { initial = 1e-3, final = 0.0, fraction = 1.0 } }")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<LearningRate, E> {
        Ok(LearningRate::Constant(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<LearningRate, E> {
        Ok(LearningRate::Constant(value as f64))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LearningRate, A::Error> {
        LearningRate::deserialize(MapAccessDeserializer::new(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Table {
        rate: LearningRate,
    }

    fn parse(rate: &str) -> Result<LearningRate, String> {
        let table: Table = toml::from_str(&format!("rate = {rate}")).map_err(|e| e.to_string())?;
        Ok(table.rate)
    }

    #[test]
    fn a_rate_is_a_number_or_a_table_with_one_key() {
        assert_eq!(parse("0.5"), Ok(LearningRate::Constant(0.5)));
        assert_eq!(parse("1"), Ok(LearningRate::Constant(1.0)));
        let (fraction, steps) = (Some(0.5), Some(8));
        assert_eq!(
            parse("{ linear = { initial = 1, final = 0, fraction = 0.5 } }"),
            Ok(LearningRate::Linear(Linear { initial: 1.0, end: 0.0, fraction, steps: None }))
        );
        assert_eq!(
            parse("{ step = { initial = 1, factor = 0.5, every = 10 } }"),
            Ok(LearningRate::Step(StepDecay { initial: 1.0, factor: 0.5, every: 10 }))
        );
        assert_eq!(
            parse("{ exponential = { initial = 1, final = 0.1, steps = 8 } }"),
            Ok(LearningRate::Exponential(Exponential { initial: 1.0, end: 0.1, fraction: None, steps }))
        );
        assert_eq!(
            parse("{ cosine = { initial = 1, fraction = 0.5 } }"),
            Ok(LearningRate::Cosine(Cosine { initial: 1.0, end: 0.0, fraction, steps: None }))
        );
    }

    #[test]
    fn a_written_rate_reads_the_same() {
        for rate in [
            "0.5",
            "{ linear = { initial = 1.0, final = 0.0, fraction = 0.5 } }",
            "{ step = { initial = 1.0, factor = 0.5, every = 10 } }",
            "{ exponential = { initial = 1.0, final = 0.1, steps = 8 } }",
            "{ cosine = { initial = 1.0, final = 0.0, fraction = 0.5 } }",
        ] {
            let table = Table { rate: parse(rate).unwrap() };
            let written = toml::to_string(&table).unwrap();
            assert_eq!(toml::from_str::<Table>(&written).unwrap(), table);
        }
    }

    #[test]
    fn another_form_is_refused_with_a_list_of_the_forms() {
        assert!(parse("true").unwrap_err().contains("a number or a schedule"));
        assert!(parse("{ constant = 0.5 }").unwrap_err().contains("`linear`, `step`, `exponential`, `cosine`"));
        assert!(parse("{ cosine = { initial = 1.0, fraction = 0.5, restarts = 2 } }").is_err());
    }

    #[test]
    fn a_range_is_reported_under_its_schedule() {
        let key = |rate: &str| parse(rate).unwrap().check().unwrap_err().key;
        assert_eq!(key("0"), "");
        assert_eq!(key("{ linear = { initial = 0, final = 1, fraction = 0.5 } }"), "linear.initial");
        assert_eq!(key("{ linear = { initial = 1, final = 0 } }"), "linear");
        assert_eq!(key("{ step = { initial = 1, factor = 0.5, every = 0 } }"), "step.every");
        assert_eq!(key("{ exponential = { initial = 1, final = 0, steps = 8 } }"), "exponential.final");
        assert_eq!(key("{ cosine = { initial = 1, fraction = 0.5, steps = 8 } }"), "cosine.steps");
    }

    #[test]
    fn a_rate_has_the_value_of_its_schedule() {
        let at_half = |rate: &str| parse(rate).unwrap().value(50, 100);
        assert_eq!(at_half("0.25"), 0.25);
        assert_eq!(at_half("{ linear = { initial = 1, final = 0, fraction = 1 } }"), 0.5);
        assert_eq!(at_half("{ step = { initial = 1, factor = 0.1, every = 50 } }"), 0.1);
        assert_eq!(at_half("{ exponential = { initial = 1, final = 0.25, fraction = 1 } }"), 0.5);
        assert!((at_half("{ cosine = { initial = 1, fraction = 1 } }") - 0.5).abs() < 1e-15);
    }
}
