//! What the figures mean, in plain sentences.

use super::beginnings;
use super::chart::exact;
use super::comparison::{Comparison, Entry, MIN_RUNS, Measure};
use super::fixed::{fixed, three_digits};
use super::pairs::{Pair, fewest_seeds};
use super::read::State;
use super::table::shown_alike;
use super::tie::Tie;
use crate::stats::median_time;

/// More names than this in a row are not read.
const MAX_NAMES: usize = 8;

/// Above the table of the best settings.
pub const BEST_OF_EACH: &str = "The best setting of each approximator, chosen by the same seeds that it is judged by, which \
                                flatters it: judge the choice by seeds that had no part in it";

/// What is and what is not significant.
pub fn findings(comparison: &Comparison) -> Vec<String> {
    let ranked = comparison.ranked();
    let scored: Vec<&Entry> = ranked.into_iter().filter(|entry| entry.score.is_some()).collect();
    let over = |entry: &Entry| entry.count(|state| matches!(state, State::Finished | State::Failed(_))) > 0;
    let [best, others @ ..] = &scored[..] else {
        if comparison.prediction && comparison.entries.iter().any(over) {
            return vec![
                "The policy is given, so variants are compared by the errors of their values; this environment has no exact \
                 solution to measure them against, so there is no score."
                    .to_owned(),
            ];
        }
        return vec!["No run is finished, so there is nothing to compare yet.".to_owned()];
    };
    let mut sentences: Vec<String> = by_what(comparison, &scored).into_iter().collect();
    if others.is_empty() {
        return sentences;
    }
    if let Some(baseline) = comparison.baseline.and_then(|index| scored.iter().find(|entry| entry.variant == index)) {
        sentences.extend(of_baseline(comparison, baseline, &scored));
        sentences.extend(tests(comparison));
        sentences.extend(comparison.speeds.iter().flat_map(|speeds| findings(speeds)));
        return sentences;
    }
    if let Some(speeds) = &comparison.speeds {
        sentences.extend(findings(speeds));
        sentences.extend(other_differences(comparison, &scored, "By final returns these"));
        sentences.extend(tests(comparison));
        return sentences;
    }
    let value = |entry: &Entry| entry.score.map(|score| score.value);
    let equals: Vec<&Entry> = scored.iter().copied().take_while(|entry| value(entry) == value(best)).collect();
    match &equals[..] {
        [_] => sentences.extend(of_best(comparison, best, others)),
        all if all.len() == scored.len() => {
            sentences.push("All of them have the same interquartile mean.".to_owned());
        }
        _ => {
            let names = list(equals.iter().map(|entry| entry.name.clone()));
            sentences.push(format!("{names} share the best interquartile mean."));
        }
    };
    let (left, these) = if equals.len() == 1 { (others, "Among the others these") } else { (&scored[..], "These") };
    sentences.extend(other_differences(comparison, left, these));
    sentences.extend(tests(comparison));
    sentences
}

/// What variants are compared by, where that is not the final return.
fn by_what(comparison: &Comparison, scored: &[&Entry]) -> Option<String> {
    match comparison.measure {
        Measure::FinalReturn => None,
        Measure::MeanReturn => comparison.tie.map(|tie| tied(comparison, tie, scored)),
        Measure::ValueError => Some(
            "The policy is given, so returns say nothing about what was learned: scores are the errors of the values."
                .to_owned(),
        ),
    }
}

/// Which variants tie, and why.
fn tied(comparison: &Comparison, tie: Tie, scored: &[&Entry]) -> String {
    let all = scored.len() == comparison.entries.len();
    let names = if all { "all variants".to_owned() } else { list(scored.iter().map(|entry| entry.name.clone())) };
    let why = match tie {
        Tie::FinalReturn(value) => format!("each has an interquartile mean of {}", exact(value)),
        Tie::Optimal => "every run of each ends with an exactly optimal policy (regret 0)".to_owned(),
    };
    let whom = if comparison.baseline.is_some() {
        "none differs significantly from the baseline"
    } else {
        "no two differ significantly"
    };
    format!(
        "Final returns of {names} tie: {why}, and {whom}. So {} compared by how fast they learn: by the mean return over the run \
         (AUC).",
        if all { "variants are" } else { "these are" }
    )
}

