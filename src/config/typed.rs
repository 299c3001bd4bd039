//! From a TOML table to an experiment, and all that keeps it from being one.
//!
//! serde ends at the first mistake. So that a user reads all of them at once, each is taken out of the table, and the rest is
//! read again.

use std::collections::BTreeSet;

use serde_path_to_error::{Path as KeyPath, Segment};
use toml::{Table, Value};

use super::defaults::components;
use super::error::MAX_SHOWN;
use super::example::{example_of, header_of};
use super::foreign::meant;
use super::words::{in_words, kind_expected, missing_keys, one_key, wants_one_key};
use super::{Experiment, nearest};

/// What was read.
pub struct Typed {
    /// The experiment; where there are mistakes, without the keys that they stand under.
    pub experiment: Option<Experiment>,
    /// Each mistake.
    pub mistakes: Vec<Mistake>,
    /// The slots with a mistake, and the keys at the top that were missing.
    tainted: BTreeSet<String>,
}

/// A mistake in a table.
pub struct Mistake {
    /// The path to its key.
    pub path: Vec<String>,
    /// What is wrong.
    pub message: String,
    /// Whether several keys stand where one belongs.
    pub is_crowded: bool,
}

/// What was taken out of the table.
struct Removed {
    path: Vec<String>,
    /// Whether no such key exists, so that another one was meant.
    is_unknown: bool,
}

type Failed = serde_path_to_error::Error<toml::de::Error>;

/// What is wrong, without the place, which a part of a slot adds in further lines.
pub fn message_of(error: &Failed) -> &str {
    let message = error.inner().message();
    message.split_once("\nin `").map_or(message, |(message, _)| message)
}

/// Reads an experiment.
pub fn read(mut table: Table) -> Typed {
    let (mut mistakes, mut tainted) = (Vec::new(), BTreeSet::new());
    let mut removed: Vec<Removed> = Vec::new();
    for _ in 0..10 * MAX_SHOWN {
        if mistakes.len() > MAX_SHOWN {
            break;
        }
        let error = match deserialize(&table) {
            Ok(experiment) => return Typed { experiment: Some(experiment), mistakes, tainted },
            Err(error) => error,
        };
        let (mut path, message) = (segments(error.path()), message_of(&error));
        // serde's path ends above the name that it does not know.
        if let Some(name) = message.strip_prefix("unknown variant `").and_then(|rest| rest.split('`').next())
            && matches!(deepest(&mut table, &path), Some((slot, [])) if slot.contains_key(name))
        {
            path.push(name.to_owned());
        }
        if !is_consequence(&path, message, &removed) {
            mistakes.push(mistake(&mut table, &path, message));
        }
        let missing = missing_keys(message);
        tainted.insert(match (&path[..], missing.first()) {
            ([], Some(key)) => (*key).to_owned(),
            _ => slot(&path).to_owned(),
        });
        // Where one of several keys is missing, more may be: which, depends on the one that is chosen.
        let filled = matches!(missing[..], [key] if fill(&mut table, &path, key));
        if !filled {
            match remove(&mut table, &path) {
                Some(path) => removed.push(Removed { path, is_unknown: message.starts_with("unknown field") }),
                None => break,
            }
        }
    }
    Typed { experiment: None, mistakes, tainted }
}

fn deserialize(table: &Table) -> Result<Experiment, Failed> {
    serde_path_to_error::deserialize(table.clone())
}

/// Whether what serde says of the table at `path` is so only because of what was taken out of it.
fn is_consequence(path: &[String], message: &str, removed: &[Removed]) -> bool {
    if wants_one_key(message) {
        return removed.iter().any(|gone| gone.path.starts_with(path));
    }
    let missing = missing_keys(message);
    removed.iter().any(|gone| {
        let Some((name, place)) = gone.path.split_last() else { return false };
        let name = name.as_str();
        // The unknown key was probably meant to be the missing one; of the many at the top, only one that is like it.
        let is_meant = || gone.is_unknown && (!place.is_empty() || nearest(name, missing.iter().copied()).is_some());
        place == path && !missing.is_empty() && (missing.contains(&name) || is_meant())
    })
}

