//! What the figures mean, in plain sentences.

use super::comparison::{Comparison, ENOUGH_RUNS, Entry, Pair, fewest_seeds};
use super::read::State;

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
    let mut sentences = vec![of_best(comparison, best, others)];
    sentences.extend(among_others(comparison, others));
    sentences
}

/// The significant differences between variants that are not the best; those that beat the same ones together.
fn among_others(comparison: &Comparison, others: &[&Entry]) -> Option<String> {
    let beats = |a: &Entry, b: &Entry| {
        comparison
            .pair(a.variant, b.variant)
            .is_some_and(|(pair, _)| pair.significant() && pair.ordered().0 == a.variant)
    };
    let mut groups: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for entry in others {
        let worse: Vec<String> =
            others.iter().filter(|other| beats(entry, other)).map(|other| other.name.clone()).collect();
        match groups.iter_mut().find(|(_, beaten)| *beaten == worse) {
            _ if worse.is_empty() => {}
            Some((better, _)) => better.push(entry.name.clone()),
            None => groups.push((vec![entry.name.clone()], worse)),
        }
    }
    let told: Vec<String> = groups
        .into_iter()
        .filter_map(|(better, worse)| {
            Some(format!("{} over {}", joined(better.into_iter())?, joined(worse.into_iter())?))
        })
        .collect();
    (!told.is_empty()).then(|| format!("Among the others these differences are significant: {}.", told.join("; ")))
}

fn of_best(comparison: &Comparison, best: &Entry, others: &[&Entry]) -> String {
    let pair_with = |other: &Entry| comparison.pair(best.variant, other.variant).map(|(pair, _)| pair);
    let beaten = |pair: &Pair| pair.significant() && pair.ordered().0 == best.variant;
    let (beats, rest): (Vec<&Entry>, Vec<&Entry>) =
        others.iter().copied().partition(|o| pair_with(o).is_some_and(beaten));
    let beats = beats.into_iter().map(|other| {
        let p = pair_with(other).and_then(|pair| pair.p_value).unwrap_or(1.0);
        format!("{} ({})", other.name, p_value(p))
    });
    let (beats, rest) = (joined(beats), joined(rest.into_iter().map(|other| other.name.clone())));
    let name = &best.name;
    match (beats, rest) {
        (Some(beats), None) => {
            format!("{name} scores highest, significantly higher than every other variant: {beats}.")
        }
        (Some(beats), Some(rest)) => format!(
            "{name} scores highest: significantly higher than {beats}. Whether it is better than {rest}, these runs cannot tell."
        ),
        (None, rest) => format!(
            "{name} scores highest, but no difference to another variant is significant: whether it is better than {}, these \
             runs cannot tell.",
            rest.unwrap_or_default()
        ),
    }
}

fn joined(names: impl Iterator<Item = String>) -> Option<String> {
    let names: Vec<String> = names.collect();
    let (last, before) = names.split_last()?;
    Some(if before.is_empty() { last.clone() } else { format!("{} and {last}", before.join(", ")) })
}

/// A p-value as papers write it.
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p:.3}") }
}

/// What a reader has to know before believing a figure.
pub fn cautions(comparison: &Comparison) -> Vec<String> {
    let mut cautions: Vec<String> = comparison.entries.iter().flat_map(|entry| of_runs(comparison, entry)).collect();
    let scored: Vec<(&Entry, usize)> =
        comparison.entries.iter().map(|entry| (entry, entry.scores().count())).filter(|(_, runs)| *runs > 0).collect();
    let few: Vec<String> =
        scored.iter().filter(|(_, runs)| *runs < ENOUGH_RUNS).map(|(e, runs)| format!("{} ({runs})", e.name)).collect();
    if !few.is_empty() {
        cautions.push(format!(
            "too few seeds: with fewer than {ENOUGH_RUNS} finished runs an interval says little: {}; add seeds, for example \
             with --seeds and --resume",
            few.join(", ")
        ));
    }
    if scored.iter().any(|(_, runs)| *runs != scored[0].1) {
        let counts: Vec<String> = scored.iter().map(|(entry, runs)| format!("{} {runs}", entry.name)).collect();
        cautions.push(format!("unequal numbers of finished runs: {}", counts.join(", ")));
    }
    let needed = fewest_seeds(comparison.pairs.len());
    if let Some(least) = comparison.pairs.iter().map(|pair| pair.shared).min().filter(|least| *least < needed) {
        cautions.push(format!(
            "with {least} shared seeds no difference can be significant: among {} variants it takes {needed} at least",
            comparison.entries.len()
        ));
    }
    let steps: Vec<u64> = comparison.entries.iter().map(|entry| entry.steps).collect();
    if steps.iter().any(|other| *other != steps[0]) {
        cautions.push(
            "unequal budgets: runs of different lengths are compared by what they reached at their end".to_owned(),
        );
    }
    cautions
}

/// Runs of a variant that are not finished.
fn of_runs(comparison: &Comparison, entry: &Entry) -> Vec<String> {
    let mut told = Vec::new();
    let of = format!("of {} runs of {}", entry.runs.len(), entry.name);
    let failed: Vec<String> = entry
        .runs
        .iter()
        .filter_map(|run| match &run.state {
            State::Failed(why) => Some(format!("seed {} {why}", run.seed)),
            _ => None,
        })
        .collect();
    if let [first, ..] = &failed[..] {
        let flattered = if comparison.entries.len() > 1 { ", so that its figures flatter it" } else { "" };
        told.push(format!("{} {of} failed and have no score{flattered}: {first}", failed.len()));
    }
    let missing = entry.count(|state| *state == State::Missing);
    let unfinished = entry.count(|state| *state == State::Unfinished);
    if missing > 0 {
        let seeds = entry.runs.iter().filter(|run| run.state == State::Missing).map(|run| run.seed.to_string());
        let seeds: Vec<String> = seeds.take(10).collect();
        let more = if missing > seeds.len() { ", …" } else { "" };
        told.push(format!("{missing} {of} are missing: seed {}{more}", seeds.join(", ")));
    }
    if unfinished > 0 {
        told.push(format!("{unfinished} {of} are not finished: they are in the learning curves only"));
    }
    let unscored = entry.runs.iter().filter(|run| run.state == State::Finished && run.score.is_none()).count();
    if unscored > 0 {
        told.push(format!("{unscored} {of} finished without a score"));
    }
    told
}
