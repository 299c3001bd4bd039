//! `[grid]`: lists of values for dotted keys, multiplied out into variants.
//!
//! ```toml
//! [grid]
//! "optimizer.sgd.learning_rate" = [0.03, 0.1, 0.3]
//! "approximator.features" = ["one_hot", { tiles = { tiles = 4 } }]
//! ```
//!
//! makes six variants of every variant in the file. Their names are `features=one_hot-learning_rate=0.03` and so on
//! (keys in alphabetical order), after the name of the variant if it has one. They replace the grid, so the resolved
//! experiment lists every variant.
//!
//! Where a grid varies the environment, its variants also get a `method`: what their names say without the environment. So a
//! grid of environments and approximators compares each approximator over all environments.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::experiment::LONE_VARIANT;
use super::overrides::{MAX_KEYS, set};
use super::{MAX_VARIANTS, SLOTS};

/// A key of the grid, and the values it takes.
struct GridAxis {
    path: Vec<String>,
    values: Vec<Value>,
}

/// An error in a grid: the path from the root, and a message.
pub type GridError = (Vec<String>, String);

/// The variants that replaced a grid, and their origin.
#[derive(Default)]
pub struct Expansion {
    /// The keys that it varied.
    varied: Vec<Vec<String>>,
    /// The origin of each variant.
    variants: Vec<Origin>,
}

/// What a variant was made of.
#[derive(Clone, Default)]
struct Origin {
    /// The index of the variant in the file, if the file has variants.
    index: Option<usize>,
    /// The slots that were copied from the experiment.
    copied: Vec<String>,
}

impl Expansion {
    /// The index of the variant in the file that a variant was made from, if the file has variants.
    pub fn origin(&self, variant: usize) -> Option<usize> {
        self.variants.get(variant).and_then(|origin| origin.index)
    }

    /// The keys that the grid varies.
    pub fn varied(&self) -> &[Vec<String>] {
        &self.varied
    }

    /// The variants of a file without a grid.
    fn without_grid(variants: usize) -> Expansion {
        let same = |index| Origin { index: Some(index), copied: Vec::new() };
        Expansion { varied: Vec::new(), variants: (0..variants).map(same).collect() }
    }

    /// The path in the file, for a path in the expanded experiment.
    pub fn as_written(&self, path: &[String]) -> Vec<String> {
        let [variant, number, rest @ ..] = path else { return path.to_vec() };
        let origin = number.parse::<usize>().ok().and_then(|number| self.variants.get(number));
        let Some(origin) = origin.filter(|_| variant == "variant") else { return path.to_vec() };
        if self.varied.is_empty() {
            return path.to_vec();
        }
        let grid = |key: &[String]| [&["grid".to_owned()], key].concat();
        let Some(slot) = rest.first().filter(|slot| !["name", METHOD].contains(&slot.as_str())) else {
            return grid(&[]);
        };
        if let Some(key) = self.varied.iter().find(|key| rest.starts_with(key) || key.starts_with(rest)) {
            return grid(key);
        }
        match origin.index {
            Some(index) if !origin.copied.contains(slot) => [&[variant.clone(), index.to_string()], rest].concat(),
            _ => rest.to_vec(),
        }
    }
}

/// The key of a variant that says what it is called over environments.
const METHOD: &str = "method";

/// Turns quoted keys with dots into the nested tables that they stand for, so that `--set grid.…` can replace them.
pub fn nest(experiment: &mut Table) {
    if let Some(Value::Table(grid)) = experiment.get_mut("grid") {
        let mut nested = Table::new();
        for (key, value) in std::mem::take(grid) {
            let path: Vec<String> = key.split('.').map(str::to_owned).collect();
            if set(&mut nested, &path, value.clone()).is_err() {
                nested.insert(key, value); // too long, or in conflict with another: refused when the grid is expanded
            }
        }
        *grid = nested;
    }
}

