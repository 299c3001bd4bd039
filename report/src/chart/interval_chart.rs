//! An estimate and its interval for each variant, with single runs as dots.

use super::axis::Axis;
use super::size::Size;
use super::svg::{Anchor, Drawing, characters, text_width};
use crate::text::shortened;

/// Height of a row.
const ROW: f64 = 30.0;

/// One row for each variant.
pub struct IntervalChart {
    /// The horizontal axis.
    pub x: Axis,
    /// From top to bottom.
    pub rows: Vec<IntervalRow>,
    /// A vertical line and its name.
    pub mark: Option<(f64, String)>,
}

/// A variant's row.
pub struct IntervalRow {
    /// Its name.
    pub name: String,
    /// Its index, which decides the colour.
    pub variant: usize,
    /// The estimate.
    pub value: f64,
    /// Both ends of the interval.
    pub interval: (f64, f64),
    /// Names and values of single runs.
    pub dots: Vec<(String, f64)>,
}

impl IntervalChart {
    /// Draws the chart. Only the width of `size` matters.
    pub fn draw(&self, size: Size) -> Drawing {
        let widest = self.rows.iter().map(|row| text_width(&row.name)).fold(0.0, f64::max);
        // Long names are above their rows, so that the intervals have enough width.
        let beside = widest + 12.0 < 0.36 * size.width;
        let row_height = if beside { ROW } else { ROW + 16.0 };
        let (left, right) = (if beside { widest + 14.0 } else { 12.0 }, size.width - 20.0);
        let (top, bottom) = (20.0, 20.0 + row_height * self.rows.len().max(1) as f64);
        let x = self.x.scale(self.values(), left, right);
        let mut drawing = Drawing::new(size.width, bottom + 44.0, [left, top, right, bottom]);
        drawing.horizontal_axis(&x, &self.x);
        if let Some((value, name)) = &self.mark {
            let pixel = x.place(*value);
            drawing.line("mark", [pixel, top, pixel, bottom]);
            let anchor = if pixel > 0.5 * (left + right) { Anchor::End } else { Anchor::Start };
            drawing.text("muted", [pixel, top - 10.0], anchor, name);
        }
        let names: Vec<String> = self.rows.iter().map(|row| row.name.clone()).collect();
        let names = shortened(&names, characters(size.width - 4.0));
        for (index, (row, name)) in self.rows.iter().zip(&names).enumerate() {
            let y = top + row_height * (index as f64 + 1.0) - 0.5 * ROW;
            drawing.of_variant(row.variant, |d| {
                let name_at = if beside { [left - 8.0, y] } else { [2.0, y - 20.0] };
                d.text("", name_at, if beside { Anchor::End } else { Anchor::Start }, name);
                for (number, (name, value)) in row.dots.iter().enumerate() {
                    // Dots are shifted up and down, so that equal values are visible as several dots.
                    let shift = ((number * 7) % 11) as f64 - 5.0;
                    let tip = format!("{}, {name}: {value:.4}", row.name);
                    d.dot(row.variant, [x.place(*value), y + shift, 2.6], 0.35, &tip);
                }
                let (low, high) = row.interval;
                let tip = format!("{}: {:.4} [{low:.4}, {high:.4}]", row.name, row.value);
                d.path("interval", row.variant, &[(x.place(low), y), (x.place(high), y)], false);
                d.dot(row.variant, [x.place(row.value), y, 5.0], 1.0, &tip);
            });
        }
        drawing
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        let of_row = |row: &IntervalRow| {
            row.dots.iter().map(|dot| dot.1).chain([row.value, row.interval.0, row.interval.1]).collect::<Vec<_>>()
        };
        self.rows.iter().flat_map(of_row).chain(self.mark.iter().map(|mark| mark.0))
    }
}
