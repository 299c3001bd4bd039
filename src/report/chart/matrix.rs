//! A number for each pair of variants.

use super::Size;
use super::svg::{Anchor, Drawing, FONT, escaped, text_width};

/// More variants than this leave no room for numbers in the cells; a pointer is told them.
const WITH_NUMBERS: usize = 12;

/// Rows against columns.
pub struct Matrix {
    /// Names of rows and columns.
    pub names: Vec<String>,
    /// Row by row; nothing where a variant meets itself, or a pair cannot be compared.
    pub cells: Vec<Vec<Option<Cell>>>,
}

/// A pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// From 0, the column wins, to 1, the row wins.
    pub value: f64,
    /// Both ends of its interval.
    pub interval: (f64, f64),
    /// Whether the difference is significant.
    pub significant: bool,
    /// What a pointer is told.
    pub told: String,
}

impl Matrix {
    /// Draws all of it; `size` gives the width.
    pub fn draw(&self, size: Size) -> Drawing {
        let names = self.names.len().max(1) as f64;
        let widest = self.names.iter().map(|name| text_width(name)).fold(0.0, f64::max).min(0.35 * size.width);
        let left = widest + 10.0;
        let side = ((size.width - left - 0.75 * widest - 4.0) / names).clamp(12.0, 52.0);
        let top = 0.75 * widest + 16.0;
        let (right, bottom) = (left + side * names, top + side * names);
        let mut drawing = Drawing::new(size.width, bottom + 8.0, [left, top, right, bottom]);
        for (index, name) in self.names.iter().enumerate() {
            let middle = side * (index as f64 + 0.5);
            drawing.text("", [left - 6.0, top + middle], Anchor::End, name);
            drawing.set_text("", [left + middle, top - 8.0], Anchor::Start, name, FONT, -45.0);
        }
        for (row, cells) in self.cells.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                if let Some(cell) = cell {
                    self.draw_cell(&mut drawing, cell, [left + side * column as f64, top + side * row as f64, side]);
                }
            }
        }
        drawing
    }

    fn draw_cell(&self, drawing: &mut Drawing, cell: &Cell, [x, y, side]: [f64; 3]) {
        let class = if cell.value >= 0.5 { "win" } else { "loss" };
        let strength = 0.08 + 1.1 * (cell.value - 0.5).abs();
        let attributes = format!("fill-opacity=\"{strength:.2}\" data-tip=\"{}\" rx=\"2\"", escaped(&cell.told));
        drawing.rectangle(class, [x + 1.0, y + 1.0, side - 2.0, side - 2.0], &attributes);
        if self.names.len() <= WITH_NUMBERS {
            let written = format!("{:.2}", cell.value);
            let short = if written == "1.00" { "1" } else { written.trim_start_matches('0') };
            let fits = text_width(&written) < 0.9 * side;
            let class = if cell.significant { "strong" } else { "muted" };
            let (text, font) = if fits { (written.as_str(), FONT) } else { (short, FONT.min(0.42 * side)) };
            drawing.set_text(class, [x + 0.5 * side, y + 0.5 * side], Anchor::Middle, text, font, 0.0);
        }
    }
}