/// How differences are tested.
fn tests(comparison: &Comparison) -> Option<String> {
    let tested = comparison.tests();
    let what = if comparison.baseline.is_some() { "comparison with the baseline" } else { "pair" };
    (tested > 0).then(|| {
        let over = match (tested, comparison.baseline) {
            (2.., Some(_)) => format!("{tested} comparisons with the baseline"),
            _ => number(tested, what),
        };
        format!(
            "Tested: differences of {} over shared seeds, Wilcoxon's signed ranks, Holm's correction over {over}, level 5 %.",
            match comparison.measure {
                Measure::FinalReturn => "final returns",
                Measure::MeanReturn => "mean returns (AUC)",
                Measure::ValueError => "final errors",
            }
        )
    })
}

/// Above the table of comparisons with the baseline.
pub fn against_baseline(comparison: &Comparison) -> String {
    let name = comparison.baseline.map_or("", |index| comparison.entries[index].name.as_str());
    format!("Every other variant against the baseline {name}")
}

/// All variants against the baseline, and nothing else.
fn of_baseline(comparison: &Comparison, baseline: &Entry, scored: &[&Entry]) -> Vec<String> {
    let pair_with = |other: &Entry| comparison.pair(baseline.variant, other.variant).map(|(pair, _)| pair);
    let others: Vec<&Entry> = scored.iter().copied().filter(|entry| entry.variant != baseline.variant).collect();
    let (decided, open): (Vec<&Entry>, Vec<&Entry>) =
        others.into_iter().partition(|other| pair_with(other).is_some_and(Pair::significant));
    // Of those that tie, more is told.
    let ties =
        |entry: &Entry| comparison.speeds.as_ref().is_some_and(|speeds| speeds.entries[entry.variant].score.is_some());
    let open: Vec<&Entry> = open.into_iter().filter(|entry| !ties(entry)).collect();
    let (better, worse): (Vec<&Entry>, Vec<&Entry>) =
        decided.into_iter().partition(|other| pair_with(other).is_some_and(|pair| pair.won_by(other.variant)));
    let told = |others: &[&Entry]| {
        let p = |other: &Entry| pair_with(other).and_then(|pair| pair.p_value).map(p_value);
        list(others.iter().map(|other| p(other).map_or(other.name.clone(), |p| format!("{} ({p})", other.name))))
    };
    let name = &baseline.name;
    let (more, less) = match comparison.measure {
        Measure::MeanReturn => ("faster", "slower"),
        Measure::FinalReturn | Measure::ValueError => ("better", "worse"),
    };
    let mut sentences = Vec::new();
    if !better.is_empty() {
        sentences.push(format!("Significantly {more} than the baseline {name}: {}.", told(&better)));
    }
    if !worse.is_empty() {
        sentences.push(format!("Significantly {less} than the baseline {name}: {}.", told(&worse)));
    }
    if !open.is_empty() {
        let whether = if open.len() == 1 { "is" } else { "are" };
        sentences.push(format!(
            "Whether {} {whether} {more} or {less} than the baseline {name}, these runs cannot tell.",
            told(&open)
        ));
    }
    sentences
}

/// The name of what errors of values are measured against.
pub fn truth_name(truth: &str) -> &str {
    match truth {
        "q_star" => "Q*",
        "q_pi" => "Qπ",
        "v_pi" => "vπ",
        other => other,
    }
}

/// The same in words.
fn truth_told(truth: &str) -> String {
    match truth {
        "q_star" => "Q*, the values of optimal actions".to_owned(),
        "q_pi" => "Qπ, the action values of the policy that is followed".to_owned(),
        "v_pi" => "vπ, the state values of the policy that is followed".to_owned(),
        other => other.to_owned(),
    }
}

