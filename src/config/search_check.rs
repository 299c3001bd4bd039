//! Checks a search together with the experiment that it belongs to: every key and every end of a range, before anything runs.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::search::Search;
use super::written::{Refusal, Written};
use super::{Experiment, extended, nearest};
use crate::search::{Parameter, Pruner, Sampler, Settings, Space, grid_points};

/// The most combinations of earlier choices that are tried for one that a key applies to.
const MAX_TRIED: usize = 1_000;

/// What is wrong with the search, each with its path in the config. The experiment itself is sound.
pub fn check(experiment: &Experiment, search: &Search, written: &Written) -> Vec<Refusal> {
    let names = experiment.variant_names();
    let mut wrong = unknown_variants(search, &names);
    let mut applied: BTreeSet<Vec<String>> = BTreeSet::new();
    for variant in &names {
        let space = search.space_of(variant);
        let check = VariantCheck { experiment, search, written, variant, space: &space };
        for parameter in space.parameters() {
            let Some(chosen) = check.reached(&parameter.key) else { continue };
            applied.insert(search.path_of(variant, &parameter.key));
            wrong.extend(check.values(parameter, &chosen));
        }
        wrong.extend(check.rungs(&Settings::new()).err().map(|message| (path(&["search", "pruner"]), message)));
        if search.sampler == Sampler::Grid {
            wrong.extend(check.grid());
        }
    }
    let all = names.iter().flat_map(|variant| {
        search
            .space_of(variant)
            .parameters()
            .iter()
            .map(|p| (p.key.clone(), search.path_of(variant, &p.key)))
            .collect::<Vec<_>>()
    });
    let idle: BTreeSet<(String, Vec<String>)> = all.filter(|(_, path)| !applied.contains(path)).collect();
    wrong.extend(idle.into_iter().map(|(key, path)| (path, applies_nowhere(&key, &names, written))));
    if applied.is_empty() && wrong.is_empty() {
        let message = "there is nothing to search: name hyperparameters, such as \"optimizer.adam.learning_rate\" = \
                       { log_uniform = [1e-4, 1e-1] }";
        wrong.push((path(&["search", "space"]), message.to_owned()));
    }
    let mut seen = BTreeSet::new();
    wrong.retain(|refusal| seen.insert(refusal.clone()));
    wrong
}

fn path(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|&key| key.to_owned()).collect()
}

fn unknown_variants(search: &Search, names: &[String]) -> Vec<Refusal> {
    let unknown = search.variants.keys().filter(|name| !names.contains(name));
    let refusal = |name: &String| {
        let meant = nearest(name, names.iter().map(String::as_str));
        let hint = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
        let message = format!("there is no variant `{name}`, only {}{hint}", names.join(", "));
        (path(&["search", "variant", name]), message)
    };
    unknown.map(refusal).collect()
}

/// The message about a key that applies to no variant.
fn applies_nowhere(key: &str, names: &[String], written: &Written) -> String {
    let above = key.rsplit_once('.').map_or(key, |(above, _)| above);
    let mut tables = BTreeSet::new();
    for variant in names {
        collect_tables("", &written.resolved(variant, &Settings::new()), &mut tables);
    }
    let meant = nearest(above, tables.iter().map(String::as_str)).filter(|meant| *meant != above);
    let hint = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
    format!(
        "applies to no variant: none has the table `{above}`, whatever is chosen for shorter keys; correct the key, or add a choice \
         that has this table{hint}"
    )
}

fn collect_tables(above: &str, table: &Table, into: &mut BTreeSet<String>) {
    for (key, value) in table {
        if let Value::Table(inner) = value {
            let key = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
            collect_tables(&key, inner, into);
            into.insert(key);
        }
    }
}

/// The check of one variant.
struct VariantCheck<'a> {
    experiment: &'a Experiment,
    search: &'a Search,
    written: &'a Written,
    variant: &'a str,
    space: &'a Space,
}

