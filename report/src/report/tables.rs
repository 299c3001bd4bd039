//! The tables of a comparison: one row for each variant.

use super::comparison::Comparison;
use super::estimate::Estimate;
use super::findings::truth_name;
use super::measure::Measure;
use super::options::ReportOptions;
use super::parameter_study::best_of_each;
use super::read::RunState;
use super::settings_in_names::GridSetting;
use super::table::{Column, NONE, Table};
use super::variant_result::VariantResult;
use crate::chart::exact;
use crate::parallel::on_all_cores;
use crate::stats::{Bootstrap, ConfidenceInterval, mean, median, median_time, optimality_gap};
use crate::text::fixed;

/// The table of all variants, the best one first.
pub fn main_table(comparison: &Comparison) -> Table {
    let threshold = comparison.threshold.map_or(String::new(), exact);
    let score_decimals = decimals(comparison.variants.iter().filter_map(|variant| variant.score));
    let final_decimals = decimals(comparison.variants.iter().filter_map(|variant| variant.final_return));
    let area_decimals = decimals(comparison.variants.iter().filter_map(|variant| variant.area));
    let steps = &comparison.variants.iter().map(|variant| variant.steps).collect::<Vec<_>>()[..];
    let truths = comparison.truths();
    let [one_truth, several_truths] = [truths.len() == 1, truths.len() > 1];
    let against = if one_truth { format!("\nto {}", truth_name(truths[0])) } else { String::new() };
    let returns_column = |measure: Measure, title: &'static str, rank: u8| {
        let decides =
            comparison.measure == measure || comparison.speeds.as_ref().is_some_and(|speeds| speeds.measure == measure);
        Column::numbers(title, if decides { 0 } else { rank })
    };
    let final_return = returns_column(Measure::FinalReturn, "final return\n[95 %]", 6);
    let mean_return = returns_column(Measure::MeanReturn, "mean return\n(AUC) [95 %]", 5);
    let prediction = comparison.measure == Measure::ValueError;
    let by_speed = comparison.measure == Measure::MeanReturn;
    type CellText<'a> = Box<dyn Fn(&VariantResult) -> String + 'a>;
    let mut columns: Vec<(Column, CellText)> = vec![
        (Column::names("variant"), Box::new(|variant| variant.name.clone())),
        (Column::numbers("runs", 0), Box::new(runs)),
    ];
    let returns: [(Column, CellText); 2] = [
        (final_return, Box::new(move |variant| estimate(variant.final_return, final_decimals))),
        (mean_return, Box::new(move |variant| estimate(variant.area, area_decimals))),
    ];
    if prediction {
        let title = Column::numbers("final value rmse", 0)
            .ending_with(&format!("{} [95 %]", if one_truth { &against } else { "\n" }));
        columns.push((title, Box::new(move |variant| estimate(variant.score, score_decimals))));
    } else if by_speed {
        columns.extend(returns.into_iter().rev());
    } else {
        columns.extend(returns);
    }
    if comparison.exact {
        columns.push((Column::numbers("regret 0\nat end", 1), Box::new(optimal_at_end)));
        columns.push((Column::numbers("regret 0\never", 5), Box::new(ever_optimal)));
        columns.push((
            Column::numbers("steps to\nregret 0", 4),
            Box::new(|variant| figure(median_time(&variant.optimal), 0)),
        ));
    } else {
        columns.push((Column::numbers("reached\n", 3).ending_with(&threshold), Box::new(ever_reached)));
        let time = |variant: &VariantResult| figure(median_time(&variant.reached), 0);
        columns.push((Column::numbers("steps to\n", 4).ending_with(&threshold), Box::new(time)));
    }
    columns.push((Column::numbers("regret", 1), Box::new(|variant| figure(variant.distances.regret, 4))));
    if !prediction {
        let value_error = Column::numbers("value rmse", 2).ending_with(&against);
        columns.push((value_error, Box::new(|variant| figure(variant.distances.value_error, 4))));
    }
    if several_truths {
        let truth = |variant: &VariantResult| {
            variant.distances.value_error.map_or(NONE.to_owned(), |_| truth_name(variant.truth).to_owned())
        };
        columns.push((Column::numbers("rmse\nagainst", 2), Box::new(truth)));
    }
    columns.push((
        Column::numbers("on-policy\nrmse", 7),
        Box::new(|variant| figure(variant.distances.on_policy_error, 4)),
    ));
    columns.push((Column::numbers("Bellman\nrmse", 8), Box::new(|variant| figure(variant.distances.bellman_error, 4))));
    if steps.iter().any(|other| *other != steps[0]) {
        columns.push((Column::numbers("steps", 1), Box::new(|variant| variant.steps.to_string())));
    }
    let parameters = |variant: &VariantResult| figure(variant.parameters().map(|count| count as f64), 0);
    columns.push((Column::numbers("parameters", 9), Box::new(parameters)));
    columns.push((Column::numbers("steps/s", 10), Box::new(|variant| figure(variant.steps_per_second(), 0))));
    let (columns, cells): (Vec<Column>, Vec<CellText>) = columns.into_iter().unzip();
    let row = |variant: &VariantResult| (variant.index, cells.iter().map(|cell| cell(variant)).collect());
    Table { columns, rows: comparison.ranked().into_iter().map(row).collect() }.without_empty_columns()
}

