//! Learning curves, and other curves with bands.

use std::collections::{BTreeMap, BTreeSet};

use super::figure::{Figure, line_chart, steps_axis, threshold_mark};
use crate::chart::{Axis, CurvePoint, LineChart, Series};
use crate::parallel::on_all_cores;
use crate::report::comparison::Comparison;
use crate::report::estimate::Estimate;
use crate::report::findings::failed_sentence;
use crate::report::quantity::Quantity;
use crate::report::variant_result::VariantResult;
use crate::stats::Bootstrap;

/// A curve has at most about this many points; a screen shows no more.
const CURVE_POINTS: usize = 200;

/// Returns over environment steps.
pub fn learning_curves(comparison: &Comparison, band: &Bootstrap) -> Option<Figure> {
    let curve = |variant: &VariantResult| with_band(comparison, variant, Quantity::Return, band);
    let label = if comparison.evaluated { "return of an evaluation" } else { "return of training episodes" };
    Some(Figure {
        id: "learning-curves".to_owned(),
        title: "Learning curves".to_owned(),
        caption: format!(
            "Interquartile mean over the runs that got so far, with its 95 % interval; single runs are faint.{}{}",
            if comparison.variants.len() > 1 {
                " Curves that coincide hide each other; a click on a name in the legend hides its curve."
            } else {
                ""
            },
            failed_sentence(comparison)
        ),
        chart: line_chart(LineChart {
            x: steps_axis(),
            y: Axis::new(label),
            series: comparison.variants.iter().map(curve).collect(),
            mark: threshold_mark(comparison),
            stairs: false,
            grouped: false,
        })?,
    })
}

/// The interquartile mean of a variant's runs at each step, with its interval and the single runs.
pub fn with_band(comparison: &Comparison, variant: &VariantResult, quantity: Quantity, band: &Bootstrap) -> Series {
    let curves = comparison.run_curves(variant, quantity);
    let longest = curves.iter().map(|curve| &curve.counted).max_by_key(|curve| curve.len());
    let kept: BTreeSet<u64> = longest.map_or_else(BTreeSet::new, |curve| thinned_steps(curve));
    // Every curve keeps its last point, also where no other curve has one.
    let thinned = |curve: &[(f64, f64)]| -> Vec<(f64, f64)> {
        let last = curve.len().saturating_sub(1);
        let points =
            curve.iter().enumerate().filter(|(index, (step, _))| *index == last || kept.contains(&(*step as u64)));
        points.map(|(_, point)| *point).collect()
    };
    let mut at_step: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (step, value) in curves.iter().flat_map(|curve| thinned(&curve.counted)) {
        at_step.entry(step as u64).or_default().push(value);
    }
    let point = |(step, values): &(u64, Vec<f64>)| {
        let estimate = Estimate::iqm(values, band)?;
        Some(CurvePoint { x: *step as f64, y: estimate.value, band: estimate.ends(), runs: values.len() })
    };
    let at_step: Vec<(u64, Vec<f64>)> = at_step.into_iter().collect();
    let points = on_all_cores(&at_step, point).into_iter().flatten().collect();
    let faint = curves.iter().filter(|curve| !curve.measured.is_empty());
    let faint = faint.map(|curve| (curve.name.clone(), thinned(&curve.measured))).collect();
    Series { name: variant.name.clone(), variant: variant.index, points, faint }
}

/// Evenly spaced steps of a curve, and its last step.
fn thinned_steps(curve: &[(f64, f64)]) -> BTreeSet<u64> {
    let every = curve.len().div_ceil(CURVE_POINTS).max(1);
    curve.iter().step_by(every).chain(curve.last()).map(|(step, _)| *step as u64).collect()
}
