//! Short names for the values of a choice: what tells them apart.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::wording::value;

/// A name for each value of a choice, as short as the others allow: `sgd` and `adam` for `{ sgd = { … } }` and `{ adam = { … } }`, and
/// of parts of one kind the settings in which they differ, or the values alone where that is one setting.
pub fn choice_names(choices: &[Value]) -> Vec<String> {
    choices.iter().map(|choice| name_among(choice, choices)).collect()
}

fn name_among(choice: &Value, choices: &[Value]) -> String {
    let Some((name, settings)) = part(choice) else { return value(choice) };
    let of_this_part: Vec<Option<&Table>> =
        choices.iter().filter_map(part).filter(|other| other.0 == name).map(|other| other.1).collect();
    if of_this_part.len() == 1 {
        return name.to_owned();
    }
    let Some((settings, tables)) = settings.zip(of_this_part.iter().copied().collect::<Option<Vec<&Table>>>()) else {
        return value(choice);
    };
    let keys: BTreeSet<&String> = tables.iter().flat_map(|table| table.keys()).collect();
    let differs = |key: &&String| tables.iter().any(|other| other.get(*key) != settings.get(*key));
    let differing: Vec<&String> = keys.into_iter().filter(differs).collect();
    let shown = |key: &&String| settings.get(*key).map(|of| format!("{key} = {}", value(of)));
    let told = match &differing[..] {
        [key] => settings.get(*key).map_or(format!("without {key}"), value),
        keys => keys.iter().filter_map(shown).collect::<Vec<_>>().join(", "),
    };
    match (told.is_empty(), of_this_part.len() == choices.len()) {
        (true, _) => name.to_owned(),
        (false, true) => told,
        (false, false) => format!("{name}: {told}"),
    }
}

/// The name of a part and its settings: a name alone, or a table with one key. `None` for any other value.
fn part(choice: &Value) -> Option<(&str, Option<&Table>)> {
    match choice {
        Value::String(name) => Some((name, None)),
        Value::Table(table) => {
            let (name, settings) = table.iter().next().filter(|_| table.len() == 1)?;
            Some((name, settings.as_table()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(choices: &str) -> Vec<String> {
        let table: Table = format!("choice = {choices}").parse().unwrap();
        choice_names(table["choice"].as_array().unwrap())
    }

    #[test]
    fn names_are_what_tells_the_values_apart() {
        assert_eq!(names("[{ sgd = { learning_rate = 0.1 } }, { adam = { learning_rate = 0.1 } }]"), ["sgd", "adam"]);
        assert_eq!(names("['identity', { scaled = { low = [0.0] } }]"), ["identity", "scaled"]);
        assert_eq!(
            names(
                "[{ tiles = { tilings = 8, tiles = 4, low = [0] } }, { tiles = { tilings = 8, tiles = [3, 4], low = [0] } }]"
            ),
            ["4", "[3, 4]"]
        );
        assert_eq!(
            names("['zero', { constant = 0.5 }, { constant = 1.0 }]"),
            ["zero", "{ constant = 0.5 }", "{ constant = 1.0 }"]
        );
        assert_eq!(
            names("['raw', { fourier = { order = 1 } }, { fourier = { order = 2 } }]"),
            ["raw", "fourier: 1", "fourier: 2"]
        );
        assert_eq!(
            names("[{ rbf = { width = 1.0 } }, { rbf = { width = 0.5, few = 1 } }]"),
            ["width = 1", "few = 1, width = 0.5"]
        );
        assert_eq!(names("[[64], [64, 64]]"), ["[64]", "[64, 64]"]);
    }
}
