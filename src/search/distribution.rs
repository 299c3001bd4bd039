//! The distribution of a hyperparameter, and its map from the unit interval and back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use toml::Value;

use crate::invalid_value::{InvalidValue, all, require};
use crate::results::{self, Domain, index_of, number};

/// The values of a hyperparameter: one of `choice`, `uniform`, `log_uniform`, `integer` and `log_integer`, with what belongs to it.
///
/// Numbers are drawn uniformly, or uniformly in their logarithm, from the lower end to the upper one, both included. Real numbers have
/// four significant digits, so that a config can repeat them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = KINDS.map(|kind| json!({ "required": [kind] }))))]
pub struct Distribution {
    /// These values, of any kind.
    #[schemars(with = "Option<Vec<serde_json::Value>>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    choice: Option<Vec<Value>>,
    /// Real numbers between two ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(equal = 2))]
    uniform: Option<Vec<f64>>,
    /// Real numbers above 0 between two ends, uniform in their logarithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(equal = 2), extend("items" = { "type": "number", "exclusiveMinimum": 0.0 }))]
    log_uniform: Option<Vec<f64>>,
    /// Whole numbers between two ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(equal = 2))]
    integer: Option<Vec<i64>>,
    /// Whole numbers above 0 between two ends, uniform in their logarithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(equal = 2), inner(range(min = 1)))]
    log_integer: Option<Vec<i64>>,
    /// With `uniform` or `integer`: only the lower end plus multiples of this.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    quantized: Option<f64>,
    /// How many values a grid takes of a range, evenly spaced, both ends among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 10_000))]
    levels: Option<u64>,
}

/// The keys of which a distribution has exactly one.
pub const KINDS: [&str; 5] = ["choice", "uniform", "log_uniform", "integer", "log_integer"];

/// The most values of a lattice. A larger number is most likely a typing error.
const MAX_VALUES: f64 = 1e9;

/// A range of numbers, as the map from the unit interval needs it.
#[derive(Clone, Copy)]
struct Range {
    low: f64,
    high: f64,
    log: bool,
    /// The distance of neighbours; `None` for all real numbers.
    step: Option<f64>,
    is_whole: bool,
}

impl Distribution {
    /// One of these values.
    pub fn choice(values: impl IntoIterator<Item = Value>) -> Distribution {
        Distribution { choice: Some(values.into_iter().collect()), ..Distribution::default() }
    }

    /// Real numbers from `low` to `high`.
    pub fn uniform(low: f64, high: f64) -> Distribution {
        Distribution { uniform: Some(vec![low, high]), ..Distribution::default() }
    }

    /// Real numbers from `low` to `high`, uniform in their logarithm.
    pub fn log_uniform(low: f64, high: f64) -> Distribution {
        Distribution { log_uniform: Some(vec![low, high]), ..Distribution::default() }
    }

    /// Whole numbers from `low` to `high`.
    pub fn integer(low: i64, high: i64) -> Distribution {
        Distribution { integer: Some(vec![low, high]), ..Distribution::default() }
    }

    /// Checks that the keys fit together, and the ends of a range.
    ///
    /// # Errors
    /// Everything that was found, under the keys of the distribution.
    pub fn check(&self) -> Result<(), InvalidValue> {
        if let Some(values) = &self.choice {
            let repeated = (1..values.len()).find(|&index| values[..index].contains(&values[index]));
            return all([
                require(!values.is_empty(), "choice", || "takes a list of at least one value".to_owned()),
                repeated.map_or(Ok(()), |index| {
                    Err(InvalidValue::new("choice", format!("lists {} twice: list it once", values[index])))
                }),
                self.without("quantized", self.quantized.is_some(), "`uniform` and `integer`"),
                self.without("levels", self.levels.is_some(), "ranges"),
            ]);
        }
        let kind = self.kind();
        let ends = self.ends_given();
        let [low, high] = ends[..] else {
            let message = format!("takes two numbers, the lower end and the upper one, not {}", ends.len());
            return Err(InvalidValue::new(kind, message));
        };
        let log = kind.starts_with("log_");
        let finite = low.is_finite() && high.is_finite();
        require(finite && low < high, kind, || {
            format!("must rise from a finite lower end to a higher one, not go from {low} to {high}")
        })?;
        require(!log || low > 0.0, kind, || format!("must begin above 0, where logarithms begin, not at {low}"))?;
        let levels = self.levels.map_or(Ok(()), |levels| {
            require((2..=10_000).contains(&levels), "levels", || format!("must be from 2 to 10000, not {levels}"))
        });
        all([levels, self.check_quantized(kind, high - low)])
    }

    fn check_quantized(&self, kind: &str, width: f64) -> Result<(), InvalidValue> {
        let Some(step) = self.quantized else { return Ok(()) };
        self.without("quantized", kind.starts_with("log_"), "`uniform` and `integer`")?;
        require(step.is_finite() && step > 0.0 && step <= width && width / step < MAX_VALUES, "quantized", || {
            format!("must be above 0 and at most the width of the range, {width}, not {step}")
        })?;
        require(kind != "integer" || step.fract() == 0.0, "quantized", || {
            format!("must be a whole number, as the values are, not {step}")
        })
    }

