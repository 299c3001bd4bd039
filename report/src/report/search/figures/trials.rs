//! Objectives in the order of the trials.

use super::axes::{BEST, CHOSEN, FAILURE, ObjectiveAxis, PROMOTED, TRIAL, shape};
use crate::chart::{Axis, Chart, Form, Panels, PlaneChart, Shape};
use crate::report::figures::Figure;
use crate::report::search::searched::{SearchResults, SearchedVariant};
use crate::report::search::wording::{at_rung, measure};
use crate::results::FAILED;

/// A panel for each variant; `None` before any trial is measured.
pub fn trials(results: &SearchResults) -> Option<Figure> {
    let measured = || results.variants.iter().flat_map(|variant| &variant.trials).flat_map(|t| t.objectives.values());
    measured().next()?;
    let y = ObjectiveAxis::of(measured().copied());
    let panel = |variant: &SearchedVariant| {
        let last = variant.trials.last().map_or(0, |trial| trial.number) as f64;
        let chart = PlaneChart {
            x: Axis::new("trial").between(-0.5, last.max(3.0) + 0.5),
            y: y.axis(measure(results)),
            equal: false,
            shapes: shapes(results, variant, &y),
        };
        (variant.name.clone(), Chart::Plane(chart))
    };
    let higher = if results.search.rung_steps.len() > 1 {
        " Trials of different rungs are not comparable: each has a colour of its own, and the line is that of the first rung."
    } else {
        ""
    };
    let adaptive = results.search.adaptive_from.map_or(String::new(), |first| {
        format!(" Trials from number {first} on were proposed from the results of earlier ones.")
    });
    Some(Figure {
        id: "trials".to_owned(),
        title: "Objective over trials".to_owned(),
        caption: format!(
            "Each trial in its order, and the best so far. Trial 0 has the config's own settings. Crosses at the lower edge are failed \
             trials.{higher}{adaptive}"
        ),
        chart: Chart::Panels(Panels { columns: 2, panels: results.variants.iter().map(panel).collect() }),
    })
}

fn shapes(results: &SearchResults, variant: &SearchedVariant, y: &ObjectiveAxis) -> Vec<Shape> {
    let mut best = Vec::new();
    let mut dots = vec![Vec::new(); results.search.rung_steps.len().max(1)];
    let mut failed = Vec::new();
    let mut highest = FAILED;
    for (trial, first) in variant.measured() {
        let number = trial.number as f64;
        if highest > FAILED {
            best.push((number, highest));
        }
        highest = highest.max(first);
        if highest > FAILED {
            best.push((number, highest));
        }
        for (rung, &objective) in &trial.objectives {
            match dots.get_mut(*rung) {
                Some(dots) if objective > FAILED => dots.push((number, objective)),
                _ => failed.push((number, y.height(FAILED))),
            }
        }
    }
    let chosen = variant.best().filter(|best| !best.measured.is_failed());
    let chosen = chosen.map(|best| (best.trial as f64, best.measured.objective)).into_iter().collect();
    let best_name = format!("best so far{}", at_rung(results, 0));
    let mut shapes = vec![shape(&best_name, BEST, Form::Line, best)];
    for (rung, dots) in dots.into_iter().enumerate() {
        // Blue, orange, and then what is not used otherwise.
        let colour = [TRIAL, PROMOTED, 4, 5, 6, 8, 9].get(rung).copied().unwrap_or(PROMOTED);
        shapes.push(shape(&format!("trial{}", at_rung(results, rung)), colour, Form::Dots, dots));
    }
    shapes.push(shape("failed", FAILURE, Form::Crosses, failed));
    let name = if variant.chosen.is_some() { "chosen" } else { "best" };
    shapes.push(shape(name, CHOSEN, Form::Rings, chosen));
    shapes.retain(|shape| !shape.points.is_empty());
    shapes
}
