//! A picture of dots: two by four in each cell of the terminal, as braille characters.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The dots. Places are in dots from the upper left corner.
pub struct Dots {
    columns: usize,
    rows: usize,
    /// The pattern of each cell, and the style of what was drawn there last: a cell has one colour.
    cells: Vec<(u8, Style)>,
}

/// The bit of each dot in a braille character, `[row][column]`.
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

impl Dots {
    /// No dots, in an area of so many cells.
    pub fn new(columns: u16, rows: u16) -> Dots {
        let (columns, rows) = (usize::from(columns), usize::from(rows));
        Dots { columns, rows, cells: vec![(0, Style::new()); columns * rows] }
    }

    /// Dots from left to right.
    pub fn width(&self) -> usize {
        2 * self.columns
    }

    /// Dots from top to bottom.
    pub fn height(&self) -> usize {
        4 * self.rows
    }

    /// Sets a dot; nothing where it is outside.
    pub fn set(&mut self, x: i64, y: i64, style: Style) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x < self.width() && y < self.height() {
            let cell = &mut self.cells[(y / 4) * self.columns + x / 2];
            *cell = (cell.0 | BITS[y % 4][x % 2], style);
        }
    }

    /// A straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), style: Style) {
        let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).round().clamp(1.0, 1e4) as usize;
        for step in 0..=steps {
            let share = step as f64 / steps as f64;
            let at = |from: f64, to: f64| (from + share * (to - from)).round() as i64;
            self.set(at(from.0, to.0), at(from.1, to.1), style);
        }
    }

    /// Writes the dots into `area`.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer) {
        for (index, (pattern, style)) in self.cells.iter().enumerate().filter(|(_, (pattern, _))| *pattern > 0) {
            let (row, column) = (index / self.columns, index % self.columns);
            let place = (area.x + column as u16, area.y + row as u16);
            if let (Some(cell), Some(braille)) = (buffer.cell_mut(place), char::from_u32(0x2800 + u32::from(*pattern)))
            {
                cell.set_char(braille).set_style(*style);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_eight_dots() {
        let mut dots = Dots::new(2, 1);
        assert_eq!((dots.width(), dots.height()), (4, 4));
        dots.line((0.0, 0.0), (3.0, 3.0), Style::new());
        dots.set(-1, 0, Style::new());
        dots.set(4, 0, Style::new());
        let area = Rect::new(0, 0, 2, 1);
        let mut buffer = Buffer::empty(area);
        dots.draw(area, &mut buffer);
        // (0, 0) and (1, 1) are dots 1 and 5 of the first character, (2, 2) and (3, 3) are 3 and 8 of the second.
        assert_eq!(buffer, Buffer::with_lines(["⠑⢄"]));
    }
}
