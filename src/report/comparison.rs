//! The results of all experiments in one environment, side by side.

use super::read::{Environment, Manifest, Results, Run, State};
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
    /// Its interval; the estimate itself where there is only one run.
    pub interval: Interval,
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
    /// Interquartile mean of the final returns.
    pub score: Option<Estimate>,
    /// Interquartile mean of the areas under the learning curves, each divided by its length.
    pub area: Option<Estimate>,
    /// When each run first reached the threshold, where there is one; runs that are missing are not in it.
    pub reached: Vec<Reached>,
    /// Median of the last errors of the values against the exact solution.
    pub value_rmse: Option<f64>,
    /// Median of the last regrets.
    pub regret: Option<f64>,
}

/// Two variants against each other.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The number of the one.
    pub first: usize,
    /// The number of the other.
    pub second: usize,
    /// Probability that a run of the one scores higher than a run of the other.
    pub improvement: Estimate,
    /// Seeds that both have a score of.
    pub shared: usize,
    /// By how much the one scores higher, over shared seeds: the median of the means of every two differences.
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
    /// The bootstrap for figures of which there are many, such as the points of a band: a pixel is soon reached.
    pub fn of_many(&self) -> Bootstrap {
        Bootstrap { resamples: self.bootstrap.resamples.min(2_000), ..self.bootstrap }
    }
}

/// Groups all variants by environment and computes their figures.
pub fn compare(experiments: &[Results], settings: &Settings) -> Vec<Comparison> {
    let mut comparisons: Vec<Comparison> = Vec::new();
    for experiment in experiments {
        for (planned, runs) in experiment.plan.variants.iter().zip(&experiment.runs) {
            let known = comparisons.iter().position(|comparison| comparison.environment == planned.environment);
            let place = known.unwrap_or(comparisons.len());
            if known.is_none() {
                comparisons.push(Comparison {
                    environment: planned.environment.clone(),
                    title: planned.environment.id.replace('_', "-"),
                    threshold: settings.threshold.or(planned.environment.threshold),
                    evaluated: experiment.plan.evaluation_episodes > 0,
                    entries: Vec::new(),
                    pairs: Vec::new(),
                });
            }
            let comparison = &mut comparisons[place];
            let name = match experiments.len() {
                1 => planned.name.clone(),
                _ => format!("{}/{}", experiment.plan.name, planned.name),
            };
            let variant = comparison.entries.len();
            let entry = entry(name, variant, experiment.plan.steps, runs.clone(), comparison.threshold, settings);
            comparison.entries.push(entry);
        }
    }
    tell_apart(&mut comparisons);
    for comparison in &mut comparisons {
        comparison.pairs = pairs(&comparison.entries, settings);
    }
    comparisons
}

/// Adds their settings to the titles of environments that have the same name.
fn tell_apart(comparisons: &mut [Comparison]) {
    let ids: Vec<String> = comparisons.iter().map(|comparison| comparison.environment.id.clone()).collect();
    for comparison in comparisons.iter_mut() {
        if ids.iter().filter(|id| **id == comparison.environment.id).count() > 1 {
            comparison.title += &format!(" ({})", comparison.environment.described());
        }
    }
}

fn entry(
    name: String,
    variant: usize,
    steps: u64,
    runs: Vec<Run>,
    threshold: Option<f64>,
    settings: &Settings,
) -> Entry {
    let scores: Vec<f64> = runs.iter().filter_map(|run| run.score).collect();
    let finished = || runs.iter().filter(|run| run.state == State::Finished);
    let areas: Vec<f64> = finished().filter_map(|run| area(run, steps)).collect();
    let all_reached = |threshold: f64| {
        let begun = runs.iter().filter(|run| run.state != State::Missing);
        begun.map(|run| reached(run, threshold)).collect()
    };
    let last = |column: usize| {
        let values: Vec<f64> =
            finished().filter_map(|run| run.values.last()?[column]).filter(|v| v.is_finite()).collect();
        median(&values)
    };
    Entry {
        score: iqm(&scores, &settings.bootstrap),
        area: iqm(&areas, &settings.bootstrap),
        reached: threshold.map_or_else(Vec::new, all_reached),
        value_rmse: last(1),
        regret: last(2),
        name,
        variant,
        steps,
        runs,
    }
}

/// The mean height of a run's learning curve.
pub fn area(run: &Run, steps: u64) -> Option<f64> {
    let (places, heights): (Vec<f64>, Vec<f64>) = run.curve.iter().copied().unzip();
    area_under_curve(&places, &heights, steps as f64)
}