    fn without(&self, key: &str, is_given: bool, of: &str) -> Result<(), InvalidValue> {
        require(!is_given, key, || format!("is for {of}: leave it out"))
    }

    /// The key that it has.
    fn kind(&self) -> &'static str {
        let given = [
            self.choice.is_some(),
            self.uniform.is_some(),
            self.log_uniform.is_some(),
            self.integer.is_some(),
            self.log_integer.is_some(),
        ];
        KINDS.into_iter().zip(given).find(|(_, given)| *given).map_or(KINDS[0], |(kind, _)| kind)
    }

    /// The ends as they were given; none of a choice.
    fn ends_given(&self) -> Vec<f64> {
        let whole = self.integer.as_ref().or(self.log_integer.as_ref());
        match self.uniform.as_ref().or(self.log_uniform.as_ref()) {
            Some(ends) => ends.clone(),
            None => whole.into_iter().flatten().map(|&end| end as f64).collect(),
        }
    }

    /// The values of a choice; none of a range.
    pub fn choices(&self) -> &[Value] {
        self.choice.as_deref().unwrap_or_default()
    }

    fn range(&self) -> Option<Range> {
        let ends = self.ends_given();
        let [low, high] = ends[..] else { return None };
        let is_whole = self.integer.is_some() || self.log_integer.is_some();
        let log = self.log_uniform.is_some() || self.log_integer.is_some();
        let step = self.quantized.or(is_whole.then_some(1.0));
        let results::Range { low, high, .. } = results::Range::new(low, high, log, step);
        Some(Range { low, high, log, step, is_whole })
    }

    /// The values that it has, without how they are drawn.
    pub fn domain(&self) -> Domain {
        match self.range() {
            Some(Range { low, high, log, step, .. }) => {
                Domain::Range(results::Range { levels: self.levels, ..results::Range::new(low, high, log, step) })
            }
            None => Domain::Choice(self.choices().to_vec()),
        }
    }

    /// The value at a place in [0, 1): of a choice, the place's share of the list; of a range, the number below which this share of
    /// the distribution lies.
    ///
    /// # Panics
    /// If the distribution was not checked.
    pub fn at(&self, place: f64) -> Value {
        match self.range() {
            Some(range) => range.at(place),
            None => {
                let values = self.choices();
                values[((place * values.len() as f64) as usize).min(values.len() - 1)].clone()
            }
        }
    }

    /// The place in [0, 1) of a value; `None` where it is not one of the choices or lies outside of the range.
    pub fn place(&self, value: &Value) -> Option<f64> {
        match self.range() {
            Some(range) => range.place(number(value)?),
            None => Some((self.index(value)? as f64 + 0.5) / self.choices().len() as f64),
        }
    }

    /// The index of the choice that a value is, with its defaults filled in or not.
    pub fn index(&self, value: &Value) -> Option<usize> {
        index_of(self.choices(), value)
    }

    /// The values that are checked before a search begins: all choices, or both ends.
    pub fn extremes(&self) -> Vec<Value> {
        match self.range() {
            Some(range) => vec![range.value(range.low), range.value(range.high)],
            None => self.choices().to_vec(),
        }
    }

    /// The values that a grid takes: all choices, `levels` values of a range, or each value where a range has steps. `None` for real
    /// numbers without `levels`, and for more whole numbers than any grid has.
    pub fn grid(&self) -> Option<Vec<Value>> {
        const MOST: f64 = 100_000.0;
        let Some(range) = self.range() else { return Some(self.choices().to_vec()) };
        if let Some(levels) = self.levels {
            let share = |level: u64| level as f64 / (levels - 1) as f64;
            let (low, high) = (range.scaled(range.low), range.scaled(range.high));
            let mut values: Vec<Value> = (0..levels)
                .map(|level| range.value(range.snapped(range.unscaled(low + share(level) * (high - low)))))
                .collect();
            values.dedup(); // neighbours that were rounded to the same value
            return Some(values);
        }
        let step = range.step.filter(|step| (range.high - range.low) / step < MOST)?;
        let count = ((range.high - range.low) / step).round() as u64;
        Some((0..=count).map(|index| range.value(range.snapped(range.low + index as f64 * step))).collect())
    }
}

impl Range {
    /// The ends of the line that the unit interval is mapped to: half a step further at each end, so that the outer values of a
    /// lattice are as likely as the inner ones.
    fn line(self) -> (f64, f64) {
        let margin = self.step.map_or(0.0, |step| 0.5 * step);
        (self.scaled(self.low - margin), self.scaled(self.high + margin))
    }

    fn scaled(self, value: f64) -> f64 {
        if self.log { value.ln() } else { value }
    }

    fn unscaled(self, value: f64) -> f64 {
        if self.log { value.exp() } else { value }
    }

    fn at(self, place: f64) -> Value {
        let (start, end) = self.line();
        self.value(self.snapped(self.unscaled(start + place * (end - start))))
    }

    fn place(self, value: f64) -> Option<f64> {
        let (start, end) = self.line();
        let place = (self.scaled(value) - start) / (end - start);
        // The upper end itself lies a hair below 1.
        (0.0..=1.0 + 1e-9).contains(&place).then(|| place.min(1.0 - 1e-9))
    }

