//! The figures of methods over environments.

use super::aggregate::{Aggregate, Method};
use super::findings::decided;
use crate::chart::{Axis, Chart, IntervalChart, IntervalRow, MatrixCell, MatrixChart, Series};
use crate::parallel::on_all_cores;
use crate::report::figures::{Figure, profile_chart, profile_levels, profile_series};
use crate::report::options::ReportOptions;
use crate::stats::{Bootstrap, performance_profile_intervals_over_tasks, performance_profile_over_tasks};

/// All figures, in the order of the page.
pub fn figures(aggregate: &Aggregate, options: &ReportOptions) -> Vec<Figure> {
    let profiles = performance_profiles(aggregate, &options.band_bootstrap());
    [Some(scores(aggregate)), profiles, Some(improvement(aggregate))].into_iter().flatten().collect()
}

/// The normalised score of each method.
fn scores(aggregate: &Aggregate) -> Figure {
    let row = |method: &&Method| IntervalRow {
        name: method.name.clone(),
        variant: method.index,
        value: method.score.value,
        interval: method.score.ends(),
        dots: aggregate.environments.iter().map(|e| e.title.clone()).zip(method.of_environments.clone()).collect(),
    };
    Figure {
        id: "normalised-scores".to_owned(),
        title: "Normalised scores over environments".to_owned(),
        caption: "Interquartile mean over all runs of all environments, with its 95 % interval: runs are resampled within each \
                  environment (Agarwal et al. 2021). Each small dot is the interquartile mean in one environment."
            .to_owned(),
        chart: Chart::Intervals(IntervalChart {
            x: Axis::new("normalised score"),
            rows: aggregate.ranked().iter().map(row).collect(),
            mark: None,
        }),
    }
}

/// The share of runs above each normalised score, averaged over environments.
fn performance_profiles(aggregate: &Aggregate, band: &Bootstrap) -> Option<Figure> {
    let all = aggregate.methods.iter().flat_map(|method| &method.scores).flatten();
    let levels = profile_levels(all.copied().collect())?;
    let series = |method: &Method| -> Option<Series> {
        let tasks: Vec<&[f64]> = method.scores.iter().map(Vec::as_slice).collect();
        let shares = performance_profile_over_tasks(&tasks, &levels)?;
        let bands = performance_profile_intervals_over_tasks(band, &tasks, &levels).unwrap_or_default();
        let runs = tasks.iter().map(|scores| scores.len()).sum();
        Some(profile_series(&method.name, method.index, &levels, &shares, &bands, runs))
    };
    let series: Vec<Series> = on_all_cores(&aggregate.methods, series).into_iter().flatten().collect();
    Some(Figure {
        id: "performance-profile".to_owned(),
        title: "Performance profiles over environments".to_owned(),
        caption: "Share of runs whose normalised score is above τ, averaged over environments, with pointwise 95 % intervals (Agarwal \
                  et al. 2021)."
            .to_owned(),
        chart: profile_chart("normalised score", series)?,
    })
}

/// The probability that a run of one method is better than a run of another, averaged over environments.
fn improvement(aggregate: &Aggregate) -> Figure {
    let ranked = aggregate.ranked();
    let cell = |row: &Method, column: &Method| {
        let probability = aggregate.improvement(row.index, column.index)?;
        let interval = probability.interval.map(|interval| (interval.low, interval.high));
        let shown = interval.map_or(String::new(), |(low, high)| format!(" [{low:.3}, {high:.3}]"));
        Some(MatrixCell {
            value: probability.value,
            interval,
            difference: None,
            p_value: None,
            bold: decided(&probability).is_some(),
            tip: format!("P({} better than {}) = {:.3}{shown}", row.name, column.name, probability.value),
        })
    };
    Figure {
        id: "probability-of-improvement".to_owned(),
        title: "Probability of improvement over environments".to_owned(),
        caption: "Probability that a run of the row scores higher than a run of the column in the same environment, ties as ½, averaged \
                  over environments (Agarwal et al. 2021). In bold: the 95 % interval, which is not corrected for the number of pairs, \
                  does not contain ½."
            .to_owned(),
        chart: Chart::Matrix(MatrixChart {
            names: ranked.iter().map(|method| (method.index, method.name.clone())).collect(),
            cells: ranked.iter().map(|row| ranked.iter().map(|column| cell(row, column)).collect()).collect(),
        }),
    }
}
