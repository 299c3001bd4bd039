//! Losses, values and gradients during training.

use std::collections::BTreeMap;

use super::figure::{Figure, line_chart, steps_axis};
use crate::chart::{Axis, CurvePoint, LineChart, Series};
use crate::report::comparison::Comparison;
use crate::report::read::{TrainingMedians, training_interval};
use crate::report::variant_result::VariantResult;
use crate::stats::quantile;

/// A figure of `updates.csv`.
struct UpdateFigure {
    id: &'static str,
    title: &'static str,
    label: &'static str,
    of: fn(&TrainingMedians) -> &[(u64, f64)],
    /// Whether it is never negative. Such figures differ by orders of magnitude and get a logarithmic axis.
    never_negative: bool,
}

const UPDATE_FIGURES: [UpdateFigure; 3] = [
    UpdateFigure { id: "loss", title: "Loss", label: "loss", of: |medians| &medians.loss, never_negative: true },
    UpdateFigure {
        id: "mean-q",
        title: "Mean predicted value",
        label: "mean Q of the actions taken",
        of: |medians| &medians.mean_q,
        never_negative: false,
    },
    UpdateFigure {
        id: "gradient-norm",
        title: "Gradient norm",
        label: "norm of the gradient before clipping",
        of: |medians| &medians.gradient_norm,
        never_negative: true,
    },
];

/// A figure of training over environment steps, for each that runs have.
pub fn training(comparison: &Comparison) -> [Option<Figure>; 3] {
    UPDATE_FIGURES.map(|figure| training_figure(comparison, &figure))
}

fn training_figure(comparison: &Comparison, figure: &UpdateFigure) -> Option<Figure> {
    let series = comparison.variants.iter().map(|variant| training_series(variant, figure.of));
    let series: Vec<Series> = series.filter(|series| !series.points.is_empty()).collect();
    let points = || series.iter().flat_map(|series| &series.points);
    let mut sizes: Vec<f64> = points().map(|point| point.y).filter(|size| *size > 0.0).collect();
    sizes.sort_by(f64::total_cmp);
    let largest = points().map(|point| point.band.1).fold(0.0, f64::max);
    let axis = Axis::new(figure.label);
    let y = if figure.never_negative && !sizes.is_empty() {
        // A few tiny values, such as a first loss, do not extend the axis.
        let lowest = 0.9 * sizes[0].max(0.01 * quantile(&sizes, 0.02));
        axis.logarithmic().between(lowest, largest)
    } else {
        axis
    };
    let cut = y.range.is_some_and(|(low, _)| points().any(|point| point.y < low));
    Some(Figure {
        id: figure.id.to_owned(),
        title: figure.title.to_owned(),
        caption: format!(
            "During training, in hundredths of the run: the median over the runs that got so far, and the band of the middle half \
             of the runs.{}",
            if cut { " Smaller values than the axis shows are cut off." } else { "" }
        ),
        chart: line_chart(LineChart { x: steps_axis(), y, series, mark: None, stairs: false, grouped: false })?,
    })
}

/// The median of each run in each interval; of these, the median and the middle half over runs.
fn training_series(variant: &VariantResult, figure: fn(&TrainingMedians) -> &[(u64, f64)]) -> Series {
    let interval = training_interval(variant.steps);
    let mut medians: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (index, median) in variant.runs.iter().flat_map(|run| figure(&run.training)) {
        medians.entry(*index).or_default().push(*median);
    }
    middle_half(variant, medians.into_iter().map(|(index, values)| (index as f64 * interval, values)))
}

/// A variant's curve: at each position the median of the runs' values, and their middle half as a band.
pub fn middle_half(variant: &VariantResult, values: impl Iterator<Item = (f64, Vec<f64>)>) -> Series {
    let point = |(x, mut values): (f64, Vec<f64>)| {
        values.sort_by(f64::total_cmp);
        let [low, middle, high] = [0.25, 0.5, 0.75].map(|level| quantile(&values, level));
        CurvePoint { x, y: middle, band: (low, high), runs: values.len() }
    };
    Series {
        name: variant.name.clone(),
        variant: variant.index,
        points: values.map(point).collect(),
        faint: Vec::new(),
    }
}
