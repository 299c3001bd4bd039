//! The results of all experiments in one environment, side by side.

use std::collections::BTreeMap;

use super::read::{Environment, Results, Run, State};
use crate::stats::{
    Bootstrap, Interval, Reached, area_under_curve, holm, interquartile_mean, median, probability_of_improvement,
    pseudo_median, steps_to_threshold, wilcoxon_signed_rank,
};

/// A p-value from here on down is called significant.
pub const SIGNIFICANT: f64 = 0.05;
/// With fewer runs than this an interval says little.
pub const ENOUGH_RUNS: usize = 10;

/// An estimate with its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its interval; one run has none.
    pub interval: Option<Interval>,
}

impl Estimate {
    /// The interval, or the estimate as both ends of it.
    pub fn ends(&self) -> (f64, f64) {
        self.interval.map_or((self.value, self.value), |interval| (interval.low, interval.high))
    }

    /// How wide the interval is, if it has a width.
    pub fn width(&self) -> Option<f64> {
        self.interval.map(Interval::width).filter(|width| *width > 0.0)
    }
}

/// What variants are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The return of the final evaluation, or of the last training episodes where nothing was evaluated.
    FinalReturn,
    /// The last error of the values against the exact solution: where the policy is given, so that a seed has the same return
    /// with all variants.
    ValueError,
}

/// A variant's runs and figures.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The variant's name, with that of its experiment where that is needed.
    pub name: String,
    /// Its number in the environment, which is its colour.
    pub variant: usize,
    /// Environment steps of each of its runs.
    pub steps: u64,
    /// All runs, also those that are missing.
    pub runs: Vec<Run>,
    /// Seed and score of each run that is over. A failed run has the worst figure that any run of the environment ever had
    /// (worst-rank scores, Lachin 1999): leaving it out would flatter the variant.
    pub scores: Vec<(u64, f64)>,
    /// Interquartile mean of the scores.
    pub score: Option<Estimate>,
    /// Interquartile mean of the areas under the learning curves, each divided by its length; failed runs as in `scores`.
    pub area: Option<Estimate>,
    /// When each run first reached the threshold, where there is one; runs that are missing are not in it.
    pub reached: Vec<Reached>,
    /// Median of the last errors of the values against the exact solution, over finished runs.
    pub value_rmse: Option<f64>,
    /// Median of the last regrets, over finished runs.
    pub regret: Option<f64>,
}

/// Two variants against each other.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The number of the one.
    pub first: usize,
    /// The number of the other.
    pub second: usize,
    /// Probability that a run of the one is better than a run of the other.
    pub probability: f64,
    /// Seeds that both have a score of.
    pub shared: usize,
    /// Those of them whose scores differ.
    pub different: usize,
    /// By how much the one is better over shared seeds: the median of the means of every two differences.
    pub difference: Option<f64>,
    /// p-value of that difference, corrected for the number of pairs.
    pub p_value: Option<f64>,
}

/// An environment and what was run in it.
pub struct Comparison {
    /// The environment.
    pub environment: Environment,
    /// Its name in headings.
    pub title: String,
    /// The return that counts as solved.
    pub threshold: Option<f64>,
    /// Whether scores are returns of evaluations, not of training.
    pub evaluated: bool,
    /// What variants are compared by.
    pub measure: Measure,
    /// What a failed run counts as, where there is one.
    pub worst: Option<f64>,
    /// The variants, in the order of the experiments.
    pub entries: Vec<Entry>,
    /// Every two variants that have scores.
    pub pairs: Vec<Pair>,
}

/// How figures are computed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// The intervals.
    pub bootstrap: Bootstrap,
    /// In place of the environments' own thresholds.
    pub threshold: Option<f64>,
}

impl Settings {
    /// The bootstrap for bands, which have many points: a pixel is soon reached.
    pub fn of_bands(&self) -> Bootstrap {
        Bootstrap { resamples: self.bootstrap.resamples.min(2_000), ..self.bootstrap }
    }
}

