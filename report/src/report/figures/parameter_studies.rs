//! Parameter studies: scores over the values of one key.

use super::figure::{Figure, file_name, line_chart, score_label};
use crate::chart::{Axis, CurvePoint, LineChart, Series};
use crate::report::comparison::Comparison;
use crate::report::measure::Measure;
use crate::report::parameter_study::{ParameterStudy, fits_log_axis, numbers, parameter_studies};
use crate::report::variant_result::VariantResult;

/// A figure for each parameter study of the comparison.
pub fn parameter_study_figures(comparison: &Comparison) -> Vec<Option<Figure>> {
    parameter_studies(comparison).iter().map(|study| figure(comparison, study)).collect()
}

fn figure(comparison: &Comparison, study: &ParameterStudy) -> Option<Figure> {
    let numbers = numbers(&study.values);
    let logarithmic = numbers.as_ref().is_some_and(|numbers| fits_log_axis(numbers));
    let xs: Vec<f64> = numbers.unwrap_or_else(|| (0..study.values.len()).map(|index| index as f64).collect());
    let x = Axis::new(&study.key).with_ticks(xs.iter().copied().zip(study.values.clone()).collect());
    let y = Axis::new(score_label(comparison));
    let series = study.lines.iter().enumerate().map(|(colour, (name, points))| {
        let point = |(value, variant): &(usize, &VariantResult)| {
            let score = variant.score?;
            Some(CurvePoint { x: xs[*value], y: score.value, band: score.ends(), runs: variant.scores.len() })
        };
        let points = points.iter().filter_map(point).collect();
        let name = if name.is_empty() { "all".to_owned() } else { name.clone() };
        Series { name, variant: colour, points, faint: Vec::new() }
    });
    Some(Figure {
        id: format!("parameter-study-{}", file_name(&study.key)),
        title: format!("Parameter study: {}", study.key),
        caption: format!(
            "Interquartile mean of the scores with its 95 % interval over the values of {}: one line for each combination of all \
             other settings.{}",
            study.key,
            if logarithmic { " The values are on a logarithmic axis." } else { "" }
        ),
        chart: line_chart(LineChart {
            x: if logarithmic { x.logarithmic() } else { x },
            y: if comparison.measure == Measure::ValueError { y.logarithmic() } else { y },
            series: series.collect(),
            mark: None,
            stairs: false,
            grouped: true,
        })?,
    })
}
