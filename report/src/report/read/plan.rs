//! What a report reads from `experiment.toml`: the variants, their environments, the seeds and the budget.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tilde_envs::EnvConfig;
use toml::Value;

use crate::results::{EXPERIMENT, TrueValues, is_name};

/// What was to be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The experiment's name.
    pub name: String,
    /// Its seeds.
    pub seeds: Vec<u64>,
    /// Environment steps of a run.
    pub steps: u64,
    /// Episodes of an evaluation.
    pub evaluation_episodes: u64,
    /// Its variants.
    pub variants: Vec<PlannedVariant>,
    /// The text of the file.
    pub text: String,
}

/// A variant to be run.
#[derive(Clone, Debug)]
pub struct PlannedVariant {
    /// Its name, which is also that of its folder.
    pub name: String,
    /// What it is called over environments: variants in different environments that have the same method are the same.
    pub method: String,
    /// Its environment.
    pub environment: PlannedEnvironment,
    /// Its algorithm, `dqn` for example; empty where the file does not name one.
    pub algorithm: String,
    /// Its approximator's keys and values.
    pub approximator: toml::Table,
}

impl PlannedVariant {
    /// Whether it learns the values of a given policy. Its returns then do not measure what it learns.
    pub fn predicts(&self) -> bool {
        self.algorithm == "td_prediction"
    }

    /// The true values of its algorithm. Results of older versions do not name them.
    pub fn usual_truth(&self) -> TrueValues {
        match self.algorithm.as_str() {
            "td_prediction" | "actor_critic" => TrueValues::VPi,
            _ => TrueValues::QStar,
        }
    }
}

/// An environment. Results are compared where environments are equal.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedEnvironment {
    /// `cart_pole` for example.
    pub id: String,
    /// Its keys and values.
    pub settings: toml::Table,
    /// The return from which on it counts as solved, if it has one.
    pub threshold: Option<f64>,
}

impl PlannedEnvironment {
    /// Its keys and values in one line.
    pub fn described(&self) -> String {
        let shown = |value: &Value| match value {
            Value::Float(number) => format!("{}", (number * 1e6).round() / 1e6),
            other => other.to_string(),
        };
        self.settings.iter().map(|(key, value)| format!("{key} = {}", shown(value))).collect::<Vec<_>>().join(", ")
    }
}

/// A plan with more seeds than this is refused.
const MAX_SEEDS: usize = 100_000;

/// Reads the plan of the experiment in `folder`.
///
/// # Errors
/// If the file cannot be read or lacks a part of the plan; the message names it.
pub fn read_plan(folder: &Path) -> Result<Plan, String> {
    let path = folder.join(EXPERIMENT);
    let shown = path.display();
    let text = fs::read_to_string(&path).map_err(|error| format!("{shown}: {error}"))?;
    parse_plan(&text).map_err(|why| format!("{shown}: {why}"))
}

/// The plan of the text of `experiment.toml` or `resolved.toml`.
///
/// # Errors
/// If it lacks a part of the plan; the message names it.
pub fn parse_plan(text: &str) -> Result<Plan, String> {
    let table: toml::Table = text.parse().map_err(|error| format!("{error}"))?;
    let named = |table: &toml::Table| table.get("name").and_then(Value::as_str).map(str::to_owned);
    let name = named(&table).ok_or("`name` is missing")?;
    check_name(&name)?;
    let budget = table.get("budget").and_then(Value::as_table).ok_or("`budget` is missing")?;
    let written = table.get("variant").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut variants = Vec::new();
    for variant in written {
        let variant = variant.as_table().ok_or("a `variant` is not a table")?;
        let name = named(variant).ok_or("a variant has no `name`")?;
        check_name(&name)?;
        if variants.iter().any(|earlier: &PlannedVariant| earlier.name == name) {
            return Err(format!("two variants have the name `{name}`"));
        }
        let method = variant.get("method").map_or(Some(name.as_str()), Value::as_str).filter(|method| is_name(method));
        let method = method.ok_or_else(|| format!("the `method` of the variant `{name}` is not a name"))?.to_owned();
        let slot = |slot: &str| variant.get(slot).or(table.get(slot));
        variants.push(PlannedVariant { method, ..planned(name, slot)? });
    }
    if variants.is_empty() {
        variants.push(planned("default".to_owned(), |slot| table.get(slot))?);
    }
    Ok(Plan {
        name,
        seeds: table.get("seeds").and_then(seeds).ok_or("`seeds` is missing or is not a list of different seeds")?,
        steps: budget.get("steps").and_then(integer).filter(|&steps| steps > 0).ok_or("`budget.steps` is missing")?,
        evaluation_episodes: budget.get("evaluation_episodes").and_then(integer).unwrap_or(0),
        variants,
        text: text.to_owned(),
    })
}

/// A variant; `slot` gives the value of each of its slots.
fn planned<'a>(name: String, slot: impl Fn(&str) -> Option<&'a Value>) -> Result<PlannedVariant, String> {
    let slot_table = |name: &str| slot(name).and_then(Value::as_table);
    Ok(PlannedVariant {
        method: name.clone(),
        name,
        environment: environment(slot("env"))?,
        algorithm: slot_table("algorithm").and_then(|slot| slot.keys().next().cloned()).unwrap_or_default(),
        approximator: slot_table("approximator").cloned().unwrap_or_default(),
    })
}

