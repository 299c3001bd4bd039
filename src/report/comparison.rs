//! The results of all experiments in one environment, side by side.

use super::pairs::{Pair, pairs};
use super::read::{Distance, Environment, PlannedVariant, Results, RunRecord, State};
use super::settings_in_names::{Setting, base_and_settings};
use super::tie::Tie;
use crate::results::{Origin, most_like};
use crate::stats::{
    Bootstrap, Interval, Reached, area_under_curve, interquartile_mean, median, probability_of_improvement,
    steps_to_threshold,
};

/// With fewer runs than this an interval says little.
pub const MIN_RUNS: usize = 10;

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
    /// The mean height of the learning curve (AUC): how fast a variant learns, where all come to the same final return.
    MeanReturn,
    /// The last error of the values against the exact solution: of algorithms whose policy is given.
    ValueError,
}

/// A regret up to here is none but for rounding.
pub const NO_REGRET: f64 = 1e-9;

/// A variant's runs and figures.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The variant's name, with that of its experiment where that is needed.
    pub name: String,
    /// The name of its experiment.
    pub experiment: String,
    /// The experiment from whose weights its runs began, if not from new ones.
    pub origin: Option<Origin>,
    /// The same without the settings that are part of it.
    pub base: String,
    /// The settings that are part of its name, as a grid writes them.
    pub settings: Vec<Setting>,
    /// Its number in the environment, which is its colour.
    pub variant: usize,
    /// Environment steps of each of its runs.
    pub steps: u64,
    /// All runs, also those that are missing.
    pub runs: Vec<RunRecord>,
    /// Seed and score of each run that is over. A failed run has the worst figure that any run of the environment ever had
    /// (worst-rank scores, Lachin 1999): leaving it out would flatter the variant.
    pub scores: Vec<(u64, f64)>,
    /// Interquartile mean of the scores.
    pub score: Option<Estimate>,
    /// Interquartile mean of the final returns; failed runs as in `scores`.
    pub final_return: Option<Estimate>,
    /// Interquartile mean of the areas under the learning curves, each divided by its length; failed runs as in `scores`. Nothing
    /// where runs did not all begin alike.
    pub area: Option<Estimate>,
    /// When each run first reached the threshold after step 0, where there is one; runs that are missing are not in it, and none is where runs
    /// did not all begin alike.
    pub reached: Vec<Reached>,
    /// When each run that was measured against an exact solution first had no regret; none where runs did not all begin alike.
    pub optimal: Vec<Reached>,
    /// Runs that have no regret at their end.
    pub optimal_at_end: usize,
    /// What errors of values are measured against, `q_star` for example.
    pub truth: String,
    /// Interquartile means of the last distances from the exact solution; failed runs as in `scores`.
    pub distances: Distances,
}

/// Distances of a variant from the exact solution.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Distances {
    /// Of the values, all states alike.
    pub value_error: Option<f64>,
    /// Of the values, states weighted as the followed policy visits them.
    pub on_policy_error: Option<f64>,
    /// Of the values from what Bellman's equation makes of them.
    pub bellman_error: Option<f64>,
    /// Of the policy's worth from that of an optimal one.
    pub regret: Option<f64>,
}

/// An environment and what was run in it.
pub struct Comparison {
    /// The environment.
    pub environment: Environment,
    /// Its name in headings.
    pub title: String,
    /// The return that counts as solved.
    pub threshold: Option<f64>,
    /// Whether reaching that is told by regrets, which are exact, in place of returns, which are estimates.
    pub exact: bool,
    /// Whether scores are returns of evaluations, not of training.
    pub evaluated: bool,
    /// Whether the policy is given and its values are learned, so that returns say nothing.
    pub prediction: bool,
    /// What variants are compared by.
    pub measure: Measure,
    /// What a failed run counts as, where there is one.
    pub worst: Option<f64>,
    /// The variants, in the order of the experiments.
    pub entries: Vec<Entry>,
    /// Every two variants that have scores.
    pub pairs: Vec<Pair>,
    /// The number of the variant that all others are tested against, in place of each other.
    pub baseline: Option<usize>,
    /// Why several variants share the best place, where they do and learning speed tells them apart.
    pub tie: Option<Tie>,
    /// These variants by how fast they learn, where not all of them tie; the others have no scores in it.
    pub speeds: Option<Box<Comparison>>,
    /// The worst that any run ever had: return, and each distance.
    pub(super) worsts: [Option<f64>; 5],
}

