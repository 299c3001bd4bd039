//! Defaults of approximators, which depend on the observations.
//!
//! | observations | `features` | `hidden` |
//! |---|---|---|
//! | whole numbers, such as a gridworld's row and column | `"one_hot"` | none: with it, the table |
//! | real numbers, such as cart-pole's | `"identity"` | `[64, 64]` where `features` is left out, else none |
//! | a board of zeros and ones, such as catch's | `"identity"` | as for real numbers |
//! | an image of bytes | `"scaled"` | as for real numbers |
//!
//! One-hot features of whole numbers, and two layers of 64 units over real numbers, are Stable-Baselines3's defaults
//! too. Without these defaults an approximator would be a linear function of the observation itself, which can represent
//! few value functions. A network may have other hidden layers by default
//! ([`NetworkSettings::default_hidden`](crate::approx::NetworkSettings::default_hidden)).

use serde::Deserialize;
use tilde_envs::Space;
use toml::{Table, Value};

use super::wrappers::wrapped_space;
use crate::agents::AlgorithmConfig;
use crate::approx::NetworkConfig;

/// Units of the hidden layers, unless features are one-hot.
const HIDDEN: [i64; 2] = [64, 64];

/// Fills in what the approximators of an experiment leave out, those in the tables of algorithms included.
///
/// Values of wrong kinds are left as they are: they are refused when the table is read.
pub fn fill(experiment: &mut Table) {
    // If each variant has its own environment, the defaults of a shared approximator are for that of the first variant.
    let first = || variants(experiment).find_map(|variant| space_of(variant, experiment));
    let shared = space_of(experiment, experiment).or_else(first);
    let slots =
        Table::from_iter(SPACE_SLOTS.iter().filter_map(|&slot| Some((slot.to_owned(), experiment.get(slot)?.clone()))));
    if let Some(space) = &shared {
        fill_slots(experiment, space);
    }
    if let Some(Value::Array(variants)) = experiment.get_mut("variant") {
        for variant in variants.iter_mut().filter_map(Value::as_table_mut) {
            if let Some(space) = space_of(variant, &slots).or_else(|| shared.clone()) {
                fill_slots(variant, &space);
            }
        }
    }
}

fn variants(experiment: &Table) -> impl Iterator<Item = &Table> {
    experiment.get("variant").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
}

/// The slots that observations depend on.
const SPACE_SLOTS: [&str; 2] = ["env", "wrappers"];

/// The observation space of a table's environment in its wrappers; what the table lacks is as in `shared`.
fn space_of(table: &Table, shared: &Table) -> Option<Space> {
    let [env, wrappers] = SPACE_SLOTS.map(|slot| table.get(slot).or_else(|| shared.get(slot)));
    wrapped_space(env?, wrappers)
}

/// The number of components of an observation, for the settings at `path`; nothing if it is unknown.
pub fn components(experiment: &Table, path: &[String]) -> Option<usize> {
    let variant = match path {
        [variant, index, ..] if variant == "variant" => variants(experiment).nth(index.parse().ok()?),
        _ => None,
    };
    Some(space_of(variant.unwrap_or(experiment), experiment)?.len())
}

/// Fills the approximator of an experiment or a variant, and those of its algorithm.
fn fill_slots(slots: &mut Table, space: &Space) {
    if let Some(algorithm) = slots.get_mut("algorithm").and_then(Value::as_table_mut) {
        fill_algorithm(algorithm, space);
    }
    if let Some(approximator) = slots.get_mut("approximator").and_then(Value::as_table_mut) {
        fill_approximator(approximator, space);
    }
}

/// Fills the approximators that an algorithm has of its own.
fn fill_algorithm(algorithm: &mut Table, space: &Space) {
    let Ok(typed) = AlgorithmConfig::deserialize(Value::Table(algorithm.clone())) else { return };
    let Some(settings) = algorithm.get_mut(typed.id()).and_then(Value::as_table_mut) else { return };
    for (key, _) in typed.functions(1).into_iter().filter_map(|function| function.approximator) {
        if let Some(approximator) = settings.get_mut(key).and_then(Value::as_table_mut) {
            fill_approximator(approximator, space);
        }
    }
}

