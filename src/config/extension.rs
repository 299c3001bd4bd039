//! Extends an experiment that has results: more steps, more seeds or more variants.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use super::{Budget, Experiment, RunConfig, Variant};

/// The experiment that has the runs of `before` and those of `after`, if the results of `before` are valid in it.
/// `after` may have more steps, more seeds or more variants than `before`, and may lack some of its seeds or variants.
/// The extended experiment keeps the logging interval of `before`, and its results are those of a run from scratch.
/// `None` if the two experiments differ in anything else.
///
/// # Errors
/// If more steps would change results that exist, or if one experiment cannot have the variants of both. The message
/// names the setting that is the cause.
pub fn extended(before: &Experiment, after: &Experiment) -> Result<Option<Experiment>, String> {
    let budget = Budget { log_every: before.budget.log_every, ..after.budget.clone() };
    let same_budget = Budget { steps: before.budget.steps, ..budget.clone() } == before.budget;
    let Some(seeds) = wider(before, after) else { return Ok(None) };
    if before.name != after.name || !same_budget || budget.steps < before.budget.steps || !agree(before, after) {
        return Ok(None);
    }
    let variants = all_variants(before, after);
    let both = Experiment { budget, seeds, variants, ..after.clone() };
    both.check().map_err(|invalid| format!("`{}` {}", invalid.key, invalid.message))?;
    if both.budget.steps == before.budget.steps {
        return Ok(Some(both)); // no run depends on another
    }
    let end = before.budget.steps;
    if !end.is_multiple_of(before.budget.evaluate_every) {
        return Err(format!(
            "the runs were evaluated at their end, step {end}, which is not a multiple of `budget.evaluate_every`: a \
             longer run would not be evaluated there"
        ));
    }
    if let Some(every) = before.diagnostics.as_ref().map(|diagnostics| diagnostics.every)
        && !end.is_multiple_of(every)
    {
        return Err(format!(
            "`diagnostics` were measured at the end of the runs, step {end}, which is not a multiple of `diagnostics.every`: \
             a longer run would not measure there"
        ));
    }
    let table = Value::try_from(before).expect("an experiment is plain numbers, names and tables");
    match share_of_budget(&table) {
        None => Ok(Some(both)),
        Some(path) => Err(format!(
            "`{}` changes over a fraction of the budget, so more steps would change results that exist; a \
             schedule that ends after a number of `steps` can be extended",
            path.join(".")
        )),
    }
}

/// The seeds of the experiment whose seeds include all of the other's.
fn wider(before: &Experiment, after: &Experiment) -> Option<super::Seeds> {
    let set = |experiment: &Experiment| experiment.seeds.list().into_iter().collect::<BTreeSet<u64>>();
    let (old, new) = (set(before), set(after));
    if old.is_subset(&new) { Some(after.seeds.clone()) } else { new.is_subset(&old).then(|| before.seeds.clone()) }
}

/// Whether variants of the same name differ at most in their budget.
fn agree(before: &Experiment, after: &Experiment) -> bool {
    let old: BTreeMap<String, RunConfig> =
        before.variants().into_iter().map(|run| (run.variant.clone(), run)).collect();
    after.variants().into_iter().all(|run| {
        let budget = before.budget.clone();
        old.get(&run.variant).is_none_or(|old| *old == RunConfig { budget, ..run })
    })
}

/// The variants of both: those of `after` in its order if it has all of them, else the old ones and then the new ones.
fn all_variants(before: &Experiment, after: &Experiment) -> Vec<Variant> {
    let names = |variants: &[Variant]| variants.iter().map(|variant| variant.name.clone()).collect::<BTreeSet<_>>();
    let (old, new) = (before.with_names(), after.with_names());
    let (old_names, new_names) = (names(&old), names(&new));
    if old_names.is_subset(&new_names) {
        return after.variants.clone();
    }
    let same_slots = before.filled(Variant::default()) == after.filled(Variant::default());
    // The shared slots become those of `after`. If they differ, every old variant gets its old slots as its own.
    let own_slots = |(variant, run): (Variant, RunConfig)| Variant { method: variant.method, ..Variant::from(run) };
    let kept: Vec<Variant> =
        if same_slots { old } else { old.into_iter().zip(before.variants()).map(own_slots).collect() };
    kept.into_iter().chain(new.into_iter().filter(|variant| !old_names.contains(&variant.name))).collect()
}

