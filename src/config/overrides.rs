//! `--set key.path=value`: changes to a config on the command line.

use toml::{Table, Value};

use super::SLOTS;

/// One `--set`: a value and the key that it sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// The text on the command line.
    pub assignment: String,
    /// What it changes.
    pub target: Target,
    /// The keys from the target to the value.
    pub path: Vec<String>,
    /// The value.
    pub value: Value,
}

/// What an override changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The experiment itself.
    Experiment,
    /// The variant with this index in the file.
    Variant(usize),
    /// The variant with this index after the grid was multiplied out.
    Expanded(usize),
}

/// The largest number of keys in a path. No setting is so deep; longer paths are typing errors.
pub const MAX_KEYS: usize = 32;

/// The key of the list of variants. An override of one variant begins with it.
pub const VARIANT: &str = "variant";

/// Whether an assignment is for one variant: `variant.NAME.key.path=value`.
pub fn addresses_variant(assignment: &str) -> bool {
    assignment.trim_start().strip_prefix(VARIANT).is_some_and(|rest| rest.starts_with('.'))
}

/// Reads `key.path=value`.
///
/// # Errors
/// If the text has no `=`, or an empty key.
pub fn read(assignment: &str) -> Result<Override, String> {
    read_at(assignment, assignment, Target::Experiment)
}

/// Reads `variant.NAME.key.path=value`, where NAME is one of `names`; `None` if it is none of them. `target` makes a
/// target of its index.
///
/// # Errors
/// If what stands behind the name is no assignment.
pub fn read_for_variant(
    assignment: &str,
    names: &[String],
    target: fn(usize) -> Target,
) -> Result<Option<Override>, String> {
    let behind = |name: &String| {
        let rest = assignment.trim_start().strip_prefix(VARIANT)?.strip_prefix('.')?;
        rest.strip_prefix(name.as_str())?.strip_prefix('.')
    };
    // A name may contain dots and equals signs, so several may match: the longest is meant.
    let named = names.iter().enumerate().filter(|(_, name)| !name.is_empty());
    let found = named.filter_map(|(index, name)| Some((name.len(), index, behind(name)?)));
    let longest = found.max_by_key(|(length, index, _)| (*length, std::cmp::Reverse(*index)));
    longest.map(|(_, index, rest)| read_at(assignment, rest, target(index))).transpose()
}

fn read_at(assignment: &str, from: &str, target: Target) -> Result<Override, String> {
    let malformed =
        || format!("--set {assignment}: write a dotted key, `=` and a value, such as --set budget.steps=1000");
    let (key, value) = from.split_once('=').ok_or_else(malformed)?;
    let path: Vec<String> = key.split('.').map(|key| key.trim().to_owned()).collect();
    if path.iter().any(String::is_empty) {
        return Err(malformed());
    }
    Ok(Override { assignment: assignment.to_owned(), target, path, value: parse_value(value.trim()) })
}

impl Override {
    /// Changes the experiment. Missing tables are created, so that `--set` can do all that the file can; unknown keys
    /// are found when the experiment is read. A variant that lacks the slot first gets a copy of the experiment's slot.
    /// Returns whether it got one.
    ///
    /// # Errors
    /// If the path leads through something that is not a table.
    pub fn apply(&self, experiment: &mut Table) -> Result<bool, String> {
        let Override { assignment, target, path, value } = self;
        let named = |message| format!("--set {assignment}: {message}");
        let (Target::Variant(index) | Target::Expanded(index)) = *target else {
            return set(experiment, path, value.clone()).map(|()| false).map_err(named);
        };
        let shared = experiment.get(&path[0]).filter(|_| SLOTS.contains(&path[0].as_str())).cloned();
        let variant = experiment.get_mut(VARIANT).and_then(|variants| variants.get_mut(index));
        let variant =
            variant.and_then(Value::as_table_mut).ok_or_else(|| named("the variant is no table".to_owned()))?;
        let copied = shared.filter(|_| !variant.contains_key(&path[0]));
        let copies = copied.is_some();
        variant.extend(copied.map(|slot| (path[0].clone(), slot)));
        set(variant, path, value.clone()).map(|()| copies).map_err(named)
    }

    /// An assignment of the whole table at the first `depth` keys, as one would type it; the table has this override's
    /// value and nothing else. `None` if no more keys follow.
    pub fn of_whole_table(&self, depth: usize) -> Option<String> {
        let (table, below) = self.path.split_at_checked(depth).filter(|(_, below)| !below.is_empty())?;
        let variant = &self.assignment[..self.assignment.find(&self.path.join("."))?];
        let value = below.iter().rev().fold(self.value.to_string(), |value, key| format!("{{ {key} = {value} }}"));
        Some(format!("--set '{variant}{}={value}'", table.join(".")))
    }

    /// The path from the target to every single value (or empty table) that the override sets.
    pub fn leaves(&self) -> Vec<Vec<String>> {
        let mut leaves = Vec::new();
        collect_leaves(&self.path, &self.value, &mut leaves);
        leaves
    }
}

fn collect_leaves(path: &[String], value: &Value, leaves: &mut Vec<Vec<String>>) {
    match value {
        Value::Table(table) if !table.is_empty() => {
            table
                .iter()
                .for_each(|(key, value)| collect_leaves(&[path, std::slice::from_ref(key)].concat(), value, leaves));
        }
        _ => leaves.push(path.to_vec()),
    }
}

