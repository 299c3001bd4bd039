//! Losses, norms of gradients and predicted values.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::curves::{of_variants, spans_a_decade};
use super::legend;
use crate::watch::bands::BandPoint;
use crate::watch::model::{LossScale, Model, VariantCurves};
use crate::watch::plot::Plot;
use crate::watch::theme::Theme;

/// Rows of a plot, where there are several.
const LEAST_ROWS: u16 = 13;

/// One plot.
struct Figure {
    title: &'static str,
    curve: fn(&VariantCurves) -> &Vec<BandPoint>,
    /// Whether its scale may be logarithmic.
    positive: bool,
}

const FIGURES: [Figure; 3] = [
    Figure { title: "Loss", curve: |curves| &curves.loss, positive: true },
    Figure { title: "Norm of the gradient", curve: |curves| &curves.gradient, positive: true },
    Figure { title: "Mean predicted value", curve: |curves| &curves.q_mean, positive: false },
];

/// Draws as many plots as have a place, the loss first.
pub fn draw(model: &Model, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let known = |figure: &&Figure| model.curves.iter().any(|curves| !(figure.curve)(curves).is_empty());
    let mut figures: Vec<&Figure> = FIGURES.iter().filter(known).collect();
    if figures.is_empty() {
        figures.push(&FIGURES[0]);
    }
    figures.truncate(usize::from((area.height / LEAST_ROWS).max(1)));
    let rows = Layout::vertical(figures.iter().map(|_| Constraint::Fill(1))).split(area);
    for (figure, place) in figures.iter().zip(rows.iter()) {
        draw_one(model, figure, *place, buffer, theme);
    }
}

/// Draws the loss alone.
pub fn draw_loss(model: &Model, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    draw_one(model, &FIGURES[0], area, buffer, theme);
}

fn draw_one(model: &Model, figure: &Figure, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let logarithmic = figure.positive
        && match model.scale {
            LossScale::Automatic => spans_a_decade(model, figure.curve),
            LossScale::Logarithmic => true,
            LossScale::Linear => false,
        };
    let about = if logarithmic { ", logarithmic" } else { "" };
    let title = Line::from(vec![Span::styled(figure.title, theme.strong()), Span::styled(about, theme.muted())]);
    buffer.set_line(area.x, area.y, &title, area.width);
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let plot = legend::draw(model, figure.curve, below, buffer, theme);
    let curves = of_variants(model, figure.curve, theme);
    Plot { curves, steps: model.snapshot.steps, logarithmic, mark: None }.draw(plot, buffer, theme);
}
