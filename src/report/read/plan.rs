//! `experiment.toml` as a report needs it: what was to be run, and where.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tilde_envs::EnvConfig;
use toml::{Table, Value};

use crate::results::{EXPERIMENT, is_name};

/// What an experiment was to run.
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
    /// The file, as it stands.
    pub text: String,
}

/// A variant to be run.
#[derive(Clone, Debug)]
pub struct PlannedVariant {
    /// Its name, which is that of its folder.
    pub name: String,
    /// Where it acts.
    pub environment: Environment,
    /// How it learns: `dqn` for example, or nothing where the file does not say it.
    pub algorithm: String,
    /// Its approximator's keys and values.
    pub approximator: Table,
}

impl PlannedVariant {
    /// Whether it learns the values of a policy that is given, which its returns say nothing about.
    pub fn predicts(&self) -> bool {
        self.algorithm == "td_prediction"
    }

    /// What errors of its values are measured against where the results do not say it.
    pub fn usual_truth(&self) -> &'static str {
        if matches!(self.algorithm.as_str(), "td_prediction" | "actor_critic") { "v_pi" } else { "q_star" }
    }
}

/// An environment, as far as results of different experiments can be compared in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// `cart_pole` for example.
    pub id: String,
    /// Its keys and values.
    pub settings: Table,
    /// The return from which on it counts as solved, where there is such a figure.
    pub threshold: Option<f64>,
}

impl Environment {
    /// Its keys and values in one line.
    pub fn described(&self) -> String {
        let shown = |value: &Value| match value {
            Value::Float(number) => format!("{}", (number * 1e6).round() / 1e6),
            other => other.to_string(),
        };
        self.settings.iter().map(|(key, value)| format!("{key} = {}", shown(value))).collect::<Vec<_>>().join(", ")
    }
}

/// More seeds than a report is made of.
const MAX_SEEDS: usize = 100_000;

/// Reads the plan of the experiment in `folder`.
///
/// # Errors
/// What is wrong with the file.
pub fn read_plan(folder: &Path) -> Result<Plan, String> {
    let path = folder.join(EXPERIMENT);
    let shown = path.display();
    let text = fs::read_to_string(&path).map_err(|error| format!("{shown}: {error}"))?;
    parse_plan(&text).map_err(|why| format!("{shown}: {why}"))
}

fn parse_plan(text: &str) -> Result<Plan, String> {
    let table: Table = text.parse().map_err(|error| format!("{error}"))?;
    let named = |table: &Table| table.get("name").and_then(Value::as_str).map(str::to_owned);
    let name = named(&table).ok_or("`name` is missing")?;
    check_name(&name)?;
    let budget = table.get("budget").and_then(Value::as_table).ok_or("`budget` is missing")?;
    let written = table.get("variant").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut variants = Vec::new();
    for variant in written {
        let variant = variant.as_table().ok_or("a `variant` is no table")?;
        let name = named(variant).ok_or("a variant has no `name`")?;
        check_name(&name)?;
        if variants.iter().any(|earlier: &PlannedVariant| earlier.name == name) {
            return Err(format!("two variants are called `{name}`"));
        }
        variants.push(planned(name, |slot| variant.get(slot).or(table.get(slot)))?);
    }
    if variants.is_empty() {
        variants.push(planned("default".to_owned(), |slot| table.get(slot))?);
    }
    Ok(Plan {
        name,
        seeds: table.get("seeds").and_then(seeds).ok_or("`seeds` is missing, or no list of different seeds")?,
        steps: budget.get("steps").and_then(whole).filter(|&steps| steps > 0).ok_or("`budget.steps` is missing")?,
        evaluation_episodes: budget.get("evaluation_episodes").and_then(whole).unwrap_or(0),
        variants,
        text: text.to_owned(),
    })
}

/// A variant whose slots `slot` knows.
fn planned<'a>(name: String, slot: impl Fn(&str) -> Option<&'a Value>) -> Result<PlannedVariant, String> {
    let table = |name: &str| slot(name).and_then(Value::as_table);
    Ok(PlannedVariant {
        name,
        environment: environment(slot("env"))?,
        algorithm: table("algorithm").and_then(|slot| slot.keys().next().cloned()).unwrap_or_default(),
        approximator: table("approximator").cloned().unwrap_or_default(),
    })
}

fn check_name(name: &str) -> Result<(), String> {
    if is_name(name) {
        Ok(())
    } else {
        Err(format!("{name:?} is no name of an experiment, a variant or an environment"))
    }
}

fn whole(value: &Value) -> Option<u64> {
    value.as_integer().and_then(|number| u64::try_from(number).ok())
}

/// The seeds, each of which stands there once.
fn seeds(value: &Value) -> Option<Vec<u64>> {
    let seeds: Vec<u64> = match value {
        Value::Array(seeds) if seeds.len() <= MAX_SEEDS => seeds.iter().map(whole).collect::<Option<_>>()?,
        Value::Table(range) => {
            let (first, count) = (whole(range.get("first")?)?, whole(range.get("count")?)?);
            (count <= MAX_SEEDS as u64).then(|| (first..first.saturating_add(count)).collect())?
        }
        _ => return None,
    };
    (seeds.iter().collect::<BTreeSet<_>>().len() == seeds.len()).then_some(seeds)
}

/// The environment that a slot describes: a table with one key.
fn environment(slot: Option<&Value>) -> Result<Environment, String> {
    let slot = slot.and_then(Value::as_table).ok_or("`env` is missing")?;
    let (id, settings) = slot.iter().next().ok_or("`env` is empty")?;
    check_name(id)?;
    // An environment that this version does not know is compared all the same, only without its threshold.
    let known: Option<EnvConfig> = Value::Table(slot.clone()).try_into().ok();
    Ok(Environment {
        id: id.clone(),
        settings: settings.as_table().cloned().unwrap_or_default(),
        threshold: known.and_then(|config| config.reward_threshold()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_with_each_variants_own_environment() {
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
    fn names_that_are_no_names_and_seeds_that_come_twice_are_refused() {
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
    fn what_is_missing_is_named() {
        assert!(parse_plan("name = \"x\"").unwrap_err().contains("budget"));
        assert!(parse_plan("name = ").is_err());
        let endless =
            "name = \"x\"\nseeds = { first = 0, count = 1000000000000000000 }\n[budget]\nsteps = 1\n[env.a]\n";
        assert!(parse_plan(endless).unwrap_err().contains("seeds"));
    }
}
