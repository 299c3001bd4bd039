//! The figures of variants that depend on each other: a failed run counts with the worst value of all runs.

use super::comparison::Comparison;
use super::estimate::Estimate;
use super::measure::Measure;
use super::pairs::pairs;
use super::quantity::Quantity;
use super::read::RunRecord;
use super::variant_result::{LastDistances, VariantResult};
use crate::parallel::on_all_cores;
use crate::stats::{Bootstrap, area_under_curve, interquartile_mean};

/// The mean height of a finished run's learning curve.
pub fn area(run: &RunRecord, steps: u64) -> Option<f64> {
    let (at, heights): (Vec<f64>, Vec<f64>) = run.curve.iter().copied().unzip();
    run.finished().then(|| area_under_curve(&at, &heights, steps as f64)).flatten()
}

/// Seed and figure of runs.
type SeedFigures = Vec<(u64, f64)>;

/// The figures of a variant's runs that are over: `of` a finished run, `worst` for a failed one.
fn of_runs(variant: &VariantResult, of: impl Fn(&RunRecord) -> Option<f64>, worst: Option<f64>) -> SeedFigures {
    let figure = |run: &RunRecord| if run.failed() { worst } else { of(run) };
    variant.runs.iter().filter_map(|run| Some((run.seed, figure(run)?))).collect()
}

fn values(figures: &SeedFigures) -> Vec<f64> {
    figures.iter().map(|(_, figure)| *figure).collect()
}

impl Comparison {
    /// Computes all figures of all variants, and tests them.
    pub fn score(&mut self, bootstrap: &Bootstrap) {
        self.worst =
            Quantity::ALL.iter().filter_map(|&quantity| Some((quantity, self.find_worst(quantity)?))).collect();
        let lowest = self.worst_of(Quantity::Return);
        let begins_alike = self.begins_alike();
        let figures: Vec<[SeedFigures; 3]> = self
            .variants
            .iter()
            .map(|variant| {
                let errors = self.last_of_runs(variant, Quantity::ValueError);
                let finals = of_runs(variant, |run| run.score, lowest);
                [errors, finals, of_runs(variant, |run| area(run, variant.steps), lowest)]
            })
            .collect();
        let distances: Vec<LastDistances> = self.variants.iter().map(|variant| self.last_distances(variant)).collect();
        let prediction = self.prediction;
        let estimates = on_all_cores(&figures, |[errors, finals, areas]| {
            let iqm = |figures: &SeedFigures| Estimate::iqm(&values(figures), bootstrap);
            if prediction {
                [iqm(errors), None, None]
            } else {
                [None, iqm(finals), iqm(areas).filter(|_| begins_alike)]
            }
        });
        let mut all_areas = Vec::new();
        let of_variants = figures.into_iter().zip(estimates).zip(distances);
        for (variant, (([errors, finals, areas], [error, last, area]), distances)) in
            self.variants.iter_mut().zip(of_variants)
        {
            variant.distances = distances;
            (variant.final_return, variant.area) = (last, area);
            variant.final_returns = finals.clone();
            (variant.scores, variant.score) = if prediction { (errors, error) } else { (finals, last) };
            all_areas.push(areas);
        }
        self.measure = if self.prediction { Measure::ValueError } else { Measure::FinalReturn };
        self.pairs = pairs(&self.variants, self.measure, self.baseline);
        self.break_tie(all_areas);
        let failed = self.variants.iter().flat_map(|variant| &variant.runs).any(RunRecord::failed);
        self.failed_score = self.worst_of(self.measure.quantity()).filter(|_| failed);
    }

    fn find_worst(&self, quantity: Quantity) -> Option<f64> {
        let of_run = |run: &RunRecord| {
            let curve = quantity.curve(run).into_iter().map(|(_, value)| value);
            curve.chain(run.score.filter(|_| quantity == Quantity::Return)).reduce(|a, b| quantity.worse(a, b))
        };
        let runs = self.variants.iter().flat_map(|variant| &variant.runs);
        runs.filter_map(of_run).reduce(|a, b| quantity.worse(a, b))
    }

    fn last_distances(&self, variant: &VariantResult) -> LastDistances {
        let iqm = |quantity: Quantity| interquartile_mean(&values(&self.last_of_runs(variant, quantity)));
        LastDistances {
            value_error: iqm(Quantity::ValueError),
            on_policy_error: iqm(Quantity::OnPolicyError),
            bellman_error: iqm(Quantity::BellmanError),
            regret: iqm(Quantity::Regret).filter(|_| !self.prediction),
        }
    }

    /// Seed and last value of each run that is over; empty where no run of the variant has this quantity.
    fn last_of_runs(&self, variant: &VariantResult, quantity: Quantity) -> SeedFigures {
        if !variant.runs.iter().any(|run| quantity.is_in(run)) {
            return Vec::new();
        }
        of_runs(variant, |run| quantity.last(run), self.worst_of(quantity))
    }
}
