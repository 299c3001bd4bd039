//! Drawings of characters, for terminals.

/// A drawing of characters, each in its cell of a terminal. Places are in cells from the upper left corner; colours are red, green
/// and blue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextDrawing {
    columns: usize,
    cells: Vec<TextCell>,
}

/// A cell of a [`TextDrawing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextCell {
    /// The character, one column wide.
    pub symbol: char,
    /// Its colour.
    pub ink: [u8; 3],
    /// The colour behind it.
    pub paper: [u8; 3],
}

impl TextDrawing {
    /// White paper of so many columns and rows.
    pub fn new(columns: usize, rows: usize) -> TextDrawing {
        let cell = TextCell { symbol: ' ', ink: [0; 3], paper: [255; 3] };
        TextDrawing { columns, cells: vec![cell; columns * rows] }
    }

    /// Cells from left to right.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The cells row by row.
    pub fn cells(&self) -> &[TextCell] {
        &self.cells
    }

    /// Colours the paper of a rectangle at (column, row) of a width and a height.
    pub fn fill(&mut self, [column, row, width, height]: [usize; 4], colour: [u8; 3]) {
        for row in row..row + height {
            (column..column + width).for_each(|column| self.change(column, row, |cell| cell.paper = colour));
        }
    }

    /// Writes a line of text that begins in a cell. What is outside is left out.
    pub fn text(&mut self, column: usize, row: usize, ink: [u8; 3], text: &str) {
        for (symbol, column) in text.chars().zip(column..) {
            self.change(column, row, |cell| (cell.symbol, cell.ink) = (symbol, ink));
        }
    }

    fn change(&mut self, column: usize, row: usize, change: impl FnOnce(&mut TextCell)) {
        if column < self.columns
            && let Some(cell) = self.cells.get_mut(row * self.columns + column)
        {
            change(cell);
        }
    }
}

/// The parts of a colour that CSS writes as `#rrggbb`; black where it is not written that way.
pub fn rgb(colour: &str) -> [u8; 3] {
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6);
    let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0);
    let [_, red, green, blue] = number.to_be_bytes();
    [red, green, blue]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_outside_is_left_out() {
        let mut drawing = TextDrawing::new(3, 2);
        drawing.fill([1, 0, 9, 1], [1, 2, 3]);
        drawing.text(2, 1, [4, 5, 6], "ab");
        drawing.text(0, 2, [4, 5, 6], "c");
        let symbols: String = drawing.cells().iter().map(|cell| cell.symbol).collect();
        assert_eq!((symbols.as_str(), drawing.columns()), ("     a", 3));
        let papers: Vec<u8> = drawing.cells().iter().map(|cell| cell.paper[0]).collect();
        assert_eq!(papers, [255, 1, 1, 255, 255, 255]);
        assert_eq!([rgb("#e76300"), rgb("red")], [[0xe7, 0x63, 0], [0, 0, 0]]);
    }
}
