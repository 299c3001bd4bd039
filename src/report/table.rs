//! The table of an environment: one row for each variant.

use super::aligned::{Alignment, aligned};
use super::chart::exact;
use super::comparison::{Comparison, Entry, Estimate, Measure, Settings};
use super::read::State;
use crate::stats::{Bootstrap, mean, median, median_time, optimality_gap};

/// Column titles with their alignment, and a row of cells for each variant, the best first. A column without a figure in it is
/// not there.
pub struct Table {
    /// The titles.
    pub header: Vec<(String, Alignment)>,
    /// The variants' numbers and cells.
    pub rows: Vec<(usize, Vec<String>)>,
}

/// What stands where there is no figure.
const NONE: &str = "–";

/// The table of a comparison.
pub fn table(comparison: &Comparison) -> Table {
    use Alignment::{Left, Right};
    let threshold = comparison.threshold.map_or(String::new(), exact);
    let of_scores = decimals(comparison.entries.iter().filter_map(|entry| entry.score));
    let of_areas = decimals(comparison.entries.iter().filter_map(|entry| entry.area));
    let score = match comparison.measure {
        Measure::FinalReturn => "final return [95 %]",
        Measure::ValueError => "final value error [95 %]",
    };
    let header = [
        ("variant".to_owned(), Left),
        ("runs".to_owned(), Right),
        (score.to_owned(), Right),
        ("mean return (AUC) [95 %]".to_owned(), Right),
        (format!("reached {threshold}"), Right),
        (format!("steps to {threshold}"), Right),
        ("value rmse".to_owned(), Right),
        ("regret".to_owned(), Right),
        ("parameters".to_owned(), Right),
        ("steps/s".to_owned(), Right),
    ];
    let cells = |entry: &Entry| {
        [
            entry.name.clone(),
            runs(entry),
            estimate(entry.score, of_scores),
            estimate(entry.area, of_areas),
            solved(entry),
            figure(median_time(&entry.reached), 0),
            figure(entry.value_rmse, 4),
            figure(entry.regret, 4),
            figure(entry.parameters().map(|count| count as f64), 0),
            figure(entry.rate(), 0),
        ]
    };
    let rows: Vec<_> = comparison.ranked().into_iter().map(|entry| (entry.variant, cells(entry))).collect();
    let shown: Vec<usize> =
        (0..header.len()).filter(|&column| rows.iter().any(|(_, cells)| cells[column] != NONE)).collect();
    Table {
        header: shown.iter().map(|&column| header[column].clone()).collect(),
        rows: rows
            .into_iter()
            .map(|(variant, cells)| (variant, shown.iter().map(|&column| cells[column].clone()).collect()))
            .collect(),
    }
}

/// Median, mean and optimality gap of the final returns with their intervals, for each variant that has any.
pub fn estimates_table(comparison: &Comparison, settings: &Settings) -> Table {
    use Alignment::{Left, Right};
    let bootstrap = settings.bootstrap;
    let threshold = comparison.threshold.filter(|_| comparison.measure == Measure::FinalReturn);
    let row = |entry: &&Entry| {
        let scores = entry.score_values();
        let digits = decimals(entry.score.into_iter());
        let gap = |threshold: f64| with_interval(&scores, &bootstrap, |scores| optimality_gap(scores, threshold));
        let mut cells = vec![
            entry.name.clone(),
            estimate(Some(with_interval(&scores, &bootstrap, median)?), digits),
            estimate(Some(with_interval(&scores, &bootstrap, mean)?), digits),
        ];
        cells.extend(threshold.map(|threshold| estimate(gap(threshold), digits)));
        Some((entry.variant, cells))
    };
    let mut header =
        vec![("variant".to_owned(), Left), ("median [95 %]".to_owned(), Right), ("mean [95 %]".to_owned(), Right)];
    header.extend(threshold.map(|threshold| (format!("gap to {} [95 %]", exact(threshold)), Right)));
    Table { header, rows: comparison.ranked().iter().filter_map(row).collect() }
}

/// An estimate of one list of scores.
fn with_interval(scores: &[f64], bootstrap: &Bootstrap, estimator: impl Fn(&[f64]) -> Option<f64>) -> Option<Estimate> {
    let value = estimator(scores)?;
    Some(Estimate { value, interval: bootstrap.expanded(&[scores], |strata| estimator(&strata[0])) })
}

impl Table {
    /// For a terminal.
    pub fn text(&self) -> String {
        let header: Vec<(&str, Alignment)> = self.header.iter().map(|(title, side)| (title.as_str(), *side)).collect();
        aligned(&header, &self.rows.iter().map(|(_, cells)| cells.clone()).collect::<Vec<_>>())
    }
}

/// Finished runs, and of how many where that is not all.
fn runs(entry: &Entry) -> String {
    let (finished, all) = (entry.count(|state| *state == State::Finished), entry.runs.len());
    if finished == all { all.to_string() } else { format!("{finished} of {all}") }
}

/// As many decimals as tell the width of most intervals in two digits; where there are none, the values in three.
fn decimals(estimates: impl Iterator<Item = Estimate>) -> usize {
    let estimates: Vec<Estimate> = estimates.collect();
    let widths: Vec<f64> = estimates.iter().filter_map(Estimate::width).collect();
    let sizes: Vec<f64> = estimates.iter().map(|estimate| estimate.value.abs()).filter(|size| *size > 0.0).collect();
    let (scale, digits) = match (median(&widths), median(&sizes)) {
        (Some(width), _) => (width, 1.0),
        (None, Some(size)) => (size, 2.0),
        (None, None) => return 1,
    };
    (digits - scale.log10().floor()).clamp(1.0, 8.0) as usize
}

fn estimate(estimate: Option<Estimate>, decimals: usize) -> String {
    let Some(Estimate { value, interval }) = estimate else { return NONE.to_owned() };
    let interval = interval.map_or(String::new(), |i| format!(" [{:.decimals$}, {:.decimals$}]", i.low, i.high));
    format!("{value:.decimals$}{interval}")
}

fn solved(entry: &Entry) -> String {
    if entry.reached.is_empty() { NONE.to_owned() } else { format!("{} of {}", entry.solved(), entry.runs.len()) }
}

fn figure(value: Option<f64>, decimals: usize) -> String {
    value.map_or(NONE.to_owned(), |value| format!("{value:.decimals$}"))
}
