//! What the best variant is better than.

use super::wording::{by, list, p_value};
use crate::report::comparison::Comparison;
use crate::report::measure::Measure;
use crate::report::tables::shown_alike;
use crate::report::variant_result::VariantResult;
use crate::text::three_digits;

/// The best variant against all others. It has the best interquartile mean, but may lose a test all the same.
pub fn of_best(comparison: &Comparison, best: &VariantResult, others: &[&VariantResult]) -> Vec<String> {
    let (scores, score, better) = match comparison.measure {
        Measure::FinalReturn => ("scores highest", "score highest", "significantly higher"),
        Measure::MeanReturn => ("learns fastest", "learn fastest", "significantly faster"),
        Measure::ValueError => ("has the smallest error", "have the smallest errors", "significantly smaller"),
    };
    let (all, none) = match others.len() + 1 == comparison.variants.len() || comparison.tie.is_none() {
        true => ("every other variant", "no other variant"),
        false => ("all that tie with it", "none that ties with it"),
    };
    let pair_with = |other: &VariantResult| comparison.pair(best.index, other.index).map(|(pair, _)| pair);
    let names = |others: &[&VariantResult]| list(others.iter().map(|other| other.name.clone()));
    let with_p_values = |others: &[&VariantResult]| {
        let test = |other: &VariantResult| {
            let pair = pair_with(other)?;
            let by = pair.difference.filter(|_| comparison.measure == Measure::MeanReturn).map(by);
            Some(by.into_iter().chain([p_value(pair.p_value?)]).collect::<Vec<_>>().join(", "))
        };
        let named =
            |other: &&VariantResult| test(other).map_or(other.name.clone(), |test| format!("{} ({test})", other.name));
        list(others.iter().map(named))
    };
    // Where the table shows two scores as equal, neither variant is called the best.
    let negligible = |other: &VariantResult| {
        let pair = pair_with(other).filter(|pair| pair.significant())?;
        let size = pair.difference?.abs();
        shown_alike(comparison, best, other, size).then_some((size, pair.p_value?))
    };
    let (alike, others): (Vec<&VariantResult>, Vec<&VariantResult>) =
        others.iter().copied().partition(|other| negligible(other).is_some());
    let (beaten, rest): (Vec<&VariantResult>, Vec<&VariantResult>) =
        others.iter().copied().partition(|other| comparison.is_better(best, other));
    let (beating, undecided): (Vec<&VariantResult>, Vec<&VariantResult>) =
        rest.into_iter().partition(|other| comparison.is_better(other, best));
    let name = &best.name;
    let mut sentences = Vec::new();
    let best_and_alike = || list([best].iter().chain(&alike).map(|variant| variant.name.clone()));
    let sizes: Vec<(f64, f64)> = alike.iter().copied().filter_map(negligible).collect();
    match &sizes[..] {
        [] => {}
        [(size, p)] => sentences.push(format!(
            "{} {score}: their difference of {} is significant ({}), but too small to matter.",
            best_and_alike(),
            three_digits(*size),
            p_value(*p)
        )),
        several => {
            let test = |(other, (size, p)): (&&VariantResult, &(f64, f64))| {
                format!("{} ({}, {})", other.name, by(*size), p_value(*p))
            };
            sentences.push(format!(
                "{} {score}: the differences of {name} from {} are significant, but too small to matter.",
                best_and_alike(),
                list(alike.iter().zip(several).map(test))
            ));
        }
    }
    match (beaten.is_empty(), undecided.is_empty()) {
        (false, _) if !alike.is_empty() => {
            let more = match comparison.measure {
                Measure::FinalReturn => "scores significantly higher than",
                Measure::MeanReturn => "learns significantly faster than",
                Measure::ValueError => "has a significantly smaller error than",
            };
            sentences.push(format!("{name} {more} {}.", with_p_values(&beaten)));
        }
        (true, _) if !alike.is_empty() => {}
        (false, true) if beating.is_empty() => {
            sentences.push(format!("{name} {scores}, {better} than {all}: {}.", with_p_values(&beaten)));
        }
        (false, _) => sentences.push(format!("{name} {scores}: {better} than {}.", with_p_values(&beaten))),
        (true, _) => sentences.push(format!("{name} {scores}, but {better} than {none}.")),
    }
    if !beating.is_empty() {
        let are = if beating.len() == 1 { "is" } else { "are" };
        sentences.push(format!(
            "But {} {are} significantly better than {name} on shared seeds: the differences of single seeds and the interquartile \
             means disagree.",
            with_p_values(&beating)
        ));
    }
    if !undecided.is_empty() {
        let it = if alike.is_empty() { "it" } else { name };
        let is_better_than = match comparison.measure {
            Measure::FinalReturn => "is better than",
            Measure::MeanReturn => "is faster than",
            Measure::ValueError => "has a smaller error than",
        };
        sentences.push(format!("These runs do not show whether {it} {is_better_than} {}.", names(&undecided)));
    }
    sentences
}
