//! A number for each pair of variants.

use super::size::Size;
use super::svg::{Anchor, Drawing, FONT, characters, escaped, text_width};
use crate::text::shortened;

/// Smaller text is left out; the pointer shows the numbers.
const SMALLEST: f64 = 7.0;

/// Height of a line of names below the matrix.
const LINE_HEIGHT: f64 = 18.0;

/// Rows against columns.
pub struct MatrixChart {
    /// Indices and names of the variants in rows and columns.
    pub names: Vec<(usize, String)>,
    /// Row by row; `None` on the diagonal and for pairs that cannot be compared.
    pub cells: Vec<Vec<Option<MatrixCell>>>,
}

/// A pair of variants.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixCell {
    /// From 0 (the column wins) to 1 (the row wins).
    pub value: f64,
    /// Both ends of its interval.
    pub interval: Option<(f64, f64)>,
    /// By how much the row is better.
    pub difference: Option<f64>,
    /// The p-value of the difference.
    pub p_value: Option<f64>,
    /// Whether the difference is significant in the direction of `value`.
    pub bold: bool,
    /// What the pointer shows.
    pub tip: String,
}

impl MatrixChart {
    /// Draws the chart. Only the width of `size` matters.
    pub fn draw(&self, size: Size) -> Drawing {
        let count = self.names.len().max(1) as f64;
        let widest = self.names.iter().map(|(_, name)| text_width(name)).fold(0.0, f64::max);
        let most = 0.3 * size.width;
        // Names that are too long are listed below with numbers.
        let below = widest > most;
        let beside: Vec<String> = match below {
            true => (1..=self.names.len()).map(|number| number.to_string()).collect(),
            false => self.names.iter().map(|(_, name)| name.clone()).collect(),
        };
        let names_width = beside.iter().map(|name| text_width(name)).fold(0.0, f64::max);
        let left = names_width + 10.0;
        let above = if below { FONT } else { 0.72 * names_width }; // names above are turned by 45 degrees
        let side = ((size.width - left - above - 6.0) / count).min(52.0);
        let top = above + 16.0;
        let (right, bottom) = (left + side * count, top + side * count);
        let rows_below = if below { count } else { 0.0 };
        let height = bottom + 8.0 + rows_below * LINE_HEIGHT + if below { 8.0 } else { 0.0 };
        let mut drawing = Drawing::new(size.width, height, [left, top, right, bottom]);
        let font = FONT.min(0.9 * side);
        for (index, ((variant, _), name)) in self.names.iter().zip(&beside).enumerate() {
            let middle = side * (index as f64 + 0.5);
            drawing.of_variant(*variant, |d| {
                d.set_text("", [left - 6.0, top + middle], Anchor::End, name, font, 0.0);
                let (anchor, angle) = if below { (Anchor::Middle, 0.0) } else { (Anchor::Start, -45.0) };
                d.set_text("", [left + middle, top - 8.0], anchor, name, font, angle);
            });
        }
        if below {
            let names: Vec<String> = self.names.iter().map(|(_, name)| name.clone()).collect();
            let names = shortened(&names, characters(size.width - left - 4.0));
            for (index, ((variant, _), name)) in self.names.iter().zip(&names).enumerate() {
                let y = bottom + 16.0 + LINE_HEIGHT * (index as f64 + 0.5);
                drawing.of_variant(*variant, |d| {
                    d.text("muted", [left - 6.0, y], Anchor::End, &beside[index]);
                    d.text("", [left, y], Anchor::Start, name);
                });
            }
        }
        for (i, (row, cells)) in self.names.iter().zip(&self.cells).enumerate() {
            for (j, (column, cell)) in self.names.iter().zip(cells).enumerate() {
                let place = [left + side * j as f64, top + side * i as f64, side];
                if let Some(cell) = cell {
                    // A cell is hidden with either of its variants.
                    drawing.of_variant(row.0, |d| d.of_variant(column.0, |d| draw_cell(d, cell, place)));
                }
            }
        }
        drawing
    }
}

fn draw_cell(drawing: &mut Drawing, cell: &MatrixCell, [x, y, side]: [f64; 3]) {
    let class = if cell.value >= 0.5 { "win" } else { "loss" };
    let strength = 0.08 + 1.1 * (cell.value - 0.5).abs();
    let attributes = format!("fill-opacity=\"{strength:.2}\" data-tip=\"{}\" rx=\"2\"", escaped(&cell.tip));
    let gap = (0.04 * side).min(1.0);
    drawing.rectangle(class, [x + gap, y + gap, side - 2.0 * gap, side - 2.0 * gap], &attributes);
    let written = format!("{:.2}", cell.value);
    let short = if written == "1.00" { "1" } else { written.trim_start_matches('0') };
    let fits = text_width(&written) < 0.9 * side;
    let (text, font) = if fits { (written.as_str(), FONT) } else { (short, FONT.min(0.42 * side)) };
    if font >= SMALLEST {
        let class = if cell.bold { "strong" } else { "muted" };
        drawing.set_text(class, [x + 0.5 * side, y + 0.5 * side], Anchor::Middle, text, font, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::size::NARROW;
    use super::*;

    #[test]
    fn names_that_are_too_long_are_numbered_and_listed_below() {
        let named = |names: &[&str]| {
            let names: Vec<_> = names.iter().enumerate().map(|(index, name)| (index, (*name).to_owned())).collect();
            let cells = vec![vec![None; names.len()]; names.len()];
            MatrixChart { names, cells }.draw(NARROW).inline("", "")
        };
        let long = named(&[
            "approximators-gridworld/tiles-learning_rate=0.01",
            "approximators-gridworld/tiles-learning_rate=0.03",
        ]);
        // At the row, at the column, and before the name.
        assert_eq!(long.matches(">1</text>").count(), 3);
        assert!(long.contains("rate=0.01</text>") && long.contains("rate=0.03</text>"), "{long}");
        let short = named(&["a", "b"]);
        assert!(short.contains(">a</text>") && !short.contains(">1</text>"));
    }
}
