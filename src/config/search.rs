//! The `[search]` of an experiment: which hyperparameters are searched, how, and on which seeds.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Budget, Seeds};
use crate::invalid_value::{InvalidValue, all, at_least_one, require};
use crate::search::{Distribution, Objective, Pruner, Sampler, Space};

/// A search for hyperparameters, the same for every variant: `tilde tune` makes it, and then runs what it has chosen on the seeds of the
/// experiment, which no choice has seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [json!({ "required": ["trials"] }), json!({ "required": ["steps"] })]))]
pub struct Search {
    /// The seeds of every trial. The seeds of the experiment are for the verdict: none may be among these.
    pub seeds: Seeds,
    /// Trials of each variant. The first has the settings of the config itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub trials: Option<u64>,
    /// Environment steps of all trials of a variant, in place of `trials`: as many trials as fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub steps: Option<u64>,
    /// How settings are proposed.
    #[serde(default)]
    pub sampler: Sampler,
    /// Whether trials that look bad early get fewer steps.
    #[serde(default)]
    pub pruner: Pruner,
    /// What a trial is judged by.
    #[serde(default)]
    pub objective: Objective,
    /// The seed of the sampler.
    #[serde(default)]
    pub seed: u64,
    /// Hyperparameters by their dotted keys, such as `"optimizer.adam.learning_rate"`, of all variants.
    #[serde(default)]
    pub space: BTreeMap<String, Distribution>,
    /// Hyperparameters of single variants by the variant's name, beside those of `space`, or in place of one with the same key.
    #[serde(default, rename = "variant", skip_serializing_if = "BTreeMap::is_empty")]
    pub variants: BTreeMap<String, BTreeMap<String, Distribution>>,
}

/// The slots whose settings can be searched. Another environment would be another problem.
pub const SEARCHED: [&str; 4] = ["wrappers", "algorithm", "approximator", "optimizer"];

/// Settings of these slots that cannot be searched: with them, returns are of other episodes, or a step of the budget is another one.
const NOT_SEARCHED: [&str; 3] = ["wrappers", "wrappers.time_limit", "wrappers.action_repeat"];

/// The most trials of a variant. A larger number is most likely a typing error.
pub const MAX_TRIALS: u64 = 10_000;

/// The most keys of a space.
const MAX_KEYS: usize = 200;

impl Search {
    /// Checks every value that can be checked without the rest of the experiment, and that no tuning seed is one of `judging`.
    ///
    /// # Errors
    /// Everything that was found, under the keys of the table.
    pub fn check(&self, judging: &Seeds, budget: &Budget) -> Result<(), InvalidValue> {
        let seeds = self.seeds.check().map_err(|e| e.within("seeds"));
        let disjoint = if seeds.is_ok() && judging.check().is_ok() { self.check_disjoint(judging) } else { Ok(()) };
        let sampler = match self.sampler {
            Sampler::Tpe(tpe) => tpe.check().map_err(|e| e.within("sampler.tpe")),
            _ => Ok(()),
        };
        let pruner = match self.pruner {
            Pruner::SuccessiveHalving(halving) => halving.check().map_err(|e| e.within("pruner.successive_halving")),
            Pruner::None => Ok(()),
        };
        let size = all([seeds, sampler, pruner]).and_then(|()| self.trials(budget).map(|_| ()));
        let shared =
            self.space.iter().map(|(key, distribution)| check_key(key, distribution).map_err(|e| e.within("space")));
        let own = self.variants.iter().flat_map(|(variant, space)| {
            let inside = |e: InvalidValue| e.within(variant).within("variant");
            space.iter().map(move |(key, distribution)| check_key(key, distribution).map_err(inside))
        });
        let keys = require(self.space.len() <= MAX_KEYS, "space", || format!("has more than {MAX_KEYS} keys"));
        all([size, disjoint, keys].into_iter().chain(shared).chain(own))
    }

    /// Checks that no tuning seed is one of `judging`.
    ///
    /// # Errors
    /// If one is: a choice would be judged on the runs that it was made by.
    pub fn check_disjoint(&self, judging: &Seeds) -> Result<(), InvalidValue> {
        let judging: BTreeSet<u64> = judging.list().into_iter().collect();
        let shared: Vec<u64> = self.seeds.list().into_iter().filter(|seed| judging.contains(seed)).collect();
        require(shared.is_empty(), "seeds", || {
            let named = shared.iter().take(5).map(u64::to_string).collect::<Vec<_>>().join(", ");
            let more = if shared.len() > 5 { format!(" and {} more", shared.len() - 5) } else { String::new() };
            format!(
                "seed {named}{more} of the search also judges its result (`seeds` of the experiment): choose others, such as \
                 {{ first = {}, count = {} }}",
                judging.last().map_or(0, |last| last.saturating_add(1)),
                self.seeds.count()
            )
        })
    }

    /// The number of trials of each variant: `trials`, or as many as fit in `steps`.
    ///
    /// # Errors
    /// If it is zero or too large, or the budget cannot be divided into the rungs of the pruner.
    pub fn trials(&self, budget: &Budget) -> Result<usize, InvalidValue> {
        let pruner = |message: String| InvalidValue::new("pruner", message);
        let one = self.pruner.cost(1, budget.steps).map_err(pruner)?;
        let trials = match (self.trials, self.steps) {
            (Some(trials), _) => trials,
            (None, steps) => {
                let each_seed = steps.unwrap_or(0) / (self.seeds.count() as u64).max(1);
                let fits = |trials: u64| {
                    usize::try_from(trials).is_ok_and(|trials| {
                        self.pruner.cost(trials, budget.steps).is_ok_and(|steps| steps <= each_seed)
                    })
                };
                // The cost never falls with the number of trials, so the numbers that fit are the first ones.
                let most = (1..=MAX_TRIALS).take_while(|&trials| fits(trials)).last().unwrap_or(0);
                require(most > 0, "steps", || {
                    format!("are fewer than one trial takes: {one} × {} seeds", self.seeds.count())
                })?;
                most
            }
        };
        let key = if self.trials.is_some() { "trials" } else { "steps" };
        at_least_one(key, trials)?;
        require(trials <= MAX_TRIALS, key, || format!("at most {MAX_TRIALS} trials, not {trials}"))?;
        Ok(usize::try_from(trials).unwrap_or(usize::MAX))
    }

    /// The hyperparameters of a variant.
    pub fn space_of(&self, variant: &str) -> Space {
        Space::new(&self.space, self.variants.get(variant).unwrap_or(&BTreeMap::new()))
    }

    /// The path of a variant's hyperparameter in the config.
    pub fn path_of(&self, variant: &str, key: &str) -> Vec<String> {
        let is_own = self.variants.get(variant).is_some_and(|own| own.contains_key(key));
        let table = if is_own { vec!["search", "variant", variant] } else { vec!["search", "space"] };
        table.into_iter().chain([key]).map(str::to_owned).collect()
    }
}

fn check_key(key: &str, distribution: &Distribution) -> Result<(), InvalidValue> {
    let slot = key.split('.').next().unwrap_or_default();
    let is_searched = SEARCHED.contains(&slot) && key.split('.').all(|part| !part.is_empty());
    require(is_searched, key, || {
        format!("begins with none of the slots that a search can vary: {}", SEARCHED.join(", "))
    })?;
    require(!NOT_SEARCHED.contains(&key), key, || {
        "would change the problem, as other episodes or other steps would be compared: search other settings of the wrappers, such \
         as `wrappers.normalize_observation` or `wrappers.scale_reward`"
            .to_owned()
    })?;
    distribution.check().map_err(|e| e.within(key))
}
