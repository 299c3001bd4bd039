//! More steps or more seeds for an experiment that has results.

use toml::Value;

use super::Experiment;

/// The experiment that goes on where `before` ended, if `after` is `before` with more steps or more seeds and nothing else; it
/// keeps the logging interval of `before`. It gives the very results that it gives from scratch.
///
/// # Errors
/// If more steps would change what has already happened; the message says what and why.
pub fn extended(before: &Experiment, after: &Experiment) -> Result<Option<Experiment>, String> {
    let mut longer = after.clone();
    longer.budget.log_every = before.budget.log_every;
    let mut same = longer.clone();
    same.budget.steps = before.budget.steps;
    same.seeds = before.seeds.clone();
    let (seeds, kept) = (after.seeds.list(), before.seeds.list());
    if same != *before || after.budget.steps < before.budget.steps || !kept.iter().all(|seed| seeds.contains(seed)) {
        return Ok(None);
    }
    if after.budget.steps == before.budget.steps {
        return Ok(Some(longer)); // seeds share nothing
    }
    let end = before.budget.steps;
    if !end.is_multiple_of(before.budget.evaluate_every) {
        return Err(format!(
            "the runs were evaluated at their end, step {end}, which is no multiple of `budget.evaluate_every`: a longer run \
             would not have been"
        ));
    }
    let table = Value::try_from(before).expect("an experiment is plain numbers, names and tables");
    match share_of_budget(&table) {
        None => Ok(Some(longer)),
        Some(path) => Err(format!(
            "`{}` changes over a fraction of the budget, so more steps would change what has already happened; a schedule \
             that ends after a number of `steps` can be extended",
            path.join(".")
        )),
    }
}

/// The path to a schedule whose values depend on the budget: one with a `fraction`, unless it is constant.
fn share_of_budget(value: &Value) -> Option<Vec<String>> {
    let inside = |key: String, value: &Value| share_of_budget(value).map(|path| [vec![key], path].concat());
    match value {
        Value::Table(table) if table.contains_key("fraction") && table.get("initial") != table.get("final") => {
            Some(vec![])
        }
        Value::Table(table) => table.iter().find_map(|(key, value)| inside(key.clone(), value)),
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| inside(index.to_string(), item)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn experiment(steps: u64, exploration: &str, more: &str) -> Experiment {
        let text = format!(
            "name = 'x'\nseeds = [0]\n[budget]\nsteps = {steps}\nevaluate_every = 100\n[env.cart_pole]\n\
             [algorithm.dqn]\nexploration = {exploration}\n{more}\n[approximator]\n[optimizer.sgd]\nlearning_rate = 0.1\n"
        );
        parse(&text, "x", &[]).unwrap()
    }

    const BY_STEPS: &str = "{ initial = 1.0, final = 0.1, steps = 500 }";

    #[test]
    fn more_steps_alone_are_an_extension() {
        let (before, after) = (experiment(1_000, BY_STEPS, ""), experiment(3_000, BY_STEPS, ""));
        let longer = extended(&before, &after).unwrap().unwrap();
        assert_eq!((longer.budget.steps, longer.budget.log_every), (3_000, 1));
        assert_eq!(extended(&after, &before), Ok(None), "fewer steps are not");
        assert_eq!(extended(&before, &experiment(3_000, BY_STEPS, "gamma = 0.5")), Ok(None));
        let constant = "{ initial = 0.1, final = 0.1, fraction = 1.0 }";
        assert!(extended(&experiment(100, constant, ""), &experiment(200, constant, "")).unwrap().is_some());
    }

    #[test]
    fn more_seeds_are_an_extension_and_other_seeds_are_not() {
        let line = "{ initial = 1.0, final = 0.1, fraction = 0.5 }";
        let with = |seeds: &str| Experiment { seeds: seeds.parse().unwrap(), ..experiment(1_000, line, "") };
        assert_eq!(extended(&with("0..3"), &with("0..5")), Ok(Some(with("0..5"))));
        assert_eq!(extended(&with("0..3"), &with("1..5")), Ok(None));
    }

    #[test]
    fn what_depends_on_the_budget_is_named() {
        let line = "{ initial = 1.0, final = 0.1, fraction = 0.5 }";
        let error = extended(&experiment(1_000, line, ""), &experiment(2_000, line, "")).unwrap_err();
        assert!(error.contains("`algorithm.dqn.exploration`"), "{error}");
        let error = extended(&experiment(1_050, BY_STEPS, ""), &experiment(2_000, BY_STEPS, "")).unwrap_err();
        assert!(error.contains("step 1050"), "{error}");
    }
}
