//! Final scores with their intervals.

use super::figure::{Figure, score_label, threshold_mark};
use crate::chart::{Axis, Chart, IntervalChart, IntervalRow};
use crate::report::comparison::Comparison;
use crate::report::measure::Measure;
use crate::report::variant_result::VariantResult;

/// The score of each variant.
pub fn final_scores(comparison: &Comparison) -> Option<Figure> {
    scores_figure(comparison, "final-scores", "Final scores", "the runs' scores")
}

/// The learning speed of each variant that ties for the best.
pub fn learning_speeds(speeds: &Comparison) -> Option<Figure> {
    let title = "Learning speeds of those that tie for the best";
    scores_figure(speeds, "learning-speeds", title, "the runs' mean returns (AUC)")
}

fn scores_figure(comparison: &Comparison, id: &str, title: &str, scores: &str) -> Option<Figure> {
    let row = |variant: &&VariantResult| {
        Some(IntervalRow {
            name: variant.name.clone(),
            variant: variant.index,
            value: variant.score?.value,
            interval: variant.score?.ends(),
            dots: variant.scores.iter().map(|(seed, score)| (format!("seed {seed}"), *score)).collect(),
        })
    };
    let rows: Vec<IntervalRow> = comparison.ranked().iter().filter_map(row).collect();
    let failed = comparison.failed_score.map_or("", |_| " A failed run has the worst value of all runs.");
    (!rows.is_empty()).then(|| Figure {
        id: id.to_owned(),
        title: title.to_owned(),
        caption: format!("Interquartile mean of {scores} with its 95 % interval; each small dot is a run.{failed}"),
        chart: Chart::Intervals(IntervalChart {
            x: score_axis(comparison),
            rows,
            mark: threshold_mark(comparison).filter(|_| comparison.measure == Measure::FinalReturn),
        }),
    })
}

fn score_axis(comparison: &Comparison) -> Axis {
    let axis = Axis::new(score_label(comparison));
    if comparison.measure != Measure::ValueError {
        return axis;
    }
    let all = || comparison.variants.iter().flat_map(VariantResult::score_values);
    let positive = all().filter(|score| *score > 0.0);
    let (low, high) = positive.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), v| (low.min(v), high.max(v)));
    // A diverged run may have a huge error. A logarithmic axis cannot show an error of 0.
    let no_zero = all().all(|score| score > 0.0);
    if high > 100.0 * low && no_zero { axis.logarithmic() } else { axis.with_zero() }
}
