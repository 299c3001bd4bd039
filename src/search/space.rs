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
    /// Its dimension among all hyperparameters: those that all variants share come first, so that each has the same one everywhere.
    pub dimension: usize,
}

/// The hyperparameters of a variant in the order of their choice: shorter keys first, because what they choose decides which longer
/// ones apply; of equally long ones in alphabetical order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Space {
    parameters: Vec<Parameter>,
}

impl Space {
    /// A space of hyperparameters by their keys: those that all variants share, and a variant's own, which come in place of the
    /// former where they have the same key.
    pub fn new(shared: &BTreeMap<String, Distribution>, own: &BTreeMap<String, Distribution>) -> Space {
        let further = own.iter().filter(|(key, _)| !shared.contains_key(*key));
        let all = shared.iter().map(|(key, distribution)| (key, own.get(key).unwrap_or(distribution))).chain(further);
        let parameter = |(dimension, (key, distribution)): (usize, (&String, &Distribution))| Parameter {
            key: key.clone(),
            distribution: distribution.clone(),
            dimension,
        };
        let mut parameters: Vec<Parameter> = all.enumerate().map(parameter).collect();
        parameters.sort_by(|one, other| {
            let length = |parameter: &Parameter| parameter.key.split('.').count();
            length(one).cmp(&length(other)).then(one.key.cmp(&other.key))
        });
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

    /// Chooses a value for every hyperparameter that applies: the one at the place in [0, 1) that `place` returns for it.
    pub fn choose(&self, applies: &Applies, mut place: impl FnMut(&Parameter) -> f64) -> Settings {
        let mut chosen = Settings::new();
        for parameter in &self.parameters {
            if applies(&parameter.key, &chosen) {
                let value = parameter.distribution.at(place(parameter));
                chosen.insert(parameter.key.clone(), value);
            }
        }
        chosen
    }
}

impl From<BTreeMap<String, Distribution>> for Space {
    /// A space that all variants share.
    fn from(shared: BTreeMap<String, Distribution>) -> Space {
        Space::new(&shared, &BTreeMap::new())
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
        let shared = BTreeMap::from([
            ("a.sgd.rate".to_owned(), rate.clone()),
            ("z".to_owned(), Distribution::choice(optimizers)),
        ]);
        let space = Space::new(&shared, &BTreeMap::from([("a.adam.rate".to_owned(), rate)]));
        let keys: Vec<&str> = space.parameters().iter().map(|parameter| parameter.key.as_str()).collect();
        assert_eq!(keys, ["z", "a.adam.rate", "a.sgd.rate"]);
        let applies =
            |key: &str, chosen: &Settings| key == "z" || chosen["z"].as_str().is_some_and(|name| key.contains(name));
        // The shared ones have the first dimensions.
        let chosen = space.choose(&applies, |parameter| [0.2, 0.6, 0.1][parameter.dimension]);
        assert_eq!(chosen.keys().collect::<Vec<_>>(), ["a.sgd.rate", "z"]);
        assert_eq!(chosen["a.sgd.rate"], Value::Float(0.2), "its place does not depend on which others apply");
    }

    #[test]
    fn a_variants_own_distribution_replaces_the_shared_one_in_its_dimension() {
        let shared = BTreeMap::from(["x", "y"].map(|key| (key.to_owned(), Distribution::uniform(0.0, 1.0))));
        let own = BTreeMap::from(["a", "y"].map(|key| (key.to_owned(), Distribution::uniform(0.0, 2.0))));
        let space = Space::new(&shared, &own);
        let dimensions: Vec<(&str, usize)> =
            space.parameters().iter().map(|parameter| (parameter.key.as_str(), parameter.dimension)).collect();
        assert_eq!(dimensions, [("a", 2), ("x", 0), ("y", 1)]);
        assert_eq!(space.get("y"), Some(&Distribution::uniform(0.0, 2.0)));
    }
}