/// Groups all variants by environment, and by whether their runs were evaluated, and computes their figures.
pub fn compare(experiments: &[Results], settings: &Settings) -> Vec<Comparison> {
    let mut comparisons: Vec<Comparison> = Vec::new();
    for experiment in experiments {
        let evaluated = experiment.plan.evaluation_episodes > 0;
        for (planned, runs) in experiment.plan.variants.iter().zip(&experiment.runs) {
            let same = |c: &Comparison| c.environment == planned.environment && c.evaluated == evaluated;
            let comparison = match comparisons.iter().position(same) {
                Some(place) => &mut comparisons[place],
                None => {
                    comparisons.push(empty(planned.environment.clone(), evaluated, settings));
                    comparisons.last_mut().expect("one was just pushed")
                }
            };
            let name = match experiments.len() {
                1 => planned.name.clone(),
                _ => format!("{}/{}", experiment.name, planned.name),
            };
            let variant = comparison.entries.len();
            comparison.entries.push(gathered(name, variant, experiment.plan.steps, runs, comparison.threshold));
        }
    }
    tell_apart(&mut comparisons);
    for comparison in &mut comparisons {
        comparison.score(&settings.bootstrap);
        comparison.pairs = pairs(&comparison.entries, comparison.measure);
    }
    comparisons
}

fn empty(environment: Environment, evaluated: bool, settings: &Settings) -> Comparison {
    Comparison {
        title: environment.id.replace('_', "-"),
        threshold: settings.threshold.or(environment.threshold),
        environment,
        evaluated,
        measure: Measure::FinalReturn,
        worst: None,
        entries: Vec::new(),
        pairs: Vec::new(),
    }
}

/// Adds their settings to the titles of environments that have the same name.
fn tell_apart(comparisons: &mut [Comparison]) {
    let ids: Vec<String> = comparisons.iter().map(|comparison| comparison.environment.id.clone()).collect();
    for comparison in comparisons.iter_mut() {
        if ids.iter().filter(|id| **id == comparison.environment.id).count() > 1 {
            let returns = if comparison.evaluated { "" } else { ", without evaluations" };
            comparison.title += &format!(" ({}{returns})", comparison.environment.described());
        }
    }
}

/// A variant with all that does not depend on the others.
fn gathered(name: String, variant: usize, steps: u64, runs: &[Run], threshold: Option<f64>) -> Entry {
    let all_reached = |threshold: f64| {
        let begun = runs.iter().filter(|run| run.state != State::Missing);
        begun.map(|run| reached(run, threshold, steps)).collect()
    };
    let last = |column: usize| median(&runs.iter().filter_map(|run| last_value(run, column)).collect::<Vec<_>>());
    Entry {
        reached: threshold.map_or_else(Vec::new, all_reached),
        value_rmse: last(1),
        regret: last(2),
        runs: runs.to_vec(),
        scores: Vec::new(),
        score: None,
        area: None,
        name,
        variant,
        steps,
    }
}

/// The last number in a column of a finished run's values.
fn last_value(run: &Run, column: usize) -> Option<f64> {
    let finished = run.state == State::Finished;
    finished.then(|| run.values.last()?[column]).flatten().filter(|value| value.is_finite())
}

/// The mean height of a finished run's learning curve.
pub fn area(run: &Run, steps: u64) -> Option<f64> {
    let (places, heights): (Vec<f64>, Vec<f64>) = run.curve.iter().copied().unzip();
    (run.state == State::Finished).then(|| area_under_curve(&places, &heights, steps as f64)).flatten()
}

/// When a run first reached a threshold. A run that failed before will never do so: it is in view to the end of the `steps` it
/// should have made. A sum of rewards may miss the threshold by its rounding.
pub fn reached(run: &Run, threshold: f64, steps: u64) -> Reached {
    let (places, heights): (Vec<f64>, Vec<f64>) = run.curve.iter().copied().unzip();
    match steps_to_threshold(&places, &heights, threshold - 1e-6 * threshold.abs().max(1.0)) {
        Reached::Censored(_) if matches!(run.state, State::Failed(_)) => Reached::Censored(steps as f64),
        other => other,
    }
}

