//! What makes the results of a search doubtful.

use super::searched::{SearchResults, SearchedVariant, Stage};
use super::wording::trial_counts;
use crate::results::FAILED;
use crate::text::counted;

/// Sentences about what to be careful with.
pub fn cautions(results: &SearchResults) -> Vec<String> {
    let mut all = Vec::new();
    all.extend(match results.stage {
        Stage::Searching => Some(
            "the search is not over: the best settings are those so far, and `tilde tune` with --resume goes on if it was stopped"
                .to_owned(),
        ),
        Stage::Judging => Some(judging(results)),
        Stage::Over => None,
    });
    let counts = || results.variants.iter().map(|variant| variant.trials.len());
    if results.stage != Stage::Searching && counts().min() != counts().max() {
        let trials = trial_counts(&results.variants);
        all.push(format!("the variants were not searched equally: {trials}; more trials find better settings"));
    }
    for variant in &results.variants {
        all.extend(of_variant(variant).into_iter().map(|caution| format!("{}: {caution}", variant.name)));
    }
    all
}

fn judging(results: &SearchResults) -> String {
    let over: usize = results.verdict.values().map(|judged| judged.over).sum();
    let runs: usize = results.verdict.values().map(|judged| judged.runs).sum();
    match runs {
        0 => "the chosen settings have not been judged yet: `tilde tune` with --resume goes on".to_owned(),
        _ => format!("the verdict is not over: {over} of {} ended", counted(runs, "run")),
    }
}

fn of_variant(variant: &SearchedVariant) -> Vec<String> {
    let Some(best) = variant.best() else { return Vec::new() };
    if best.objective == FAILED {
        let all = match variant.measured().count() {
            1 => "the only trial failed".to_owned(),
            count => format!("all {count} trials failed"),
        };
        return vec![format!(
            "{all}, so the config's own settings stand; widen or move the ranges of its hyperparameters"
        )];
    }
    let mut all = Vec::new();
    let at_rung = variant.trials.iter().filter(|trial| trial.objectives.contains_key(&best.rung)).count();
    let tied = variant.tied();
    // Two may tie by chance, and a quarter of few is two.
    if tied >= 3 && 4 * tied >= at_rung {
        all.push(format!(
            "{tied} of {} tie for the best, so the objective does not tell their settings apart; of those with equal areas under their learning curves the first is taken",
            counted(at_rung, "trial")
        ));
    }
    let Some(trial) = variant.trial(best.trial) else { return all };
    let at_edge = |(key, value): (&String, &toml::Value)| {
        variant.space.iter().find(|one| one.key == *key)?.domain.edge_warning(key, value)
    };
    all.extend(trial.settings.iter().filter_map(at_edge));
    all
}
