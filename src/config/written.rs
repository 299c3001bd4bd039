//! An experiment as its file says it, before defaults are filled in, and what becomes of it with other settings.
//!
//! A trial of a search changes what the file says, not what it means: with `approximator.hidden` set, the approximator's other
//! settings have the defaults that go with it, as if the file had said so.

use toml::{Table, Value};

use super::overrides::{VARIANT, set};
use super::read::read;
use super::{Experiment, SLOTS, defaults, weights};
use crate::approx::WeightsFile;
use crate::invalid_value::InvalidValue;
use crate::search::{Settings, Space};

/// The table of a config file with its overrides, and with its grid multiplied out.
#[derive(Clone, Debug, Default)]
pub struct Written {
    table: Table,
}

/// What is wrong with the settings of a trial: the path of a key, and a message.
pub type Refusal = (Vec<String>, String);

impl Written {
    /// Of a table whose grid has been multiplied out.
    pub fn new(table: Table) -> Written {
        Written { table }
    }

    /// The file again: the slots of `experiment` as they are written here, since a trial changes what is written, and everything
    /// else as it is in `experiment`. Files of weights have the names of their copies, and are returned.
    pub fn to_toml(&self, experiment: &Experiment) -> (String, Vec<WeightsFile>) {
        let mut table = self.table.clone();
        let resolved = Table::try_from(experiment).expect("an experiment is plain numbers, names and tables");
        table.extend(resolved.into_iter().filter(|(key, _)| key != VARIANT && !SLOTS.contains(&key.as_str())));
        let names = experiment.variant_names();
        if let Some(Value::Array(variants)) = table.get_mut(VARIANT) {
            let is_kept = |name: &str| names.iter().any(|kept| kept == name);
            variants.retain(|variant| variant.get("name").and_then(Value::as_str).is_some_and(is_kept));
        }
        let files = weights::name_copies(&mut table);
        (toml::to_string(&table).expect("a config is plain numbers, names and tables"), files)
    }

    /// The experiment with one variant alone, whose slots are at the top.
    fn alone(&self, variant: &str) -> Table {
        let mut table = self.table.clone();
        table.remove("search");
        let variants = table.remove(VARIANT);
        let named = variants.as_ref().and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table);
        let own = named.into_iter().find(|own| own.get("name").and_then(Value::as_str) == Some(variant));
        for (slot, value) in own.into_iter().flatten().filter(|(slot, _)| SLOTS.contains(&slot.as_str())) {
            table.insert(slot.clone(), value.clone());
        }
        table
    }

    /// The experiment with a variant alone and `settings` in place of its own.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn with(&self, variant: &str, settings: &Settings) -> Result<Experiment, Vec<Refusal>> {
        let mut table = changed(self.alone(variant), settings)?;
        defaults::fill(&mut table);
        let read = read(table);
        let mut refused: Vec<Refusal> =
            read.mistakes.iter().map(|mistake| (mistake.place(), mistake.message())).collect();
        if let Some(experiment) = &read.experiment {
            let found = experiment.check().err().into_iter().flat_map(InvalidValue::each);
            let found = found.filter(|found| read.is_sound(&found.key));
            refused.extend(found.map(|found| (found.key.split('.').map(str::to_owned).collect(), found.message)));
        }
        read.experiment.filter(|_| refused.is_empty()).ok_or(refused)
    }

    /// The table of a variant with `settings`, with all defaults filled in. Where the settings do not fit, other values stand in
    /// their place. An algorithm that learns nothing has no approximator and no optimizer.
    pub fn resolved(&self, variant: &str, settings: &Settings) -> Table {
        changed(self.alone(variant), settings).map(resolved).unwrap_or_default()
    }

    /// Whether a key applies to a variant: the table that holds it exists once the settings `chosen` are made and defaults filled in.
    pub fn applies(&self, variant: &str, key: &str, chosen: &Settings) -> bool {
        let path: Vec<&str> = key.split('.').collect();
        let resolved = self.resolved(variant, chosen);
        match &path[..] {
            [slot] => resolved.contains_key(*slot),
            [above @ .., _] => get(&resolved, above).is_some_and(Value::is_table),
            [] => false,
        }
    }

    /// The values that a variant has of its own for the hyperparameters that apply to it.
    pub fn own(&self, variant: &str, space: &Space) -> Settings {
        let resolved = self.resolved(variant, &Settings::new());
        let mut own = Settings::new();
        for parameter in space.parameters() {
            let path: Vec<&str> = parameter.key.split('.').collect();
            let Some(value) = get(&resolved, &path) else { continue };
            let distribution = &parameter.distribution;
            let choice = distribution.index(value).map(|index| distribution.choices()[index].clone());
            own.insert(parameter.key.clone(), choice.unwrap_or_else(|| value.clone()));
        }
        own
    }
}

/// The value at a path.
fn get<'t>(table: &'t Table, path: &[&str]) -> Option<&'t Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, key| value.get(key))
}

fn resolved(mut table: Table) -> Table {
    defaults::fill(&mut table);
    let Some(experiment) = read(table.clone()).experiment else { return table };
    let mut resolved = Table::try_from(&experiment).expect("an experiment is plain numbers, names and tables");
    if experiment.algorithm.is_some_and(|algorithm| !algorithm.learns()) {
        ["approximator", "optimizer"].iter().for_each(|slot| _ = resolved.remove(*slot));
    }
    resolved
}