/// What errors of values are measured against, in a sentence; nothing where there are none.
pub fn truth_sentence(comparison: &Comparison) -> Option<String> {
    let of = |truth: &str| {
        let measured = comparison.entries.iter().filter(|entry| entry.distances.value_error.is_some());
        list(measured.filter(|entry| entry.truth == truth).map(|entry| entry.name.clone()))
    };
    match &comparison.truths()[..] {
        [] => None,
        [truth] => Some(format!("Errors of values are distances from {}.", truth_told(truth))),
        several => {
            let parts: Vec<String> =
                several.iter().map(|truth| format!("{} from {}", of(truth), truth_told(truth))).collect();
            Some(format!(
                "Errors of values are distances from different truths, and do not compare: {}.",
                parts.join("; ")
            ))
        }
    }
}

/// How the columns of the table were made, as far as their titles do not say it.
pub fn notes(comparison: &Comparison) -> Vec<String> {
    let any = |has: &dyn Fn(&Entry) -> bool| comparison.entries.iter().any(has);
    let mut notes: Vec<String> = truth_sentence(comparison).into_iter().collect();
    if any(&|entry| entry.distances.value_error.or(entry.distances.regret).is_some()) {
        let what = if comparison.prediction { "Errors" } else { "Errors and regrets" };
        notes.push(format!("{what} are interquartile means over runs at their end, as in the figures."));
    }
    if comparison.exact {
        notes.extend(optimal_sentences(comparison));
    } else if let Some(threshold) = comparison.threshold.filter(|_| any(&|entry| entry.solved() > 0)) {
        notes.push(format!("\u{201c}Reached {}\u{201d}: {}.", exact(threshold), first_passage(comparison)));
    }
    notes
}

/// What it means that a return was reached.
pub fn first_passage(comparison: &Comparison) -> String {
    let (what, untrained) = match comparison.evaluated {
        true => ("the first evaluation", "; that of step 0, before any update, does not count"),
        false => ("the first stretch of training", ""),
    };
    format!(
        "{what} whose mean return was that high, which is a first passage of a noisy estimate: the more often and the less \
         exactly one looks, the sooner it comes{untrained}"
    )
}

/// How many learned policies are optimal by the environment's model, and when they first were.
fn optimal_sentences(comparison: &Comparison) -> Vec<String> {
    let ranked = comparison.ranked();
    let measured: Vec<&Entry> = ranked.into_iter().filter(|entry| entry.distances.regret.is_some()).collect();
    // Where runs did not begin alike, nothing is told of the time before their end.
    let never = |entry: &&Entry| !entry.optimal.is_empty() && entry.optimal_at_end == 0 && entry.once_optimal() == 0;
    if measured.iter().all(never) {
        return vec!["No learned policy was ever exactly optimal (regret 0, by the environment's model).".to_owned()];
    }
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    let share = |entry: &Entry| entry.optimal_at_end as f64 / entry.runs.len() as f64;
    let mut ending: Vec<&Entry> = measured.iter().copied().filter(|entry| entry.optimal_at_end > 0).collect();
    ending.sort_by(|a, b| share(b).total_cmp(&share(a)));
    for entry in ending {
        let share = format!("{} of {}", entry.optimal_at_end, number(entry.runs.len(), "run"));
        match groups.iter_mut().find(|(known, _)| *known == share) {
            Some((_, names)) => names.push(entry.name.clone()),
            None => groups.push((share, vec![entry.name.clone()])),
        }
    }
    let told = |(share, names): (String, Vec<String>)| {
        format!("{share} of {}{}", if names.len() > 1 { "each of " } else { "" }, list(names.into_iter()))
    };
    let at_end: Vec<String> = groups.into_iter().map(told).collect();
    let mut sentences = vec![format!(
        "Exactly optimal at the end (regret 0, by the environment's model): {}.",
        if at_end.is_empty() { "no run".to_owned() } else { at_end.join("; ") }
    )];
    let once: Vec<&Entry> = measured.into_iter().filter(|entry| entry.once_optimal() > 0).collect();
    let when = |entry: &&Entry| match median_time(&entry.optimal) {
        Some(step) => format!("{} at step {}", entry.name, exact(step)),
        None => format!("{} in fewer than half of its runs", entry.name),
    };
    if !once.is_empty() {
        sentences.push(format!("For the first time, in the median over runs: {}.", list(once.iter().map(when))));
    }
    sentences
}

