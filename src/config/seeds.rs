//! The seeds of an experiment.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::invalid_value::{InvalidValue, require};

/// A range of seeds, or a list.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(deny_unknown_fields)]
pub enum Seeds {
    /// The `count` seeds `first`, `first + 1`, …
    Range {
        /// The first seed.
        first: u64,
        /// The number of seeds.
        #[schemars(range(min = 1, max = 100_000))]
        count: u64,
    },
    /// These seeds.
    List(Vec<u64>),
}

/// The table form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    first: u64,
    count: u64,
}

/// The largest number of seeds: more runs per variant would take too long for any use.
const MAX_SEEDS: u64 = 100_000;

/// The largest integer of TOML: results write their seeds as TOML.
const MAX_SEED: u64 = i64::MAX as u64;

impl Seeds {
    /// All seeds, in the order of the file.
    pub fn list(&self) -> Vec<u64> {
        match self {
            Seeds::Range { first, count } => (*first..first + count).collect(),
            Seeds::List(seeds) => seeds.clone(),
        }
    }

    /// The number of seeds.
    pub fn count(&self) -> usize {
        match self {
            Seeds::Range { count, .. } => usize::try_from(*count).unwrap_or(usize::MAX),
            Seeds::List(seeds) => seeds.len(),
        }
    }

    /// Checks that there is at least one seed, none twice, and all in TOML's range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let none = || "there is no seed: a range needs a `count` of at least 1, a list at least one number".to_owned();
        match self {
            Seeds::Range { first, count } => {
                require(*count > 0, "count", none)?;
                require(*count <= MAX_SEEDS, "count", || format!("at most {MAX_SEEDS} seeds, not {count}"))?;
                require(*first <= MAX_SEED - *count, "first", || format!("seeds end at {MAX_SEED}"))
            }
            Seeds::List(seeds) => {
                require(!seeds.is_empty(), "", none)?;
                require(seeds.len() as u64 <= MAX_SEEDS, "", || {
                    format!("at most {MAX_SEEDS} seeds, not {}", seeds.len())
                })?;
                let mut sorted = seeds.clone();
                sorted.sort_unstable();
                let twice = sorted.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
                twice.map_or(Ok(()), |seed| {
                    Err(InvalidValue::new("", format!("seed {seed} is listed twice: list it once")))
                })
            }
        }
    }
}

impl<'de> Deserialize<'de> for Seeds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RangeOrList;

        impl<'de> Visitor<'de> for RangeOrList {
            type Value = Seeds;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("seeds as { first = 0, count = 5 } or as a list such as [0, 1, 2]")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Seeds, A::Error> {
                let Range { first, count } = Range::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Seeds::Range { first, count })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Seeds, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Seeds::List)
            }
        }

        deserializer.deserialize_any(RangeOrList)
    }
}

/// The command line's form: `0..30` (half-open, as in Rust), `3`, or `1,5,9`.
impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let number = text.trim().parse::<u64>().ok().filter(|&seed| seed <= MAX_SEED);
            number.ok_or_else(|| format!("`{text}` is not a seed: write 0..30, 3 or 1,5,9"))
        };
        let seeds = match text.split_once("..") {
            Some((first, end)) => {
                let (first, end) = (number(first)?, number(end)?);
                Seeds::Range { first, count: end.saturating_sub(first) }
            }
            None => Seeds::List(text.split(',').map(number).collect::<Result<_, _>>()?),
        };
        match seeds.check() {
            Ok(()) => Ok(seeds),
            Err(InvalidValue { message, .. }) => Err(format!("`{text}`: {message}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_on_the_command_line_are_half_open() {
        assert_eq!("3..6".parse::<Seeds>().unwrap().list(), [3, 4, 5]);
        assert_eq!("7".parse::<Seeds>().unwrap().list(), [7]);
        assert_eq!("4,1".parse::<Seeds>().unwrap().list(), [4, 1]);
    }

    #[test]
    fn empty_ranges_and_doubled_seeds_are_refused() {
        for text in ["3..3", "5..3", "1,1", "", "x", "1..", "-1"] {
            assert!(text.parse::<Seeds>().is_err(), "{text}");
        }
        assert!(Seeds::List(vec![]).check().is_err());
        assert!(Seeds::Range { first: u64::MAX, count: 2 }.check().is_err());
    }
}
