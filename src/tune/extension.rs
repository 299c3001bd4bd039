//! Whether a search can go on as another one: the same, with more trials, or with more seeds that judge.

use std::collections::BTreeSet;

use toml::Table;

use crate::config::Experiment;
use crate::experiment::setting_differences;
use crate::search::Pruner;

/// How a search differs from the one before, which it extends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension {
    /// Not at all.
    Same,
    /// It is judged on more seeds, or says the same number of trials in other words.
    MoreSeeds,
    /// It has more trials of each variant, and may be judged on more seeds.
    MoreTrials,
}

/// How `after` extends `before`, two experiments with a search: every trial of the shorter search is one of the longer, with the same
/// settings and the same runs. No sampler looks at the number of trials, but which of them successive halving promotes depends on it.
///
/// # Errors
/// If it does not; the message has whole lines, one for each reason.
pub fn extension(before: &Experiment, after: &Experiment) -> Result<Extension, String> {
    if before == after {
        return Ok(Extension::Same);
    }
    let (Some(old), Some(new)) = (&before.search, &after.search) else { return Err(differences(before, after)) };
    let mut alike = Experiment { seeds: before.seeds.clone(), ..after.clone() };
    if let Some(search) = &mut alike.search {
        (search.trials, search.steps) = (old.trials, old.steps);
    }
    let set = |experiment: &Experiment| experiment.seeds.list().into_iter().collect::<BTreeSet<u64>>();
    if alike != *before || !set(before).is_subset(&set(after)) {
        return Err(differences(before, after));
    }
    let trials = |experiment: &Experiment, search: &crate::config::Search| {
        search.trials(&experiment.budget).map_err(|invalid| format!("  search.{}: {}\n", invalid.key, invalid.message))
    };
    let (made, asked) = (trials(before, old)?, trials(after, new)?);
    if asked == made {
        return Ok(Extension::MoreSeeds);
    }
    if asked < made {
        return Err(format!("  it has {made} trials of each variant, and {asked} are fewer\n"));
    }
    match new.pruner {
        Pruner::None => Ok(Extension::MoreTrials),
        Pruner::SuccessiveHalving(_) => Err(format!(
            "  {made} → {asked} trials of each variant: successive halving promotes a part of all trials, so more of them would change \
             which ones were promoted\n"
        )),
    }
}

/// The settings that differ, a line for each.
fn differences(before: &Experiment, after: &Experiment) -> String {
    let table =
        |experiment: &Experiment| Table::try_from(experiment).expect("an experiment is plain numbers and names");
    let lines = setting_differences(&table(before), &table(after));
    lines.into_iter().map(|line| format!("  {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn experiment(seeds: &str, search: &str) -> Experiment {
        let text = format!(
            "name = 'x'\nseeds = {seeds}\nenv = 'gridworld'\nalgorithm = 'q_learning'\napproximator = {{}}\n\
             [optimizer.sgd]\nlearning_rate = 0.1\n[budget]\nsteps = 900\nevaluate_every = 100\n\
             [search]\nseeds = [100, 101]\n{search}\n\
             [search.space]\n'optimizer.sgd.learning_rate' = {{ uniform = [0.1, 1.0] }}\n"
        );
        parse(&text, "x", &[]).unwrap()
    }

    fn from_ten(seeds: &str, search: &str) -> Result<Extension, String> {
        extension(&experiment("[0, 1]", "trials = 10"), &experiment(seeds, search))
    }

    #[test]
    fn more_trials_and_more_judging_seeds_extend_a_search() {
        assert_eq!(from_ten("[0, 1]", "trials = 10"), Ok(Extension::Same));
        assert_eq!(from_ten("[0, 1]", "trials = 11"), Ok(Extension::MoreTrials));
        assert_eq!(from_ten("[0, 1, 2]", "trials = 11"), Ok(Extension::MoreTrials));
        assert_eq!(from_ten("[0, 1, 2]", "trials = 10"), Ok(Extension::MoreSeeds));
        // 2 seeds × 900 steps for each trial.
        assert_eq!(from_ten("[0, 1]", "steps = 18_000"), Ok(Extension::MoreSeeds));
        assert_eq!(from_ten("[0, 1]", "steps = 19_800"), Ok(Extension::MoreTrials));
        assert!(from_ten("[0, 1]", "steps = 17_999").unwrap_err().contains("9 are fewer"));
    }

    #[test]
    fn nothing_else_does() {
        assert!(from_ten("[0, 1]", "trials = 9").unwrap_err().contains("10 trials of each variant, and 9 are fewer"));
        assert!(from_ten("[1]", "trials = 11").unwrap_err().contains("  seeds [0, 1] → [1]\n"));
        let other = from_ten("[0, 1]", "trials = 11\nobjective = 'auc'").unwrap_err();
        assert!(other.contains("search.objective \"final\" → \"auc\""), "{other}");
    }

    #[test]
    fn with_halving_the_number_of_trials_is_fixed() {
        let halving = |trials: &str| {
            experiment("[0]", &format!("{trials}\npruner = {{ successive_halving = {{ rungs = 2, reduction = 3 }} }}"))
        };
        let refused = extension(&halving("trials = 9"), &halving("trials = 12")).unwrap_err();
        assert!(refused.contains("9 → 12 trials") && refused.contains("promoted"), "{refused}");
        assert_eq!(extension(&halving("trials = 9"), &halving("trials = 9")), Ok(Extension::Same));
    }
}
