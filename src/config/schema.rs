//! The JSON Schema of a config file: for editors, for programs that write configs, and for the check of a config's keys
//! and types (`validate.rs`).

use serde_json::{Value, json};

use super::Experiment;

/// The schema of an experiment file: its keys, their types, ranges and meaning. Ranges and combinations of settings are
/// checked when a file is read, with a reason; a test of the book holds the ranges here to those checks.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Experiment).to_value();
    schema["title"] = json!("Tilde experiment");
    // The experiment has no field for the grid, which is multiplied out before the rest of the file is read.
    schema["properties"]["grid"] = json!({
        "description": "Dotted keys to lists of values, which are multiplied out into variants.",
        "$ref": "#/$defs/Grid",
    });
    schema["$defs"]["Grid"] = json!({
        "description": "Keys of slots, each with a list of values. A key with dots, quoted or not, stands for nested \
                        tables.",
        "type": "object",
        "additionalProperties": { "anyOf": [{ "type": "array", "minItems": 1 }, { "$ref": "#/$defs/Grid" }] },
    });
    drop_null(&mut schema);
    describe(&mut schema);
    schema
}

/// Removes `null`, which TOML lacks: an optional key is left out instead.
fn drop_null(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.get("default").is_some_and(Value::is_null) {
                object.remove("default");
            }
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [name] = &types[..] {
                    let name = name.clone();
                    object.insert("type".to_owned(), name);
                }
            }
            if let Some(Value::Array(forms)) = object.get_mut("anyOf") {
                forms.retain(|form| *form != json!({ "type": "null" }));
                if let [Value::Object(form)] = &mut forms[..] {
                    let form = std::mem::take(form);
                    object.remove("anyOf");
                    form.into_iter().for_each(|(key, value)| _ = object.entry(key).or_insert(value));
                }
            }
            object.values_mut().for_each(drop_null);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_null),
        _ => {}
    }
}

/// Copies the description of a table with one key to that key, where editors show it, and turns links into plain text.
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

/// A description without rustdoc's links: ``[`Name`](path)`` and ``[`Name`]`` become `` `Name` ``.
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

    /// Calls `visit` with every key of every table, and its schema.
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
        assert!(!schema().to_string().contains("[`"), "links are for rustdoc");
    }

    #[test]
    fn defaults_are_those_of_the_config() {
        let schema = schema();
        let approximator = &schema["$defs"]["ApproximatorConfig"]["properties"];
        // These depend on the observations, as their description says.
        for key in ["features", "hidden", "initialization"] {
            assert!(
                approximator[key].is_object() && approximator[key].get("default").is_none(),
                "{}",
                approximator[key]
            );
        }
        assert_eq!(approximator["activation"]["default"], "relu");
        assert!(!schema.to_string().contains("null"), "TOML has no null");
        assert_eq!(approximator["initialization"]["$ref"], "#/$defs/Initialization");
        assert_eq!(schema["properties"]["env"]["$ref"], "#/$defs/EnvConfig");
        assert_eq!(schema["$defs"]["AdamConfig"]["properties"]["max_grad_norm"]["type"], "number");
    }

    #[test]
    fn exploration_has_two_forms_and_a_line_has_one_end() {
        let schema = schema();
        let forms = schema["$defs"]["Exploration"]["oneOf"].as_array().unwrap();
        let required: Vec<&Value> = forms.iter().map(|form| &form["required"]).collect();
        assert_eq!(required, [&json!(["initial", "final"]), &json!(["boltzmann"])]);
        for form in forms {
            assert_eq!(form["additionalProperties"], false);
        }
        assert_eq!(forms[1]["properties"]["boltzmann"]["$ref"], "#/$defs/Linear");
        let one_end = json!([{ "required": ["fraction"] }, { "required": ["steps"] }]);
        let lines = ["Linear", "Cosine", "Exponential"].map(|line| &schema["$defs"][line]);
        for line in lines.into_iter().chain([&forms[0]]) {
            assert_eq!(line["oneOf"], one_end, "{line}");
        }
    }

    #[test]
    fn links_become_plain_text() {
        assert_eq!(without_links("see [`A::B`](super::A), [`C`] and [0, 1]."), "see `A::B`, `C` and [0, 1].");
    }
}
