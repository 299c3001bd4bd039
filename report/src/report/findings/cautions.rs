//! What a reader has to know before believing the figures.

use super::wording::list;
use crate::report::comparison::Comparison;
use crate::report::origins;
use crate::report::pairs::{Pair, fewest_seeds};
use crate::report::read::RunState;
use crate::report::variant_result::VariantResult;
use crate::text::counted;
use crate::text::fixed;

/// Intervals of fewer runs than this are unreliable.
const MIN_RUNS: usize = 10;

/// Everything that makes the figures of a comparison less certain than they look.
pub fn cautions(comparison: &Comparison) -> Vec<String> {
    let mut cautions: Vec<String> =
        comparison.variants.iter().flat_map(|variant| of_runs(comparison, variant)).collect();
    let scored: Vec<&VariantResult> = comparison.variants.iter().filter(|variant| !variant.scores.is_empty()).collect();
    let with_runs = |variant: &&VariantResult| format!("{} ({})", variant.name, variant.scores.len());
    let few: Vec<String> = scored.iter().filter(|variant| variant.scores.len() < MIN_RUNS).map(with_runs).collect();
    if !few.is_empty() {
        cautions.push(format!(
            "too few seeds: intervals of fewer than {MIN_RUNS} runs are unreliable: {}; add seeds, for example with --seeds and \
             --resume",
            list(few.into_iter())
        ));
    }
    if scored.iter().any(|variant| variant.scores.len() != scored[0].scores.len()) {
        cautions.push(format!("unequal numbers of runs: {}", list(scored.iter().map(with_runs))));
    }
    cautions.extend(origins::cautions(comparison));
    cautions.extend(untestable(comparison, &scored));
    let steps: Vec<u64> = comparison.variants.iter().map(|variant| variant.steps).collect();
    if steps.iter().any(|other| *other != steps[0]) {
        cautions.push("unequal budgets: each run is judged at the end of its own budget".to_owned());
    }
    cautions
}

/// Which pairs cannot differ significantly, whatever their scores are.
fn untestable(comparison: &Comparison, scored: &[&VariantResult]) -> Option<String> {
    let tested = |pair: &&Pair| comparison.baseline.is_none_or(|baseline| pair.has(baseline));
    let pairs: Vec<&Pair> = comparison.pairs.iter().filter(tested).collect();
    if scored.len() < 2 || pairs.is_empty() {
        return None;
    }
    let needed = fewest_seeds(pairs.len());
    if pairs.iter().all(|pair| pair.different < needed) {
        let most = pairs.iter().map(|pair| pair.different).max().unwrap_or(0);
        return Some(format!(
            "no difference can be significant: with {} it takes {needed} shared seeds with different scores, and there {} at \
             most{}",
            counted(scored.len(), "variant"),
            if most == 1 { "is 1".to_owned() } else { format!("are {most}") },
            if comparison.baseline.is_none() && scored.len() > 2 && most >= fewest_seeds(scored.len() - 1) {
                "; with --baseline VARIANT there are fewer tests, and these seeds are enough"
            } else {
                ""
            }
        ));
    }
    // Holm's correction does not change the largest p-value.
    let hopeless = |pair: &&&Pair| pair.different < fewest_seeds(1);
    let name = |index: usize| comparison.variants[index].name.as_str();
    let named = |pair: &Pair| format!("{} and {} ({})", name(pair.first), name(pair.second), pair.different);
    let hopeless: Vec<String> = pairs.iter().filter(hopeless).map(|pair| named(pair)).collect();
    (!hopeless.is_empty()).then(|| {
        format!(
            "some pairs have fewer than the {} shared seeds with different scores that a test needs: {}",
            fewest_seeds(1),
            list(hopeless.into_iter())
        )
    })
}

/// The runs of a variant that failed, are missing, are not finished or have no score.
fn of_runs(comparison: &Comparison, variant: &VariantResult) -> Vec<String> {
    let mut cautions = Vec::new();
    let of = format!("of {} of {}", counted(variant.runs.len(), "run"), variant.name);
    let seeds = |is: &dyn Fn(&RunState) -> bool| {
        list(variant.runs.iter().filter(|run| is(&run.state)).map(|run| run.seed.to_string()))
    };
    let failed = |state: &RunState| matches!(state, RunState::Failed(_));
    let reason = variant.runs.iter().find_map(|run| match &run.state {
        RunState::Failed(reason) => Some(reason),
        _ => None,
    });
    if let Some(reason) = reason {
        let score = comparison.failed_score.map_or("and have no score".to_owned(), |score| {
            format!("and count as {}, the worst value that any run here ever had", fixed(score, 4))
        });
        cautions.push(format!(
            "{} {of} failed {score}: seed {}; the first {reason}",
            variant.count(failed),
            seeds(&failed)
        ));
    }
    let missing = |state: &RunState| *state == RunState::Missing;
    if variant.count(missing) > 0 {
        cautions.push(format!("{} {of} are missing: seed {}", variant.count(missing), seeds(&missing)));
    }
    let unfinished = |state: &RunState| *state == RunState::Unfinished;
    if variant.count(unfinished) > 0 {
        cautions
            .push(format!("{} {of} are not finished and count only in the learning curves", variant.count(unfinished)));
    }
    let unscored = variant.runs.iter().filter(|run| run.finished() && run.score.is_none()).count();
    if unscored > 0 && !comparison.prediction {
        cautions.push(format!("{unscored} {of} finished without a score"));
    }
    cautions
}