/// How figures are computed.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The intervals.
    pub bootstrap: Bootstrap,
    /// In place of the environments' own thresholds.
    pub threshold: Option<f64>,
    /// The name of the variant that all others are tested against; each against each where there is none.
    pub baseline: Option<String>,
}

impl Settings {
    /// The bootstrap for bands, which have many points: a pixel is soon reached.
    pub fn of_bands(&self) -> Bootstrap {
        Bootstrap { resamples: self.bootstrap.resamples.min(2_000), ..self.bootstrap }
    }
}

/// Groups all variants by environment, by whether their runs were evaluated, and by whether their policy is given, and computes
/// their figures.
///
/// # Errors
/// If no variant, or none in particular, has the baseline's name.
pub fn compare(experiments: &[Results], settings: &Settings) -> Result<Vec<Comparison>, String> {
    let mut comparisons: Vec<Comparison> = Vec::new();
    for experiment in experiments {
        let evaluated = experiment.plan.evaluation_episodes > 0;
        for (planned, runs) in experiment.plan.variants.iter().zip(&experiment.runs) {
            let same = |c: &Comparison| {
                c.environment == planned.environment && c.evaluated == evaluated && c.prediction == planned.predicts()
            };
            let comparison = match comparisons.iter().position(same) {
                Some(place) => &mut comparisons[place],
                None => {
                    comparisons.push(empty(planned, evaluated, settings));
                    comparisons.last_mut().expect("one was just pushed")
                }
            };
            let prefix = if experiments.len() == 1 { String::new() } else { format!("{}/", experiment.name) };
            let variant = comparison.entries.len();
            let threshold = comparison.threshold;
            comparison.entries.push(gathered(&prefix, experiment, planned, variant, runs, threshold));
        }
    }
    tell_apart(&mut comparisons);
    if let Some(name) = &settings.baseline {
        set_baseline(&mut comparisons, name)?;
    }
    for comparison in &mut comparisons {
        if !comparison.begins_alike() {
            comparison.entries.iter_mut().for_each(|entry| (entry.reached, entry.optimal) = Default::default());
        }
        comparison.score(&settings.bootstrap);
        let regrets = comparison.entries.iter().any(|entry| entry.distances.regret.is_some());
        comparison.exact = regrets && settings.threshold.is_none() && !comparison.prediction;
    }
    Ok(comparisons)
}

fn empty(planned: &PlannedVariant, evaluated: bool, settings: &Settings) -> Comparison {
    let environment = planned.environment.clone();
    Comparison {
        title: environment.id.replace('_', "-"),
        threshold: settings.threshold.or(environment.threshold).filter(|_| !planned.predicts()),
        environment,
        exact: false,
        evaluated,
        prediction: planned.predicts(),
        measure: Measure::FinalReturn,
        worst: None,
        entries: Vec::new(),
        pairs: Vec::new(),
        baseline: None,
        tie: None,
        speeds: None,
        worsts: [None; 5],
    }
}

/// Finds the variant called `name`, with or without its experiment before it, in each environment.
fn set_baseline(comparisons: &mut [Comparison], name: &str) -> Result<(), String> {
    let within = |full: &str| full == name || full.rsplit('/').next() == Some(name);
    let mut found = false;
    for comparison in comparisons.iter_mut() {
        let fitting: Vec<&Entry> = comparison.entries.iter().filter(|entry| within(&entry.name)).collect();
        if let [one, other, ..] = fitting[..] {
            return Err(format!(
                "--baseline {name}: several variants are called so: give {} or {}",
                one.name, other.name
            ));
        }
        comparison.baseline = fitting.first().map(|entry| entry.variant);
        found |= comparison.baseline.is_some();
    }
    if found {
        return Ok(());
    }
    let names = comparisons.iter().flat_map(|comparison| &comparison.entries).map(|entry| entry.name.as_str());
    let nearest = most_like(name, names).map_or("", |(nearest, _)| nearest);
    Err(format!("--baseline {name}: there is no such variant; the nearest name is `{nearest}`"))
}

