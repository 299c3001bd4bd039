//! Words for objectives, values and ranges.

use toml::Value;

use super::choice_names::choice_names;
use super::searched::{SearchResults, SearchedVariant, Trial};
use crate::results::{Domain, FAILED, Settings, index_of};
use crate::text::{counted, three_digits};

/// What the objective of a trial is made of.
pub fn measure(results: &SearchResults) -> &'static str {
    let predicts = results.plan.variants.iter().filter(|variant| variant.predicts()).count();
    match (predicts, results.search.by_area, results.plan.evaluation_episodes > 0) {
        (0, true, true) => "mean return over the run (AUC)",
        (0, _, true) => "final return",
        (0, _, false) => "return of the last training episodes",
        (all, true, _) if all == results.plan.variants.len() => "minus the mean error of the values over the run",
        (all, false, _) if all == results.plan.variants.len() => "minus the final error of the values",
        _ => "objective",
    }
}

/// The label of an axis of objectives at a rung.
pub fn objective_label(results: &SearchResults, rung: usize) -> String {
    format!("{}{}", measure(results), at_rung(results, rung))
}

/// ` at 3000 steps`, where there are several rungs.
pub fn at_rung(results: &SearchResults, rung: usize) -> String {
    match results.search.rung_steps.get(rung) {
        Some(steps) if results.search.rung_steps.len() > 1 => format!(" at {steps} steps"),
        _ => String::new(),
    }
}

/// A sentence for captions, where there are several rungs.
pub fn first_rung_note(results: &SearchResults) -> String {
    match &results.search.rung_steps[..] {
        [first, _, ..] => format!(
            " All objectives are those of the first rung, {first} steps: those of different rungs are not comparable."
        ),
        _ => String::new(),
    }
}

/// An objective in words.
pub fn shown(objective: f64) -> String {
    if objective > FAILED { three_digits(objective) } else { "failed".to_owned() }
}

/// A value in words: `sgd` for `{ sgd = {} }`.
pub fn value(value: &Value) -> String {
    match value {
        Value::String(name) => name.clone(),
        Value::Table(table) => match table.iter().next() {
            Some((name, settings)) if table.len() == 1 && settings.as_table().is_some_and(toml::Table::is_empty) => {
                name.clone()
            }
            _ => value.to_string(),
        },
        Value::Float(float) => number(*float),
        _ => value.to_string(),
    }
}

/// Settings in one line.
pub fn in_line(settings: &Settings) -> String {
    settings.iter().map(|(key, of)| format!("{key} = {}", value(of))).collect::<Vec<_>>().join(", ")
}

/// A trial in words: its number, its objectives and its settings.
pub fn trial(results: &SearchResults, trial: &Trial) -> String {
    let objective = |(rung, objective): (&usize, &f64)| format!("{}{}", shown(*objective), at_rung(results, *rung));
    let objectives: Vec<String> = trial.objectives.iter().map(objective).collect();
    format!("trial {}: {}; {}", trial.number, objectives.join(", "), in_line(&trial.settings))
}

/// The values of a hyperparameter in words.
pub fn domain(domain: &Domain) -> String {
    match domain {
        Domain::Choice(choices) => choice_names(choices).join(", "),
        Domain::Range(range) => {
            let log = if range.log { ", logarithmic" } else { "" };
            let steps = match range.step {
                Some(step) if step != 1.0 => format!(" in steps of {step}"),
                _ => String::new(),
            };
            format!("{} to {}{steps}{log}", number(range.low), number(range.high))
        }
    }
}

/// A value of a hyperparameter in words: of a choice, what tells it apart from the others.
pub fn value_in(domain: &Domain, of: &Value) -> String {
    match domain {
        Domain::Choice(choices) => {
            index_of(choices, of).map_or_else(|| value(of), |index| choice_names(choices).swap_remove(index))
        }
        Domain::Range(_) => value(of),
    }
}

/// Ascending numbers in words, such as `0, 2 to 5`.
pub fn ranges(numbers: &[usize]) -> String {
    let runs = numbers.chunk_by(|one, next| one + 1 == *next);
    let shown = |run: &[usize]| match run {
        [first, _, .., last] => format!("{first} to {last}"),
        few => few.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
    };
    runs.map(shown).collect::<Vec<_>>().join(", ")
}

/// A number, with an exponent where it would have many zeros.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e5).contains(&size) { format!("{value:e}") } else { value.to_string() }
}

/// How the search was made, in one sentence without its end.
pub fn described(results: &SearchResults) -> String {
    let SearchResults { search, variants, .. } = results;
    if variants.is_empty() {
        return format!(
            "A search over {}, none of which has a trial yet",
            counted(results.plan.variants.len(), "variant")
        );
    }
    let counts: Vec<usize> = variants.iter().map(|variant| variant.trials.len()).collect();
    let trials = match (counts.iter().min(), counts.iter().max()) {
        (Some(least), Some(most)) if least < most => format!("{least} to {}", counted(*most, "trial")),
        (_, most) => counted(most.copied().unwrap_or(0), "trial"),
    };
    let rungs: Vec<String> = search.rung_steps.iter().map(u64::to_string).collect();
    let halving = match rungs.len() {
        1 => format!("runs of {} steps", rungs[0]),
        _ => format!("successive halving over runs of {} steps", rungs.join(", ")),
    };
    format!(
        "A search over {}: {trials} of each on {}, proposed by {}, {halving}. A trial is judged by the interquartile mean of the {} \
         over its seeds",
        counted(variants.len(), "variant"),
        counted(search.seeds, "tuning seed"),
        sampler(&search.sampler),
        measure(results)
    )
}

fn sampler(name: &str) -> &str {
    match name {
        "tpe" => "the tree-structured Parzen estimator (TPE)",
        "random" => "random draws",
        "sobol" => "Sobol' points",
        "grid" => "a grid",
        other => other,
    }
}

/// The name of a variant's trial with the config's own settings or of another one.
pub fn of_trial(number: usize) -> String {
    if number == 0 { "trial 0 (the config's own settings)".to_owned() } else { format!("trial {number}") }
}

/// The names of variants with the trials that they have in a sentence.
pub fn trial_counts(variants: &[SearchedVariant]) -> String {
    variants
        .iter()
        .map(|v| format!("{} of {}", counted(v.trials.len(), "trial"), v.name))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_told_together() {
        assert_eq!(ranges(&[0, 2, 3, 4, 6, 7]), "0, 2 to 4, 6, 7");
        assert_eq!(ranges(&[]), "");
    }
}