/// The best setting of each approximator; `None` where no approximator has several.
pub fn best_table(comparison: &Comparison) -> Option<Table> {
    let digits = decimals(comparison.variants.iter().filter_map(|variant| variant.score));
    let row = |(name, variant, tried): (String, &VariantResult, usize)| {
        let settings =
            variant.settings.iter().filter(|setting| !name.contains(&setting.described())).map(GridSetting::described);
        let cells =
            [name.clone(), settings.collect::<Vec<_>>().join(", "), tried.to_string(), estimate(variant.score, digits)];
        (variant.index, cells.to_vec())
    };
    let rows: Vec<_> = best_of_each(comparison).into_iter().map(row).collect();
    let score = match comparison.measure {
        Measure::FinalReturn => "final return\n[95 %]",
        Measure::MeanReturn => "mean return\n(AUC) [95 %]",
        Measure::ValueError => "final value rmse\n[95 %]",
    };
    let setting = Column::names("best setting");
    let columns = vec![Column::names("approximator"), setting, Column::numbers("tried", 1), Column::numbers(score, 0)];
    (!rows.is_empty()).then_some(Table { columns, rows })
}

/// Every other variant against the baseline; `None` without a baseline.
pub fn baseline_table(comparison: &Comparison, options: &ReportOptions) -> Option<Table> {
    let baseline = comparison.baseline?;
    let row = |variant: &&VariantResult| {
        let (pair, turned) = comparison.pair(variant.index, baseline)?;
        let turn = |share: f64| if turned { 1.0 - share } else { share };
        let interval =
            comparison.probability_interval(pair, &options.bootstrap).map(|ConfidenceInterval { low, high }| {
                let (low, high) = (turn(low), turn(high));
                ConfidenceInterval { low: low.min(high), high: low.max(high) }
            });
        let difference = pair.difference.map(|difference| if turned { -difference } else { difference });
        let cells = [
            variant.name.clone(),
            figure(difference, 4),
            estimate(Some(Estimate { value: turn(pair.probability), interval }), 3),
            pair.shared.to_string(),
            pair.p_value.map_or(NONE.to_owned(), |p| if p < 0.0001 { "<0.0001".to_owned() } else { fixed(p, 4) }),
        ];
        Some((variant.index, cells.to_vec()))
    };
    let rows: Vec<_> = on_all_cores(&comparison.ranked(), row).into_iter().flatten().collect();
    let columns = vec![
        Column::names("variant"),
        Column::numbers("better by", 0),
        Column::numbers("P(better)\n[95 %]", 0),
        Column::numbers("shared\nseeds", 1),
        Column::numbers("p (Holm)", 0),
    ];
    (!rows.is_empty()).then_some(Table { columns, rows })
}

