//! Settings that are part of a variant's name: a grid calls its variants `table-learning_rate=0.1-gamma=0.9`, after the variant
//! that it multiplies out, its keys and their values. The resolved experiment has nothing else of the grid.

use toml::{Table, Value};

/// A key with the value that a variant has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The last words of the key.
    pub key: String,
    /// The value as the name has it.
    pub value: String,
    /// Whether it is a key of the approximator's.
    pub approximates: bool,
}

impl Setting {
    /// `key = value`.
    pub fn told(&self) -> String {
        format!("{} = {}", self.key, self.value)
    }
}

/// What stands before the settings in a name, and the settings.
pub fn base_and_settings(name: &str, approximator: &Table) -> (String, Vec<Setting>) {
    let mut base: Vec<&str> = Vec::new();
    let mut settings: Vec<Setting> = Vec::new();
    for part in name.split('-') {
        match (part.split_once('='), settings.last_mut()) {
            (Some((key, value)), _) if !key.is_empty() => {
                let words: Vec<&str> = key.split('.').collect();
                let (key, value) = (key.to_owned(), value.to_owned());
                settings.push(Setting { key, value, approximates: has(approximator, &words) });
            }
            // A value may have dashes of its own: layers, or a sign.
            (_, Some(setting)) => setting.value += &format!("-{part}"),
            (_, None) => base.push(part),
        }
    }
    (base.join("-"), settings)
}

/// Whether a key of a table, or of one within it, ends with these words.
fn has(table: &Table, words: &[&str]) -> bool {
    let here = words.split_first().and_then(|(first, rest)| Some((table.get(*first)?, rest)));
    let ends_here = here.is_some_and(|(value, rest)| match (value, rest) {
        (_, []) => true,
        (Value::Table(inner), rest) => has(inner, rest),
        _ => false,
    });
    ends_here || table.values().any(|value| value.as_table().is_some_and(|inner| has(inner, words)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grids_names_are_taken_apart() {
        let approximator: Table = toml::from_str("hidden = [8]\nfeatures = { rbf = { width = 1.0 } }").unwrap();
        let parts = |name: &str| {
            let (base, settings) = base_and_settings(name, &approximator);
            (base, settings.iter().map(Setting::told).collect::<Vec<_>>().join(", "))
        };
        let told = |base: &str, settings: &str| (base.to_owned(), settings.to_owned());
        assert_eq!(
            parts("tile-coding-hidden=8-4-learning_rate=0.03"),
            told("tile-coding", "hidden = 8-4, learning_rate = 0.03")
        );
        assert_eq!(parts("adam.beta=1e-05-x=-1"), told("", "adam.beta = 1e-05, x = -1"));
        assert_eq!(parts("actor-critic"), told("actor-critic", ""));
        let (_, settings) = base_and_settings("hidden=8-rbf.width=2-learning_rate=1", &approximator);
        assert_eq!(settings.iter().map(|setting| setting.approximates).collect::<Vec<_>>(), [true, true, false]);
    }
}
