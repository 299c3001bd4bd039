//! `[grid]`: lists of values for dotted keys, multiplied out into variants.
//!
//! ```toml
//! [grid]
//! "optimizer.sgd.learning_rate" = [0.03, 0.1, 0.3]
//! "approximator.features" = ["one_hot", { tiles = { tiles = 4 } }]
//! ```
//!
//! makes six variants of each that the file has, named `learning_rate=0.03-features=one_hot` and so on, behind the name of the
//! variant where it has one. They replace the grid, so that the resolved experiment lists every variant by itself.

use toml::{Table, Value};

use super::overrides::set;

/// What a variant can replace; a grid varies these.
const SLOTS: [&str; 4] = ["env", "algorithm", "approximator", "optimizer"];

/// More variants than anybody compares.
const MOST: usize = 10_000;

/// A key of the grid, and the values it takes.
struct Axis {
    path: Vec<String>,
    values: Vec<Value>,
}

/// What is wrong with a grid: the path below the root, and a message.
pub type GridError = (Vec<String>, String);

/// Writes keys with dots in quotes as the nested tables they stand for, so that `--set grid.…` replaces them.
pub fn nest(experiment: &mut Table) {
    if let Some(Value::Table(grid)) = experiment.get_mut("grid") {
        let mut nested = Table::new();
        for (key, value) in std::mem::take(grid) {
            let path: Vec<String> = key.split('.').map(str::to_owned).collect();
            if set(&mut nested, &path, value.clone()).is_err() {
                nested.insert(key, value); // two keys in each other's way: found wrong when it is expanded
            }
        }
        *grid = nested;
    }
}

/// Replaces `grid` in an experiment's table by the variants it stands for; returns the keys that it varied.
///
/// # Errors
/// If the grid is no table of keys to lists, a key is not in a slot, or there are too many combinations.
pub fn expand(experiment: &mut Table) -> Result<Vec<Vec<String>>, GridError> {
    let Some(grid) = experiment.remove("grid") else { return Ok(Vec::new()) };
    let mut axes = Vec::new();
    collect(&[], &grid, &mut axes)?;
    let variants = match experiment.remove("variant") {
        None => vec![Table::new()],
        Some(Value::Array(variants)) => variants.into_iter().filter_map(|v| v.try_into::<Table>().ok()).collect(),
        Some(other) => {
            experiment.insert("variant".to_owned(), other); // wrong, and found wrong where variants are read
            return Ok(Vec::new());
        }
    };
    let combinations = axes.iter().try_fold(variants.len(), |product, axis| product.checked_mul(axis.values.len()));
    if combinations.is_none_or(|combinations| combinations > MOST) {
        return Err((vec!["grid".to_owned()], format!("stands for more than {MOST} variants: shorten its lists")));
    }
    let mut expanded: Vec<(Table, String)> = variants.into_iter().map(|variant| (variant, String::new())).collect();
    for axis in &axes {
        let label = &axis.label(&axes);
        let base = &*experiment;
        expanded = expanded
            .iter()
            .flat_map(|(variant, name)| {
                axis.values.iter().enumerate().map(move |(index, value)| {
                    let part = format!("{label}={}", axis.value_name(index));
                    let name = if name.is_empty() { part } else { format!("{name}-{part}") };
                    Ok((with(variant, base, axis, value)?, name))
                })
            })
            .collect::<Result<_, GridError>>()?;
    }
    let named = expanded.into_iter().map(|(mut variant, suffix)| {
        let name = variant.get("name").and_then(Value::as_str).map(|name| format!("{name}-{suffix}"));
        variant.insert("name".to_owned(), Value::String(name.unwrap_or(suffix)));
        Value::Table(variant)
    });
    let named = named.collect();
    experiment.insert("variant".to_owned(), Value::Array(named));
    Ok(axes.into_iter().map(|axis| axis.path).collect())
}

/// Finds the lists below a nested table.
fn collect(above: &[String], value: &Value, axes: &mut Vec<Axis>) -> Result<(), GridError> {
    let at = || [&["grid".to_owned()], above].concat();
    match value {
        Value::Table(table) if !table.is_empty() => {
            table.iter().try_for_each(|(key, value)| collect(&[above, std::slice::from_ref(key)].concat(), value, axes))
        }
        Value::Array(values) if !above.is_empty() && !values.is_empty() => {
            if !SLOTS.contains(&above[0].as_str()) {
                return Err((at(), format!("begins with none of the slots a grid can vary: {}", SLOTS.join(", "))));
            }
            axes.push(Axis { path: above.to_vec(), values: values.clone() });
            Ok(())
        }
        _ => Err((at(), "takes a list of values, such as \"optimizer.adam.learning_rate\" = [1e-3, 1e-4]".to_owned())),
    }
}