impl VariantCheck<'_> {
    fn applies(&self, key: &str, chosen: &Settings) -> bool {
        self.written.applies(self.variant, key, chosen)
    }

    /// Choices of shorter keys with which a key applies; `None` if there are none.
    fn reached(&self, key: &str) -> Option<Settings> {
        let is_above =
            |parameter: &&Parameter| key.strip_prefix(&parameter.key).is_some_and(|rest| rest.starts_with('.'));
        let mut tried = vec![Settings::new()];
        for parameter in self.space.parameters().iter().filter(is_above) {
            let further = |chosen: Settings| {
                let with = |value: &Value| {
                    let mut chosen = chosen.clone();
                    chosen.insert(parameter.key.clone(), value.clone());
                    chosen
                };
                let values = parameter.distribution.choices();
                if self.applies(&parameter.key, &chosen) { values.iter().map(with).collect() } else { vec![chosen] }
            };
            tried = tried.into_iter().flat_map(further).take(MAX_TRIED).collect();
        }
        tried.into_iter().find(|chosen| self.applies(key, chosen))
    }

    /// What is wrong with the values of a hyperparameter, whatever the others are: with each choice, or with the ends of its range.
    fn values(&self, parameter: &Parameter, chosen: &Settings) -> Vec<Refusal> {
        let key = &parameter.key;
        let at = self.search.path_of(self.variant, key);
        let mut wrong = Vec::new();
        for value in parameter.distribution.extremes() {
            // Another combination may be valid: a value is wrong if it is in all of three.
            let refusals = [0.5, 0.0, 0.999].map(|place| {
                let settings = self.around(parameter, &value, chosen, place);
                let refused = self.written.with(self.variant, &settings).err().unwrap_or_default();
                let own: Vec<String> = key.split('.').map(str::to_owned).collect();
                refused.into_iter().find(|(path, _)| path.starts_with(&own)).map(|(_, message)| message)
            });
            if let [Some(message), Some(_), Some(_)] = refusals {
                wrong.push((at.clone(), format!("{value} is refused: {message}")));
                continue;
            }
            // With nothing else changed, so that the message stands at the key that is the cause.
            let mut alone = chosen.clone();
            let before = self.rungs(&alone);
            alone.insert(key.clone(), value.clone());
            let message = self.rungs(&alone).err().filter(|_| before.is_ok());
            wrong.extend(message.map(|message| (at.clone(), format!("with {value}, {message}"))));
        }
        wrong
    }

    /// Settings with one value given, others as in `chosen`, and the rest at one place of their distributions.
    fn around(&self, parameter: &Parameter, value: &Value, chosen: &Settings, place: f64) -> Settings {
        let mut settings = Settings::new();
        for other in self.space.parameters() {
            if other.key == parameter.key {
                settings.insert(other.key.clone(), value.clone());
            } else if let Some(value) = chosen.get(&other.key) {
                settings.insert(other.key.clone(), value.clone());
            } else if self.applies(&other.key, &settings) {
                settings.insert(other.key.clone(), other.distribution.at(place));
            }
        }
        settings
    }

    /// Whether runs with these settings can be resumed from rung to rung.
    fn rungs(&self, settings: &Settings) -> Result<(), String> {
        let Pruner::SuccessiveHalving(_) = self.search.pruner else { return Ok(()) };
        let Ok(mut trial) = self.written.with(self.variant, settings) else { return Ok(()) }; // refused elsewhere
        let steps = self.search.pruner.rung_steps(self.experiment.budget.steps)?;
        check_rungs(&mut trial, &steps)
    }

    /// What is wrong with the grid of the variant.
    fn grid(&self) -> Vec<Refusal> {
        let trials = self.search.trials(&self.experiment.budget).unwrap_or(0);
        let applies = |key: &str, chosen: &Settings| self.applies(key, chosen);
        match grid_points(self.space, &applies, 100_000) {
            Err((key, message)) => vec![(self.search.path_of(self.variant, &key), message)],
            Ok(points) => {
                let own = self.written.own(self.variant, self.space);
                let needed = 1 + points.iter().filter(|point| **point != own).count();
                let message = || {
                    format!(
                        "the grid of variant `{}` and the config's own settings are {needed} trials, more than the budget of {trials}: \
                         raise `trials`, or shorten its lists",
                        self.variant
                    )
                };
                let key = if self.search.trials.is_some() { "trials" } else { "steps" };
                (needed > trials).then(|| (path(&["search", key]), message())).into_iter().collect()
            }
        }
    }
}

/// Checks that a trial can be run with the steps of each rung, and that each rung continues the one before exactly.
///
/// # Errors
/// Why not, with the remedy.
pub fn check_rungs(trial: &mut Experiment, steps: &[u64]) -> Result<(), String> {
    let full = trial.budget.steps;
    for pair in steps.windows(2) {
        trial.budget.steps = pair[0];
        trial.check().map_err(|invalid| {
            format!("a rung of {} steps is too short: `{}` {}", pair[0], invalid.key, invalid.message)
        })?;
        let mut longer = trial.clone();
        longer.budget.steps = pair[1];
        extended(trial, &longer).map_err(|why| format!("a rung of {} steps cannot be resumed: {why}", pair[0]))?;
    }
    trial.budget.steps = full;
    Ok(())
}
