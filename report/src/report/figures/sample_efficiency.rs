//! How many runs have reached the threshold, or an optimal policy, by each step.

use super::figure::{Figure, line_chart, steps_axis};
use crate::chart::{Axis, CurvePoint, LineChart, Series, exact};
use crate::report::comparison::Comparison;
use crate::report::findings::meaning_of_reached;
use crate::report::variant_result::VariantResult;
use crate::stats::{Reached, share_reached};

/// The share of runs that have reached the threshold, or an optimal policy where the environment has an exact solution.
pub fn sample_efficiency(comparison: &Comparison) -> Option<Figure> {
    const ESTIMATOR: &str = "(Kaplan–Meier: an unfinished run counts as far as it got; a failed run never gets there)";
    let (title, caption) = if comparison.exact {
        (
            "Sample efficiency: runs that have been optimal".to_owned(),
            format!(
                "Share of runs whose learned policy has been exactly optimal by then, by the environment's model: regret 0 at an \
                 evaluation {ESTIMATOR}. A policy may become worse again. An optimal policy at step 0, before any update, does \
                 not count."
            ),
        )
    } else {
        let threshold = comparison.threshold?;
        (
            format!("Sample efficiency: runs that have reached {}", exact(threshold)),
            format!(
                "Share of runs that have reached it by then {ESTIMATOR}. Reached is {}.",
                meaning_of_reached(comparison)
            ),
        )
    };
    let times = |variant: &VariantResult| -> Vec<Reached> {
        if comparison.exact { variant.optimal.clone() } else { variant.reached.clone() }
    };
    let series = |variant: &VariantResult| {
        let times = times(variant);
        let point = |(x, y): (f64, f64)| CurvePoint::new(x, y, times.len());
        let end = variant.steps as f64;
        let mut points: Vec<CurvePoint> = [(0.0, 0.0)].into_iter().chain(share_reached(&times)).map(point).collect();
        if let Some(last) = points.last().filter(|last| last.x < end).copied() {
            points.push(CurvePoint { x: end, ..last });
        }
        Series { name: variant.name.clone(), variant: variant.index, points, faint: Vec::new() }
    };
    Some(Figure {
        id: "sample-efficiency".to_owned(),
        title,
        caption,
        chart: line_chart(LineChart {
            x: steps_axis(),
            y: Axis::new("share of runs").between(0.0, 1.0),
            series: comparison.variants.iter().filter(|variant| !times(variant).is_empty()).map(series).collect(),
            mark: None,
            stairs: true,
            grouped: false,
        })?,
    })
}
