//! The settings in a variant's name. A grid names its variants `table-learning_rate=0.1-gamma=0.9`: the variant that it varies,
//! then its keys and their values. The resolved experiment has no other trace of the grid.

use toml::Value;

/// A key of a grid with the value of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridSetting {
    /// The end of the dotted key.
    pub key: String,
    /// The value, as the name has it.
    pub value: String,
    /// Whether the approximator has this key.
    pub of_approximator: bool,
}

impl GridSetting {
    /// `key = value`.
    pub fn described(&self) -> String {
        format!("{} = {}", self.key, self.value)
    }
}

/// A name without its settings, and the settings.
pub fn base_and_settings(name: &str, approximator: &toml::Table) -> (String, Vec<GridSetting>) {
    let mut base: Vec<&str> = Vec::new();
    let mut settings: Vec<GridSetting> = Vec::new();
    for part in name.split('-') {
        match (part.split_once('='), settings.last_mut()) {
            (Some((key, value)), _) if !key.is_empty() => {
                let words: Vec<&str> = key.split('.').collect();
                let (key, value) = (key.to_owned(), value.to_owned());
                settings.push(GridSetting { key, value, of_approximator: has(approximator, &words) });
            }
            // A value may contain dashes: between layers, or as a sign.
            (_, Some(setting)) => setting.value += &format!("-{part}"),
            (_, None) => base.push(part),
        }
    }
    (base.join("-"), settings)
}

/// Whether a dotted key in a table ends with these words.
fn has(table: &toml::Table, words: &[&str]) -> bool {
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
    fn names_of_a_grid_are_split_into_base_and_settings() {
        let approximator: toml::Table = toml::from_str("hidden = [8]\nfeatures = { rbf = { width = 1.0 } }").unwrap();
        let parts = |name: &str| {
            let (base, settings) = base_and_settings(name, &approximator);
            (base, settings.iter().map(GridSetting::described).collect::<Vec<_>>().join(", "))
        };
        let split = |base: &str, settings: &str| (base.to_owned(), settings.to_owned());
        assert_eq!(
            parts("tile-coding-hidden=8-4-learning_rate=0.03"),
            split("tile-coding", "hidden = 8-4, learning_rate = 0.03")
        );
        assert_eq!(parts("adam.beta=1e-05-x=-1"), split("", "adam.beta = 1e-05, x = -1"));
        assert_eq!(parts("actor-critic"), split("actor-critic", ""));
        let (_, settings) = base_and_settings("hidden=8-rbf.width=2-learning_rate=1", &approximator);
        assert_eq!(settings.iter().map(|setting| setting.of_approximator).collect::<Vec<_>>(), [true, true, false]);
    }
}
