//! From a TOML table to an experiment, and every mistake on the way.
//!
//! The schema finds the mistakes, and serde reads the table that is left without them (`validate.rs`). So the values of
//! all sound slots are checked, and a user reads everything at once.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde_path_to_error::{Path as KeyPath, Segment};
use tilde_envs::EnvConfig;
use tilde_envs::registry::{Slot, SlotKind, parts_added};
use toml::Table;

use super::defaults::components;
use super::error::MAX_SHOWN;
use super::foreign::meant;
use super::form::Forms;
use super::mistake::{Mistake, Problem};
use super::overrides::VARIANT;
use super::validate::validate;
use super::{Experiment, schema};

/// What was read.
pub struct Read {
    /// The experiment. Where there are mistakes, it has other values in their place.
    pub experiment: Option<Experiment>,
    /// Each mistake.
    pub mistakes: Vec<Mistake>,
    /// The slots whose values are not to be trusted, and the keys at the top that were missing.
    tainted: BTreeSet<String>,
}

/// The forms of the experiment's schema. They are compiled once, and anew after a program has added a part.
fn forms() -> Arc<Forms> {
    static COMPILED: Mutex<Option<(usize, Arc<Forms>)>> = Mutex::new(None);
    let parts = parts_added();
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    match &*compiled {
        Some((known, forms)) if *known == parts => Arc::clone(forms),
        _ => {
            let forms = Arc::new(Forms::new(&schema()));
            *compiled = Some((parts, Arc::clone(&forms)));
            forms
        }
    }
}

/// Reads an experiment.
pub fn read(mut table: Table) -> Read {
    let forms = forms();
    let mut mistakes = validate(&mut table, &forms, forms.root());
    for mistake in &mut mistakes {
        if let Problem::UnknownKey { name, ours, .. } = &mut mistake.problem {
            *ours = meant(slot(&mistake.path), name);
        }
    }
    let affecting = mistakes.iter().filter(|mistake| mistake.affects_its_slot());
    let tainted: BTreeSet<String> = affecting.flat_map(tainted_by).collect();
    mistakes.iter_mut().for_each(|mistake| add_components(mistake, &table, &tainted));
    // After so many mistakes, the rest of the table was not checked.
    let experiment = if mistakes.len() > MAX_SHOWN { None } else { deserialize(table, &mut mistakes) };
    Read { experiment, mistakes, tainted }
}

/// An environment's config from its table, `{ id = { … } }`.
///
/// # Errors
/// All mistakes in it.
pub fn read_env(mut table: Table) -> Result<EnvConfig, Vec<Mistake>> {
    let forms = forms();
    let form = forms.of_key("env").unwrap_or_default();
    let mut mistakes = validate(&mut table, &forms, form);
    let env = deserialize(table, &mut mistakes);
    env.filter(|_| mistakes.is_empty()).ok_or(mistakes)
}

/// Reads a part of any slot: a table with the part's name, and its settings.
///
/// # Errors
/// All mistakes in it.
pub fn read_part<T: SlotKind + ?Sized>(mut table: Table) -> Result<Slot<T>, Vec<Mistake>> {
    let schema = serde_json::to_value(schemars::schema_for!(Slot<T>)).expect("a schema is plain JSON");
    let forms = Forms::new(&schema);
    let mut mistakes = validate(&mut table, &forms, forms.root());
    let part = deserialize(table, &mut mistakes);
    part.filter(|_| mistakes.is_empty()).ok_or(mistakes)
}

/// Reads a table in which no mistake is left. Where serde refuses what the schema accepts, its message is the mistake.
fn deserialize<T: DeserializeOwned>(table: Table, mistakes: &mut Vec<Mistake>) -> Option<T> {
    let read: Result<T, serde_path_to_error::Error<toml::de::Error>> = serde_path_to_error::deserialize(table);
    let error = match read {
        Ok(read) => return Some(read),
        Err(error) => error,
    };
    let (path, message) = (segments(error.path()), error.inner().message().to_owned());
    // What stands in the place of a mistake is no value of the user's.
    if !mistakes.iter().any(|mistake| is_on_one_path(&mistake.place(), &path)) {
        mistakes.push(Mistake { path, problem: Problem::Refused(message) });
    }
    None
}

