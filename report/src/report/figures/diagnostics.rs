//! Measures of the learned functions during training.

use std::collections::BTreeMap;

use super::figure::{Figure, file_name, line_chart, steps_axis};
use super::training::middle_half;
use crate::chart::{Axis, LineChart, Series};
use crate::report::comparison::Comparison;
use crate::report::variant_result::VariantResult;
use crate::results::DiagnosticsRow;

/// A curve has at most about this many points; a screen shows no more.
const CURVE_POINTS: usize = 200;

/// A measure in the rows of `diagnostics.csv`.
struct Measure {
    id: &'static str,
    title: &'static str,
    label: &'static str,
    caption: &'static str,
    of: fn(&DiagnosticsRow) -> Option<f64>,
    /// Whether the axis begins at 0.
    from_zero: bool,
    /// Smaller values do not extend the axis.
    lowest: f64,
}

const MEASURES: [Measure; 7] = [
    Measure {
        id: "weight-norm",
        title: "Weight norm",
        label: "‖θ‖₂",
        caption: "Euclidean norm of all parameters.",
        of: |row| row.weight_norm,
        from_zero: true,
        lowest: f64::NEG_INFINITY,
    },
    Measure {
        id: "dormant-units",
        title: "Dormant units",
        label: "share of hidden units",
        caption: "Units whose mean absolute output is at most 0.025 of the mean of their layer (Sokar et al. 2023), on states of \
                  the agent's own episodes.",
        of: |row| row.dormant,
        from_zero: true,
        lowest: f64::NEG_INFINITY,
    },
    Measure {
        id: "effective-rank",
        title: "Effective rank of the last hidden layer",
        label: "effective rank",
        caption: "How many singular values of the layer's outputs make up 99 % of the sum of all (Kumar et al. 2021), on states of \
                  the agent's own episodes.",
        of: |row| row.effective_rank,
        from_zero: true,
        lowest: f64::NEG_INFINITY,
    },
    Measure {
        id: "overestimation",
        title: "Overestimation",
        label: "mean value − mean return",
        caption: "By how much learned values exceed the discounted returns that followed, in the agent's own episodes.",
        of: |row| row.overestimation,
        from_zero: false,
        lowest: f64::NEG_INFINITY,
    },
    Measure {
        id: "explained-variance",
        title: "Explained variance of the values",
        label: "explained variance",
        caption: "1 − Var(G − v) / Var(G) over values v and the discounted returns G that followed, in the agent's own episodes: 1 \
                  is perfect, and a constant has 0.",
        of: |row| row.explained_variance,
        from_zero: false,
        lowest: -1.0,
    },
    Measure {
        id: "entropy",
        title: "Entropy of the policy",
        label: "nats",
        caption: "The policy of training, exploration included, in states of the agent's own episodes.",
        of: |row| row.entropy,
        from_zero: true,
        lowest: f64::NEG_INFINITY,
    },
    Measure {
        id: "policy-loss",
        title: "Policy loss",
        label: "policy loss",
        caption: "Mean of −A ln π over the updates since the measurement before, with the advantages A.",
        of: |row| row.policy_loss,
        from_zero: false,
        lowest: f64::NEG_INFINITY,
    },
];

/// A figure for each measure that runs have. Where a variant has it of several functions, there is one for each function.
pub fn diagnostics(comparison: &Comparison) -> Vec<Figure> {
    let several = functions(comparison, |_| Some(0.0)).len() > 1;
    let figures = MEASURES.iter().flat_map(|measure| {
        let names = functions(comparison, measure.of);
        let has = |variant: &VariantResult, name: &&String| {
            let mut rows = variant.runs.iter().flat_map(|run| &run.diagnostics);
            rows.any(|row| row.function == **name && (measure.of)(row).is_some())
        };
        let together =
            comparison.variants.iter().all(|variant| names.iter().filter(|name| has(variant, name)).count() < 2);
        let groups: Vec<Vec<String>> =
            if together { vec![names] } else { names.into_iter().map(|name| vec![name]).collect() };
        let is_alone = groups.len() == 1;
        groups.into_iter().filter_map(move |names| figure(comparison, measure, &names, [several, is_alone]))
    });
    figures.collect()
}

/// The names of the functions that have a measure, in the order of the rows.
fn functions(comparison: &Comparison, of: fn(&DiagnosticsRow) -> Option<f64>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let runs = comparison.variants.iter().flat_map(|variant| &variant.runs);
    for row in runs.flat_map(|run| &run.diagnostics).filter(|row| of(row).is_some()) {
        if !names.contains(&row.function) {
            names.push(row.function.clone());
        }
    }
    names
}

/// The figure of a measure of the functions with these names. It names them where there are several functions in all, and its
/// file does where the measure has several figures.
fn figure(
    comparison: &Comparison,
    measure: &Measure,
    names: &[String],
    [several, is_alone]: [bool; 2],
) -> Option<Figure> {
    let series = comparison.variants.iter().map(|variant| series(variant, measure.of, names));
    let series: Vec<Series> = series.filter(|series| !series.points.is_empty()).collect();
    let points = || series.iter().flat_map(|series| &series.points);
    let is_cut = points().any(|point| point.y < measure.lowest);
    let axis = Axis::new(measure.label);
    let axis = match (is_cut, measure.from_zero) {
        (true, _) => axis.between(measure.lowest, points().map(|point| point.band.1).fold(0.0, f64::max)),
        (false, true) => axis.with_zero(),
        (false, false) => axis,
    };
    let of_functions = if several { format!(": {}", names.join(", ")) } else { String::new() };
    Some(Figure {
        id: if is_alone { measure.id.to_owned() } else { format!("{}-{}", measure.id, file_name(&names.concat())) },
        title: format!("{}{of_functions}", measure.title),
        caption: format!(
            "{} The median over the runs that got so far, and the band of the middle half of the runs.{}",
            measure.caption,
            if is_cut { " Smaller values than the axis shows are cut off." } else { "" }
        ),
        chart: line_chart(LineChart { x: steps_axis(), y: axis, series, mark: None, stairs: false, grouped: false })?,
    })
}

/// A variant's values at each step of a measurement.
fn series(variant: &VariantResult, of: fn(&DiagnosticsRow) -> Option<f64>, names: &[String]) -> Series {
    let mut at_step: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for row in variant.runs.iter().flat_map(|run| &run.diagnostics).filter(|row| names.contains(&row.function)) {
        if let Some(value) = of(row).filter(|value| value.is_finite()) {
            at_step.entry(row.step).or_default().push(value);
        }
    }
    let (every, last) = (at_step.len().div_ceil(CURVE_POINTS).max(1), at_step.len().saturating_sub(1));
    let kept = at_step.into_iter().enumerate().filter(|(index, _)| index.is_multiple_of(every) || *index == last);
    middle_half(variant, kept.map(|(_, (step, values))| (step as f64, values)))
}
