//! The objective against each hyperparameter alone.

use super::axes::{CHOSEN, FAILURE, ObjectiveAxis, PROMOTED, TRIAL, shape};
use crate::chart::{Axis, Chart, Form, Panels, PlaneChart, Shape};
use crate::report::figures::{Figure, unique_file_names};
use crate::report::search::choice_names::choice_names;
use crate::report::search::searched::{SearchResults, SearchedVariant, Trial};
use crate::report::search::wording::{domain as described, first_rung_note, number, objective_label};
use crate::results::{Domain, FAILED, Hyperparameter, Range};
use crate::text::without_middle;

/// The share of an axis beyond each end of a range.
const MARGIN: f64 = 0.05;
/// The width over which the trials of one choice are spread; choices are 1 apart.
const SPREAD: f64 = 0.5;
/// The longest label of an axis, in characters.
const LABEL: usize = 48;

/// A figure for each variant that has a measured trial, with a panel for each hyperparameter.
pub fn slices(results: &SearchResults) -> Vec<Figure> {
    let files = unique_file_names(results.variants.iter().map(|variant| variant.name.as_str()));
    let first = results.variants.first().map_or("", |variant| &variant.name);
    let how_to_read = format!(
        "Every trial to which the hyperparameter applies. Vertical lines are the ends of its range. Trials of one choice are spread. \
         Crosses at the lower edge failed. What the other hyperparameters do is mixed into the height.{}",
        first_rung_note(results)
    );
    let figure = |(variant, file): (&SearchedVariant, &String)| {
        let y = ObjectiveAxis::of(variant.measured().map(|(_, objective)| objective));
        let panel = |one: &Hyperparameter| panel(results, variant, one, &y);
        let panels: Vec<(String, Chart)> = variant.space.iter().filter_map(panel).collect();
        (!panels.is_empty()).then(|| Figure {
            id: format!("slices-{file}"),
            title: format!("Objective against each hyperparameter: {}", variant.name),
            caption: if file == &files[0] { how_to_read.clone() } else { format!("Read as that of {first}.") },
            chart: Chart::Panels(Panels { columns: 2, panels }),
        })
    };
    results.variants.iter().zip(&files).filter_map(figure).collect()
}

fn panel(
    results: &SearchResults,
    variant: &SearchedVariant,
    Hyperparameter { key, domain }: &Hyperparameter,
    y: &ObjectiveAxis,
) -> Option<(String, Chart)> {
    let measured = variant.measured();
    let placed = measured.filter_map(|(trial, of)| Some((trial, domain.position(trial.settings.get(key)?)?, of)));
    let trials: Vec<(&Trial, f64, f64)> = placed.collect();
    if trials.is_empty() {
        return None;
    }
    let count = trials.len() as f64;
    let best = variant.best().filter(|best| !best.measured.is_failed()).map(|best| best.trial);
    let [mut first, mut promoted, mut failed, mut chosen] = [const { Vec::new() }; 4];
    for (index, (trial, position, objective)) in trials.into_iter().enumerate() {
        let spread = match domain {
            Domain::Choice(_) => SPREAD * ((index as f64 + 0.5) / count - 0.5),
            Domain::Range(_) => 0.0,
        };
        let point = (position + spread, y.height(objective));
        let group = match objective > FAILED {
            false => &mut failed,
            true if trial.objectives.len() > 1 => &mut promoted,
            true => &mut first,
        };
        group.push(point);
        if best == Some(trial.number) {
            chosen.push(point);
        }
    }
    let mut shapes = limits(domain, y);
    let name = if results.search.rung_steps.len() > 1 { "not promoted" } else { "trial" };
    shapes.extend([
        shape(name, TRIAL, Form::Dots, first),
        shape("promoted", PROMOTED, Form::Dots, promoted),
        shape("failed", FAILURE, Form::Crosses, failed),
        shape(if variant.chosen.is_some() { "chosen" } else { "best" }, CHOSEN, Form::Rings, chosen),
    ]);
    shapes.retain(|shape| !shape.points.is_empty());
    let chart = PlaneChart { x: axis(key, domain), y: y.axis(&objective_label(results, 0)), equal: false, shapes };
    Some((without_middle(key, LABEL), Chart::Plane(chart)))
}

/// The ends of a range as lines.
fn limits(domain: &Domain, y: &ObjectiveAxis) -> Vec<Shape> {
    let Domain::Range(range) = domain else { return Vec::new() };
    let (bottom, top) = y.axis("").range.unwrap_or_default();
    let line = |x| shape("", 0, Form::Contour, vec![(x, bottom), (x, top)]);
    [range.low, range.high].map(line).into()
}

fn axis(key: &str, domain: &Domain) -> Axis {
    let label = key.rsplit('.').next().unwrap_or(key);
    match domain {
        Domain::Choice(choices) => {
            let ticks = choice_names(choices).into_iter().enumerate().map(|(index, name)| (index as f64, name));
            Axis::new(label).between(-0.5, choices.len() as f64 - 0.5).with_ticks(ticks.collect())
        }
        Domain::Range(range) => {
            let axis = Axis::new(&format!("{label}, {}", described(domain)));
            if range.log {
                let beyond = (range.high / range.low).powf(MARGIN);
                axis.logarithmic().between(range.low / beyond, range.high * beyond).with_ticks(decades(range))
            } else {
                let beyond = MARGIN * (range.high - range.low);
                axis.between(range.low - beyond, range.high + beyond)
            }
        }
    }
}

/// The powers of ten in a range; none where there are fewer than two, so that the axis has ticks of its own.
fn decades(range: &Range) -> Vec<(f64, String)> {
    let (first, last) = ((range.low.log10() - 1e-9).ceil() as i32, (range.high.log10() + 1e-9).floor() as i32);
    let decade = |power: i32| format!("1e{power}").parse::<f64>().map(|at| (at, number(at))).ok(); // to the last digit
    let decades: Vec<(f64, String)> = (first..=last).filter_map(decade).collect();
    if decades.len() < 2 { Vec::new() } else { decades }
}
