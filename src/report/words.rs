//! What the figures mean, in plain sentences.

use super::comparison::{Comparison, ENOUGH_RUNS, Entry, Measure, Pair, fewest_seeds};
use super::read::State;

/// More names than this in a row are not read.
const MOST_NAMES: usize = 8;

/// What is and what is not significant.
pub fn findings(comparison: &Comparison) -> Vec<String> {
    let ranked = comparison.ranked();
    let scored: Vec<&Entry> = ranked.into_iter().filter(|entry| entry.score.is_some()).collect();
    let [best, others @ ..] = &scored[..] else {
        return vec!["No run is finished, so there is nothing to compare yet.".to_owned()];
    };
    if others.is_empty() {
        return Vec::new();
    }
    let value = |entry: &Entry| entry.score.map(|score| score.value);
    let equals: Vec<&Entry> = scored.iter().copied().take_while(|entry| value(entry) == value(best)).collect();
    let mut sentences = match &equals[..] {
        [_] => of_best(comparison, best, others),
        all if all.len() == scored.len() => vec!["All variants have the same interquartile mean.".to_owned()],
        _ => {
            vec![format!("{} share the best interquartile mean.", list(equals.iter().map(|entry| entry.name.clone())))]
        }
    };
    let left = if equals.len() == 1 { others } else { &scored[..] };
    sentences.extend(other_differences(comparison, left, equals.len() == 1));
    sentences.extend(tests(comparison));
    sentences
}

/// What variants are compared by, where that is not returns; and how differences are tested.
fn tests(comparison: &Comparison) -> Vec<String> {
    let mut told = Vec::new();
    if comparison.measure == Measure::ValueError {
        told.push(
            "A seed has the same return with every variant, since the policy is given: scores are the errors of the values.".to_owned(),
        );
    }
    let tested = comparison.pairs.iter().filter(|pair| pair.p_value.is_some()).count();
    if tested > 0 {
        told.push(format!(
            "Tested: differences over shared seeds, Wilcoxon's signed ranks, Holm's correction over {}, level 5 %.",
            number(tested, "pair")
        ));
    }
    told
}

/// The best variant against all others. That it has the best interquartile mean does not make every test its own.
fn of_best(comparison: &Comparison, best: &Entry, others: &[&Entry]) -> Vec<String> {
    let (scores, better) = match comparison.measure {
        Measure::FinalReturn => ("scores highest", "significantly higher"),
        Measure::ValueError => ("has the smallest error", "significantly smaller"),
    };
    let pair_with = |other: &Entry| comparison.pair(best.variant, other.variant).map(|(pair, _)| pair);
    let told = |others: &[&Entry], with_p: bool| {
        let p = |other: &Entry| pair_with(other).and_then(|pair| pair.p_value).filter(|_| with_p);
        let named =
            |other: &&Entry| p(other).map_or(other.name.clone(), |p| format!("{} ({})", other.name, p_value(p)));
        list(others.iter().map(named))
    };
    let won = |by: &Entry, other: &Entry| {
        comparison.pair(by.variant, other.variant).is_some_and(|(pair, _)| pair.won_by(by.variant))
    };
    let (beaten, rest): (Vec<&Entry>, Vec<&Entry>) = others.iter().copied().partition(|other| won(best, other));
    let (beating, rest): (Vec<&Entry>, Vec<&Entry>) = rest.into_iter().partition(|other| won(other, best));
    let name = &best.name;
    let mut sentences = Vec::new();
    match (beaten.is_empty(), rest.is_empty()) {
        (false, true) if beating.is_empty() => {
            sentences.push(format!("{name} {scores}, {better} than every other variant: {}.", told(&beaten, true)));
        }
        (false, _) => sentences.push(format!("{name} {scores}: {better} than {}.", told(&beaten, true))),
        (true, _) => sentences.push(format!("{name} {scores}, but {better} than no other variant.")),
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
        sentences.push(format!("Whether it is better than {}, these runs cannot tell.", told(&rest, false)));
    }
    sentences
}

/// The significant differences between variants; those that beat the same ones together.
fn other_differences(comparison: &Comparison, entries: &[&Entry], beside_the_best: bool) -> Option<String> {
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
    let among = if beside_the_best { "Among the others these" } else { "These" };
    (!told.is_empty()).then(|| format!("{among} differences are significant: {}.", told.join("; ")))
}

/// Names in a row.
fn list(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    if names.len() > MOST_NAMES {
        let more = names.len() - (MOST_NAMES - 1);
        names.truncate(MOST_NAMES - 1);
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

/// A p-value as papers write it.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p:.3}") }
}

/// What a reader has to know before believing a figure.
pub fn cautions(comparison: &Comparison) -> Vec<String> {
    let mut cautions: Vec<String> = comparison.entries.iter().flat_map(|entry| of_runs(comparison, entry)).collect();
    let scored: Vec<&Entry> = comparison.entries.iter().filter(|entry| !entry.scores.is_empty()).collect();
    let named = |entry: &&&Entry| format!("{} ({})", entry.name, entry.scores.len());
    let few: Vec<String> = scored.iter().filter(|entry| entry.scores.len() < ENOUGH_RUNS).map(|e| named(&e)).collect();
    if !few.is_empty() {
        cautions.push(format!(
            "too few seeds: with fewer than {ENOUGH_RUNS} runs an interval says little: {}; add seeds, for example with \
             --seeds and --resume",
            list(few.into_iter())
        ));
    }
    if scored.iter().any(|entry| entry.scores.len() != scored[0].scores.len()) {
        cautions.push(format!("unequal numbers of runs: {}", list(scored.iter().map(|entry| named(&entry)))));
    }
    cautions.extend(untestable(comparison, &scored));
    let steps: Vec<u64> = comparison.entries.iter().map(|entry| entry.steps).collect();
    if steps.iter().any(|other| *other != steps[0]) {
        cautions.push(
            "unequal budgets: runs of different lengths are compared by what they reached at their end".to_owned(),
        );
    }
    cautions
}

/// Which pairs cannot come out as significant, whatever the variants are like.
fn untestable(comparison: &Comparison, scored: &[&Entry]) -> Option<String> {
    let pairs = &comparison.pairs;
    if scored.len() < 2 {
        return None;
    }
    let needed = fewest_seeds(pairs.len());
    if pairs.iter().all(|pair| pair.different < needed) {
        let most = pairs.iter().map(|pair| pair.different).max().unwrap_or(0);
        return Some(format!(
            "no difference can be significant: among {} it takes {needed} shared seeds whose scores differ, and there are \
             {most} at most",
            number(scored.len(), "variant")
        ));
    }
    // After the others Holm's correction multiplies by one.
    let hopeless = |pair: &&Pair| pair.different < fewest_seeds(1);
    let name = |index: usize| comparison.entries[index].name.as_str();
    let named = |pair: &Pair| format!("{} and {} ({})", name(pair.first), name(pair.second), pair.different);
    let hopeless: Vec<String> = pairs.iter().filter(hopeless).map(named).collect();
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
            format!("and count with {worst:.4}, the worst that any run here ever had")
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
    if unscored > 0 {
        told.push(format!("{unscored} {of} finished without a score"));
    }
    told
}