/// Adds their settings to the titles of environments that have the same name.
fn tell_apart(comparisons: &mut [Comparison]) {
    let ids: Vec<String> = comparisons.iter().map(|comparison| comparison.environment.id.clone()).collect();
    for comparison in comparisons.iter_mut() {
        if ids.iter().filter(|id| **id == comparison.environment.id).count() > 1 {
            let returns = if comparison.evaluated { "" } else { ", without evaluations" };
            let policy = if comparison.prediction { ", values of a given policy" } else { "" };
            comparison.title += &format!(" ({}{returns}{policy})", comparison.environment.described());
        }
    }
}

/// A variant with all that does not depend on the others.
fn gathered(
    prefix: &str,
    experiment: &Results,
    planned: &PlannedVariant,
    variant: usize,
    runs: &[RunRecord],
    threshold: Option<f64>,
) -> Entry {
    let steps = experiment.plan.steps;
    let begun = || runs.iter().filter(|run| run.state != State::Missing);
    let measured = || begun().filter(|run| run.course(Distance::Regret).next().is_some());
    let (base, settings) = base_and_settings(&planned.name, &planned.approximator);
    let last_regret = |run: &&RunRecord| last(run, Distance::Regret).is_some_and(|regret| regret <= NO_REGRET);
    Entry {
        name: format!("{prefix}{}", planned.name),
        experiment: experiment.name.clone(),
        origin: experiment.origin.clone(),
        base: format!("{prefix}{base}").trim_end_matches('/').to_owned(),
        settings,
        variant,
        steps,
        runs: runs.to_vec(),
        scores: Vec::new(),
        score: None,
        final_return: None,
        area: None,
        reached: threshold.map_or_else(Vec::new, |at| begun().map(|run| reached(run, at, steps)).collect()),
        optimal: measured().map(|run| first_optimal(run, steps)).collect(),
        optimal_at_end: runs.iter().filter(last_regret).count(),
        truth: runs.iter().find_map(|run| run.truth.clone()).unwrap_or_else(|| planned.usual_truth().to_owned()),
        distances: Distances::default(),
    }
}

/// The last distance of a finished run.
fn last(run: &RunRecord, of: Distance) -> Option<f64> {
    run.course(of).last().filter(|_| run.state == State::Finished).map(|(_, value)| value)
}

/// The mean height of a finished run's learning curve.
pub fn area(run: &RunRecord, steps: u64) -> Option<f64> {
    let (places, heights): (Vec<f64>, Vec<f64>) = run.curve.iter().copied().unzip();
    (run.state == State::Finished).then(|| area_under_curve(&places, &heights, steps as f64)).flatten()
}

/// When a run first reached a threshold after step 0, where it had learned nothing yet. A run that failed before will never do so: it is in view to the end of the `steps` it
/// should have made. A sum of rewards may miss the threshold by its rounding.
pub fn reached(run: &RunRecord, threshold: f64, steps: u64) -> Reached {
    first_passage(run, run.curve.iter().copied(), threshold - 1e-6 * threshold.abs().max(1.0), steps)
}

/// When a run's policy first had no regret after step 0, where it had learned nothing yet.
pub fn first_optimal(run: &RunRecord, steps: u64) -> Reached {
    first_passage(run, run.course(Distance::Regret).map(|(step, regret)| (step, -regret)), -NO_REGRET, steps)
}

fn first_passage(run: &RunRecord, curve: impl Iterator<Item = (f64, f64)>, threshold: f64, steps: u64) -> Reached {
    let (mut places, mut heights): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    for (place, height) in curve.filter(|(place, _)| *place > 0.0) {
        // A damaged file may have a step twice.
        if places.last().is_none_or(|before| *before < place) {
            places.push(place);
            heights.push(height);
        }
    }
    match steps_to_threshold(&places, &heights, threshold) {
        Reached::Censored(_) if run.failed() => Reached::Censored(steps as f64),
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
            Measure::FinalReturn | Measure::MeanReturn => 1.0,
            Measure::ValueError => -1.0,
        }
    }
}

/// What a curve over environment steps shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// The mean return of an evaluation, or of training episodes.
    Return,
    /// A distance from the exact solution.
    Distance(Distance),
}

impl Quantity {
    /// What was measured of a run.
    pub fn measured(self, run: &RunRecord) -> Vec<(f64, f64)> {
        match self {
            Quantity::Return => run.curve.clone(),
            Quantity::Distance(distance) => run.course(distance).collect(),
        }
    }

