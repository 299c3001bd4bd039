//! Which colour is which variant.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::numbers::short;
use crate::text::without_middle;
use crate::watch::bands::BandPoint;
use crate::watch::model::{Model, VariantCurves};
use crate::watch::theme::Theme;

/// A plot with a legend beside it is at least this wide.
const LEAST: u16 = 64;

/// Draws the legend of a plot with these curves beside it or, where that takes too much, below its title. Returns what is left
/// for the plot.
pub fn draw(
    model: &Model,
    curve: fn(&VariantCurves) -> &Vec<BandPoint>,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) -> Rect {
    let entries = entries(model, curve, theme);
    let width = 1 + entries.iter().map(Line::width).max().unwrap_or(0) as u16;
    if area.width >= LEAST + 2 + width && entries.len() > 1 {
        draw_column(&entries, Rect { x: area.right() - width, width, ..area }, buffer, theme);
        return Rect { width: area.width - width - 2, ..area };
    }
    if area.height < 8 {
        return area;
    }
    // The chosen one comes first: not all may have a place.
    let mut left = area.x;
    for (index, entry) in entries.iter().enumerate() {
        let more = format!("… {} more", entries.len() - index);
        let is_last = index + 1 == entries.len();
        let needed = entry.width() as u16 + if is_last { 0 } else { 2 + more.chars().count() as u16 };
        if left + needed > area.right() {
            buffer.set_stringn(left, area.y, more, usize::from(area.right() - left), theme.muted());
            break;
        }
        buffer.set_line(left, area.y, entry, area.right() - left);
        left += entry.width() as u16 + 2;
    }
    Rect { y: area.y + 1, height: area.height - 1, ..area }
}

fn draw_column(entries: &[Line], area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let rows = usize::from(area.height);
    let shown = if entries.len() > rows { rows.saturating_sub(1) } else { entries.len() };
    for (entry, y) in entries[..shown].iter().zip(area.y..) {
        buffer.set_line(area.x, y, entry, area.width);
    }
    if shown < entries.len() && rows > 0 {
        let more = format!("… {} more", entries.len() - shown);
        buffer.set_stringn(area.x, area.bottom() - 1, more, usize::from(area.width), theme.muted());
    }
}

/// A line for each variant: its colour, its name, the last mean and the number of runs in it; the chosen one first.
fn entries(model: &Model, curve: fn(&VariantCurves) -> &Vec<BandPoint>, theme: &Theme) -> Vec<Line<'static>> {
    let chosen = model.chosen_curves();
    let others = (0..model.curves.len()).filter(|index| *index != chosen && !model.alone);
    let entry = |index: usize| {
        let curves = &model.curves[index];
        let is_chosen = index == chosen && model.curves.len() > 1;
        let name = without_middle(&model.names[curves.variant], 20);
        let style = theme.variant(curves.variant);
        let mut spans =
            vec![Span::styled("━━ ", style), Span::styled(name, if is_chosen { theme.strong() } else { style })];
        if let Some(last) = curve(curves).last() {
            spans.push(Span::raw(format!(" {}", short(last.mean))));
            if last.runs < curves.runs.len() {
                spans.push(Span::styled(format!(" ({}/{})", last.runs, curves.runs.len()), theme.muted()));
            }
        }
        Line::from(spans)
    };
    [chosen].into_iter().filter(|index| *index < model.curves.len()).chain(others).map(entry).collect()
}
