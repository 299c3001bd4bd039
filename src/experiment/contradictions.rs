//! Why an experiment cannot continue the results of another one.

use std::collections::BTreeSet;

use super::differences::{changes, differences, flat_settings};
use crate::config::{Budget, Experiment};

/// The settings of `after` that would have changed the results of `before`, one per line. More steps, more or fewer seeds and
/// variants, and another logging interval do not: a longer experiment keeps the old interval.
pub fn contradictions(before: &Experiment, after: &Experiment) -> Vec<String> {
    let mut found = Vec::new();
    if before.name != after.name {
        found.push(format!("name {} → {}", before.name, after.name));
    }
    let (old, new) = (before.budget.steps, after.budget.steps);
    if new < old {
        found.push(format!("budget.steps {old} → {new}: fewer steps than the results have"));
    }
    let same_length = Budget { steps: old, log_every: before.budget.log_every, ..after.budget.clone() };
    found.extend(differences(&flat_settings("budget", &before.budget), &flat_settings("budget", &same_length)));
    let seeds = |experiment: &Experiment| experiment.seeds.list().into_iter().collect::<BTreeSet<u64>>();
    let (old, new) = (seeds(before), seeds(after));
    if let Some(left_out) = old.difference(&new).next().filter(|_| !new.is_subset(&old)) {
        found.push(format!("seeds: give all that the results have and the new ones; seed {left_out} is missing"));
    }
    found.extend(changes(before, &Experiment { budget: before.budget.clone(), ..after.clone() }));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn experiment(overrides: &[&str]) -> Experiment {
        let text = "name = 'x'\nseeds = { first = 0, count = 3 }\n[budget]\nsteps = 4_000\n[env.cart_pole]\n\
                    [algorithm.dqn]\n[approximator]\n[optimizer.sgd]\nlearning_rate = 0.1\n";
        let overrides: Vec<String> = overrides.iter().map(|set| (*set).to_owned()).collect();
        parse(text, "x", &overrides).unwrap()
    }

    fn of(overrides: &[&str]) -> Vec<String> {
        contradictions(&experiment(&[]), &experiment(overrides))
    }

    #[test]
    fn only_settings_that_change_results_are_named() {
        let allowed = ["seeds.count=5", "budget.steps=9_000"]; // which changes the logging interval
        assert_eq!(of(&allowed), [""; 0]);
        let gamma = "algorithm.dqn.gamma 0.99 → 0.5";
        assert_eq!(of(&["seeds.count=5", "budget.steps=9_000", "algorithm.dqn.gamma=0.5"]), [gamma]);
        let fewer = of(&["budget.steps=2_000"]);
        assert_eq!(fewer, ["budget.steps 4000 → 2000: fewer steps than the results have"]);
        assert_eq!(of(&["budget.evaluate_every=500"]), ["budget.evaluate_every 10000 → 500"]);
        assert_eq!(of(&["seeds=[1, 2, 3]"]).len(), 1);
    }

    #[test]
    fn every_refusal_has_a_reason() {
        for set in ["budget.steps=2_000", "seeds=[1, 2, 3]", "budget.checkpoint_every=7", "engine=burn", "name=y"] {
            let (before, after) = (experiment(&[]), experiment(&[set]));
            assert_eq!(crate::config::extended(&before, &after), Ok(None), "{set}");
            assert_eq!(contradictions(&before, &after).len(), 1, "{set}");
        }
    }
}
