//! The learning curves.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::legend;
use crate::watch::bands::{BandPoint, QUARTILES_FROM};
use crate::watch::model::{Model, VariantCurves};
use crate::watch::plot::{Curve, Plot};
use crate::watch::snapshot::Measure;
use crate::watch::theme::Theme;

/// With more variants, the spread of the chosen one alone is drawn.
const SPREADS: usize = 3;

/// Draws the learning curves with their spread.
pub fn draw(model: &Model, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let snapshot = &model.snapshot;
    let seeds = model.curves.iter().map(|curves| curves.runs.len()).max().unwrap_or(0);
    let about = match seeds {
        0 | 1 => String::new(),
        2.. if seeds < QUARTILES_FROM => format!(", mean and range of {seeds} seeds"),
        _ => format!(", mean and quartiles of {seeds} seeds"),
    };
    let plot = Plot {
        curves: of_variants(model, |curves| &curves.learning, theme),
        steps: snapshot.steps,
        logarithmic: snapshot.measure == Measure::ValueError && spans_a_decade(model, |curves| &curves.learning),
        mark: snapshot.threshold,
    };
    let mark = plot.shown_mark().map_or(String::new(), |mark| format!(", dotted: solved ({mark})"));
    let title = Line::from(vec![
        Span::styled(capitalised(snapshot.measure.title()), theme.strong()),
        Span::styled(about + &mark, theme.muted()),
    ]);
    buffer.set_line(area.x, area.y, &title, area.width);
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let place = legend::draw(model, |curves| &curves.learning, below, buffer, theme);
    plot.draw(place, buffer, theme);
}

/// The curves of the variants, the chosen one last, so that it lies over the others.
pub fn of_variants<'a>(
    model: &'a Model,
    curve: fn(&VariantCurves) -> &Vec<BandPoint>,
    theme: &Theme,
) -> Vec<Curve<'a>> {
    let chosen = model.chosen_curves();
    let others = (0..model.curves.len()).filter(|index| *index != chosen && !model.alone);
    let all = model.curves.len() <= SPREADS;
    let one = |index: usize| {
        let curves = &model.curves[index];
        let spread = (curves.runs.len() > 1 && (all || index == chosen)).then(|| theme.spread(curves.variant));
        Curve { points: curve(curves), mean: theme.variant(curves.variant), spread }
    };
    others.chain([chosen]).filter(|index| *index < model.curves.len()).map(one).collect()
}

/// Whether all means of the curves are positive, and the greatest is more than ten times the least.
pub fn spans_a_decade(model: &Model, curve: fn(&VariantCurves) -> &Vec<BandPoint>) -> bool {
    let means = || model.curves.iter().flat_map(curve).map(|point| point.mean);
    let (low, high) = (means().fold(f64::INFINITY, f64::min), means().fold(f64::NEG_INFINITY, f64::max));
    low > 0.0 && high > 10.0 * low
}

/// A text with a capital letter in front.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
