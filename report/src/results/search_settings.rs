//! What a report reads of `[search]` in `resolved.toml`.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::domain::Domain;

/// The search of an experiment, as `resolved.toml` has it.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchSettings {
    /// How many seeds each trial has; 0 where the file does not say.
    pub seeds: usize,
    /// Whether a trial is judged by the height of its learning curves, and not by their ends.
    pub by_area: bool,
    /// How settings are proposed: `tpe` for example.
    pub sampler: String,
    /// The number of the first trial that is proposed from the results of earlier ones; `None` if no trial is.
    pub adaptive_from: Option<usize>,
    /// Environment steps of a run at each rung.
    pub rung_steps: Vec<u64>,
    /// The domains of all variants by their keys.
    shared: BTreeMap<String, Domain>,
    /// Those of single variants, by the variant's name.
    own: BTreeMap<String, BTreeMap<String, Domain>>,
}

/// A hyperparameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Hyperparameter {
    /// Its dotted key in a config.
    pub key: String,
    /// Its values.
    pub domain: Domain,
}

impl SearchSettings {
    /// The search of the text of `resolved.toml`.
    ///
    /// # Errors
    /// If a part is missing or is none of this program's; the message names it.
    pub fn of(file: &Table) -> Result<SearchSettings, String> {
        let table = file.get("search").and_then(Value::as_table).ok_or("`search` is missing")?;
        let integer = |value: &Value| value.as_integer().and_then(|number| u64::try_from(number).ok());
        let steps = file.get("budget").and_then(|budget| budget.get("steps")).and_then(integer);
        let steps = steps.ok_or("`budget.steps` is missing")?;
        let (sampler, details) = named(table.get("sampler")).ok_or("`search.sampler` is missing")?;
        let startup = details.get("n_startup_trials").and_then(integer);
        let pruning = named(table.get("pruner")).map(|(_, details)| details).unwrap_or_default();
        let share = |key: &str| pruning.get(key).and_then(integer);
        let rung_steps = match (share("reduction"), share("rungs")) {
            (Some(reduction), Some(rungs)) => rung_steps(steps, reduction, rungs)
                .ok_or("`search.pruner` has rungs that do not divide `budget.steps`")?,
            _ => vec![steps],
        };
        let of_variant =
            |(name, space): (&String, &Value)| Ok((name.clone(), domains(space, &format!("search.variant.{name}"))?));
        let own = table.get("variant").and_then(Value::as_table).into_iter().flatten();
        Ok(SearchSettings {
            seeds: match table.get("seeds") {
                Some(Value::Array(seeds)) => seeds.len(),
                Some(range) => range.get("count").and_then(integer).map_or(0, |count| count as usize),
                None => 0,
            },
            by_area: table.get("objective").and_then(Value::as_str) == Some("auc"),
            adaptive_from: (sampler == "tpe").then(|| startup.map_or(0, |startup| startup as usize)),
            sampler,
            rung_steps,
            shared: table.get("space").map_or(Ok(BTreeMap::new()), |space| domains(space, "search.space"))?,
            own: own.map(of_variant).collect::<Result<_, String>>()?,
        })
    }

    /// The hyperparameters of a variant, shorter keys first, those that decide which longer ones apply.
    pub fn space_of(&self, variant: &str) -> Vec<Hyperparameter> {
        let mut all = self.shared.clone();
        all.extend(self.own.get(variant).cloned().unwrap_or_default());
        let mut space: Vec<Hyperparameter> =
            all.into_iter().map(|(key, domain)| Hyperparameter { key, domain }).collect();
        space.sort_by_key(|hyperparameter| hyperparameter.key.split('.').count()); // stable: the map is in alphabetical order
        space
    }
}

/// The name of a slot that is a name alone or a table with one key, and its settings.
fn named(slot: Option<&Value>) -> Option<(String, Table)> {
    match slot? {
        Value::String(name) => Some((name.clone(), Table::new())),
        Value::Table(table) => {
            let (name, settings) = table.iter().next()?;
            Some((name.clone(), settings.as_table().cloned().unwrap_or_default()))
        }
        _ => None,
    }
}

/// The environment steps of a run at each rung of successive halving: `steps` at the last, and at each before it the part
/// `1 / reduction` of the next one's. `None` if they cannot be divided so, or there is no rung.
pub fn rung_steps(steps: u64, reduction: u64, rungs: u64) -> Option<Vec<u64>> {
    // No budget has 64 rungs that grow.
    let shares = (0..rungs.min(64)).rev().map(|below| reduction.checked_pow(u32::try_from(below).ok()?));
    let shares: Vec<u64> = shares.collect::<Option<_>>()?;
    let divide = !shares.is_empty() && shares.iter().all(|share| *share > 0 && steps.is_multiple_of(*share));
    divide.then(|| shares.into_iter().map(|share| steps / share).collect())
}

fn domains(space: &Value, place: &str) -> Result<BTreeMap<String, Domain>, String> {
    let space = space.as_table().ok_or_else(|| format!("`{place}` is not a table"))?;
    let domain = |(key, distribution): (&String, &Value)| {
        let domain = distribution.as_table().and_then(Domain::of);
        Ok((key.clone(), domain.ok_or_else(|| format!("`{place}.\"{key}\"` is not a distribution"))?))
    };
    space.iter().map(domain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Result<SearchSettings, String> {
        SearchSettings::of(&format!("[budget]\nsteps = 9000\n[search]\n{text}").parse().unwrap())
    }

    #[test]
    fn a_variant_has_its_own_hyperparameters_beside_the_shared_ones_and_in_their_place() {
        let search = settings(
            "objective = 'auc'\nsampler = { tpe = { n_startup_trials = 10 } }\nseeds = { first = 7, count = 5 }\n\
             pruner = { successive_halving = { reduction = 3, rungs = 3 } }\n\
             [search.space]\n'a.b.c' = { uniform = [0, 1] }\nz = { choice = [1, 2] }\n\
             [search.variant.x]\n'a.b.c' = { uniform = [0, 2] }\n'a.b' = { integer = [1, 2] }\n",
        )
        .unwrap();
        assert_eq!((search.seeds, search.by_area, search.adaptive_from), (5, true, Some(10)));
        assert_eq!((&search.sampler[..], &search.rung_steps[..]), ("tpe", &[1000, 3000, 9000][..]));
        let keys = |variant: &str| search.space_of(variant).into_iter().map(|one| one.key).collect::<Vec<_>>();
        assert_eq!(
            (keys("x"), keys("y")),
            (vec!["z".into(), "a.b".into(), "a.b.c".into()], vec!["z".into(), "a.b.c".into()])
        );
        let wide = &search.space_of("x")[2].domain;
        assert_eq!(wide.position(&Value::Float(1.5)), Some(1.5));
    }

    #[test]
    fn without_pruning_there_is_one_rung_and_what_is_missing_is_named() {
        let search = settings("sampler = 'random'\npruner = 'none'\nseeds = [1, 2]\n").unwrap();
        assert_eq!((search.seeds, search.adaptive_from, search.rung_steps), (2, None, vec![9000]));
        assert!(settings("").unwrap_err().contains("search.sampler"));
        let unknown = settings("sampler = 'grid'\n[search.space]\nx = { normal = [0, 1] }\n").unwrap_err();
        assert_eq!(unknown, "`search.space.\"x\"` is not a distribution");
    }
}
