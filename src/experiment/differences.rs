//! The settings in which two experiments differ.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use crate::config::{Experiment, RunConfig};

/// The settings that differ between variants of the same name, each as `key old → new`. The variants are named where a setting
/// does not differ in the same way in all of them.
pub fn changes(old: &Experiment, new: &Experiment) -> Vec<String> {
    let before: BTreeMap<String, RunConfig> =
        old.variants().into_iter().map(|run| (run.variant.clone(), run)).collect();
    let mut changed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut shared = 0;
    for (old, new) in new.variants().iter().filter_map(|new| Some((before.get(&new.variant)?, new))) {
        shared += 1;
        for difference in differences(&all_settings(old), &all_settings(new)) {
            changed.entry(difference).or_default().push(new.variant.clone());
        }
    }
    let described = |(difference, variants): (String, Vec<String>)| match variants.len() {
        count if count == shared => difference,
        1..=3 => format!("{difference} ({})", variants.join(", ")),
        count => format!("{difference} ({count} variants)"),
    };
    changed.into_iter().map(described).collect()
}

/// Values by their dotted keys, both as TOML has them.
pub type FlatSettings = BTreeMap<String, String>;

fn all_settings(run: &RunConfig) -> FlatSettings {
    let mut all = flat_settings("budget", &run.budget);
    all.extend(run.diagnostics.iter().flat_map(|diagnostics| flat_settings("diagnostics", diagnostics)));
    all.extend(flat_settings("env", &run.env));
    all.extend(wrapper_settings(run));
    all.extend(flat_settings("algorithm", &run.algorithm));
    all.extend(flat_settings("approximator", &run.approximator));
    all.extend(flat_settings("optimizer", &run.optimizer));
    all.extend(flat_settings("device", &run.backend.device));
    all.extend(flat_settings("engine", &run.backend.engine));
    all
}

/// The settings of a run's wrappers, if it has some.
pub fn wrapper_settings(run: &RunConfig) -> FlatSettings {
    if run.wrappers.is_empty() { FlatSettings::new() } else { flat_settings("wrappers", &run.wrappers) }
}

/// The settings of a part of an experiment; all keys begin with `key`.
pub fn flat_settings(key: &str, value: &impl serde::Serialize) -> FlatSettings {
    let mut flat = FlatSettings::new();
    flatten(key, &Value::try_from(value).expect("settings are plain numbers, names and tables"), &mut flat);
    flat
}

/// `key old → new` for every setting of two config files that differs.
pub fn setting_differences(before: &Table, after: &Table) -> Vec<String> {
    let flat = |table: &Table| {
        let mut flat = FlatSettings::new();
        table.iter().for_each(|(key, value)| flatten(key, value, &mut flat));
        flat
    };
    differences(&flat(before), &flat(after))
}

fn flatten(key: &str, value: &Value, into: &mut FlatSettings) {
    match value {
        Value::Table(table) if !table.is_empty() => {
            table.iter().for_each(|(inner, value)| flatten(&format!("{key}.{inner}"), value, into));
        }
        value => _ = into.insert(key.to_owned(), value.to_string()),
    }
}

/// `key old → new` for every setting that differs.
pub fn differences(old: &FlatSettings, new: &FlatSettings) -> Vec<String> {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let shown = |value: Option<&String>| value.map_or("none", String::as_str).to_owned();
    let changed = keys.into_iter().filter(|&key| old.get(key) != new.get(key));
    changed.map(|key| format!("{key} {} → {}", shown(old.get(key)), shown(new.get(key)))).collect()
}
