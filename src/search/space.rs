//! The hyperparameters of a variant.

use std::collections::BTreeMap;

use super::{Distribution, Settings};

/// Whether a hyperparameter applies to a trial, given the values that were chosen before.
pub type Applies<'a> = dyn Fn(&str, &Settings) -> bool + 'a;

/// A hyperparameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its dotted key in a config.
    pub key: String,
    /// Its values.
    pub distribution: Distribution,
}

/// The hyperparameters of a variant in the order of their choice: shorter keys first, because what they choose decides which longer
/// ones apply; of equally long ones in alphabetical order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Space {
    parameters: Vec<Parameter>,
}

impl Space {
    /// A space of hyperparameters by their keys.
    pub fn new(distributions: &BTreeMap<String, Distribution>) -> Space {
        let parameter = |(key, distribution): (&String, &Distribution)| Parameter {
            key: key.clone(),
            distribution: distribution.clone(),
        };
        let mut parameters: Vec<Parameter> = distributions.iter().map(parameter).collect();
        parameters.sort_by_key(|parameter| parameter.key.split('.').count()); // stable: the map is in alphabetical order
        Space { parameters }
    }

    /// The hyperparameters.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// A hyperparameter by its key.
    pub fn get(&self, key: &str) -> Option<&Distribution> {
        self.parameters.iter().find(|parameter| parameter.key == key).map(|parameter| &parameter.distribution)
    }

    /// Chooses a value for every hyperparameter that applies: the one at the place in [0, 1) that `place` returns for its index.
    pub fn choose(&self, applies: &Applies, mut place: impl FnMut(usize, &Parameter) -> f64) -> Settings {
        let mut chosen = Settings::new();
        for (index, parameter) in self.parameters.iter().enumerate() {
            if applies(&parameter.key, &chosen) {
                let value = parameter.distribution.at(place(index, parameter));
                chosen.insert(parameter.key.clone(), value);
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use toml::Value;

    use super::*;

    #[test]
    fn shorter_keys_are_chosen_first_and_decide_which_longer_ones_apply() {
        let optimizers = ["adam", "sgd"].map(|name| Value::String(name.to_owned()));
        let rate = Distribution::uniform(0.0, 1.0);
        let space = Space::new(&BTreeMap::from([
            ("a.sgd.rate".to_owned(), rate.clone()),
            ("a.adam.rate".to_owned(), rate),
            ("z".to_owned(), Distribution::choice(optimizers)),
        ]));
        let keys: Vec<&str> = space.parameters().iter().map(|parameter| parameter.key.as_str()).collect();
        assert_eq!(keys, ["z", "a.adam.rate", "a.sgd.rate"]);
        let applies =
            |key: &str, chosen: &Settings| key == "z" || chosen["z"].as_str().is_some_and(|name| key.contains(name));
        let chosen = space.choose(&applies, |index, _| [0.6, 0.1, 0.2][index]);
        assert_eq!(chosen.keys().collect::<Vec<_>>(), ["a.sgd.rate", "z"]);
        assert_eq!(chosen["a.sgd.rate"], Value::Float(0.2), "its place does not depend on which others apply");
    }
}
