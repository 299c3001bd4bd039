//! A choice in a config file: a name, such as `"tiles"`, or a table with that one key, such as
//! `{ tiles = { tilings = 8 } }`. A name alone stands for its table without settings.

use std::marker::PhantomData;

use schemars::Schema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::{Value, json};

/// What can be read so.
pub trait NameOrTable: Sized {
    /// What is expected, in words.
    const EXPECTED: &'static str;

    /// Reads the table form, which serde derives.
    fn from_table<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// Reads either form.
pub fn deserialize<'de, T: NameOrTable, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Either<T>(PhantomData<T>);

    impl<'de, T: NameOrTable> Visitor<'de> for Either<T> {
        type Value = T;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(T::EXPECTED)
        }

        fn visit_str<E: de::Error>(self, name: &str) -> Result<T, E> {
            let table = toml::Table::from_iter([(name.to_owned(), toml::Table::new().into())]);
            T::from_table(table).map_err(|error| E::custom(error.message()))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::from_table(MapAccessDeserializer::new(map))
        }
    }

    deserializer.deserialize_any(Either(PhantomData))
}

/// Adds the names to a schema of tables with one key each.
pub fn add_names(schema: &mut Schema) {
    let Some(tables) = schema.get_mut("oneOf").and_then(Value::as_array_mut) else { return };
    let name = |table: &Value| Some(table.get("required")?.get(0)?.clone());
    let names: Vec<Value> = tables.iter().filter_map(name).collect();
    tables.push(json!({ "type": "string", "enum": names }));
}