/// What is wrong, in words.
fn mistake(table: &mut Table, path: &[String], message: &str) -> Mistake {
    let mistake = |message| Mistake { path: path.to_vec(), message, is_crowded: false };
    let last = path.last().map_or("", String::as_str);
    if wants_one_key(message) {
        let keys: Vec<String> = match deepest(table, path) {
            Some((slot, [])) => slot.keys().cloned().collect(),
            _ => Vec::new(),
        };
        return Mistake { is_crowded: keys.len() > 1, ..mistake(one_key(&keys, header_of(last))) };
    }
    if let Some(ours) = meant(slot(path), last).filter(|_| message.starts_with("unknown field")) {
        return mistake(format!("unknown key `{last}`: here this is {ours}"));
    }
    if path.len() == 1 && message.starts_with("unknown field") {
        return mistake(in_words(&format!("{message}, `grid`"))); // which is multiplied out before serde reads
    }
    if let Some(example) = list_for(table, path, message) {
        return mistake(format!("{}, such as {example}", in_words(message)));
    }
    if let Some(takes) = taken_by_name(table, path, message) {
        return Mistake { path: path[..path.len() - 1].to_vec(), ..mistake(takes) };
    }
    match header_of(last).filter(|_| path.len() == 1 && message.starts_with("invalid type: unit variant")) {
        Some(header) => mistake(format!("takes a table with one key, such as {header}")),
        None => {
            let example = missing_keys(message).first().filter(|_| path.is_empty()).and_then(|key| example_of(key));
            mistake(in_words(message) + &example.map_or(String::new(), |lines| format!(": add {lines}")))
        }
    }
}

/// A list, where one is missing around the single value at `path`: of that value, once or for each component of an observation.
fn list_for(table: &mut Table, path: &[String], message: &str) -> Option<String> {
    let (last, parents) = path.split_last().filter(|_| message.ends_with(", expected a sequence"))?;
    let of_components = matches!(last.as_str(), "low" | "high").then(|| components(table, path)).flatten();
    let (place, []) = deepest(table, parents)? else { return None };
    let value = place.get(last).filter(|value| !value.is_table())?.to_string();
    const MAX_LISTED: usize = 8; // as many as can be read
    let count = of_components.filter(|count| (1..=MAX_LISTED).contains(count)).unwrap_or(1);
    let each = if of_components.is_some() { ": one value for each component of an observation" } else { "" };
    Some(format!("[{}]{each}", vec![value; count].join(", ")))
}

/// What belongs to the name at the end of `path`, where the name alone was written; found by giving it something else.
fn taken_by_name(table: &mut Table, path: &[String], message: &str) -> Option<String> {
    let (name, key) = path.split_last()?;
    let (last, parents) = key.split_last()?;
    let is_bare = message.starts_with("invalid type: unit variant") && !message.ends_with("string only");
    let (place, []) = deepest(table, parents).filter(|_| is_bare)? else { return None };
    let written = place.insert(last.clone(), Value::Table(Table::from_iter([(name.clone(), Value::from(true))])))?;
    let expected = deserialize(table).err().map(|error| kind_expected(message_of(&error)));
    deepest(table, parents)?.0.insert(last.clone(), written);
    let (takes, example) = match expected.as_deref() {
        Some("a number") => ("a number", "1.0"),
        Some("a whole number") => ("a whole number", "1"),
        _ => ("a table", "{ … }"),
    };
    if takes == "a table" && header_of(last).is_some() {
        let slot = if parents.is_empty() { last.clone() } else { format!("{}.{last}", parents[0]) };
        return Some(format!("`{name}` takes {takes}: write [{slot}.{name}], or {{ {name} = {example} }} in one line"));
    }
    Some(format!("`{name}` takes {takes}: write {{ {name} = {example} }}"))
}

impl Typed {
    /// Whether a finding about a key can be trusted: nothing that it depends on has a mistake.
    pub fn is_sound(&self) -> impl Fn(&str) -> bool {
        |key| is_sound(key, &self.tainted)
    }
}

