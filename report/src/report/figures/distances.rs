//! Distances from the exact solution over environment steps.

use super::figure::{Figure, line_chart, steps_axis};
use super::learning_curves::with_band;
use crate::chart::{Axis, Chart, LineChart, Series};
use crate::report::comparison::Comparison;
use crate::report::findings::{failed_sentence, truth_name, truth_sentence};
use crate::report::quantity::Quantity;
use crate::report::variant_result::VariantResult;
use crate::stats::Bootstrap;

/// An error of the values over environment steps.
pub fn value_errors(comparison: &Comparison, quantity: Quantity, band: &Bootstrap) -> Option<Figure> {
    let against = match comparison.truths()[..] {
        [truth] => format!("distance from {}", truth_name(truth)),
        _ => "distance from the true values of each variant".to_owned(),
    };
    let truth = truth_sentence(comparison).map_or(String::new(), |truth| format!(" {truth}"));
    let (id, title, measured) = match quantity {
        Quantity::OnPolicyError => (
            "value-error-on-policy",
            format!("On-policy error of the values: {against}"),
            format!("Root mean squared error, weighted by how often the followed policy visits each state.{truth}"),
        ),
        Quantity::BellmanError => (
            "bellman-error",
            "Bellman error".to_owned(),
            "Root mean squared distance of the learned values from the right-hand side of Bellman's equation."
                .to_owned(),
        ),
        _ => (
            "value-error",
            format!("Error of the values: {against}"),
            format!("Root mean squared error; all states have the same weight.{truth}"),
        ),
    };
    let axis = Axis::new("root mean squared error").logarithmic();
    let (axis, cut) = match range_of_finished(comparison, quantity) {
        Some((low, high)) if comparison.worst_of(quantity).is_some_and(|worst| worst > 10.0 * high) => {
            (axis.between(low, high), " The axis covers the finished runs; larger errors are cut off.")
        }
        _ => (axis, ""),
    };
    Some(Figure {
        id: id.to_owned(),
        title,
        caption: format!(
            "{measured} Interquartile mean over runs with its 95 % interval.{}{cut}",
            failed_sentence(comparison)
        ),
        chart: distance_chart(comparison, band, quantity, axis)?,
    })
}

/// The smallest and the largest positive value of all finished runs.
fn range_of_finished(comparison: &Comparison, quantity: Quantity) -> Option<(f64, f64)> {
    let finished = comparison.variants.iter().flat_map(|variant| &variant.runs).filter(|run| run.finished());
    let values = finished.flat_map(|run| quantity.curve(run)).map(|(_, value)| value).filter(|value| *value > 0.0);
    values.map(|value| (value, value)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// Regrets over environment steps.
pub fn regrets(comparison: &Comparison, band: &Bootstrap) -> Option<Figure> {
    Some(Figure {
        id: "regret".to_owned(),
        title: "Regret".to_owned(),
        caption: format!(
            "The value of an optimal policy minus that of the learned policy, at the start of an episode and exact: interquartile \
             mean over runs with its 95 % interval.{}",
            failed_sentence(comparison)
        ),
        chart: distance_chart(comparison, band, Quantity::Regret, Axis::new("V* − Vπ").with_zero())?,
    })
}

/// A distance as curves. Where variants have different true values, the names of the curves say which.
fn distance_chart(comparison: &Comparison, band: &Bootstrap, quantity: Quantity, y: Axis) -> Option<Chart> {
    let labelled = comparison.truths().len() > 1 && quantity != Quantity::Regret;
    let series = |variant: &VariantResult| {
        let series = with_band(comparison, variant, quantity, band);
        match labelled {
            true => Series { name: format!("{} to {}", series.name, truth_name(variant.truth)), ..series },
            false => series,
        }
    };
    let series = comparison.variants.iter().map(series).filter(|series| !series.points.is_empty()).collect();
    line_chart(LineChart { x: steps_axis(), y, series, mark: None, stairs: false, grouped: false })
}