fn check_name(name: &str) -> Result<(), String> {
    if is_name(name) {
        Ok(())
    } else {
        Err(format!("{name:?} cannot be the name of an experiment, a variant or an environment"))
    }
}

fn integer(value: &Value) -> Option<u64> {
    value.as_integer().and_then(|number| u64::try_from(number).ok())
}

/// The seeds, if they are all different.
fn seeds(value: &Value) -> Option<Vec<u64>> {
    let seeds: Vec<u64> = match value {
        Value::Array(seeds) if seeds.len() <= MAX_SEEDS => seeds.iter().map(integer).collect::<Option<_>>()?,
        Value::Table(range) => {
            let (first, count) = (integer(range.get("first")?)?, integer(range.get("count")?)?);
            (count <= MAX_SEEDS as u64).then(|| (first..first.saturating_add(count)).collect())?
        }
        _ => return None,
    };
    (seeds.iter().collect::<BTreeSet<_>>().len() == seeds.len()).then_some(seeds)
}

/// The environment of a slot, which is a table with one key.
fn environment(slot: Option<&Value>) -> Result<PlannedEnvironment, String> {
    let slot = slot.and_then(Value::as_table).ok_or("`env` is missing")?;
    let (id, settings) = slot.iter().next().ok_or("`env` is empty")?;
    check_name(id)?;
    // Results in an environment that this version does not know are compared too, but without its threshold.
    let known: Option<EnvConfig> = Value::Table(slot.clone()).try_into().ok();
    Ok(PlannedEnvironment {
        id: id.clone(),
        settings: settings.as_table().cloned().unwrap_or_default(),
        threshold: known.and_then(|config| config.reward_threshold()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variant_has_its_own_environment() {
        let plan = parse_plan(
            "name = \"x\"\nseeds = { first = 3, count = 2 }\n[budget]\nsteps = 100\n[env.cart_pole]\ntime_limit = 500\n\
             [algorithm.dqn]\n[[variant]]\nname = \"a\"\n[[variant]]\nname = \"b\"\n[variant.env.of_tomorrow]\nsize = 1\n\
             [variant.algorithm.td_prediction]\n",
        )
        .unwrap();
        assert_eq!(plan.variants[0].algorithm, "dqn");
        assert!(plan.variants[1].predicts() && !plan.variants[0].predicts());
        assert_eq!((plan.seeds, plan.steps, plan.evaluation_episodes), (vec![3, 4], 100, 0));
        assert_eq!(plan.variants[0].environment.threshold, Some(475.0));
        assert_eq!(plan.variants[1].environment.id, "of_tomorrow");
        assert_eq!(plan.variants[1].environment.threshold, None);
    }

    #[test]
    fn a_method_is_the_name_unless_the_variant_has_one() {
        let plan = |method: &str| {
            parse_plan(&format!(
                "name = 'x'\nseeds = [1]\n[budget]\nsteps = 9\n[env.a]\n[[variant]]\nname = 'b'\n\
                 [[variant]]\nname = 'c'\nmethod = {method}\n"
            ))
        };
        let methods: Vec<String> = plan("'m'").unwrap().variants.into_iter().map(|variant| variant.method).collect();
        assert_eq!(methods, ["b", "m"]);
        assert!(plan("3").is_err() && plan("'../m'").unwrap_err().contains("`method` of the variant `c`"));
        let lone = parse_plan("name = 'x'\nseeds = [1]\n[budget]\nsteps = 9\n[env.a]\n").unwrap();
        assert_eq!(lone.variants[0].method, "default");
    }

    #[test]
    fn invalid_names_and_repeated_seeds_are_refused() {
        let plan = |name: &str, seeds: &str, variants: &str| {
            parse_plan(&format!("name = '{name}'\nseeds = {seeds}\n[budget]\nsteps = 9\n[env.a]\n{variants}"))
        };
        assert!(plan("fine-1.0", "[1, 2]", "[[variant]]\nname = 'b'\n").is_ok());
        assert!(plan("../x", "[1]", "").is_err() && plan("x", "[1]", "[[variant]]\nname = 'a/b'\n").is_err());
        assert!(plan("x", "[1, 1]", "").unwrap_err().contains("different seeds"));
        let twins = "[[variant]]\nname = 'b'\n[[variant]]\nname = 'b'\n";
        assert!(plan("x", "[1]", twins).unwrap_err().contains("two variants"));
    }

    #[test]
    fn a_missing_part_is_named() {
        assert!(parse_plan("name = \"x\"").unwrap_err().contains("budget"));
        assert!(parse_plan("name = ").is_err());
        let endless =
            "name = \"x\"\nseeds = { first = 0, count = 1000000000000000000 }\n[budget]\nsteps = 1\n[env.a]\n";
        assert!(parse_plan(endless).unwrap_err().contains("seeds"));
    }
}
