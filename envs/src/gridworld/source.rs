//! The map of a gridworld: a name, or rows written in the config file.

use schemars::JsonSchema;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::map::Map;
use super::named::{NamedMap, named_maps};
use crate::ConfigError;

/// A map by its name, or by its rows. It deserializes from self-describing formats only (TOML, JSON).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum MapSource {
    /// The name of a map: `4x4`, `8x8`, `cliff` or `maze`.
    Name(String),
    /// The rows, top to bottom: `S` start, `G` goal, `H` hole, `#` wall, `F` or `.` free.
    Rows(Vec<String>),
}

impl MapSource {
    /// The default time limit: that of a named map, else four steps for every cell.
    pub fn default_time_limit(&self) -> u32 {
        match self {
            MapSource::Name(name) => named(name).map_or(100, |map| map.time_limit),
            MapSource::Rows(rows) => {
                let cells: usize = rows.iter().map(|row| row.chars().count()).sum();
                u32::try_from(cells.saturating_mul(4)).unwrap_or(u32::MAX).max(1)
            }
        }
    }

    pub(super) fn read(&self) -> Result<Map, ConfigError> {
        match self {
            MapSource::Rows(rows) => Map::parse(rows),
            MapSource::Name(name) => named(name).ok_or_else(|| unknown(name)).and_then(|map| Map::parse(map.rows)),
        }
    }
}

fn named(name: &str) -> Option<&'static NamedMap> {
    named_maps().iter().find(|map| map.name == name)
}

fn unknown(name: &str) -> ConfigError {
    let names: Vec<String> = named_maps().iter().map(|map| format!("{:?}", map.name)).collect();
    ConfigError::new(
        "map",
        format!("there is no map {name:?}; use one of {}, or give a list of rows", names.join(", ")),
    )
}

/// Written by hand, because serde's message for an untagged enum does not say what would be right.
impl<'de> Deserialize<'de> for MapSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrRows;

        impl<'de> Visitor<'de> for NameOrRows {
            type Value = MapSource;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map's name or a list of rows, such as \"4x4\" or [\"SF\", \"FG\"]")
            }

            fn visit_str<E>(self, name: &str) -> Result<MapSource, E> {
                Ok(MapSource::Name(name.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, rows: A) -> Result<MapSource, A::Error> {
                Deserialize::deserialize(SeqAccessDeserializer::new(rows)).map(MapSource::Rows)
            }
        }

        deserializer.deserialize_any(NameOrRows)
    }
}