fn is_sound(key: &str, tainted: &BTreeSet<String>) -> bool {
    let path: Vec<String> = key.split('.').map(str::to_owned).collect();
    let slot = slot(&path);
    let needs: &[&str] = match slot {
        "algorithm" => &["env"],
        "approximator" => &["env", "algorithm"],
        "optimizer" => &["algorithm"],
        _ => &[],
    };
    !tainted.contains(slot) && !needs.iter().any(|&need| tainted.contains(need))
}

/// The key at the top of a path, or that of the slot in a variant.
fn slot(path: &[String]) -> &str {
    match path {
        [variant, _, slot, ..] if variant == "variant" => slot,
        [first, ..] => first,
        [] => "",
    }
}

/// The path that serde was at.
pub fn segments(path: &KeyPath) -> Vec<String> {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { variant } => Some(variant.clone()),
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Unknown => None,
        })
        .collect()
}

/// Puts a value where one is missing, so that the rest can be read; any that serde takes. Returns whether there is one.
///
/// A budget of no steps says nothing about what fits into it, so that all else is still checked.
fn fill(table: &mut Table, path: &[String], key: &str) -> bool {
    let needed = match (path, key) {
        ([variant, index], "name") if variant == "variant" => Some(Value::from(format!("unnamed-{index}"))),
        ([], "budget") => Some(Value::Table(Table::from_iter([("steps".to_owned(), Value::from(0))]))),
        ([budget], "steps") if budget == "budget" => Some(Value::from(0)),
        _ => None,
    };
    let any = [
        Value::from(1),
        Value::from("unnamed"),
        Value::from(true),
        Value::Array(Vec::new()),
        Value::Table(Table::new()),
    ];
    for value in needed.into_iter().chain(any) {
        let Some((place, [])) = deepest(table, path) else { return false };
        place.insert(key.to_owned(), value);
        let it = [path, &[key.to_owned()]].concat();
        if deserialize(table).err().is_none_or(|error| !segments(error.path()).starts_with(&it)) {
            return true;
        }
    }
    if let Some((place, [])) = deepest(table, path) {
        place.remove(key);
    }
    false
}

/// Takes out what stands at the path, or the last table on the way to it. A list goes as a whole, so that no other item changes
/// its place; but of the variants, one is emptied.
fn remove(table: &mut Table, path: &[String]) -> Option<Vec<String>> {
    if let [variant, index] = path
        && variant == "variant"
        && let Some(item) = table.get_mut(variant).and_then(|list| list.get_mut(index.parse::<usize>().ok()?))
    {
        let empty = Value::Table(Table::new());
        return (std::mem::replace(item, empty.clone()) != empty).then(|| path.to_vec());
    }
    let (place, rest) = deepest(table, path)?;
    if let Some(key) = rest.first()
        && place.remove(key).is_some()
    {
        return Some(path[..path.len() - rest.len() + 1].to_vec());
    }
    // Nothing stands there: the last table on the way goes.
    let way = &path[..path.len() - rest.len()];
    let (last, parents) = way.split_last()?;
    deepest(table, parents)?.0.remove(last).map(|_| way.to_vec())
}

/// The last table on a path, and the keys that lead on from there.
fn deepest<'t, 'p>(table: &'t mut Table, path: &'p [String]) -> Option<(&'t mut Table, &'p [String])> {
    let Some((first, rest)) = path.split_first() else { return Some((table, path)) };
    // Of lists, only that of the variants is entered.
    if let (Some(Value::Array(items)), Some((index, below))) = (table.get(first), rest.split_first())
        && first == "variant"
        && index.parse().is_ok_and(|index: usize| items.get(index).is_some_and(Value::is_table))
    {
        let index: usize = index.parse().ok()?;
        return deepest(table.get_mut(first)?.get_mut(index)?.as_table_mut()?, below);
    }
    if table.get(first).is_some_and(Value::is_table) {
        return deepest(table.get_mut(first)?.as_table_mut()?, rest);
    }
    Some((table, path))
}
