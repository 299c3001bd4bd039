//! What a comparison with a baseline shows.

use super::wording::{list, p_value};
use crate::report::comparison::Comparison;
use crate::report::measure::Measure;
use crate::report::pairs::Pair;
use crate::report::variant_result::VariantResult;

/// The title of the table of comparisons with the baseline.
pub fn against_baseline(comparison: &Comparison) -> String {
    let name = comparison.baseline.map_or("", |index| comparison.variants[index].name.as_str());
    format!("Every other variant against the baseline {name}")
}

/// Which variants are significantly better or worse than the baseline.
pub fn of_baseline(comparison: &Comparison, baseline: &VariantResult, scored: &[&VariantResult]) -> Vec<String> {
    let pair_with = |other: &VariantResult| comparison.pair(baseline.index, other.index).map(|(pair, _)| pair);
    let others: Vec<&VariantResult> = scored.iter().copied().filter(|other| other.index != baseline.index).collect();
    let (decided, undecided): (Vec<&VariantResult>, Vec<&VariantResult>) =
        others.into_iter().partition(|other| pair_with(other).is_some_and(Pair::significant));
    // Variants that tie with the baseline are compared by their speeds later.
    let ties = |variant: &VariantResult| {
        comparison.speeds.as_ref().is_some_and(|speeds| speeds.variants[variant.index].score.is_some())
    };
    let undecided: Vec<&VariantResult> = undecided.into_iter().filter(|variant| !ties(variant)).collect();
    let (better, worse): (Vec<&VariantResult>, Vec<&VariantResult>) =
        decided.into_iter().partition(|other| comparison.is_better(other, baseline));
    let with_p_values = |others: &[&VariantResult]| {
        let p = |other: &VariantResult| pair_with(other).and_then(|pair| pair.p_value).map(p_value);
        list(others.iter().map(|other| p(other).map_or(other.name.clone(), |p| format!("{} ({p})", other.name))))
    };
    let name = &baseline.name;
    let (more, less) = match comparison.measure {
        Measure::MeanReturn => ("faster", "slower"),
        Measure::FinalReturn | Measure::ValueError => ("better", "worse"),
    };
    let mut sentences = Vec::new();
    if !better.is_empty() {
        sentences.push(format!("Significantly {more} than the baseline {name}: {}.", with_p_values(&better)));
    }
    if !worse.is_empty() {
        sentences.push(format!("Significantly {less} than the baseline {name}: {}.", with_p_values(&worse)));
    }
    if !undecided.is_empty() {
        sentences.push(format!("No significant difference from the baseline {name}: {}.", with_p_values(&undecided)));
    }
    sentences
}