/// Median, mean and optimality gap of the scores with their intervals, for each variant that has scores.
pub fn estimates_table(comparison: &Comparison, options: &ReportOptions) -> Table {
    let bootstrap = options.bootstrap;
    let threshold = comparison.threshold.filter(|_| comparison.measure == Measure::FinalReturn);
    let row = |variant: &&VariantResult| {
        let scores = variant.score_values();
        let digits = decimals(variant.score.into_iter());
        let gap = |threshold: f64| with_interval(&scores, &bootstrap, |scores| optimality_gap(scores, threshold));
        let mut cells = vec![
            variant.name.clone(),
            estimate(Some(with_interval(&scores, &bootstrap, median)?), digits),
            estimate(Some(with_interval(&scores, &bootstrap, mean)?), digits),
        ];
        cells.extend(threshold.map(|threshold| estimate(gap(threshold), digits)));
        Some((variant.index, cells))
    };
    let mut columns =
        vec![Column::names("variant"), Column::numbers("median\n[95 %]", 0), Column::numbers("mean\n[95 %]", 0)];
    let gap = |threshold: f64| Column::numbers("gap to ", 0).ending_with(&format!("{}\n[95 %]", exact(threshold)));
    columns.extend(threshold.map(gap));
    Table { columns, rows: on_all_cores(&comparison.ranked(), row).into_iter().flatten().collect() }
}

/// An estimate of scores with its interval.
fn with_interval(scores: &[f64], bootstrap: &Bootstrap, estimator: impl Fn(&[f64]) -> Option<f64>) -> Option<Estimate> {
    let value = estimator(scores)?;
    Some(Estimate { value, interval: bootstrap.interval(scores, &estimator) })
}

/// How many runs are finished, and of how many if not all are.
fn runs(variant: &VariantResult) -> String {
    let (finished, all) = (variant.count(|state| *state == RunState::Finished), variant.runs.len());
    if finished == all { all.to_string() } else { format!("{finished} of {all}") }
}

/// Whether the table shows the same score for two variants that differ by `difference`.
pub fn shown_alike(comparison: &Comparison, one: &VariantResult, other: &VariantResult, difference: f64) -> bool {
    // Decimals depend on the figures of all variants in the table, also those without a score here.
    let figure = |variant: &VariantResult| match comparison.measure {
        Measure::FinalReturn => variant.final_return,
        Measure::MeanReturn => variant.area,
        Measure::ValueError => variant.score,
    };
    let decimals = decimals(comparison.variants.iter().filter_map(figure));
    let shown = |variant: &VariantResult| figure(variant).map(|estimate| fixed(estimate.value, decimals));
    shown(one) == shown(other) && difference < 10_f64.powi(-(decimals as i32))
}

/// As many decimals as show the median width of intervals with two digits; without intervals, the median value with three.
pub fn decimals(estimates: impl Iterator<Item = Estimate>) -> usize {
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

/// An estimate and its interval with this many decimals.
pub fn estimate(estimate: Option<Estimate>, decimals: usize) -> String {
    let Some(Estimate { value, interval }) = estimate else { return NONE.to_owned() };
    let shown = |value: f64| figure(Some(value), decimals);
    let interval = interval.map_or(String::new(), |i| format!(" [{}, {}]", shown(i.low), shown(i.high)));
    format!("{}{interval}", shown(value))
}

fn optimal_at_end(variant: &VariantResult) -> String {
    variant
        .distances
        .regret
        .map_or(NONE.to_owned(), |_| format!("{} of {}", variant.optimal_at_end, variant.runs.len()))
}

fn ever_optimal(variant: &VariantResult) -> String {
    if variant.optimal.is_empty() {
        NONE.to_owned()
    } else {
        format!("{} of {}", variant.ever_optimal(), variant.runs.len())
    }
}

fn ever_reached(variant: &VariantResult) -> String {
    if variant.reached.is_empty() {
        NONE.to_owned()
    } else {
        format!("{} of {}", variant.ever_reached(), variant.runs.len())
    }
}

fn figure(value: Option<f64>, decimals: usize) -> String {
    let shown = |value: f64| if value.abs() < 1e7 { fixed(value, decimals) } else { format!("{value:.2e}") };
    value.map_or(NONE.to_owned(), shown)
}
