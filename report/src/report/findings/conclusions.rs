//! Which variants are better, and what is significant.

use super::baseline::of_baseline;
use super::best::of_best;
use super::wording::list;
use crate::chart::exact;
use crate::report::comparison::Comparison;
use crate::report::measure::Measure;
use crate::report::read::RunState;
use crate::report::tie::Tie;
use crate::report::variant_result::VariantResult;
use crate::text::counted;

/// The title of the table of the best settings.
pub const BEST_OF_EACH: &str = "The best setting of each approximator, chosen and judged by the same seeds, which flatters it: \
                                judge the choice by other seeds";

/// Which variants are better, and what is significant.
pub fn findings(comparison: &Comparison) -> Vec<String> {
    let ranked = comparison.ranked();
    let scored: Vec<&VariantResult> = ranked.into_iter().filter(|variant| variant.score.is_some()).collect();
    let has_ended =
        |variant: &VariantResult| variant.count(|state| matches!(state, RunState::Finished | RunState::Failed(_))) > 0;
    let [best, others @ ..] = &scored[..] else {
        if comparison.prediction && comparison.variants.iter().any(has_ended) {
            return vec![
                "The policy is given, so variants are compared by the errors of their values; this environment has no exact \
                 solution to measure them against, so there is no score."
                    .to_owned(),
            ];
        }
        return vec!["No run is finished, so there is nothing to compare yet.".to_owned()];
    };
    let mut sentences: Vec<String> = measure_sentence(comparison, &scored).into_iter().collect();
    if others.is_empty() {
        return sentences;
    }
    if let Some(baseline) = comparison.baseline.and_then(|index| scored.iter().find(|variant| variant.index == index)) {
        sentences.extend(of_baseline(comparison, baseline, &scored));
        sentences.extend(tests_sentence(comparison));
        sentences.extend(comparison.speeds.iter().flat_map(|speeds| findings(speeds)));
        return sentences;
    }
    if let Some(speeds) = &comparison.speeds {
        sentences.extend(findings(speeds));
        sentences.extend(significant_differences(comparison, &scored, "By final returns these"));
        sentences.extend(tests_sentence(comparison));
        return sentences;
    }
    let value = |variant: &VariantResult| variant.score.map(|score| score.value);
    let equals: Vec<&VariantResult> =
        scored.iter().copied().take_while(|variant| value(variant) == value(best)).collect();
    match &equals[..] {
        [_] => sentences.extend(of_best(comparison, best, others)),
        all if all.len() == scored.len() => {
            sentences.push("All of them have the same interquartile mean.".to_owned());
        }
        _ => {
            let names = list(equals.iter().map(|variant| variant.name.clone()));
            sentences.push(format!("{names} share the best interquartile mean."));
        }
    };
    let (left, these) = if equals.len() == 1 { (others, "Among the others these") } else { (&scored[..], "These") };
    sentences.extend(significant_differences(comparison, left, these));
    sentences.extend(tests_sentence(comparison));
    sentences
}

/// What variants are compared by, if not by their final returns.
fn measure_sentence(comparison: &Comparison, scored: &[&VariantResult]) -> Option<String> {
    match comparison.measure {
        Measure::FinalReturn => None,
        Measure::MeanReturn => comparison.tie.map(|tie| tie_sentence(comparison, tie, scored)),
        Measure::ValueError => Some(
            "The policy is given, so returns do not measure what was learned: scores are the errors of the values."
                .to_owned(),
        ),
    }
}

/// Which variants tie, and why.
fn tie_sentence(comparison: &Comparison, tie: Tie, scored: &[&VariantResult]) -> String {
    let all = scored.len() == comparison.variants.len();
    let names = if all { "all variants".to_owned() } else { list(scored.iter().map(|variant| variant.name.clone())) };
    let why = match tie {
        Tie::FinalReturn(value) => format!("each has an interquartile mean of {}", exact(value)),
        Tie::Optimal => "every run of each ends with an exactly optimal policy (regret 0)".to_owned(),
    };
    let no_difference = if comparison.baseline.is_some() {
        "none differs significantly from the baseline"
    } else {
        "no two differ significantly"
    };
    format!(
        "Final returns of {names} tie: {why}, and {no_difference}. So {} compared by how fast they learn: by the mean return over \
         the run (AUC).",
        if all { "variants are" } else { "these are" }
    )
}

/// How differences are tested.
fn tests_sentence(comparison: &Comparison) -> Option<String> {
    let tests = comparison.tests();
    let over = match (tests, comparison.baseline) {
        (0, _) => return None,
        (1, Some(_)) => "1 comparison with the baseline".to_owned(),
        (_, Some(_)) => format!("{tests} comparisons with the baseline"),
        (_, None) => counted(tests, "pair"),
    };
    let what = match comparison.measure {
        Measure::FinalReturn => "final returns",
        Measure::MeanReturn => "mean returns (AUC)",
        Measure::ValueError => "final errors",
    };
    Some(format!(
        "Tested: differences of {what} over shared seeds, Wilcoxon's signed ranks, Holm's correction over {over}, level 5 %."
    ))
}

/// The significant differences between variants, in a sentence that begins with `these`. Variants that are better than the same
/// others form a group.
fn significant_differences(comparison: &Comparison, variants: &[&VariantResult], these: &str) -> Option<String> {
    let mut groups: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for variant in variants {
        let worse = variants.iter().filter(|other| comparison.is_better(variant, other));
        let worse: Vec<String> = worse.map(|other| other.name.clone()).collect();
        match groups.iter_mut().find(|(_, known)| *known == worse) {
            _ if worse.is_empty() => {}
            Some((better, _)) => better.push(variant.name.clone()),
            None => groups.push((vec![variant.name.clone()], worse)),
        }
    }
    let parts: Vec<String> = groups
        .into_iter()
        .map(|(better, worse)| format!("{} over {}", list(better.into_iter()), list(worse.into_iter())))
        .collect();
    (!parts.is_empty()).then(|| format!("{these} differences are significant: {}.", parts.join("; ")))
}