/// The interquartile mean with its interval.
pub fn iqm(scores: &[f64], bootstrap: &Bootstrap) -> Option<Estimate> {
    let value = interquartile_mean(scores)?;
    Some(Estimate { value, interval: bootstrap.iqm_interval(scores) })
}

impl Measure {
    /// 1 where more is better, −1 where less is.
    pub fn sign(self) -> f64 {
        match self {
            Measure::FinalReturn => 1.0,
            Measure::ValueError => -1.0,
        }
    }

    /// What a finished run is compared by.
    fn of(self, run: &Run) -> Option<f64> {
        match self {
            Measure::FinalReturn => run.score,
            Measure::ValueError => last_value(run, 1),
        }
    }

    /// The same at every time at which it was measured.
    fn course(self, run: &Run) -> Vec<f64> {
        match self {
            Measure::FinalReturn => run.curve.iter().map(|point| point.1).chain(run.score).collect(),
            Measure::ValueError => run.values.iter().filter_map(|row| row[1]).filter(|v| v.is_finite()).collect(),
        }
    }
}

impl Comparison {
    /// Scores all runs: first those that finished, then those that failed.
    fn score(&mut self, bootstrap: &Bootstrap) {
        self.measure = self.suitable_measure();
        let sign = self.measure.sign();
        let worse = |a: f64, b: f64| if sign * a <= sign * b { a } else { b };
        let runs = || self.entries.iter().flat_map(|entry| entry.runs.iter().map(|run| (entry.steps, run)));
        let worst = runs().flat_map(|(_, run)| self.measure.course(run)).reduce(worse);
        let lowest = runs().flat_map(|(_, run)| Measure::FinalReturn.course(run)).reduce(f64::min);
        let failed = runs().any(|(_, run)| matches!(run.state, State::Failed(_)));
        for entry in &mut self.entries {
            let of = |run: &Run, own: Option<f64>, worst: Option<f64>| match run.state {
                State::Failed(_) => worst,
                _ => own,
            };
            let measured = |run: &Run| Some((run.seed, of(run, self.measure.of(run), worst)?));
            entry.scores = entry.runs.iter().filter_map(measured).collect();
            let areas: Vec<f64> = entry.runs.iter().filter_map(|run| of(run, area(run, entry.steps), lowest)).collect();
            entry.score = iqm(&entry.score_values(), bootstrap);
            entry.area = iqm(&areas, bootstrap);
        }
        self.worst = worst.filter(|_| failed);
    }

    /// Returns, unless they are the seeds' alone and there are errors to compare: then the policy is given.
    fn suitable_measure(&self) -> Measure {
        let runs = || self.entries.iter().flat_map(|entry| &entry.runs);
        let mut of_seed: BTreeMap<u64, f64> = BTreeMap::new();
        let mut repeats = |run: &Run| run.score.is_none_or(|score| *of_seed.entry(run.seed).or_insert(score) == score);
        let same = self.entries.len() > 1 && runs().all(&mut repeats);
        let errors = runs().any(|run| Measure::ValueError.of(run).is_some());
        if same && errors { Measure::ValueError } else { Measure::FinalReturn }
    }

    /// Entries from the best score to the worst, those without one last.
    pub fn ranked(&self) -> Vec<&Entry> {
        let mut ranked: Vec<&Entry> = self.entries.iter().collect();
        let score = |e: &Entry| e.score.map_or(f64::NEG_INFINITY, |score| self.measure.sign() * score.value);
        ranked.sort_by(|a, b| score(b).total_cmp(&score(a)));
        ranked
    }

    /// The pair of two variants, and whether it stands the other way round.
    pub fn pair(&self, one: usize, other: usize) -> Option<(&Pair, bool)> {
        let found = |first, second| self.pairs.iter().find(|pair| pair.first == first && pair.second == second);
        found(one, other).map(|pair| (pair, false)).or_else(|| found(other, one).map(|pair| (pair, true)))
    }