/// Replaces `grid` in an experiment's table by its variants, and returns their origins.
///
/// # Errors
/// If there are too many variants, the grid is no table of keys to lists, or a key is not in a slot.
pub fn expand(experiment: &mut Table) -> Result<Expansion, GridError> {
    let written = experiment.get("variant").and_then(Value::as_array).map_or(0, Vec::len);
    if written > MAX_VARIANTS {
        let message = format!("{written} variants are more than an experiment may have ({MAX_VARIANTS}): split it up");
        return Err((vec!["variant".to_owned()], message));
    }
    let Some(grid) = experiment.remove("grid") else { return Ok(Expansion::without_grid(written)) };
    let mut axes = Vec::new();
    collect(&[], &grid, &mut axes)?;
    let Some(variants) = tables(experiment.get("variant")) else {
        return Ok(Expansion::default()); // not a list of tables: refused when the experiment is read
    };
    let combinations = axes.iter().try_fold(variants.len(), |product, axis| product.checked_mul(axis.values.len()));
    if combinations.is_none_or(|combinations| combinations > MAX_VARIANTS) {
        return Err((
            vec!["grid".to_owned()],
            format!("stands for more than {MAX_VARIANTS} variants: shorten its lists"),
        ));
    }
    let mut expanded = variants;
    for axis in &axes {
        let label = axis.label(&axes);
        let parts: Vec<String> = axis.value_names().into_iter().map(|name| format!("{label}={name}")).collect();
        let mut further = Vec::with_capacity(expanded.len() * axis.values.len());
        for variant in &expanded {
            for (value, part) in axis.values.iter().zip(&parts) {
                further.push(variant.with(experiment, axis, value, part)?);
            }
        }
        expanded = further;
    }
    let origins = expanded.iter().map(|variant| variant.origin.clone()).collect();
    let varies_env = axes.iter().any(GridAxis::is_of_env);
    let named = expanded.into_iter().map(|variant| variant.named(varies_env)).collect();
    experiment.insert("variant".to_owned(), Value::Array(named));
    Ok(Expansion { varied: axes.into_iter().map(|axis| axis.path).collect(), variants: origins })
}

/// The variants of a file, or a single empty one if it has none; `None` if they are not a list of tables.
fn tables(variants: Option<&Value>) -> Option<Vec<Expanded>> {
    let of = |index, table: Table| Expanded {
        table,
        suffix: String::new(),
        method: String::new(),
        origin: Origin { index, copied: vec![] },
    };
    match variants {
        None => Some(vec![of(None, Table::new())]),
        Some(Value::Array(variants)) => variants
            .iter()
            .enumerate()
            .map(|(index, variant)| Some(of(Some(index), variant.as_table()?.clone())))
            .collect(),
        Some(_) => None,
    }
}

/// A variant in the course of the expansion.
#[derive(Clone)]
struct Expanded {
    table: Table,
    /// The end of its name: the values set so far.
    suffix: String,
    /// The end of its method: the same without those of its environment.
    method: String,
    origin: Origin,
}

impl Expanded {
    /// The variant with one more value set. If it lacks the slot, it first gets a copy of the experiment's.
    fn with(&self, experiment: &Table, axis: &GridAxis, value: &Value, part: &str) -> Result<Expanded, GridError> {
        let mut variant = self.clone();
        let slot = &axis.path[0];
        if let (false, Some(shared)) = (variant.table.contains_key(slot), experiment.get(slot)) {
            variant.table.insert(slot.clone(), shared.clone());
            variant.origin.copied.push(slot.clone());
        }
        set(&mut variant.table, &axis.path, value.clone())
            .map_err(|message| ([&["grid".to_owned()], axis.path.as_slice()].concat(), message))?;
        variant.suffix = joined(&variant.suffix, part);
        if !axis.is_of_env() {
            variant.method = joined(&variant.method, part);
        }
        Ok(variant)
    }

    /// The variant with its name, and with its method if the grid varies the environment or the file says a method.
    fn named(mut self, varies_env: bool) -> Value {
        let text = |key: &str| self.table.get(key).and_then(Value::as_str).unwrap_or_default();
        let (name, own_method) = (text("name"), text(METHOD));
        let method = joined(if own_method.is_empty() { name } else { own_method }, &self.method);
        let has_method = varies_env || self.table.contains_key(METHOD);
        let name = joined(name, &self.suffix);
        self.table.insert("name".to_owned(), Value::String(name));
        if has_method && self.table.get(METHOD).is_none_or(Value::is_str) {
            let method = if method.is_empty() { LONE_VARIANT.to_owned() } else { method };
            self.table.insert(METHOD.to_owned(), Value::String(method));
        }
        Value::Table(self.table)
    }
}

/// Two parts of a name, either of which may be empty.
fn joined(start: &str, end: &str) -> String {
    let dash = if start.is_empty() || end.is_empty() { "" } else { "-" };
    format!("{start}{dash}{end}")
}

/// Collects the lists in nested tables.
fn collect(above: &[String], value: &Value, axes: &mut Vec<GridAxis>) -> Result<(), GridError> {
    let at = || [&["grid".to_owned()], above].concat();
    match value {
        Value::Table(table) if !table.is_empty() => {
            table.iter().try_for_each(|(key, value)| collect(&[above, std::slice::from_ref(key)].concat(), value, axes))
        }
        Value::Array(values) if !above.is_empty() && !values.is_empty() => {
            let keys = above.iter().map(|key| key.split('.').count()).sum::<usize>();
            if keys > MAX_KEYS {
                return Err((at(), format!("{keys} keys in a row are more than any setting has ({MAX_KEYS})")));
            }
            if above[0].contains('.') {
                return Err((at(), "stands in the way of another key of the grid: give one of the two".to_owned()));
            }
            if !SLOTS.contains(&above[0].as_str()) {
                return Err((at(), format!("begins with none of the slots a grid can vary: {}", SLOTS.join(", "))));
            }
            axes.push(GridAxis { path: above.to_vec(), values: values.clone() });
            Ok(())
        }
        _ => Err((at(), "takes a list of values, such as \"optimizer.adam.learning_rate\" = [1e-3, 1e-4]".to_owned())),
    }
}

