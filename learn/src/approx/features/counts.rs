//! A setting that is one number for all components of an observation, or layers of a network, or a list with one number
//! for each.

use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};

use crate::invalid_value::{InvalidValue, require};

/// A count for every component, or layer: `8`, or `[8, 2]` where they differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a whole number, or a list with one whole number for each")]
pub enum Counts {
    /// The same for each.
    All(#[schemars(range(min = 1, max = 16_777_216))] usize),
    /// One for each.
    Each(#[schemars(inner(range(min = 1, max = 16_777_216)))] Vec<usize>),
}

/// Up to here an `f32` holds every whole number, so that a position counted in cells keeps its cell.
const MAX_COUNT: usize = 1 << f32::MANTISSA_DIGITS;

impl Counts {
    /// The schema of counts in another range.
    pub(in crate::approx) fn schema(least: usize, most: usize) -> Schema {
        let count = json_schema!({ "type": "integer", "format": "uint", "minimum": least, "maximum": most });
        json_schema!({ "anyOf": [count, { "type": "array", "items": count }] })
    }

    /// The count of each of `components`.
    ///
    /// # Errors
    /// Under `key`, if a list has another length; under the key of the number, if one is zero or out of reach.
    pub(super) fn of_each(&self, components: usize, key: &str) -> Result<Vec<u32>, InvalidValue> {
        match self {
            Counts::All(number) => Ok(vec![count(*number, key)?; components]),
            Counts::Each(numbers) => {
                require(numbers.len() == components, key, || {
                    format!(
                        "has {} numbers, but an observation has {components}: give one number per component, or one \
                         for all",
                        numbers.len()
                    )
                })?;
                numbers.iter().enumerate().map(|(index, &number)| count(number, &format!("{key}.{index}"))).collect()
            }
        }
    }
}

impl Counts {
    /// The number of each of `layers` layers, from `least` to `most`.
    ///
    /// # Errors
    /// Under `key`, if a list has another length; under the key of the number, if one is out of range.
    pub(in crate::approx) fn of_layers(
        &self,
        layers: usize,
        key: &str,
        (least, most): (usize, usize),
    ) -> Result<Vec<usize>, InvalidValue> {
        let check = |number: usize, key: &str| {
            require((least..=most).contains(&number), key, || {
                format!("must lie between {least} and {most}, not at {number}")
            })
        };
        match self {
            Counts::All(number) => check(*number, key).map(|()| vec![*number; layers]),
            Counts::Each(numbers) => {
                require(numbers.len() == layers, key, || {
                    let given = numbers.len();
                    format!(
                        "has {given} numbers, but there are {layers} layers: give one number for each, or one for all"
                    )
                })?;
                let mut places = numbers.iter().enumerate();
                places.try_for_each(|(index, &number)| check(number, &format!("{key}.{index}")))?;
                Ok(numbers.clone())
            }
        }
    }
}

/// Requires a count of at least one that an `f32` can hold.
pub(super) fn count(number: usize, key: &str) -> Result<u32, InvalidValue> {
    require((1..=MAX_COUNT).contains(&number), key, || {
        format!("must be a whole number from 1 to {MAX_COUNT}, not {number}")
    })?;
    Ok(number as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Slot {
        tiles: Counts,
    }

    fn parse(text: &str) -> Result<Counts, String> {
        toml::from_str::<Slot>(text).map(|slot| slot.tiles).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_number_stands_for_every_component_and_a_list_for_one_each() {
        assert_eq!(parse("tiles = 8").unwrap().of_each(3, "tiles"), Ok(vec![8, 8, 8]));
        assert_eq!(parse("tiles = [8, 2]").unwrap().of_each(2, "tiles"), Ok(vec![8, 2]));
    }

    #[test]
    fn what_is_no_count_is_refused_with_the_two_forms() {
        for text in ["tiles = 'many'", "tiles = -1", "tiles = 1.5", "tiles = [1, 'two']"] {
            assert!(parse(text).unwrap_err().contains("a whole number, or a list"), "{text}");
        }
    }

    #[test]
    fn a_list_of_another_length_and_a_zero_are_refused_where_they_stand() {
        let error = Counts::Each(vec![8, 2]).of_each(4, "tiles").unwrap_err();
        assert_eq!(error.key, "tiles");
        assert!(error.message.contains("has 2 numbers, but an observation has 4"), "{error}");
        assert_eq!(Counts::Each(vec![8, 0]).of_each(2, "tiles").unwrap_err().key, "tiles.1");
        let error = Counts::All(0).of_each(2, "tiles").unwrap_err();
        assert_eq!(error.to_string(), "tiles: must be a whole number from 1 to 16777216, not 0");
        assert!(Counts::All(16_777_217).of_each(1, "tiles").is_err());
    }
}
