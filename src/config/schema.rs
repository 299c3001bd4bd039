//! The JSON Schema of a config file, for editors and for whoever writes configs with programs.

use serde_json::{Value, json};

use super::Experiment;

/// The schema of an experiment file: which keys there are, of which kind, and what they mean. Ranges, and what does not go
/// together, are checked when a file is read.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Experiment).to_value();
    schema["title"] = json!("Tilde experiment");
    // The grid is multiplied out before the rest of the file is looked at, so that no field of the experiment has it.
    schema["properties"]["grid"] = json!({
        "description": "Dotted keys to lists of values, which are multiplied out into variants.",
        "type": "object",
        "additionalProperties": { "type": "array", "minItems": 1 },
    });
    describe(&mut schema);
    schema
}

/// Puts the description of a table with one key to that key, where editors look for it, and makes plain text of links.
fn describe(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = without_links(text);
            }
            let description = object.get("description").cloned();
            if let (Some(description), Some(Value::Object(keys))) = (description, object.get_mut("properties"))
                && keys.len() == 1
            {
                let of_key = keys.values_mut().filter_map(Value::as_object_mut);
                of_key.for_each(|key| _ = key.entry("description").or_insert_with(|| description.clone()));
            }
            object.values_mut().for_each(describe);
        }
        Value::Array(items) => items.iter_mut().for_each(describe),
        _ => {}
    }
}

/// A description without the links of Rust's documentation: ``[`Name`](path)`` and ``[`Name`]`` become `` `Name` ``.
fn without_links(text: &str) -> String {
    let mut parts = text.split("[`");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("`]").unwrap_or((part, ""));
        let target = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        plain.push_str(&format!("`{name}`{}", target.map_or(rest, |(_, behind)| behind)));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls `visit` with every key that a table may have, and its schema.
    fn keys(schema: &Value, visit: &mut dyn FnMut(&str, &Value)) {
        match schema {
            Value::Object(object) => {
                if let Some(Value::Object(properties)) = object.get("properties") {
                    properties.iter().for_each(|(key, schema)| visit(key, schema));
                }
                object.values().for_each(|value| keys(value, visit));
            }
            Value::Array(items) => items.iter().for_each(|item| keys(item, visit)),
            _ => {}
        }
    }

    #[test]
    fn every_key_has_a_description() {
        let (mut count, mut without) = (0, Vec::new());
        keys(&schema(), &mut |key, schema| {
            count += 1;
            let described = schema.get("description").and_then(Value::as_str).is_some_and(|text| text.len() > 2);
            without.extend((!described).then(|| format!("{key}: {schema}")));
        });
        assert!(count > 80 && without.is_empty(), "of {count} keys, these have none: {without:#?}");
        assert!(!schema().to_string().contains("[`"), "links are for Rust's documentation");
    }

    #[test]
    fn links_become_plain_text() {
        assert_eq!(without_links("see [`A::B`](super::A), [`C`] and [0, 1]."), "see `A::B`, `C` and [0, 1].");
    }
}