fn fill_approximator(approximator: &mut Table, space: &Space) {
    let of_network = approximator.get("network").and_then(|network| {
        let network = NetworkConfig::deserialize(network.clone()).ok()?;
        network.default_hidden().map(|widths| widths.iter().map(|&width| width as i64).collect::<Vec<_>>())
    });
    if let Some(widths) = of_network
        && !approximator.contains_key("hidden")
    {
        approximator.insert("hidden".to_owned(), widths.into());
    }
    let says_hidden = approximator.contains_key("hidden");
    if approximator.contains_key("features") {
        return;
    }
    let features = match space {
        Space::Discrete { .. } | Space::MultiDiscrete { .. } => "one_hot",
        Space::Box { .. } | Space::MultiBinary { .. } => "identity",
        Space::Image { .. } => "scaled",
    };
    approximator.insert("features".to_owned(), features.into());
    if features != "one_hot" && !says_hidden {
        approximator.insert("hidden".to_owned(), HIDDEN.to_vec().into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Table {
        let mut table: Table = toml::from_str(text).unwrap();
        fill(&mut table);
        table
    }

    fn check(before: &str, after: &str) {
        assert_eq!(filled(before), toml::from_str::<Table>(after).unwrap(), "{before}");
    }

    #[test]
    fn whole_numbers_get_a_table_and_real_ones_a_network() {
        check("[env.gridworld]\n[approximator]", "[env.gridworld]\n[approximator]\nfeatures = 'one_hot'");
        check(
            "[env.cart_pole]\n[approximator]",
            "[env.cart_pole]\n[approximator]\nfeatures = 'identity'\nhidden = [64, 64]",
        );
        check(
            "[env.gridworld]\n[approximator]\nhidden = [8]",
            "[env.gridworld]\n[approximator]\nfeatures = 'one_hot'\nhidden = [8]",
        );
    }

    #[test]
    fn boards_get_a_network_and_images_one_over_scaled_bytes() {
        for env in ["env.catch = {}", "env.gridworld = { observation = 'planes' }"] {
            check(
                &format!("{env}\n[approximator]"),
                &format!("{env}\n[approximator]\nfeatures = 'identity'\nhidden = [64, 64]"),
            );
        }
        let mut approximator = Table::new();
        fill_approximator(&mut approximator, &Space::Image { shape: [84, 84, 3] });
        assert_eq!(approximator, toml::from_str("features = 'scaled'\nhidden = [64, 64]").unwrap());
    }

    #[test]
    fn convolutions_have_one_wide_layer_behind_them() {
        let before = "[env.catch]\n[approximator]\nnetwork = ";
        for network in ["'conv'", "{ conv = { filters = [8] } }"] {
            let before = format!("{before}{network}");
            check(&before, &format!("{before}\nfeatures = 'identity'\nhidden = [128]"));
            let said = format!("{before}\nfeatures = 'scaled'\nhidden = []");
            check(&said, &said);
        }
    }

    #[test]
    fn what_is_said_stays() {
        for said in ["features = 'scaled'", "features = 'tiles'\nhidden = [3]", "features = 'identity'\nhidden = []"] {
            let text = format!("[env.cart_pole]\n[approximator]\n{said}");
            check(&text, &text);
        }
        let hidden = "[env.cart_pole]\n[approximator]\nhidden = []";
        check(hidden, &format!("{hidden}\nfeatures = 'identity'"));
    }

    #[test]
    fn variants_and_critics_go_by_their_environment() {
        check(
            "[env.cart_pole]\n[[variant]]\nname = 'a'\n[variant.env.gridworld]\n[variant.approximator]\n\
             [[variant]]\nname = 'b'\n[variant.approximator]\n\
             [variant.algorithm.actor_critic.critic_approximator]\nactivation = 'tanh'",
            "[env.cart_pole]\n[[variant]]\nname = 'a'\n[variant.env.gridworld]\n[variant.approximator]\nfeatures = 'one_hot'\n\
             [[variant]]\nname = 'b'\n[variant.approximator]\nfeatures = 'identity'\nhidden = [64, 64]\n\
             [variant.algorithm.actor_critic.critic_approximator]\nactivation = 'tanh'\nfeatures = 'identity'\nhidden = [64, 64]",
        );
    }

    #[test]
    fn what_makes_no_sense_is_left_to_be_refused() {
        for text in ["approximator = 3\n[env.cart_pole]", "[env.cart]\n[approximator]", "variant = 3\n[approximator]"] {
            check(text, text);
        }
    }
}
