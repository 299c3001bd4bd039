//! The runs of a variant, and the figures that are computed from them.

use std::path::PathBuf;

use super::estimate::Estimate;
use super::measure::Measure;
use super::quantity::Quantity;
use super::read::{ExperimentResults, PlannedVariant, RunRecord, RunState};
use super::settings_in_names::{GridSetting, base_and_settings};
use super::time_to_threshold::{first_optimal, first_reached, is_optimal};
use crate::results::{Origin, TrueValues};
use crate::stats::{Reached, median};

/// A variant's runs and figures.
#[derive(Clone, Debug)]
pub struct VariantResult {
    /// The variant's name; with several experiments, after that of its experiment.
    pub name: String,
    /// What it is called over environments.
    pub method: String,
    /// The name of its experiment.
    pub experiment: String,
    /// The folder of its runs.
    pub folder: PathBuf,
    /// The experiment whose weights its runs began with; `None` for new weights.
    pub origin: Option<Origin>,
    /// The name without the settings in it.
    pub base: String,
    /// The settings in the name, as a grid writes them.
    pub settings: Vec<GridSetting>,
    /// Its index in the environment. It decides the colour.
    pub index: usize,
    /// Environment steps of each of its runs.
    pub steps: u64,
    /// All planned runs, missing ones too.
    pub runs: Vec<RunRecord>,
    /// Seed and score of each run that is over. A failed run has the worst score that any run of the environment ever had
    /// (worst-rank scores, Lachin 1999). Leaving it out would flatter the variant.
    pub scores: Vec<(u64, f64)>,
    /// Seed and final return of each run that is over; failed runs as in `scores`.
    pub final_returns: Vec<(u64, f64)>,
    /// Interquartile mean of the scores.
    pub score: Option<Estimate>,
    /// Interquartile mean of the final returns; failed runs as in `scores`.
    pub final_return: Option<Estimate>,
    /// Interquartile mean of the areas under the learning curves, each divided by its length; failed runs as in `scores`. `None`
    /// where runs did not all begin alike.
    pub area: Option<Estimate>,
    /// When each run first reached the threshold after step 0. Empty without a threshold, and where runs did not all begin alike;
    /// missing runs are not in it.
    pub reached: Vec<Reached>,
    /// When each run with an exact solution first had no regret after step 0. Empty where runs did not all begin alike.
    pub optimal: Vec<Reached>,
    /// How many runs have no regret at their end.
    pub optimal_at_end: usize,
    /// What value errors are measured against.
    pub truth: TrueValues,
    /// Interquartile means of the last distances from the exact solution; failed runs as in `scores`.
    pub distances: LastDistances,
}

/// Interquartile means of a variant's last distances from the exact solution.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LastDistances {
    /// Of [`Quantity::ValueError`].
    pub value_error: Option<f64>,
    /// Of [`Quantity::OnPolicyError`].
    pub on_policy_error: Option<f64>,
    /// Of [`Quantity::BellmanError`].
    pub bellman_error: Option<f64>,
    /// Of [`Quantity::Regret`].
    pub regret: Option<f64>,
}

impl VariantResult {
    /// A variant with all figures that do not depend on other variants.
    pub fn new(
        name_prefix: &str,
        experiment: &ExperimentResults,
        planned: &PlannedVariant,
        index: usize,
        runs: &[RunRecord],
        threshold: Option<f64>,
    ) -> VariantResult {
        let steps = experiment.plan.steps;
        let begun = || runs.iter().filter(|run| run.state != RunState::Missing);
        let measured = || begun().filter(|run| Quantity::Regret.is_in(run));
        let (base, settings) = base_and_settings(&planned.name, &planned.approximator);
        let truth = runs.iter().flat_map(|run| &run.values).find_map(|row| row.distance.truth);
        let optimal_at_end = |run: &&RunRecord| Quantity::Regret.last(run).is_some_and(is_optimal);
        VariantResult {
            name: format!("{name_prefix}{}", planned.name),
            method: planned.method.clone(),
            experiment: experiment.name.clone(),
            folder: experiment.folder.join(&planned.name),
            origin: experiment.origin.clone(),
            base: format!("{name_prefix}{base}").trim_end_matches('/').to_owned(),
            settings,
            index,
            steps,
            runs: runs.to_vec(),
            scores: Vec::new(),
            final_returns: Vec::new(),
            score: None,
            final_return: None,
            area: None,
            reached: threshold
                .map_or_else(Vec::new, |threshold| begun().map(|run| first_reached(run, threshold, steps)).collect()),
            optimal: measured().map(|run| first_optimal(run, steps)).collect(),
            optimal_at_end: runs.iter().filter(optimal_at_end).count(),
            truth: truth.unwrap_or(planned.usual_truth()),
            distances: LastDistances::default(),
        }
    }

    /// How many runs are in a state.
    pub fn count(&self, is: impl Fn(&RunState) -> bool) -> usize {
        self.runs.iter().filter(|run| is(&run.state)).count()
    }

    /// How many runs ever reached the threshold.
    pub fn ever_reached(&self) -> usize {
        self.reached.iter().filter(|reached| matches!(reached, Reached::At(_))).count()
    }

    /// How many runs ever had no regret.
    pub fn ever_optimal(&self) -> usize {
        self.optimal.iter().filter(|reached| matches!(reached, Reached::At(_))).count()
    }

    /// How many runs ended early.
    pub fn failed(&self) -> usize {
        self.runs.iter().filter(|run| run.failed()).count()
    }

    /// The number of weights of a run.
    pub fn parameters(&self) -> Option<u64> {
        self.runs.iter().find_map(|run| run.parameters)
    }

    /// Median of the runs' environment steps per second.
    pub fn steps_per_second(&self) -> Option<f64> {
        let manifests = self.runs.iter().filter_map(|run| run.manifest.as_ref());
        median(&manifests.filter_map(|manifest| manifest.steps_per_second).collect::<Vec<_>>())
    }

    /// The scores without their seeds.
    pub fn score_values(&self) -> Vec<f64> {
        self.scores.iter().map(|(_, score)| *score).collect()
    }

    /// The final returns without their seeds.
    pub fn final_values(&self) -> Vec<f64> {
        self.final_returns.iter().map(|(_, total)| *total).collect()
    }

    /// The scores without their seeds, negated where less is better.
    pub fn signed_scores(&self, measure: Measure) -> Vec<f64> {
        self.scores.iter().map(|(_, score)| measure.sign() * score).collect()
    }
}