    /// Its place among the worst figures.
    fn index(self) -> usize {
        match self {
            Quantity::Return => 0,
            Quantity::Distance(distance) => distance as usize,
        }
    }

    /// The worse of two figures.
    fn worse(self, a: f64, b: f64) -> f64 {
        match self {
            Quantity::Return => a.min(b),
            Quantity::Distance(_) => a.max(b),
        }
    }
}

impl Comparison {
    /// The worst that any run ever had.
    pub fn worst_of(&self, quantity: Quantity) -> Option<f64> {
        self.worsts[quantity.index()]
    }

    fn find_worst(&self, quantity: Quantity) -> Option<f64> {
        let of_run = |run: &RunRecord| {
            let curve = quantity.measured(run).into_iter().map(|(_, value)| value);
            curve.chain(run.score.filter(|_| quantity == Quantity::Return)).reduce(|a, b| quantity.worse(a, b))
        };
        let runs = self.entries.iter().flat_map(|entry| &entry.runs);
        runs.filter_map(of_run).reduce(|a, b| quantity.worse(a, b))
    }

    /// Seed and figure of each run of a variant that is over: `of` knows those of finished ones, and a failed run counts with
    /// the `worst` figure there is.
    fn counted(entry: &Entry, of: impl Fn(&RunRecord) -> Option<f64>, worst: Option<f64>) -> Vec<(u64, f64)> {
        let figure = |run: &RunRecord| if run.failed() { worst } else { of(run) };
        entry.runs.iter().filter_map(|run| Some((run.seed, figure(run)?))).collect()
    }

    /// Seed and last distance of each run of a variant that is over, if it has this distance at all.
    fn last_distances(&self, entry: &Entry, of: Distance) -> Vec<(u64, f64)> {
        if !entry.runs.iter().any(|run| run.course(of).next().is_some()) {
            return Vec::new();
        }
        Comparison::counted(entry, |run| last(run, of), self.worst_of(Quantity::Distance(of)))
    }

    /// Computes all figures of all variants, and tests them.
    fn score(&mut self, bootstrap: &Bootstrap) {
        let distances = [Distance::ValueError, Distance::Regret, Distance::OnPolicyError, Distance::BellmanError];
        for quantity in distances.map(Quantity::Distance).into_iter().chain([Quantity::Return]) {
            self.worsts[quantity.index()] = self.find_worst(quantity);
        }
        let lowest = self.worst_of(Quantity::Return);
        let figures = |entry: &Entry| {
            let last = |of: Distance| self.last_distances(entry, of);
            let middle = |of: Distance| interquartile_mean(&values(&last(of)));
            let distances = Distances {
                value_error: middle(Distance::ValueError),
                on_policy_error: middle(Distance::OnPolicyError),
                bellman_error: middle(Distance::BellmanError),
                regret: middle(Distance::Regret).filter(|_| !self.prediction),
            };
            let finals = Comparison::counted(entry, |run| run.score, lowest);
            let areas = Comparison::counted(entry, |run| area(run, entry.steps), lowest);
            (distances, finals, areas, last(Distance::ValueError))
        };
        let figures: Vec<_> = self.entries.iter().map(figures).collect();
        let begins_alike = self.begins_alike();
        for (entry, (distances, finals, areas, errors)) in self.entries.iter_mut().zip(&figures) {
            entry.distances = *distances;
            if self.prediction {
                entry.scores = errors.clone();
                entry.score = iqm(&entry.score_values(), bootstrap);
            } else {
                entry.final_return = iqm(&values(finals), bootstrap);
                entry.area = iqm(&values(areas), bootstrap).filter(|_| begins_alike);
                (entry.scores, entry.score) = (finals.clone(), entry.final_return);
            }
        }
        self.measure = if self.prediction { Measure::ValueError } else { Measure::FinalReturn };
        self.pairs = pairs(&self.entries, self.measure, self.baseline);
        let areas: Vec<_> = figures.into_iter().map(|(_, _, areas, _)| areas).collect();
        self.break_tie(areas);
        let quantity = match self.measure {
            Measure::ValueError => Quantity::Distance(Distance::ValueError),
            Measure::FinalReturn | Measure::MeanReturn => Quantity::Return,
        };
        let failed = self.entries.iter().flat_map(|entry| &entry.runs).any(RunRecord::failed);
        self.worst = self.worst_of(quantity).filter(|_| failed);
    }