    /// The nearest value that the distribution has.
    fn snapped(self, value: f64) -> f64 {
        let snapped = match self.step {
            Some(step) => rounded(self.low + ((value - self.low) / step).round() * step, 12),
            None => rounded(value, 4),
        };
        snapped.clamp(self.low, self.high)
    }

    fn value(self, number: f64) -> Value {
        if self.is_whole { Value::Integer(number.round() as i64) } else { Value::Float(number) }
    }
}

/// A number with so many significant digits.
fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().expect("a printed number can be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distribution(text: &str) -> Distribution {
        let distribution: Distribution = toml::from_str(text).unwrap();
        distribution.check().unwrap();
        distribution
    }

    fn floats(values: &[f64]) -> Vec<Value> {
        values.iter().copied().map(Value::Float).collect()
    }

    #[test]
    fn places_are_shares_of_a_range_and_of_its_logarithm() {
        assert_eq!(distribution("uniform = [2, 4]").at(0.25), Value::Float(2.5));
        let log = distribution("log_uniform = [1e-4, 1.0]");
        assert_eq!((log.at(0.5), log.at(0.0)), (Value::Float(1e-2), Value::Float(1e-4)));
        assert_eq!(log.place(&Value::Float(1e-3)).map(|place| (place * 100.0).round()), Some(25.0));
        assert_eq!(log.place(&Value::Float(2.0)), None, "outside of the range");
        assert_eq!(log.at(1.0 / 3.0), Value::Float(2.154e-3), "four significant digits of 10^(-8/3)");
    }

    #[test]
    fn every_value_of_a_lattice_has_the_same_share() {
        for (text, values) in
            [("integer = [1, 4]", vec![1, 2, 3, 4]), ("integer = [16, 128]\nquantized = 32", vec![16, 48, 80, 112])]
        {
            let distribution = distribution(text);
            let drawn: Vec<i64> =
                (0..4).map(|i| distribution.at(0.25 * i as f64 + 0.1).as_integer().unwrap()).collect();
            assert_eq!(drawn, values, "{text}");
            let places: Vec<f64> =
                values.iter().map(|&value| distribution.place(&Value::Integer(value)).unwrap()).collect();
            assert_eq!(places, [0.125, 0.375, 0.625, 0.875], "{text}");
            assert_eq!(distribution.grid().unwrap(), values.into_iter().map(Value::Integer).collect::<Vec<_>>());
        }
        let quantized = distribution("uniform = [0.1, 0.5]\nquantized = 0.1");
        assert_eq!(quantized.grid().unwrap(), floats(&[0.1, 0.2, 0.3, 0.4, 0.5]), "as one would write them");
    }

    #[test]
    fn the_map_back_leads_to_the_same_value() {
        for text in [
            "uniform = [-1.0, 3.0]",
            "log_uniform = [1e-5, 10]",
            "integer = [-3, 9]",
            "log_integer = [1, 512]",
            "uniform = [0.0, 1.0]\nquantized = 0.05",
            "choice = [1, 'a', { x = {} }, [64, 64]]",
        ] {
            let distribution = distribution(text);
            for place in (0..1_000).map(|i| f64::from(i) / 1_000.0) {
                let value = distribution.at(place);
                assert_eq!(distribution.at(distribution.place(&value).unwrap()), value, "{text} at {place}");
            }
        }
    }

    #[test]
    fn a_grid_has_the_levels_that_it_is_told() {
        assert_eq!(distribution("uniform = [0, 1]").grid(), None);
        assert_eq!(distribution("uniform = [0, 1]\nlevels = 3").grid().unwrap(), floats(&[0.0, 0.5, 1.0]));
        let log = distribution("log_uniform = [1e-3, 1e-1]\nlevels = 3");
        assert_eq!(log.grid().unwrap(), floats(&[1e-3, 1e-2, 1e-1]));
        let whole = distribution("log_integer = [1, 4]\nlevels = 9").grid().unwrap();
        assert_eq!(whole, [1, 2, 3, 4].map(Value::Integer), "equal neighbours count once");
    }

    #[test]
    fn what_cannot_be_drawn_from_is_refused_with_its_key() {
        for (text, key) in [
            ("choice = []", "choice"),
            ("choice = [1, 1]", "choice"),
            ("choice = [1]\nlevels = 3", "levels"),
            ("uniform = [1, 1]", "uniform"),
            ("uniform = [1]", "uniform"),
            ("log_uniform = [0, 1]", "log_uniform"),
            ("uniform = [0, nan]", "uniform"),
            ("uniform = [0, 1]\nquantized = 2", "quantized"),
            ("integer = [0, 9]\nquantized = 0.5", "quantized"),
            ("log_uniform = [0.1, 1]\nquantized = 0.1", "quantized"),
            ("uniform = [0, 1]\nlevels = 1", "levels"),
        ] {
            let distribution: Distribution = toml::from_str(text).unwrap();
            assert_eq!(distribution.check().unwrap_err().key, key, "{text}");
        }
    }
}