/// When a run first reached a threshold. A sum of rewards may miss it by its rounding.
pub fn reached(run: &Run, threshold: f64) -> Reached {
    let (places, heights): (Vec<f64>, Vec<f64>) = run.curve.iter().copied().unzip();
    steps_to_threshold(&places, &heights, threshold - 1e-6 * threshold.abs().max(1.0))
}

/// The interquartile mean with its interval.
pub fn iqm(scores: &[f64], bootstrap: &Bootstrap) -> Option<Estimate> {
    let value = interquartile_mean(scores)?;
    let interval = bootstrap.iqm_interval(scores).unwrap_or(Interval { low: value, high: value });
    Some(Estimate { value, interval })
}

fn pairs(entries: &[Entry], settings: &Settings) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (first, one) in entries.iter().enumerate() {
        for (second, other) in entries.iter().enumerate().skip(first + 1) {
            pairs.extend(pair((first, one), (second, other), settings));
        }
    }
    // Holm's correction is for the tests that were made.
    let tested: Vec<f64> = pairs.iter().filter_map(|pair| pair.p_value).collect();
    let mut corrected = holm(&tested).into_iter();
    pairs.iter_mut().filter(|pair| pair.p_value.is_some()).for_each(|pair| pair.p_value = corrected.next());
    pairs
}

/// Two variants against each other, both of which have scores; the p-value is not corrected yet.
fn pair((first, one): (usize, &Entry), (second, other): (usize, &Entry), settings: &Settings) -> Option<Pair> {
    let scores = |entry: &Entry| entry.runs.iter().filter_map(|run| run.score).collect::<Vec<_>>();
    let (x, y) = ([scores(one)], [scores(other)]);
    let value = probability_of_improvement(&x, &y)?;
    let interval = settings.of_many().expanded_of_two(&x, &y, probability_of_improvement)?;
    let differences = shared_differences(one, other);
    Some(Pair {
        first,
        second,
        improvement: Estimate { value, interval },
        shared: differences.len(),
        difference: pseudo_median(&differences),
        p_value: wilcoxon_signed_rank(&differences),
    })
}

/// Score minus score, for each seed that both have a score of.
fn shared_differences(one: &Entry, other: &Entry) -> Vec<f64> {
    let score_of = |seed: u64| other.runs.iter().find(|run| run.seed == seed)?.score;
    one.runs.iter().filter_map(|run| Some(run.score? - score_of(run.seed)?)).collect()
}

/// The fewest shared seeds with which a difference can be significant among so many pairs: Wilcoxon's smallest p-value of n
/// differences is 2^(1 − n), and Holm's correction multiplies the smallest by the number of pairs.
pub fn fewest_seeds(pairs: usize) -> usize {
    (1..).find(|&seeds| pairs as f64 * 0.5_f64.powi(seeds - 1) <= SIGNIFICANT).map_or(1, |seeds| seeds as usize)
}

impl Pair {
    /// Whether the two differ, as far as these runs can tell.
    pub fn significant(&self) -> bool {
        self.p_value.is_some_and(|p| p <= SIGNIFICANT)
    }

    /// The number of the better one and that of the other, by their difference.
    pub fn ordered(&self) -> (usize, usize) {
        if self.difference.unwrap_or(0.0) >= 0.0 { (self.first, self.second) } else { (self.second, self.first) }
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
        let rates: Vec<f64> = self.manifests().filter_map(|manifest| manifest.steps_per_second).collect();
        median(&rates)
    }

    /// The manifests there are.
    pub fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        self.runs.iter().filter_map(|run| run.manifest.as_ref())
    }

    /// The scores there are, with their seeds.
    pub fn scores(&self) -> impl Iterator<Item = (u64, f64)> {
        self.runs.iter().filter_map(|run| Some((run.seed, run.score?)))
    }
}

impl Comparison {
    /// Entries from the highest score to the lowest, those without one last.
    pub fn ranked(&self) -> Vec<&Entry> {
        let mut ranked: Vec<&Entry> = self.entries.iter().collect();
        let score = |entry: &Entry| entry.score.map_or(f64::NEG_INFINITY, |score| score.value);
        ranked.sort_by(|a, b| score(b).total_cmp(&score(a)));
        ranked
    }

    /// The pair of two variants, and whether it stands the other way round.
    pub fn pair(&self, one: usize, other: usize) -> Option<(&Pair, bool)> {
        let found = |first, second| self.pairs.iter().find(|pair| pair.first == first && pair.second == second);
        found(one, other).map(|pair| (pair, false)).or_else(|| found(other, one).map(|pair| (pair, true)))
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