    /// What each run of a variant has been measured at, with its name, and the same as it counts: a failed run has the worst
    /// figure there is from its failure on, as it has in the scores. Without that a curve would follow the survivors.
    pub fn curves(&self, entry: &Entry, quantity: Quantity) -> Vec<Curve> {
        let measured = |run: &RunRecord| quantity.measured(run);
        let worst = self.worst_of(quantity).filter(|_| entry.runs.iter().any(|run| !measured(run).is_empty()));
        let places = self.places(entry, quantity);
        let curve = |run: &RunRecord| {
            let own = measured(run);
            let end = own.last().map_or(f64::NEG_INFINITY, |(step, _)| *step);
            let lost = worst.filter(|_| run.failed()).map_or_else(Vec::new, |worst| {
                places.iter().filter(|place| **place > end).map(|place| (*place, worst)).collect()
            });
            Curve { name: format!("seed {}", run.seed), counted: [own.clone(), lost].concat(), own }
        };
        entry.runs.iter().map(curve).filter(|curve| !curve.counted.is_empty()).collect()
    }

    /// The steps at which the runs of a variant are measured: where finished runs were, its own or else those of others; the
    /// end of the budget where none is finished.
    fn places(&self, entry: &Entry, quantity: Quantity) -> Vec<f64> {
        let of = |runs: &mut dyn Iterator<Item = &RunRecord>| {
            let finished = runs.filter(|run| run.state == State::Finished);
            let mut places: Vec<f64> = finished.flat_map(|run| quantity.measured(run)).map(|(step, _)| step).collect();
            places.sort_by(f64::total_cmp);
            places.dedup();
            places
        };
        let own = of(&mut entry.runs.iter());
        let others = || of(&mut self.entries.iter().flat_map(|entry| &entry.runs));
        let mut places = if own.is_empty() { others() } else { own };
        places.retain(|place| *place <= entry.steps as f64);
        if places.is_empty() { vec![entry.steps as f64] } else { places }
    }

    /// The tests that were made.
    pub fn tests(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.p_value.is_some()).count()
    }

    /// What errors of values are measured against, in the order of the variants.
    pub fn truths(&self) -> Vec<&str> {
        let measured = self.entries.iter().filter(|entry| entry.distances.value_error.is_some());
        let mut truths: Vec<&str> = Vec::new();
        for entry in measured {
            if !truths.contains(&entry.truth.as_str()) {
                truths.push(&entry.truth);
            }
        }
        truths
    }

    /// Entries from the best score to the worst, those without one last. Those that tie for the best stand first, by how fast they
    /// learn.
    pub fn ranked(&self) -> Vec<&Entry> {
        let mut ranked: Vec<&Entry> = self.entries.iter().collect();
        let score = |e: &Entry| e.score.map_or(f64::NEG_INFINITY, |score| self.measure.sign() * score.value);
        ranked.sort_by(|a, b| score(b).total_cmp(&score(a)));
        if let Some(speeds) = &self.speeds {
            let speed = |e: &Entry| speeds.entries[e.variant].score.map_or(f64::NEG_INFINITY, |score| score.value);
            ranked.sort_by(|a, b| speed(b).total_cmp(&speed(a)));
        }
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

/// A run's curve.
pub struct Curve {
    /// The run's name.
    pub name: String,
    /// What was measured.
    pub own: Vec<(f64, f64)>,
    /// What counts.
    pub counted: Vec<(f64, f64)>,
}

fn values(figures: &[(u64, f64)]) -> Vec<f64> {
    figures.iter().map(|(_, figure)| *figure).collect()
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

    /// Runs that had no regret at some time.
    pub fn once_optimal(&self) -> usize {
        self.optimal.iter().filter(|reached| matches!(reached, Reached::At(_))).count()
    }

    /// Runs that ended early.
    pub fn failed(&self) -> usize {
        self.runs.iter().filter(|run| run.failed()).count()
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
        values(&self.scores)
    }

    /// The same with the sign with which more is better.
    pub fn signed_scores(&self, measure: Measure) -> Vec<f64> {
        self.scores.iter().map(|(_, score)| measure.sign() * score).collect()
    }
}
