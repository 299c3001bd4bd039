//! Notes on the columns of the table.

use super::truth::truth_sentence;
use super::wording::list;
use crate::chart::exact;
use crate::report::comparison::Comparison;
use crate::report::variant_result::VariantResult;
use crate::stats::median_time;
use crate::text::counted;

/// What the titles of the table's columns do not say.
pub fn notes(comparison: &Comparison) -> Vec<String> {
    let any = |has: &dyn Fn(&VariantResult) -> bool| comparison.variants.iter().any(has);
    let mut notes: Vec<String> = truth_sentence(comparison).into_iter().collect();
    if any(&|variant| variant.distances.value_error.or(variant.distances.regret).is_some()) {
        let what = if comparison.prediction { "Errors" } else { "Errors and regrets" };
        notes.push(format!("{what} are interquartile means over runs at their end, as in the figures."));
    }
    if comparison.exact {
        notes.extend(optimal_sentences(comparison));
    } else if let Some(threshold) = comparison.threshold.filter(|_| any(&|variant| variant.ever_reached() > 0)) {
        notes.push(format!("\u{201c}Reached {}\u{201d} is {}.", exact(threshold), meaning_of_reached(comparison)));
    }
    notes
}

/// What it means that a return was reached.
pub fn meaning_of_reached(comparison: &Comparison) -> String {
    let (what, often) = match comparison.evaluated {
        true => ("the first evaluation after step 0", "more frequent and less exact evaluations reach it earlier"),
        false => ("the first interval of training", "shorter intervals reach it earlier"),
    };
    format!("{what} with a mean return that high; mean returns are noisy, so {often}")
}

/// How many learned policies are optimal by the environment's model, and when they first were.
fn optimal_sentences(comparison: &Comparison) -> Vec<String> {
    let ranked = comparison.ranked();
    let measured: Vec<&VariantResult> =
        ranked.into_iter().filter(|variant| variant.distances.regret.is_some()).collect();
    // Where runs did not begin alike, `optimal` is empty, and only their ends are reported.
    let never = |variant: &&VariantResult| {
        !variant.optimal.is_empty() && variant.optimal_at_end == 0 && variant.ever_optimal() == 0
    };
    if measured.iter().all(never) {
        return vec!["No learned policy was ever exactly optimal (regret 0, by the environment's model).".to_owned()];
    }
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    let share = |variant: &VariantResult| variant.optimal_at_end as f64 / variant.runs.len() as f64;
    let mut at_end: Vec<&VariantResult> = measured.iter().copied().filter(|v| v.optimal_at_end > 0).collect();
    at_end.sort_by(|a, b| share(b).total_cmp(&share(a)));
    for variant in at_end {
        let share = format!("{} of {}", variant.optimal_at_end, counted(variant.runs.len(), "run"));
        match groups.iter_mut().find(|(known, _)| *known == share) {
            Some((_, names)) => names.push(variant.name.clone()),
            None => groups.push((share, vec![variant.name.clone()])),
        }
    }
    let part = |(share, names): (String, Vec<String>)| {
        format!("{share} of {}{}", if names.len() > 1 { "each of " } else { "" }, list(names.into_iter()))
    };
    let parts: Vec<String> = groups.into_iter().map(part).collect();
    let mut sentences = vec![format!(
        "Exactly optimal at the end (regret 0, by the environment's model): {}.",
        if parts.is_empty() { "no run".to_owned() } else { parts.join("; ") }
    )];
    let once: Vec<&VariantResult> = measured.into_iter().filter(|variant| variant.ever_optimal() > 0).collect();
    let when = |variant: &&VariantResult| match median_time(&variant.optimal) {
        Some(step) => format!("{} at step {}", variant.name, exact(step)),
        None => format!("{} in fewer than half of its runs", variant.name),
    };
    if !once.is_empty() {
        sentences.push(format!("First optimal, in the median over runs: {}.", list(once.iter().map(when))));
    }
    sentences
}

/// The budget of the runs; if budgets differ, that of each group of variants.
pub fn budgets(comparison: &Comparison) -> String {
    let mut groups: Vec<(u64, Vec<String>)> = Vec::new();
    for variant in &comparison.variants {
        match groups.iter_mut().find(|(steps, _)| *steps == variant.steps) {
            Some((_, names)) => names.push(variant.name.clone()),
            None => groups.push((variant.steps, vec![variant.name.clone()])),
        }
    }
    groups.sort_by_key(|(steps, _)| *steps);
    match &groups[..] {
        [] => "0 steps".to_owned(),
        [(steps, _)] => format!("{steps} steps"),
        several => {
            let group =
                |(steps, names): &(u64, Vec<String>)| format!("{steps} steps ({})", list(names.iter().cloned()));
            format!("unequal budgets: {}", several.iter().map(group).collect::<Vec<_>>().join(", "))
        }
    }
}

/// How failed runs count in a figure; empty if none failed.
pub fn failed_sentence(comparison: &Comparison) -> String {
    let failed = comparison.variants.iter().filter(|variant| variant.failed() > 0);
    let names =
        list(failed.map(|variant| format!("{} of {} of {}", variant.failed(), variant.runs.len(), variant.name)));
    if names.is_empty() {
        return String::new();
    }
    format!(
        " From its failure on, a failed run has the worst value that any run here ever had, as in the scores: {names}."
    )
}