impl Read {
    /// Whether what was found about a value holds: the value is the user's, and nothing that it depends on has a
    /// mistake.
    pub fn is_sound(&self, key: &str) -> bool {
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        let slot = slot(&path);
        let needs: &[&str] = match slot {
            "algorithm" => &["env"],
            "approximator" => &["env", "algorithm"],
            "optimizer" => &["algorithm"],
            _ => &[],
        };
        let is_tainted = |slot: &str| self.tainted.contains(slot);
        let is_replaced = || self.mistakes.iter().any(|mistake| is_on_one_path(&mistake.place(), &path));
        !is_tainted(slot) && !needs.iter().any(|need| is_tainted(need)) && !is_replaced()
    }
}

/// The slots in which other values may look wrong because of a mistake, and the keys at the top that it concerns.
fn tainted_by(mistake: &Mistake) -> Vec<String> {
    let place = mistake.place();
    let meant =
        mistake.meant().zip(place.split_last()).map(|(meant, (_, above))| [above, &[meant.to_owned()]].concat());
    meant.iter().chain([&place]).map(|path| slot(path).to_owned()).collect()
}

/// The key at the top of a path, or that of the slot in a variant.
fn slot(path: &[String]) -> &str {
    match path {
        [variant, _, slot, ..] if variant == VARIANT => slot,
        [first, ..] => first,
        [] => "",
    }
}

