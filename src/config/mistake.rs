//! The mistakes that a config can have, and their messages.

use super::example::example_of;
use super::nearest;
use super::overrides::VARIANT;

/// A mistake in a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// The keys that lead to the wrong value, or to the table that lacks a key.
    pub path: Vec<String>,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// The key is none of those that are known. If it is a name of another library, `ours` says what to write instead.
    UnknownKey { name: String, known: Vec<String>, ours: Option<&'static str> },
    /// The name is none of those that are known.
    UnknownName { name: String, known: Vec<String> },
    /// The kind of the value is none of those that are accepted. `example` is an accepted table, and `list` the value
    /// as the only item of a list.
    WrongKind { kinds: Vec<String>, example: Option<Example>, found: String, list: Option<String> },
    /// The whole number is not between `least` and `most`.
    OutOfRange { least: i64, most: i64, found: i64 },
    /// The name stands alone, but needs a value: a table, or another kind of value.
    NameAlone { example: Example, kind: String, is_table: bool },
    /// The name has a table, but takes none.
    NameInTable { name: String },
    /// A table that takes one key has none, or several.
    NotOneKey { example: Example, found: Vec<String> },
    /// A key that must be the only one in its table has others beside it.
    NotAlone { others: Vec<String> },
    /// A table in place of a list of tables.
    TableForList,
    /// A key is missing, which takes values of these kinds.
    MissingKey { key: String, kinds: Vec<String> },
    /// One of these keys is missing.
    MissingOneOf { keys: Vec<String> },
    /// Several of these keys are there, of which only one may be.
    NotTogether { keys: Vec<String> },
    /// serde's message about a value that the schema accepts.
    Refused(String),
}

/// An example of a table with one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The key.
    pub name: String,
    /// Its value, in one line.
    pub value: String,
}

impl Example {
    /// The table in one line.
    fn in_line(&self) -> String {
        format!("{{ {} = {} }}", self.name, self.value)
    }

    /// The table as it is usually written at `path`: with a header if it is in a slot of the experiment or of a
    /// variant, else in one line.
    fn at(&self, path: &[String]) -> String {
        header(path, &self.name).unwrap_or_else(|| self.in_line())
    }
}

/// The header of the table of a part in a slot of the experiment or of a variant.
fn header(path: &[String], part: &str) -> Option<String> {
    match path {
        [slot] => Some(format!("[{slot}.{part}]")),
        [variant, _, slot] if variant == VARIANT => Some(format!("[{variant}.{slot}.{part}]")),
        _ => None,
    }
}

impl Mistake {
    /// One sentence: what is wrong, and what would be right.
    pub fn message(&self) -> String {
        let path = &self.path[..];
        match &self.problem {
            Problem::UnknownKey { name, ours: Some(ours), .. } => format!("unknown key `{name}`: here this is {ours}"),
            Problem::UnknownKey { name, known, .. } if known.is_empty() => {
                format!("unknown key `{name}`: there are no keys here")
            }
            Problem::UnknownKey { name, known, .. } => format!("unknown key {}", not_among(name, known)),
            Problem::UnknownName { name, known } => format!("unknown name {}", not_among(name, known)),
            Problem::WrongKind { kinds, example, found, list } => {
                let example = example.as_ref().map(|example| format!(", such as {}", example.at(path)));
                let list = list.as_ref().map(|list| format!(", such as {list}"));
                let (example, list) = (example.unwrap_or_default(), list.unwrap_or_default());
                format!("takes {}{example}, not {found}{list}", kinds.join(" or "))
            }
            Problem::OutOfRange { least, most, found } => {
                let range = match (*least, *most) {
                    (least, i64::MAX) => format!("of at least {least}"),
                    (i64::MIN, most) => format!("of at most {most}"),
                    (least, most) => format!("from {least} to {most}"),
                };
                format!("takes a whole number {range}, not {found}")
            }
            Problem::NameAlone { example, kind, is_table } => {
                let header = header(path, &example.name).filter(|_| *is_table);
                let write = match header {
                    Some(header) => format!("{header}, or {} in one line", example.in_line()),
                    None => example.in_line(),
                };
                format!("`{}` takes {kind}: write {write}", example.name)
            }
            Problem::NameInTable { name } => format!("`{name}` has no settings: write {name:?}, without a table"),
            Problem::NotOneKey { example, found } => {
                let such = format!("takes exactly one table with one key, such as {}", example.at(path));
                match found.len() {
                    0 => such,
                    _ => format!("{such}: here stand {}, where only one may", listed(found, "and")),
                }
            }
            Problem::NotAlone { others } => {
                format!("takes no other key beside it: move {} into its table, or leave it out", listed(others, "and"))
            }
            Problem::TableForList => match path {
                [key] => format!("takes a list of tables: write [[{key}]], not [{key}]"),
                _ => "takes a list of tables, such as [{ … }]".to_owned(),
            },
            Problem::MissingKey { key, kinds } => match example_of(key).filter(|_| path.is_empty()) {
                Some(example) => format!("the key `{key}` is missing: add {example}"),
                None => format!("the key `{key}` is missing: it takes {}", kinds.join(" or ")),
            },
            Problem::MissingOneOf { keys } => format!("the key {} is missing", listed(keys, "or")),
            Problem::NotTogether { keys } => {
                format!("give one of {}, not several of them", listed(keys, "and"))
            }
            Problem::Refused(message) => message.clone(),
        }
    }