    /// The interval of a pair's probability.
    pub fn probability_interval(&self, pair: &Pair, bootstrap: &Bootstrap) -> Option<Interval> {
        let [x, y] = [pair.first, pair.second].map(|index| [self.entries[index].signed_scores(self.measure)]);
        bootstrap.expanded_of_two(&x, &y, probability_of_improvement)
    }
}

fn pairs(entries: &[Entry], measure: Measure) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (index, one) in entries.iter().enumerate() {
        pairs.extend(entries[index + 1..].iter().filter_map(|other| pair(one, other, measure)));
    }
    // Holm's correction is for the tests that were made.
    let tested: Vec<f64> = pairs.iter().filter_map(|pair| pair.p_value).collect();
    let mut corrected = holm(&tested).into_iter();
    pairs.iter_mut().filter(|pair| pair.p_value.is_some()).for_each(|pair| pair.p_value = corrected.next());
    pairs
}

/// Two variants against each other, both of which have scores; the p-value is not corrected yet.
fn pair(one: &Entry, other: &Entry, measure: Measure) -> Option<Pair> {
    let differences = shared_differences(one, other, measure.sign());
    Some(Pair {
        first: one.variant,
        second: other.variant,
        probability: probability_of_improvement(&[one.signed_scores(measure)], &[other.signed_scores(measure)])?,
        shared: differences.len(),
        different: differences.iter().filter(|difference| **difference != 0.0).count(),
        difference: pseudo_median(&differences),
        p_value: wilcoxon_signed_rank(&differences),
    })
}

/// How much better the one is, for each seed that both have a score of.
fn shared_differences(one: &Entry, other: &Entry, sign: f64) -> Vec<f64> {
    let others: BTreeMap<u64, f64> = other.scores.iter().copied().collect();
    one.scores.iter().filter_map(|(seed, score)| Some(sign * (score - others.get(seed)?))).collect()
}

/// The fewest differences with which the smallest of so many p-values can be significant: Wilcoxon's smallest of n differences
/// is 2^(1 − n), and Holm's correction multiplies the smallest by the number of pairs.
pub fn fewest_seeds(pairs: usize) -> usize {
    (1..).find(|&seeds| pairs as f64 * 0.5_f64.powi(seeds - 1) <= SIGNIFICANT).map_or(1, |seeds| seeds as usize)
}

impl Pair {
    /// Whether the two differ, as far as these runs can tell.
    pub fn significant(&self) -> bool {
        self.p_value.is_some_and(|p| p <= SIGNIFICANT)
    }

    /// Whether `variant` is significantly better than the other one.
    pub fn won_by(&self, variant: usize) -> bool {
        let difference = self.difference.unwrap_or(0.0);
        self.significant() && variant == if difference >= 0.0 { self.first } else { self.second }
    }
}

impl Entry {
    /// Runs in a state.
    pub fn count(&self, of: impl Fn(&State) -> bool) -> usize {
        self.runs.iter().filter(|run| of(&run.state)).count()
    }

    /// Runs that reached the threshold at some time.
    pub fn solved(&self) -> usize {
        self.reached.iter().filter(|reached| matches!(reached, Reached::At(_))).count()
    }

    /// Weights of a run.
    pub fn parameters(&self) -> Option<u64> {
        self.runs.iter().find_map(|run| run.parameters)
    }

    /// Median of the runs' environment steps per second.
    pub fn rate(&self) -> Option<f64> {
        let manifests = self.runs.iter().filter_map(|run| run.manifest.as_ref());
        median(&manifests.filter_map(|manifest| manifest.steps_per_second).collect::<Vec<_>>())
    }

    /// The scores without their seeds.
    pub fn score_values(&self) -> Vec<f64> {
        self.scores.iter().map(|(_, score)| *score).collect()
    }

    /// The same with the sign with which more is better.
    fn signed_scores(&self, measure: Measure) -> Vec<f64> {
        self.scores.iter().map(|(_, score)| measure.sign() * score).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_pairs_take_more_seeds() {
        assert_eq!([1, 10, 28].map(fewest_seeds), [6, 9, 11]);
    }
}