impl GridAxis {
    /// Whether it changes the environment.
    fn is_of_env(&self) -> bool {
        self.path[0] == "env"
    }

    /// The last words of the key: as few as are needed to distinguish it from the other keys.
    fn label(&self, axes: &[GridAxis]) -> String {
        let last = |axis: &GridAxis, words: usize| axis.path[axis.path.len().saturating_sub(words)..].join(".");
        let alone = |&words: &usize| axes.iter().filter(|axis| last(axis, words) == last(self, words)).count() == 1;
        last(self, (1..=self.path.len()).find(alone).unwrap_or(self.path.len()))
    }

    /// The values as parts of names. Values that look the same are numbered.
    fn value_names(&self) -> Vec<String> {
        let names: Vec<String> = self.values.iter().map(shown).collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
        let numbered = |(index, name): (usize, &String)| match counts[name.as_str()] {
            1 => name.clone(),
            _ => format!("{name}.{}", index + 1),
        };
        names.iter().enumerate().map(numbered).collect()
    }
}

/// A value, in characters that the name of a folder may have.
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
        assert_eq!(first["max_grad_norm"].as_float(), Some(5.0), "the rest of the slot is copied from the experiment");
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
    fn where_the_environment_varies_the_method_is_the_rest_of_the_name() {
        let methods = |text: &str| -> Vec<Option<String>> {
            let table = expanded(text).unwrap();
            let method = |variant: &Value| Some(variant.get("method")?.as_str()?.to_owned());
            table["variant"].as_array().unwrap().iter().map(method).collect()
        };
        let said = |methods: &[&str]| methods.iter().map(|method| Some((*method).to_owned())).collect::<Vec<_>>();
        let grid = "[grid]\nenv = ['catch', 'cart_pole']\n'approximator.hidden' = [[], [8]]\n";
        let both = ["hidden=none", "hidden=none", "hidden=8", "hidden=8"];
        let text = format!("[approximator]\n{grid}");
        assert_eq!(names(&expanded(&text).unwrap())[0], "hidden=none-env=catch");
        assert_eq!(methods(&text), said(&both));
        // After the name, or the method in place of the name.
        let named = format!("[[variant]]\nname = 'a'\n{grid}");
        assert_eq!(methods(&named), said(&both.map(|method| format!("a-{method}")).each_ref().map(String::as_str)));
        let with_method = format!("[[variant]]\nname = 'a'\nmethod = 'm'\n{grid}");
        assert_eq!(methods(&with_method)[0], Some("m-hidden=none".to_owned()));
        // The environment alone, by one of its settings.
        assert_eq!(methods("[grid]\n'env.gridworld.slip' = [0, 1]"), said(&["default", "default"]));
        assert_eq!(methods("[[variant]]\nname = 'a'\n[grid]\nenv = ['catch', 'x']"), said(&["a", "a"]));
        // Without the environment there is none, unless the file says one.
        assert_eq!(methods("[grid]\n'approximator.hidden' = [[], [8]]"), [None, None]);
        let own = "[[variant]]\nname = 'a'\nmethod = 'm'\n[grid]\n'approximator.hidden' = [[8]]";
        assert_eq!(methods(own), said(&["m-hidden=8"]));
    }

    #[test]
    fn keys_and_values_that_look_alike_are_distinguished() {
        let text = "[grid]\n'algorithm.dqn.tau' = [1]\n'env.x.tau' = [{ a = { b = 1 } }, { a = { b = 2 } }]";
        assert_eq!(names(&expanded(text).unwrap()), ["dqn.tau=1-x.tau=a.1", "dqn.tau=1-x.tau=a.2"]);
    }

    #[test]
    fn an_invalid_grid_is_refused() {
        let deep = "optimizer".to_owned() + &".x".repeat(100_000);
        for (text, path, word) in [
            ("[grid]\n'optimizer.sgd.learning_rate' = 0.1", "grid.optimizer.sgd.learning_rate", "list"),
            ("[grid]\n'optimizer.sgd.learning_rate' = []", "grid.optimizer.sgd.learning_rate", "list"),
            ("[grid]\nseeds = [1, 2]", "grid.seeds", "slots"),
            ("grid = 3", "grid", "list"),
            (&format!("[grid]\n'{deep}' = [1]"), &format!("grid.{deep}"), "keys in a row"),
        ] {
            let (at, message) = expanded(text).unwrap_err();
            assert_eq!(at.join("."), path);
            assert!(message.contains(word), "{message}");
        }
    }
}