/// The variant with one more value set, in a slot of its own: a copy of the experiment's where it had none.
fn with(variant: &Table, experiment: &Table, axis: &Axis, value: &Value) -> Result<Table, GridError> {
    let mut variant = variant.clone();
    let slot = &axis.path[0];
    if let (false, Some(shared)) = (variant.contains_key(slot), experiment.get(slot)) {
        variant.insert(slot.clone(), shared.clone());
    }
    set(&mut variant, &axis.path, value.clone())
        .map_err(|message| ([&["grid".to_owned()], axis.path.as_slice()].concat(), message))?;
    Ok(variant)
}

impl Axis {
    /// As few of the key's last words as tell it from the other keys.
    fn label(&self, axes: &[Axis]) -> String {
        let last = |axis: &Axis, words: usize| axis.path[axis.path.len().saturating_sub(words)..].join(".");
        let alone = |&words: &usize| axes.iter().filter(|axis| last(axis, words) == last(self, words)).count() == 1;
        last(self, (1..=self.path.len()).find(alone).unwrap_or(self.path.len()))
    }

    /// A value as part of a name; where two values would look the same, its number behind it.
    fn value_name(&self, index: usize) -> String {
        let name = shown(&self.values[index]);
        let twins = self.values.iter().filter(|value| shown(value) == name).count();
        if twins > 1 { format!("{name}.{}", index + 1) } else { name }
    }
}

/// A value in letters that a folder's name may have.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join("-"),
        Value::Table(table) if table.len() == 1 => table.keys().next().cloned().unwrap_or_default(),
        other => other.to_string(),
    };
    text.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.=".contains(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<Table, GridError> {
        let mut table: Table = toml::from_str(text).unwrap();
        nest(&mut table);
        expand(&mut table).map(|_| table)
    }

    fn names(table: &Table) -> Vec<String> {
        table["variant"].as_array().unwrap().iter().map(|v| v["name"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn lists_are_multiplied_out_into_named_variants() {
        let text = "[optimizer.sgd]\nlearning_rate = 1.0\nmax_grad_norm = 5.0\n[grid]\n\
                    'optimizer.sgd.learning_rate' = [0.1, 0.03]\napproximator.hidden = [[], [8, 4]]";
        let table = expanded(text).unwrap();
        assert!(!table.contains_key("grid"));
        let mut found = names(&table);
        found.sort();
        assert_eq!(
            found,
            [
                "hidden=8-4-learning_rate=0.03",
                "hidden=8-4-learning_rate=0.1",
                "hidden=none-learning_rate=0.03",
                "hidden=none-learning_rate=0.1",
            ]
        );
        let first = &table["variant"][0]["optimizer"]["sgd"];
        assert_eq!(first["max_grad_norm"].as_float(), Some(5.0), "the rest of the slot is the experiment's");
    }

    #[test]
    fn every_variant_is_varied_and_keeps_its_own_slots() {
        let text = "[optimizer.sgd]\nlearning_rate = 1.0\n[[variant]]\nname = 'a'\n[[variant]]\nname = 'b'\n\
                    [variant.approximator]\nfeatures = 'tiles'\n[grid]\n'approximator.hidden' = [[8]]";
        let table = expanded(text).unwrap();
        assert_eq!(names(&table), ["a-hidden=8", "b-hidden=8"]);
        assert_eq!(table["variant"][1]["approximator"]["features"].as_str(), Some("tiles"));
    }

    #[test]
    fn keys_that_end_alike_are_told_apart_and_so_are_values() {
        let text = "[grid]\n'algorithm.dqn.tau' = [1]\n'env.x.tau' = [{ a = { b = 1 } }, { a = { b = 2 } }]";
        assert_eq!(names(&expanded(text).unwrap()), ["dqn.tau=1-x.tau=a.1", "dqn.tau=1-x.tau=a.2"]);
    }

    #[test]
    fn what_is_no_grid_is_refused() {
        for (text, path, word) in [
            ("[grid]\n'optimizer.sgd.learning_rate' = 0.1", "grid.optimizer.sgd.learning_rate", "list"),
            ("[grid]\n'optimizer.sgd.learning_rate' = []", "grid.optimizer.sgd.learning_rate", "list"),
            ("[grid]\nseeds = [1, 2]", "grid.seeds", "slots"),
            ("grid = 3", "grid", "list"),
        ] {
            let (at, message) = expanded(text).unwrap_err();
            assert_eq!(at.join("."), path);
            assert!(message.contains(word), "{message}");
        }
    }
}