/// The environment steps of runs; of each group of variants where they are not the same.
pub fn budgets(comparison: &Comparison) -> String {
    let mut groups: Vec<(u64, Vec<String>)> = Vec::new();
    for entry in &comparison.entries {
        match groups.iter_mut().find(|(steps, _)| *steps == entry.steps) {
            Some((_, names)) => names.push(entry.name.clone()),
            None => groups.push((entry.steps, vec![entry.name.clone()])),
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

/// How a failed run counts in a figure, where there is one.
pub fn failed_sentence(comparison: &Comparison) -> String {
    let failed = |entry: &&Entry| entry.failed() > 0;
    let told = |entry: &Entry| format!("{} of {} of {}", entry.failed(), entry.runs.len(), entry.name);
    let names = list(comparison.entries.iter().filter(failed).map(told));
    if names.is_empty() {
        return String::new();
    }
    format!(
        " A run that failed counts from then on with the worst figure that any run here ever had, as it does in the scores: {names}."
    )
}

/// The best variant against all others. That it has the best interquartile mean does not make every test its own.
fn of_best(comparison: &Comparison, best: &Entry, others: &[&Entry]) -> Vec<String> {
    let (scores, score, better) = match comparison.measure {
        Measure::FinalReturn => ("scores highest", "score highest", "significantly higher"),
        Measure::MeanReturn => ("learns fastest", "learn fastest", "significantly faster"),
        Measure::ValueError => ("has the smallest error", "have the smallest errors", "significantly smaller"),
    };
    let (all, none) = match others.len() + 1 == comparison.entries.len() || comparison.tie.is_none() {
        true => ("every other variant", "no other variant"),
        false => ("all that tie with it", "none that ties with it"),
    };
    let pair_with = |other: &Entry| comparison.pair(best.variant, other.variant).map(|(pair, _)| pair);
    let told = |others: &[&Entry], with_p: bool| {
        let told_of = |other: &Entry| {
            let pair = pair_with(other).filter(|_| with_p)?;
            let by = pair.difference.filter(|_| comparison.measure == Measure::MeanReturn).map(by);
            Some(by.into_iter().chain([p_value(pair.p_value?)]).collect::<Vec<_>>().join(", "))
        };
        let named =
            |other: &&Entry| told_of(other).map_or(other.name.clone(), |told| format!("{} ({told})", other.name));
        list(others.iter().map(named))
    };
    let won = |by: &Entry, other: &Entry| {
        comparison.pair(by.variant, other.variant).is_some_and(|(pair, _)| pair.won_by(by.variant))
    };
    // A table in which two are equal does not go with a sentence that calls one of them the best.
    let negligible = |other: &Entry| {
        let pair = pair_with(other).filter(|pair| pair.significant())?;
        let size = pair.difference?.abs();
        shown_alike(comparison, best, other, size).then_some((size, pair.p_value?))
    };
    let (alike, others): (Vec<&Entry>, Vec<&Entry>) =
        others.iter().copied().partition(|other| negligible(other).is_some());
    let (beaten, rest): (Vec<&Entry>, Vec<&Entry>) = others.iter().copied().partition(|other| won(best, other));
    let (beating, rest): (Vec<&Entry>, Vec<&Entry>) = rest.into_iter().partition(|other| won(other, best));
    let name = &best.name;
    let mut sentences = Vec::new();
    let names = || list([best].iter().chain(&alike).map(|entry| entry.name.clone()));
    let sizes: Vec<(f64, f64)> = alike.iter().copied().filter_map(negligible).collect();
    match &sizes[..] {
        [] => {}
        [(size, p)] => sentences.push(format!(
            "{} {score}: their difference is significant ({}), but {} is too small to matter.",
            names(),
            p_value(*p),
            three_digits(*size)
        )),
        several => {
            let told =
                |(other, (size, p)): (&&Entry, &(f64, f64))| format!("{} ({}, {})", other.name, by(*size), p_value(*p));
            sentences.push(format!(
                "{} {score}: the differences of {name} from {} are significant, but too small to matter.",
                names(),
                list(alike.iter().zip(several).map(told))
            ));
        }
    }
    match (beaten.is_empty(), rest.is_empty()) {
        (false, _) if !alike.is_empty() => {
            let more = match comparison.measure {
                Measure::FinalReturn => "scores significantly higher than",
                Measure::MeanReturn => "learns significantly faster than",
                Measure::ValueError => "has a significantly smaller error than",
            };
            sentences.push(format!("{name} {more} {}.", told(&beaten, true)));
        }
        (true, _) if !alike.is_empty() => {}
        (false, true) if beating.is_empty() => {
            sentences.push(format!("{name} {scores}, {better} than {all}: {}.", told(&beaten, true)));
        }
        (false, _) => sentences.push(format!("{name} {scores}: {better} than {}.", told(&beaten, true))),
        (true, _) => sentences.push(format!("{name} {scores}, but {better} than {none}.")),
    }
    if !beating.is_empty() {
        sentences.push(format!(
            "Yet on shared seeds {} better than {name}: single seeds and the interquartile mean disagree.",
            if beating.len() == 1 {
                format!("{} is significantly", told(&beating, true))
            } else {
                format!("{} are significantly", told(&beating, true))
            }
        ));
    }
    if !rest.is_empty() {
        let it = if alike.is_empty() { "it" } else { name };
        let so = match comparison.measure {
            Measure::FinalReturn => "is better than",
            Measure::MeanReturn => "is faster than",
            Measure::ValueError => "has a smaller error than",
        };
        sentences.push(format!("Whether {it} {so} {}, these runs cannot tell.", told(&rest, false)));
    }
    sentences
}

/// The significant differences between variants, those that beat the same ones together, in a sentence that begins with `these`.
fn other_differences(comparison: &Comparison, entries: &[&Entry], these: &str) -> Option<String> {
    let beats =
        |a: &Entry, b: &Entry| comparison.pair(a.variant, b.variant).is_some_and(|(pair, _)| pair.won_by(a.variant));
    let mut groups: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for entry in entries {
        let worse: Vec<String> = entries.iter().filter(|o| beats(entry, o)).map(|other| other.name.clone()).collect();
        match groups.iter_mut().find(|(_, beaten)| *beaten == worse) {
            _ if worse.is_empty() => {}
            Some((better, _)) => better.push(entry.name.clone()),
            None => groups.push((vec![entry.name.clone()], worse)),
        }
    }
    let told = groups
        .into_iter()
        .map(|(better, worse)| format!("{} over {}", list(better.into_iter()), list(worse.into_iter())));
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| format!("{these} differences are significant: {}.", told.join("; ")))
}

/// Names in a row.
pub fn list(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    if names.len() > MAX_NAMES {
        let more = names.len() - (MAX_NAMES - 1);
        names.truncate(MAX_NAMES - 1);
        names.push(format!("{more} others"));
    }
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

/// So many of a thing.
pub fn number(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// A size of a difference: one that is significant may still be too small to matter.
fn by(difference: f64) -> String {
    format!("by\u{a0}{}", three_digits(difference.abs()))
}

/// A p-value as papers write it, which no line break takes apart.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "p\u{a0}<\u{a0}0.001".to_owned() } else { format!("p\u{a0}=\u{a0}{p:.3}") }
}

/// What a reader has to know before believing a figure.
pub fn cautions(comparison: &Comparison) -> Vec<String> {
    let mut cautions: Vec<String> = comparison.entries.iter().flat_map(|entry| of_runs(comparison, entry)).collect();
    let scored: Vec<&Entry> = comparison.entries.iter().filter(|entry| !entry.scores.is_empty()).collect();
    let named = |entry: &&&Entry| format!("{} ({})", entry.name, entry.scores.len());
    let few: Vec<String> = scored.iter().filter(|entry| entry.scores.len() < MIN_RUNS).map(|e| named(&e)).collect();
    if !few.is_empty() {
        cautions.push(format!(
            "too few seeds: with fewer than {MIN_RUNS} runs an interval says little: {}; add seeds, for example with \
             --seeds and --resume",
            list(few.into_iter())
        ));
    }
    if scored.iter().any(|entry| entry.scores.len() != scored[0].scores.len()) {
        cautions.push(format!("unequal numbers of runs: {}", list(scored.iter().map(|entry| named(&entry)))));
    }
    cautions.extend(beginnings::cautions(comparison));
    cautions.extend(untestable(comparison, &scored));
    let steps: Vec<u64> = comparison.entries.iter().map(|entry| entry.steps).collect();
    if steps.iter().any(|other| *other != steps[0]) {
        cautions.push(
            "unequal budgets: runs of different lengths are compared by what they reached at their end, each at its own".to_owned(),
        );
    }
    cautions
}

/// Which pairs cannot come out as significant, whatever the variants are like.
fn untestable(comparison: &Comparison, scored: &[&Entry]) -> Option<String> {
    let tested = |pair: &&Pair| comparison.baseline.is_none_or(|baseline| pair.has(baseline));
    let pairs: Vec<&Pair> = comparison.pairs.iter().filter(tested).collect();
    if scored.len() < 2 || pairs.is_empty() {
        return None;
    }
    let needed = fewest_seeds(pairs.len());
    if pairs.iter().all(|pair| pair.different < needed) {
        let most = pairs.iter().map(|pair| pair.different).max().unwrap_or(0);
        return Some(format!(
            "no difference can be significant: among {} it takes {needed} shared seeds whose scores differ, and there {} at \
             most{}",
            number(scored.len(), "variant"),
            if most == 1 { "is 1".to_owned() } else { format!("are {most}") },
            if comparison.baseline.is_none() && scored.len() > 2 && most >= fewest_seeds(scored.len() - 1) {
                "; --baseline VARIANT makes fewer tests, for which they are enough"
            } else {
                ""
            }
        ));
    }
    // After the others Holm's correction multiplies by one.
    let hopeless = |pair: &&&Pair| pair.different < fewest_seeds(1);
    let name = |index: usize| comparison.entries[index].name.as_str();
    let named = |pair: &Pair| format!("{} and {} ({})", name(pair.first), name(pair.second), pair.different);
    let hopeless: Vec<String> = pairs.iter().filter(hopeless).map(|pair| named(pair)).collect();
    (!hopeless.is_empty()).then(|| {
        format!(
            "some pairs share too few seeds whose scores differ for any test, {} are needed: {}",
            fewest_seeds(1),
            list(hopeless.into_iter())
        )
    })
}

/// Runs of a variant that are not finished.
fn of_runs(comparison: &Comparison, entry: &Entry) -> Vec<String> {
    let mut told = Vec::new();
    let of = format!("of {} of {}", number(entry.runs.len(), "run"), entry.name);
    let seeds = |in_state: &dyn Fn(&State) -> bool| {
        list(entry.runs.iter().filter(|run| in_state(&run.state)).map(|run| run.seed.to_string()))
    };
    let failed = |state: &State| matches!(state, State::Failed(_));
    let why = entry.runs.iter().find_map(|run| match &run.state {
        State::Failed(why) => Some(why),
        _ => None,
    });
    if let Some(why) = why {
        let counted = comparison.worst.map_or("and have no score".to_owned(), |worst| {
            format!("and count with {}, the worst that any run here ever had", fixed(worst, 4))
        });
        told.push(format!("{} {of} failed {counted}: seed {}; the first {why}", entry.count(failed), seeds(&failed)));
    }
    let missing = |state: &State| *state == State::Missing;
    if entry.count(missing) > 0 {
        told.push(format!("{} {of} are missing: seed {}", entry.count(missing), seeds(&missing)));
    }
    let unfinished = |state: &State| *state == State::Unfinished;
    if entry.count(unfinished) > 0 {
        told.push(format!("{} {of} are not finished: they are in the learning curves only", entry.count(unfinished)));
    }
    let unscored = entry.runs.iter().filter(|run| run.state == State::Finished && run.score.is_none()).count();
    if unscored > 0 && !comparison.prediction {
        told.push(format!("{unscored} {of} finished without a score"));
    }
    told
}