/// Sets the value at `path`. Missing tables on the way are created.
///
/// # Errors
/// If the path is empty or too long, or leads through something that is not a table.
pub fn set(table: &mut Table, path: &[String], value: Value) -> Result<(), String> {
    let (last, parents) = path.split_last().ok_or("no key is given")?;
    if path.len() > MAX_KEYS {
        return Err(format!("{} keys in a row are more than any setting has ({MAX_KEYS})", path.len()));
    }
    let mut place = table;
    for (depth, key) in parents.iter().enumerate() {
        let next = place.entry(key.clone()).or_insert_with(|| Value::Table(Table::new()));
        // The name of a part, such as `dqn` in `algorithm = "dqn"`, stands for its table.
        if next.as_str() == Some(&path[depth + 1]) {
            *next = Value::Table(Table::from_iter([(path[depth + 1].clone(), Value::Table(Table::new()))]));
        }
        let kind = kind(next);
        place = next.as_table_mut().ok_or_else(|| {
            format!("`{}` is {kind}, not a table, so nothing can be set in it", parents[..=depth].join("."))
        })?;
    }
    place.insert(last.clone(), value);
    Ok(())
}

/// The kind of a value, in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}

/// Parses a TOML value. Other text is a string, so that names need no quotes on the command line.
fn parse_value(text: &str) -> Value {
    let parsed = toml::from_str::<Table>(&format!("value = {text}")).ok().filter(|table| table.len() == 1);
    parsed.and_then(|mut table| table.remove("value")).unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(assignment: &str) -> Result<String, String> {
        let mut table: Table = toml::from_str("name = 'x'\n[a.b]\nc = 1\n").unwrap();
        read(assignment)?.apply(&mut table).map(|_| toml::to_string(&table).unwrap())
    }

    #[test]
    fn values_are_toml_and_bare_words_are_strings() {
        assert!(after("a.b.c=[1, 2]").unwrap().contains("c = [1, 2]"));
        assert!(after("a.b.c=2.5e-3").unwrap().contains("c = 0.0025"));
        assert!(after("name=other").unwrap().contains("name = \"other\""));
        assert!(after("a.b.c={ d = true }").unwrap().contains("d = true"));
    }

    #[test]
    fn missing_tables_are_made() {
        assert!(after("x.y.z=1").unwrap().contains("[x.y]\nz = 1"));
    }

    #[test]
    fn the_name_of_a_part_stands_for_its_table() {
        let mut table: Table = toml::from_str("algorithm = 'dqn'").unwrap();
        read("algorithm.dqn.double=true").unwrap().apply(&mut table).unwrap();
        assert_eq!(table, toml::from_str("algorithm = { dqn = { double = true } }").unwrap());
    }

    #[test]
    fn a_key_that_cannot_be_set_is_named() {
        assert!(after("name.y=1").unwrap_err().contains("`name` is text"));
        assert!(after("novalue").unwrap_err().contains("--set novalue"));
        assert!(after("=1").is_err() && after("a..c=1").is_err());
        assert!(after(&format!("{}=1", "a.".repeat(100_000) + "b")).unwrap_err().contains("keys in a row"));
    }

    #[test]
    fn a_value_cannot_smuggle_in_other_keys() {
        let mut table = Table::new();
        read("name=1\nother = 2").unwrap().apply(&mut table).unwrap();
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn the_longest_matching_name_is_meant() {
        let names = ["a", "a.b", "rate=0.1"].map(str::to_owned);
        let of = |assignment| read_for_variant(assignment, &names, Target::Variant).unwrap();
        let found = of("variant.a.b.c=1").unwrap();
        assert_eq!((found.target, found.path), (Target::Variant(1), vec!["c".to_owned()]));
        let found = of("variant.rate=0.1.optimizer.sgd.learning_rate=0.2").unwrap();
        assert_eq!((found.target, found.path.len()), (Target::Variant(2), 3));
        assert_eq!(found.value, Value::Float(0.2));
        assert_eq!(of("variant.x.c=1"), None);
        assert!(read_for_variant("variant.a.c", &names, Target::Variant).is_err());
    }

    #[test]
    fn an_assignment_of_the_whole_table_sets_the_same() {
        let whole = read("a.b.c=\"x\"").unwrap().of_whole_table(1).unwrap();
        assert_eq!(whole, "--set 'a={ b = { c = \"x\" } }'");
        let names = ["rate=0.1".to_owned()];
        let set = read_for_variant("variant.rate=0.1.a.b.c=2", &names, Target::Variant).unwrap().unwrap();
        assert_eq!(set.of_whole_table(1).unwrap(), "--set 'variant.rate=0.1.a={ b = { c = 2 } }'");
        assert_eq!((set.of_whole_table(3), set.of_whole_table(4)), (None, None));
    }

    #[test]
    fn a_variant_without_the_slot_starts_from_the_experiments() {
        let text = "[optimizer.sgd]\nlearning_rate = 1.0\nmax_grad_norm = 5.0\n[[variant]]\nname = 'a'\n";
        let mut table: Table = toml::from_str(text).unwrap();
        let set = |text| read_for_variant(text, &["a".to_owned()], Target::Variant).unwrap().unwrap();
        assert_eq!(set("variant.a.optimizer.sgd.learning_rate=9").apply(&mut table), Ok(true));
        let own = &table["variant"][0]["optimizer"]["sgd"];
        assert_eq!((own["learning_rate"].as_integer(), own["max_grad_norm"].as_float()), (Some(9), Some(5.0)));
        assert_eq!(set("variant.a.optimizer.sgd.learning_rate=8").apply(&mut table), Ok(false));
    }
}