    /// The keys that lead to the wrong value, or to the missing one.
    pub fn place(&self) -> Vec<String> {
        match &self.problem {
            Problem::MissingKey { key, .. } => [&self.path[..], std::slice::from_ref(key)].concat(),
            _ => self.path.clone(),
        }
    }

    /// Whether a table with one key has several.
    pub fn is_crowded(&self) -> bool {
        matches!(&self.problem, Problem::NotOneKey { found, .. } if !found.is_empty())
    }

    /// The known key that is most similar to the unknown one.
    pub fn meant(&self) -> Option<&str> {
        match &self.problem {
            Problem::UnknownKey { name, known, ours: None } => nearest(name, known.iter().map(String::as_str)),
            _ => None,
        }
    }

    /// Whether values elsewhere in the same slot may look wrong because of it, so that nothing is said about them.
    pub fn affects_its_slot(&self) -> bool {
        !matches!(self.problem, Problem::MissingOneOf { .. } | Problem::NotTogether { .. })
    }
}

/// The end of a message about an unknown name: the names that are known, and the most similar one.
fn not_among(name: &str, known: &[String]) -> String {
    let expected = match known {
        [] => String::new(),
        [one] => format!(", expected `{one}`"),
        [one, other] => format!(", expected `{one}` or `{other}`"),
        _ => format!(", expected one of `{}`", known.join("`, `")),
    };
    let meant = nearest(name, known.iter().map(String::as_str));
    format!("`{name}`{expected}{}", meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?")))
}

/// `a`, `b` and `c`.
fn listed(names: &[String], conjunction: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, others @ [_, ..])) => format!("{} {conjunction} {last}", others.join(", ")),
        _ => quoted.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(path: &str, problem: Problem) -> String {
        let path = path.split('.').filter(|key| !key.is_empty()).map(str::to_owned).collect();
        Mistake { path, problem }.message()
    }

    fn strings(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn example(name: &str, value: &str) -> Example {
        Example { name: name.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn the_names_to_choose_from_are_listed_and_the_nearest_is_proposed() {
        let unknown = |name: &str, known: &[&str]| {
            words("a", Problem::UnknownKey { name: name.to_owned(), known: strings(known), ours: None })
        };
        assert_eq!(unknown("x", &[]), "unknown key `x`: there are no keys here");
        assert_eq!(unknown("x", &["beta"]), "unknown key `x`, expected `beta`");
        assert_eq!(unknown("Beta", &["a", "beta"]), "unknown key `Beta`, expected `a` or `beta`; did you mean `beta`?");
        let name = Problem::UnknownName { name: "Relu".to_owned(), known: strings(&["relu", "tanh", "elu"]) };
        let said = "unknown name `Relu`, expected one of `relu`, `tanh`, `elu`; did you mean `relu`?";
        assert_eq!(words("activation", name), said);
    }

    #[test]
    fn a_range_has_one_end_or_two() {
        let range = |least, most, found| words("a", Problem::OutOfRange { least, most, found });
        assert_eq!(range(0, i64::MAX, -64), "takes a whole number of at least 0, not -64");
        assert_eq!(range(0, 255, 256), "takes a whole number from 0 to 255, not 256");
        assert_eq!(range(i64::MIN, 5, 6), "takes a whole number of at most 5, not 6");
    }

    #[test]
    fn a_table_with_one_key_is_written_as_it_usually_is_in_its_place() {
        let not_one = |path: &str, found: &[&str]| {
            words(path, Problem::NotOneKey { example: example("sgd", "{ learning_rate = … }"), found: strings(found) })
        };
        let said = not_one("optimizer", &["adam", "momentum", "sgd"]);
        let such = "takes exactly one table with one key, such as";
        assert_eq!(
            said,
            format!("{such} [optimizer.sgd]: here stand `adam`, `momentum` and `sgd`, where only one may")
        );
        assert_eq!(not_one("variant.0.optimizer", &[]), format!("{such} [variant.optimizer.sgd]"));
        assert_eq!(not_one("algorithm.a.b", &[]), format!("{such} {{ sgd = {{ learning_rate = … }} }}"));
    }

    #[test]
    fn missing_keys_come_with_what_they_take() {
        let missing = |path: &str, key: &str| {
            words(path, Problem::MissingKey { key: key.to_owned(), kinds: strings(&["a number", "a list"]) })
        };
        assert_eq!(missing("a", "rate"), "the key `rate` is missing: it takes a number or a list");
        assert_eq!(missing("", "name"), "the key `name` is missing: add `name = \"cart-pole\"`");
        let either = words("a", Problem::MissingOneOf { keys: strings(&["fraction", "steps"]) });
        assert_eq!(either, "the key `fraction` or `steps` is missing");
        let both = words("a", Problem::NotTogether { keys: strings(&["fraction", "steps"]) });
        assert_eq!(both, "give one of `fraction` and `steps`, not several of them");
    }
}
