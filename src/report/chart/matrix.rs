//! A number for each pair of variants.

use super::Size;
use super::svg::{Anchor, Drawing, FONT, escaped, fitted, text_width};

/// Text that is smaller than this is not read; a pointer is told the numbers.
const SMALLEST: f64 = 7.0;

/// Rows against columns.
pub struct Matrix {
    /// Numbers and names of the variants in rows and columns.
    pub names: Vec<(usize, String)>,
    /// Row by row; nothing where a variant meets itself, or a pair cannot be compared.
    pub cells: Vec<Vec<Option<Cell>>>,
}

/// A pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// From 0, the column wins, to 1, the row wins.
    pub value: f64,
    /// Both ends of its interval.
    pub interval: Option<(f64, f64)>,
    /// By how much the row is better.
    pub difference: Option<f64>,
    /// The p-value of that.
    pub p_value: Option<f64>,
    /// Whether it is significant, and the cell says so.
    pub bold: bool,
    /// What a pointer is told.
    pub told: String,
}

impl Matrix {
    /// Draws all of it; `size` gives the width.
    pub fn draw(&self, size: Size) -> Drawing {
        let count = self.names.len().max(1) as f64;
        let widest = self.names.iter().map(|(_, name)| text_width(name)).fold(0.0, f64::max);
        let room = widest.min(0.3 * size.width);
        let left = room + 10.0;
        let above = 0.72 * room; // names above stand at 45 degrees, and lean out to the right as far
        let side = ((size.width - left - above - 6.0) / count).min(52.0);
        let top = above + 16.0;
        let (right, bottom) = (left + side * count, top + side * count);
        let mut drawing = Drawing::new(size.width, bottom + 8.0, [left, top, right, bottom]);
        let font = FONT.min(0.9 * side);
        for (index, (variant, name)) in self.names.iter().enumerate() {
            let (middle, name) = (side * (index as f64 + 0.5), fitted(name, room));
            drawing.of_variant(*variant, |d| {
                d.set_text("", [left - 6.0, top + middle], Anchor::End, &name, font, 0.0);
                d.set_text("", [left + middle, top - 8.0], Anchor::Start, &name, font, -45.0);
            });
        }
        for (i, (row, cells)) in self.names.iter().zip(&self.cells).enumerate() {
            for (j, (column, cell)) in self.names.iter().zip(cells).enumerate() {
                let place = [left + side * j as f64, top + side * i as f64, side];
                if let Some(cell) = cell {
                    // A cell goes with either of its variants.
                    drawing.of_variant(row.0, |d| d.of_variant(column.0, |d| draw_cell(d, cell, place)));
                }
            }
        }
        drawing
    }
}

fn draw_cell(drawing: &mut Drawing, cell: &Cell, [x, y, side]: [f64; 3]) {
    let class = if cell.value >= 0.5 { "win" } else { "loss" };
    let strength = 0.08 + 1.1 * (cell.value - 0.5).abs();
    let attributes = format!("fill-opacity=\"{strength:.2}\" data-tip=\"{}\" rx=\"2\"", escaped(&cell.told));
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
