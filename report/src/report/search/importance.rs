//! How much each hyperparameter alone decides.

use super::searched::{SearchResults, SearchedVariant};
use crate::results::{Domain, Hyperparameter};
use crate::stats::{Explained, explained_by_groups, thirds};

/// With fewer trials nothing is said.
const FEWEST: usize = 8;
/// Shuffles of the permutation test.
const PERMUTATIONS: usize = 9_999;

/// What a hyperparameter of a variant explains.
#[derive(Clone, Debug, PartialEq)]
pub struct Importance {
    /// The variant's index.
    pub variant: usize,
    /// The variant's name.
    pub name: String,
    /// The hyperparameter.
    pub key: String,
    /// How many measured trials it applies to.
    pub trials: usize,
    /// What it explains; `None` where that cannot be said.
    pub explained: Result<Explained, &'static str>,
}

/// The importance of every hyperparameter: the share of the variance of the objective's ranks that it explains alone. The idea of
/// importance as a share of variance is that of Hutter, Hoos & Leyton-Brown 2014, "An Efficient Approach for Assessing Hyperparameter
/// Importance"; here no model of the objective is fitted, and only main effects are told.
pub fn importances(results: &SearchResults, seed: u64) -> Vec<Importance> {
    let of_variant =
        |variant: &SearchedVariant| variant.space.iter().map(|one| importance(variant, one, seed)).collect::<Vec<_>>();
    results.variants.iter().flat_map(of_variant).collect()
}

fn importance(variant: &SearchedVariant, Hyperparameter { key, domain }: &Hyperparameter, seed: u64) -> Importance {
    let measured = variant.measured();
    let placed =
        measured.filter_map(|(trial, objective)| Some((domain.position(trial.settings.get(key)?)?, objective)));
    let (positions, objectives): (Vec<f64>, Vec<f64>) = placed.unzip();
    let groups: Vec<usize> = match domain {
        Domain::Choice(_) => positions.iter().map(|position| *position as usize).collect(),
        Domain::Range(_) => thirds(&positions),
    };
    let explained = match groups.len() {
        ..FEWEST => Err("too few"),
        _ => explained_by_groups(&objectives, &groups, PERMUTATIONS, seed).ok_or("no difference"),
    };
    Importance { variant: variant.index, name: variant.name.clone(), key: key.clone(), trials: groups.len(), explained }
}
