//! The values that a hyperparameter can take.

use toml::{Table, Value};

use super::settings::{index_of, number};

/// The values that a hyperparameter can take.
#[derive(Clone, Debug, PartialEq)]
pub enum Domain {
    /// One of these.
    Choice(Vec<Value>),
    /// A number.
    Range(Range),
}

/// A range of numbers, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Whether numbers are drawn uniformly in their logarithm.
    pub log: bool,
    /// The distance of neighbours; `None` for all real numbers.
    pub step: Option<f64>,
    /// How many of its values a grid takes.
    pub levels: Option<u64>,
}

/// An end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The lower end.
    Lower,
    /// The upper end.
    Upper,
}

impl Range {
    /// A range. With steps its upper end is the last value that they reach from the lower one.
    pub fn new(low: f64, high: f64, log: bool, step: Option<f64>) -> Range {
        let high = step.map_or(high, |step| low + ((high - low) / step + 1e-9).floor() * step);
        Range { low, high, log, step, levels: None }
    }

    fn scaled(&self, value: f64) -> f64 {
        if self.log { value.ln() } else { value }
    }

    /// How many values it has; `None` for all real numbers between its ends.
    fn count(&self) -> Option<u64> {
        let steps = self.step.map(|step| ((self.high - self.low) / step).round() as u64 + 1);
        [steps, self.levels].into_iter().flatten().min()
    }
}

impl Domain {
    /// The values of a distribution as a config has it; `None` for what is none.
    pub fn of(distribution: &Table) -> Option<Domain> {
        if let Some(choices) = distribution.get("choice") {
            return Some(Domain::Choice(choices.as_array()?.clone()));
        }
        let kinds = ["uniform", "log_uniform", "integer", "log_integer"];
        let (kind, ends) = kinds.into_iter().find_map(|kind| Some((kind, distribution.get(kind)?)))?;
        let [low, high] = &ends.as_array()?[..] else { return None };
        let quantized = distribution.get("quantized").and_then(number);
        let step = quantized.or(kind.ends_with("integer").then_some(1.0));
        let levels = distribution.get("levels").and_then(Value::as_integer).and_then(|levels| levels.try_into().ok());
        let range = Range::new(number(low)?, number(high)?, kind.starts_with("log_"), step);
        Some(Domain::Range(Range { levels, ..range })).filter(|_| range.low < range.high)
    }

    /// Where a value stands: a number itself, a choice by its index. `None` for what is not among the values.
    pub fn position(&self, value: &Value) -> Option<f64> {
        match self {
            Domain::Choice(choices) => index_of(choices, value).map(|index| index as f64),
            Domain::Range(range) => number(value).filter(|value| (range.low..=range.high).contains(value)),
        }
    }

    /// Which end of its range a value is nearer to than one part in twenty of the range; `None` inside and for choices.
    pub fn edge(&self, value: &Value) -> Option<Edge> {
        const MARGIN: f64 = 0.05;
        let Domain::Range(range) = self else { return None };
        let [low, high, value] = [range.low, range.high, number(value)?].map(|value| range.scaled(value));
        match (value - low) / (high - low) {
            ..=MARGIN => Some(Edge::Lower),
            share if share >= 1.0 - MARGIN => Some(Edge::Upper),
            _ => None,
        }
    }

    /// A sentence where the best value of a hyperparameter lies at an end of its range. Ranges of fewer than four values have none:
    /// their ends are in every search.
    pub fn edge_warning(&self, key: &str, value: &Value) -> Option<String> {
        const SHORT: u64 = 4;
        let (side, remedy) = match self.edge(value)? {
            Edge::Lower => ("lower", "smaller"),
            Edge::Upper => ("upper", "larger"),
        };
        let is_short = matches!(self, Domain::Range(range) if range.count().is_some_and(|count| count < SHORT));
        (!is_short).then(|| format!("{key} lies at the {side} end of its range: {remedy} values may be better"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(text: &str) -> Domain {
        Domain::of(&text.parse().unwrap()).unwrap()
    }

    #[test]
    fn distributions_are_read_with_their_ends() {
        let range = |low, high, log, step| Domain::Range(Range { low, high, log, step, levels: None });
        assert_eq!(domain("log_uniform = [1e-4, 1]"), range(1e-4, 1.0, true, None));
        assert_eq!(domain("log_integer = [1, 512]"), range(1.0, 512.0, true, Some(1.0)));
        assert_eq!(domain("integer = [16, 128]\nquantized = 32.0"), range(16.0, 112.0, false, Some(32.0)));
        assert_eq!(domain("choice = [1, 'a']"), Domain::Choice(vec![Value::Integer(1), Value::String("a".to_owned())]));
        for none in ["", "uniform = 3", "uniform = [1]", "normal = [0, 1]", "uniform = [1, 1]", "choice = 2"] {
            assert_eq!(Domain::of(&none.parse().unwrap()), None, "{none}");
        }
    }

    #[test]
    fn values_at_the_ends_of_a_range_are_known() {
        let log = domain("log_uniform = [1e-4, 1]");
        assert_eq!(log.edge(&Value::Float(1.2e-4)), Some(Edge::Lower));
        assert_eq!((log.edge(&Value::Float(0.9)), log.edge(&Value::Float(0.1))), (Some(Edge::Upper), None));
        assert_eq!(domain("choice = [1, 2]").edge(&Value::Integer(1)), None);
        let warning = log.edge_warning("rate", &Value::Float(0.9)).unwrap();
        assert_eq!(warning, "rate lies at the upper end of its range: larger values may be better");
        // A lattice of few values has its ends in every search.
        assert_eq!(domain("integer = [1, 3]").edge_warning("n", &Value::Integer(3)), None);
        assert!(domain("integer = [1, 4]").edge_warning("n", &Value::Integer(1)).is_some());
        assert_eq!(domain("uniform = [0, 1]\nlevels = 3").edge_warning("x", &Value::Float(0.0)), None);
    }

    #[test]
    fn values_have_positions() {
        let optimizers = domain("choice = [{ sgd = {} }, { adam = {} }]");
        let adam: Table = "adam = { learning_rate = 0.1 }".parse().unwrap();
        assert_eq!(optimizers.position(&Value::Table(adam)), Some(1.0), "with its defaults filled in");
        assert_eq!(optimizers.position(&Value::String("rmsprop".to_owned())), None);
        let range = domain("uniform = [0, 2]");
        assert_eq!((range.position(&Value::Integer(2)), range.position(&Value::Float(2.1))), (Some(2.0), None));
    }
}