/// The table with these settings, shorter keys first.
fn changed(mut table: Table, settings: &Settings) -> Result<Table, Vec<Refusal>> {
    let mut ordered: Vec<(Vec<String>, &Value)> =
        settings.iter().map(|(key, value)| (key.split('.').map(str::to_owned).collect(), value)).collect();
    ordered.sort_by_key(|(path, _)| path.len());
    for (path, value) in ordered {
        write_out(&mut table, &path);
        set(&mut table, &path, value.clone()).map_err(|message| vec![(path, message)])?;
    }
    Ok(table)
}

/// Writes out the first table on a path that the file leaves to its defaults, so that a setting in it leaves its neighbours as they
/// are.
fn write_out(table: &mut Table, path: &[String]) {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    for depth in 1..path.len() {
        match get(table, &names[..depth]) {
            Some(Value::Table(_)) => {}
            // A name that stands for its table: `set` makes one of it.
            Some(Value::String(name)) if *name == path[depth] => {
                let empty = Table::from_iter([(name.clone(), Value::Table(Table::new()))]);
                let _ = set(table, &path[..depth], Value::Table(empty)); // its parents are tables
            }
            Some(_) => return,
            None => {
                let resolved = resolved(table.clone());
                if let Some(value) = get(&resolved, &names[..depth]).filter(|value| value.is_table()) {
                    let _ = set(table, &path[..depth], value.clone()); // its parents are tables
                }
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::search::Distribution;

    const TEXT: &str = "name = 'x'\nseeds = [0]\nenv = 'cart_pole'\nalgorithm = 'dqn'\n[budget]\nsteps = 50_000\n\
                        [approximator]\nfeatures = 'scaled'\n[optimizer.adam]\nlearning_rate = 0.01\n\
                        [[variant]]\nname = 'one'\n[[variant]]\nname = 'idle'\nalgorithm = 'random'\n";

    fn written() -> Written {
        Written::new(toml::from_str(&TEXT.replace("'scaled'", "'identity'")).unwrap())
    }

    fn settings(text: &str) -> Settings {
        toml::from_str::<Table>(text).unwrap().into_iter().collect()
    }

    #[test]
    fn a_key_applies_where_its_table_is_after_the_choices_before_it() {
        let written = written();
        let applies = |variant: &str, key: &str, chosen: &str| written.applies(variant, key, &settings(chosen));
        assert!(applies("one", "optimizer.adam.learning_rate", ""));
        assert!(!applies("one", "optimizer.sgd.learning_rate", ""));
        assert!(applies("one", "optimizer.sgd.learning_rate", "optimizer = { sgd = {} }"));
        assert!(applies("one", "algorithm.dqn.exploration.final", ""), "a table that is there by default");
        assert!(!applies("idle", "approximator.hidden", ""), "it learns nothing");
        assert!(!applies("idle", "algorithm.dqn.gamma", ""));
    }

    #[test]
    fn a_trial_is_what_the_file_would_say() {
        let written = written();
        let with = |text: &str| written.with("one", &settings(text)).unwrap().variants().remove(0);
        let plain = with("");
        assert_eq!(plain.approximator.hidden, [0; 0]);
        let deep = with("'approximator.hidden' = [8]");
        assert_eq!(deep.approximator.hidden, [8]);
        assert_ne!(
            plain.approximator.initialization, deep.approximator.initialization,
            "as for a file with hidden layers"
        );
        let changed = with("'algorithm.dqn.exploration.final' = 0.2");
        let text = toml::to_string(&changed.algorithm).unwrap();
        assert!(text.contains("final = 0.2") && text.contains("initial = 1.0"), "{text}");
        let both = with("optimizer = { sgd = {} }\n'optimizer.sgd.learning_rate' = 0.5");
        assert_eq!(both.optimizer.id(), "sgd");
    }

    #[test]
    fn what_is_wrong_with_a_trial_is_said_with_its_key() {
        let refused = written().with("one", &settings("'optimizer.adam.learning_rat' = 1.0")).unwrap_err();
        assert!(refused[0].1.contains("did you mean `learning_rate`?"), "{refused:?}");
        let refused = written().with("one", &settings("'algorithm.dqn.gamma' = 2.0")).unwrap_err();
        assert_eq!(refused[0].0.join("."), "algorithm.dqn.gamma");
        let refused = written().with("one", &settings("optimizer = { sgd = {} }")).unwrap_err();
        assert_eq!(refused[0].0.join("."), "optimizer.sgd.learning_rate");
    }

    #[test]
    fn the_own_settings_are_those_of_the_file_and_its_defaults() {
        let optimizers = ["{ sgd = {} }", "{ adam = {} }"].map(|text| {
            let table: Table = toml::from_str(&format!("v = {text}")).unwrap();
            table["v"].clone()
        });
        let space = Space::from(BTreeMap::from([
            ("optimizer".to_owned(), Distribution::choice(optimizers)),
            ("optimizer.sgd.learning_rate".to_owned(), Distribution::uniform(0.0, 1.0)),
            ("optimizer.adam.learning_rate".to_owned(), Distribution::uniform(0.0, 1.0)),
            ("algorithm.dqn.gamma".to_owned(), Distribution::uniform(0.0, 1.0)),
        ]));
        let expected = "optimizer = { adam = {} }\n'optimizer.adam.learning_rate' = 0.01\n'algorithm.dqn.gamma' = 0.99";
        assert_eq!(written().own("one", &space), settings(expected));
        assert_eq!(written().own("idle", &space), Settings::new());
    }
}
