//! Performance against tuning effort.

use super::axes::ObjectiveAxis;
use crate::chart::{Axis, Chart, CurvePoint, LineChart, Series};
use crate::report::figures::Figure;
use crate::report::search::effort::Effort;
use crate::report::search::searched::SearchResults;
use crate::report::search::wording::{first_rung_note, objective_label};
use crate::results::FAILED;

/// The expected best of n independent trials; `None` where no variant has two.
pub fn expected_best(results: &SearchResults, efforts: &[Effort]) -> Option<Figure> {
    let chart = chart(results, efforts, "independent trials", |effort| &effort.expected, false)?;
    let which = match results.search.adaptive_from {
        Some(first) => format!(
            "Only trials 1 to {} are independent draws: later ones were proposed from earlier results, and trial 0 has the config's own \
             settings.",
            first.saturating_sub(1)
        ),
        None => {
            let points = match results.search.sampler.as_str() {
                "grid" => " The points of the grid count as what is drawn from.",
                "sobol" => " Sobol' points, which fill the space more evenly, count as such draws.",
                _ => "",
            };
            format!("Trial 0, which has the config's own settings, is not among them.{points}")
        }
    };
    Some(Figure {
        id: "expected-best".to_owned(),
        title: "Expected best of n independent trials".to_owned(),
        caption: format!(
            "What the best of n trials has on average, if trials are drawn as these were: in closed form from their objectives (Dodge et \
             al. 2019, \"Show Your Work\"). {which} A failed trial counts with the lowest objective of all variants. Near the last n the \
             curve is too low rather than too high.{}",
            first_rung_note(results)
        ),
        chart,
    })
}

/// The best of the first n trials, in their order; `None` before any is measured.
pub fn best_so_far(results: &SearchResults, efforts: &[Effort]) -> Option<Figure> {
    let chart = chart(results, efforts, "trials in their order", |effort| &effort.in_order, true)?;
    Some(Figure {
        id: "best-so-far".to_owned(),
        title: "Best so far".to_owned(),
        caption: format!(
            "The best of the first n trials of this one search, trial 0 with the config's own settings among them. Another order would \
             give another curve.{}",
            first_rung_note(results)
        ),
        chart,
    })
}

fn chart(
    results: &SearchResults,
    efforts: &[Effort],
    label: &str,
    curve: impl Fn(&Effort) -> &Vec<f64>,
    stairs: bool,
) -> Option<Chart> {
    // Both figures have the same axis, so that they can be compared.
    let y =
        ObjectiveAxis::of(efforts.iter().flat_map(|effort| effort.expected.iter().chain(&effort.in_order)).copied());
    let series = efforts.iter().map(|effort| {
        let values = curve(effort).iter().enumerate().filter(|(_, value)| **value > FAILED);
        let points = values.map(|(index, value)| CurvePoint::new(index as f64 + 1.0, *value, 1)).collect();
        Series { name: effort.name.clone(), variant: effort.variant, points, faint: Vec::new() }
    });
    let series: Vec<Series> = series.filter(|series| !series.points.is_empty()).collect();
    let longest = series.iter().flat_map(|series| &series.points).map(|point| point.x).fold(1.0, f64::max);
    (!series.is_empty()).then(|| {
        Chart::Lines(LineChart {
            x: Axis::new(label).between(1.0, longest.max(4.0)),
            y: y.axis(&objective_label(results, 0)),
            series,
            mark: None,
            stairs,
            grouped: false,
        })
    })
}
