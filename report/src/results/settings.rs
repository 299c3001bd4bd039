//! The settings of a search's trial.

use std::collections::BTreeMap;

use toml::{Table, Value};

/// The chosen values of hyperparameters by their dotted keys.
pub type Settings = BTreeMap<String, Value>;

/// Whether a resolved value is the one that `choice` stands for: it has all that the choice says, and may have more, because defaults
/// are filled in. A name stands for the table with this one key.
pub fn matches(choice: &Value, resolved: &Value) -> bool {
    match (choice, resolved) {
        (Value::Table(choice), Value::Table(resolved)) => {
            choice.iter().all(|(key, value)| resolved.get(key).is_some_and(|resolved| matches(value, resolved)))
        }
        (Value::String(name), Value::Table(resolved)) => is_part(resolved, name),
        (Value::Table(choice), Value::String(name)) => is_part(choice, name) && choice.values().all(is_empty),
        (Value::Array(choice), Value::Array(resolved)) => {
            choice.len() == resolved.len() && choice.iter().zip(resolved).all(|(one, other)| matches(one, other))
        }
        _ => choice == resolved || number(choice).is_some_and(|choice| number(resolved) == Some(choice)),
    }
}

/// Whether a table has this one key.
fn is_part(table: &Table, name: &str) -> bool {
    table.len() == 1 && table.contains_key(name)
}

fn is_empty(value: &Value) -> bool {
    value.as_table().is_some_and(Table::is_empty)
}

/// The index of the choice that a value is, with its defaults filled in or not.
pub fn index_of(choices: &[Value], value: &Value) -> Option<usize> {
    let same = choices.iter().position(|choice| choice == value);
    same.or_else(|| choices.iter().position(|choice| matches(choice, value)))
}

/// A number as a float.
pub fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|number| number as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        toml::from_str::<Table>(&format!("v = {text}")).unwrap().remove("v").unwrap()
    }

    #[test]
    fn a_choice_matches_what_has_its_defaults_filled_in() {
        let full = "{ sgd = { learning_rate = 0.1, max_grad_norm = 5.0 } }";
        for (choice, resolved, expected) in [
            ("{ sgd = {} }", full, true),
            ("'sgd'", full, true),
            ("{ adam = {} }", full, false),
            ("{ sgd = { learning_rate = 0.2 } }", full, false),
            ("[64, 64]", "[64, 64]", true),
            ("[64]", "[64, 64]", false),
            ("1", "1.0", true),
            ("{ tiles = {} }", "'tiles'", true),
            ("'relu'", "'tanh'", false),
        ] {
            assert_eq!(matches(&value(choice), &value(resolved)), expected, "{choice} and {resolved}");
        }
    }
}