/// The path to a schedule whose values depend on the budget: one with a `fraction` that is not constant.
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
             [algorithm.dqn]\nexploration = {exploration}\n{more}\n[approximator]\n\
             [optimizer.sgd]\nlearning_rate = 0.1\n"
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

    fn compared(variants: &[(&str, f64)], only: &[&str]) -> Experiment {
        let mut text = "name = 'x'\nseeds = [0, 1]\n[budget]\nsteps = 1000\n[env.cart_pole]\n[algorithm.dqn]\n\
                        [approximator]\n[optimizer.sgd]\nlearning_rate = 0.1\n"
            .to_owned();
        for (name, rate) in variants {
            text += &format!("[[variant]]\nname = '{name}'\n[variant.optimizer.sgd]\nlearning_rate = {rate}\n");
        }
        let mut experiment = parse(&text, "x", &[]).unwrap();
        experiment.keep_only(&only.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
        experiment
    }

    #[test]
    fn more_variants_are_an_extension_and_a_changed_one_is_not() {
        let (two, three) =
            (compared(&[("a", 0.1), ("b", 0.2)], &[]), compared(&[("a", 0.1), ("c", 1.0), ("b", 0.2)], &[]));
        assert_eq!(extended(&two, &three), Ok(Some(three.clone())), "in the order of the new file");
        assert_eq!(extended(&two, &compared(&[("a", 0.1), ("b", 0.3)], &[])), Ok(None));
        let twin = compared(&[("A", 0.2)], &[]);
        assert!(extended(&two, &twin).unwrap_err().contains("name of its own"));
    }

    #[test]
    fn variants_that_are_run_one_after_another_are_all_kept() {
        let all = [("a", 0.1), ("b", 0.2), ("c", 0.3)];
        let only = |names: &[&str]| compared(&all, names);
        assert_eq!(extended(&only(&["b"]), &only(&[])), Ok(Some(only(&[]))), "the rest, as if all had been asked for");
        let names =
            |experiment: &Experiment| experiment.variants().into_iter().map(|run| run.variant).collect::<Vec<_>>();
        let both = extended(&only(&["b"]), &only(&["a"])).unwrap().unwrap();
        assert_eq!(names(&both), ["b", "a"]);
        assert_eq!(extended(&only(&[]), &only(&["c"])), Ok(Some(only(&[]))), "what is left out stays");
        let fewer = Experiment { seeds: "1".parse().unwrap(), ..only(&[]) };
        assert_eq!(extended(&only(&[]), &fewer), Ok(Some(only(&[]))));
    }

    #[test]
    fn a_variant_keeps_the_slots_that_it_shared() {
        let mut before = compared(&[], &[]);
        let mut after = compared(&[("a", 0.2)], &[]);
        before.seeds = "0..3".parse().unwrap();
        after.optimizer = compared(&[("other", 0.9)], &[]).variants[0].optimizer.clone();
        let both = extended(&before, &after).unwrap().unwrap();
        let runs = both.variants();
        assert_eq!(runs.iter().map(|run| run.variant.as_str()).collect::<Vec<_>>(), ["default", "a"]);
        assert_eq!(runs[0], before.variants()[0]);
        assert_eq!(runs[1], after.variants()[0]);
        assert_eq!(both.seeds, before.seeds);
    }

    #[test]
    fn a_variant_keeps_its_method() {
        let mut before = compared(&[("b", 0.2)], &[]);
        before.variants[0].method = Some("m".to_owned());
        // With other shared slots, the old variant gets its old ones as its own.
        let mut after = compared(&[("a", 0.2)], &[]);
        after.optimizer = compared(&[("other", 0.9)], &[]).variants[0].optimizer.clone();
        let both = extended(&before, &after).unwrap().unwrap();
        let methods: Vec<Option<&str>> = both.variants.iter().map(|variant| variant.method.as_deref()).collect();
        assert_eq!(methods, [Some("m"), None]);
    }

    #[test]
    fn a_schedule_that_depends_on_the_budget_is_named() {
        let line = "{ initial = 1.0, final = 0.1, fraction = 0.5 }";
        let error = extended(&experiment(1_000, line, ""), &experiment(2_000, line, "")).unwrap_err();
        assert!(error.contains("`algorithm.dqn.exploration`"), "{error}");
        let error = extended(&experiment(1_050, BY_STEPS, ""), &experiment(2_000, BY_STEPS, "")).unwrap_err();
        assert!(error.contains("step 1050"), "{error}");
    }
}