/// Whether one of two paths leads on from where the other ends.
fn is_on_one_path(one: &[String], other: &[String]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// Where a list is needed that has a value for each component of an observation, writes out the list of the one value
/// given.
fn add_components(mistake: &mut Mistake, table: &Table, tainted: &BTreeSet<String>) {
    const MAX_LISTED: usize = 8; // as many as can be read
    let is_limit = matches!(mistake.path.last().map(String::as_str), Some("low" | "high"));
    let Problem::WrongKind { list: Some(list), found, .. } = &mut mistake.problem else { return };
    if is_limit && !tainted.contains("env") {
        let count = components(table, &mistake.path).filter(|count| (1..=MAX_LISTED).contains(count));
        let each = vec![found.as_str(); count.unwrap_or(1)].join(", ");
        *list = format!("[{each}]: one value for each component of an observation");
    }
}

/// The path that serde was at.
fn segments(path: &KeyPath) -> Vec<String> {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { variant } => Some(variant.clone()),
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Unknown => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde::Deserialize;
    use toml::Value;

    use super::super::form::{Form, FormId, Number, TableForm, Text};
    use super::super::grid;
    use super::*;

    /// Values that are accepted, each as a whole; together they hold every key and every name below a form.
    fn samples(id: FormId) -> Vec<Value> {
        let forms = forms();
        let form: &Form = forms.get(id);
        let mut samples = Vec::new();
        match form.number {
            Some(Number::Any) => samples.extend([Value::from(1), Value::from(0.5)]),
            Some(Number::Whole(_, most)) => samples.push(Value::from(most)),
            None => {}
        }
        match &form.text {
            Some(Text::Any) => samples.push(Value::from("x")),
            Some(Text::Names(names)) => samples.extend(names.iter().map(|name| Value::from(name.as_str()))),
            None => {}
        }
        if form.boolean {
            samples.push(Value::from(true));
        }
        samples.extend(form.list.map(|items| Value::Array(samples_of_items(items))));
        for (name, part) in &form.parts {
            let table = |value| Value::Table(Table::from_iter([(name.clone(), value)]));
            samples.extend(self::samples(*part).into_iter().map(table));
        }
        samples.extend(form.tables.iter().flat_map(samples_of_table));
        samples
    }

    /// Of tables two are enough: their keys are those of the slots.
    fn samples_of_items(items: FormId) -> Vec<Value> {
        let forms = forms();
        let form = forms.get(items);
        let all = if form.is_any { Vec::new() } else { samples(items) };
        all.into_iter().take(if form.tables.is_empty() { usize::MAX } else { 2 }).collect()
    }

    /// Tables with all keys, so that every sample of every key is in one of them.
    fn samples_of_table(form: &TableForm) -> Vec<Value> {
        let surplus: Vec<&String> = form.choice.iter().skip(1).flatten().collect();
        let keys = form.keys.iter().filter(|(key, _)| *key != "grid" && !surplus.contains(key));
        let all: Vec<(&String, Vec<Value>)> = keys.map(|(key, id)| (key, samples(*id))).collect();
        let most = all.iter().map(|(_, samples)| samples.len()).max().unwrap_or(1);
        let nth = |number: usize| {
            let values = all.iter().map(|(key, samples)| ((*key).clone(), samples[number % samples.len()].clone()));
            Value::Table(values.collect())
        };
        (0..most).map(nth).collect()
    }

    /// The tables of the example configs, as they are validated.
    fn examples() -> Vec<Table> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let read = |file| {
            let mut table: Table = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
            grid::nest(&mut table);
            grid::expand(&mut table).unwrap();
            table
        };
        files.map(read).collect()
    }

    /// Calls `visit` with every table that differs from the whole in one place below `value`, the value at `path`.
    /// `put` makes the whole table of another value at `path`. What is in `seen` was changed before, in another table.
    fn mutate(
        path: &str,
        value: &Value,
        put: &dyn Fn(Value) -> Table,
        seen: &mut BTreeSet<String>,
        visit: &mut dyn FnMut(Table),
    ) {
        if !seen.insert(format!("{path} = {value}")) {
            return;
        }
        match value {
            Value::Table(table) => {
                for (key, inner) in table {
                    let without = || table.clone().into_iter().filter(|(other, _)| other != key).collect::<Table>();
                    let with = |key: String, value: Value| {
                        let mut changed = without();
                        changed.insert(key, value);
                        put(Value::Table(changed))
                    };
                    if seen.insert(format!("{path} {key} = {inner}")) {
                        visit(put(Value::Table(without())));
                        visit(with(format!("{key}x"), inner.clone()));
                        visit(with(key[1..].to_owned(), inner.clone()));
                        others().into_iter().for_each(|other| visit(with(key.clone(), other)));
                    }
                    mutate(&format!("{path}.{key}"), inner, &|value| with(key.clone(), value), seen, visit);
                }
                let mut more = table.clone();
                more.insert("unheard_of".to_owned(), Value::from(1));
                visit(put(Value::Table(more)));
            }
            Value::Array(items) => {
                for index in 0..items.len().min(2) {
                    let with = |value: Value| {
                        let mut changed = items.clone();
                        changed[index] = value;
                        put(Value::Array(changed))
                    };
                    others().into_iter().for_each(|other| visit(with(other)));
                    mutate(&format!("{path}.{index}"), &items[index], &with, seen, visit);
                }
            }
            _ => {}
        }
    }

    /// Values of every kind.
    fn others() -> Vec<Value> {
        let table = |key: &str, value: Value| Value::Table(Table::from_iter([(key.to_owned(), value)]));
        vec![
            Value::from(3),
            Value::from(-3),
            Value::from(5_000_000_000_i64),
            Value::from(0.5),
            Value::from(f64::NAN),
            Value::from("nonsense"),
            Value::from("adam"),
            Value::from("linear"),
            Value::from(true),
            Value::Datetime("2024-02-29".parse().unwrap()),
            Value::from(vec![1]),
            Value::from(vec![-1]),
            Value::from(vec!["x"]),
            Value::Table(Table::new()),
            table("nonsense", Value::from(1)),
            table("tiles", Value::Table(Table::new())),
            table("linear", Value::from(1)),
        ]
    }

    fn serde_reads(table: &Table) -> Result<Experiment, toml::de::Error> {
        Experiment::deserialize(table.clone())
    }

    /// Whether serde accepts what the schema refuses: its structs may be lists, and its names keys of tables; and which
    /// end a schedule has, its check says.
    fn is_known_difference(mistake: &Mistake) -> bool {
        let is_list = matches!(&mistake.problem, Problem::WrongKind { found, .. } if found == "a list");
        let is_name = matches!(&mistake.problem, Problem::NameInTable { .. });
        is_list || is_name || !mistake.affects_its_slot()
    }

    #[test]
    fn serde_accepts_what_the_schema_accepts_and_what_is_left_without_the_mistakes() {
        let whole = samples(forms().root()).into_iter().map(|sample| sample.as_table().unwrap().clone());
        let (mut count, mut mistaken, mut seen) = (0, 0, BTreeSet::new());
        for table in whole.chain(examples()) {
            let mut check = |table: Table| {
                let mut left = table.clone();
                let mistakes = validate(&mut left, &forms(), forms().root());
                count += 1;
                if mistakes.is_empty() {
                    assert!(left == table || toml::to_string(&table).unwrap().contains("nan"), "{table}");
                } else {
                    mistaken += 1;
                    let is_refused = serde_reads(&table).is_err() || mistakes.iter().any(is_known_difference);
                    assert!(is_refused, "serde accepts {table}\n{mistakes:?}");
                }
                if mistakes.len() <= MAX_SHOWN {
                    serde_reads(&left).unwrap_or_else(|error| panic!("{error}\n{table}\nbecame {left}\n{mistakes:?}"));
                }
            };
            check(table.clone());
            let whole = Value::Table(table);
            mutate("", &whole, &|value| value.as_table().unwrap().clone(), &mut seen, &mut check);
        }
        assert!(count > 5_000 && mistaken > count / 2 && mistaken < count, "{mistaken} of {count} tables are mistaken");
    }

    #[test]
    fn all_samples_are_accepted_and_hold_every_key() {
        let whole = samples(forms().root());
        let text = whole.iter().map(|sample| format!("{sample}\n")).collect::<String>();
        for word in ["boltzmann", "epsilon_greedy", "critic_optimizer", "step_reward", "weight_decay", "memory", "wgpu"]
        {
            assert!(text.contains(word), "no {word}");
        }
        for sample in whole {
            let mut table = sample.as_table().unwrap().clone();
            assert_eq!(validate(&mut table, &forms(), forms().root()), [], "{table}");
        }
    }

    #[test]
    fn what_serde_alone_refuses_is_shown_as_it_is() {
        #[derive(Debug, Deserialize)]
        #[serde(try_from = "i64")]
        struct Even;
        impl TryFrom<i64> for Even {
            type Error = String;
            fn try_from(number: i64) -> Result<Even, String> {
                if number % 2 == 0 { Ok(Even) } else { Err(format!("{number} is odd")) }
            }
        }
        #[derive(Debug, Deserialize)]
        struct Outer {
            #[allow(dead_code)]
            inner: std::collections::BTreeMap<String, Even>,
        }
        let table = |text: &str| toml::from_str::<Table>(text).unwrap();
        let mut mistakes = Vec::new();
        assert!(deserialize::<Outer>(table("inner = { a = 2 }"), &mut mistakes).is_some() && mistakes.is_empty());
        assert!(deserialize::<Outer>(table("inner = { a = 3 }"), &mut mistakes).is_none());
        assert_eq!((mistakes[0].path.join("."), mistakes[0].message()), ("inner.a".to_owned(), "3 is odd".to_owned()));
        // Not where the value only stands in the place of a mistake.
        assert!(deserialize::<Outer>(table("inner = { a = 3 }"), &mut mistakes).is_none());
        assert_eq!(mistakes.len(), 1);
    }

    #[test]
    fn the_settings_of_an_environment_are_read_by_themselves() {
        let table = |text: &str| toml::from_str::<Table>(text).unwrap();
        assert_eq!(read_env(table("cart_pole = { time_limit = 3 }")).unwrap().id(), "cart_pole");
        let mistakes = read_env(table("gridworld = { slop = 0.5, time_limit = -1, seed = 3 }")).unwrap_err();
        let said: Vec<String> =
            mistakes.iter().map(|mistake| format!("{}: {}", mistake.path.join("."), mistake.message())).collect();
        assert!(
            said[0].starts_with("gridworld.time_limit: takes a whole number from 0 to 4294967295, not -1"),
            "{said:?}"
        );
        assert!(said[1].contains("gridworld.seed: unknown key `seed`, expected one of"), "{said:?}");
        assert!(said[2].contains("did you mean `slip`?"), "{said:?}");
    }
}
