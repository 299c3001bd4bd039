//! From a TOML table to an experiment, and all that keeps it from being one.
//!
//! serde ends at the first mistake. So that a user reads all of them at once, each is taken out of the table, and the rest is
//! read again.

use std::collections::BTreeSet;

use serde_path_to_error::{Path as KeyPath, Segment};
use toml::{Table, Value};

use super::Experiment;
use super::error::MOST_SHOWN;
use super::words::{in_words, missing_key};

/// What was read.
pub struct Typed {
    /// The experiment; where there are mistakes, without the keys that they stand under.
    pub experiment: Option<Experiment>,
    /// Each mistake: the path to its key, and what is wrong.
    pub mistakes: Vec<(Vec<String>, String)>,
}

/// Reads an experiment.
pub fn read(mut table: Table) -> Typed {
    let mut mistakes = Vec::new();
    let mut removed: Vec<Vec<String>> = Vec::new();
    for _ in 0..10 * MOST_SHOWN {
        if mistakes.len() > MOST_SHOWN {
            break;
        }
        let error = match serde_path_to_error::deserialize(table.clone()) {
            Ok(experiment) => return Typed { experiment: Some(experiment), mistakes },
            Err(error) => error,
        };
        let (mut path, message) = (segments(error.path()), error.inner().message());
        // serde's path ends above the name that it does not know.
        if let Some(name) = message.strip_prefix("unknown variant `").and_then(|rest| rest.split('`').next())
            && matches!(deepest(&mut table, &path), Some((slot, [])) if slot.contains_key(name))
        {
            path.push(name.to_owned());
        }
        let is_consequence = match missing_key(message) {
            Some(key) => removed.contains(&[path.as_slice(), &[key.to_owned()]].concat()),
            None => message.starts_with("wanted exactly 1") && removed.iter().any(|gone| gone.starts_with(&path)),
        };
        if !is_consequence {
            mistakes.push((path.clone(), in_words(message)));
        }
        let filled = missing_key(message).is_some_and(|key| fill(&mut table, &path, key));
        if !filled {
            match remove(&mut table, &path) {
                Some(gone) => removed.push(gone),
                None => break,
            }
        }
    }
    Typed { experiment: None, mistakes }
}

impl Typed {
    /// Whether a finding about a key can be trusted: nothing that it depends on has a mistake.
    pub fn is_sound(&self) -> impl Fn(&str) -> bool {
        let tainted: BTreeSet<String> = self.mistakes.iter().map(|(path, _)| slot(path).to_owned()).collect();
        move |key| is_sound(key, &tainted)
    }
}

fn is_sound(key: &str, tainted: &BTreeSet<String>) -> bool {
    let path: Vec<String> = key.split('.').map(str::to_owned).collect();
    let slot = slot(&path);
    let needs: &[&str] = match slot {
        "algorithm" => &["env", "budget"],
        "approximator" => &["env", "algorithm"],
        "optimizer" => &["algorithm", "budget"],
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

/// Puts a value where one is missing that the rest cannot be read without.
fn fill(table: &mut Table, path: &[String], key: &str) -> bool {
    let placeholder = match (path, key) {
        ([], "name") => Value::from("unnamed"),
        ([variant, index], "name") if variant == "variant" => Value::from(format!("unnamed-{index}")),
        ([], "seeds") => Value::Array(vec![Value::from(0)]),
        ([], "budget") => Value::Table(Table::from_iter([("steps".to_owned(), Value::from(1))])),
        ([budget], "steps") if budget == "budget" => Value::from(1),
        _ => return false,
    };
    let Some((place, [])) = deepest(table, path) else { return false };
    place.insert(key.to_owned(), placeholder);
    true
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
