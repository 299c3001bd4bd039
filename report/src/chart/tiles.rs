//! Cells of a grid, joined to rectangles where neighbours are equal.

use std::collections::BTreeMap;
use std::fmt::Write;

/// The cells of a grid by their colours, as few rectangles: equal neighbours of a row are one, and so are equal ones of rows that
/// follow each other.
pub struct Tiles {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// The rows that were added.
    filled: usize,
    /// The rectangles that reach down to the last row: first column, columns and colour, and the index among those of the colour.
    above: BTreeMap<(usize, usize, usize), usize>,
    /// The rectangles of each colour: left, top, width and height in cells.
    rectangles: BTreeMap<usize, Vec<[usize; 4]>>,
}

impl Tiles {
    /// An empty grid.
    pub fn new(columns: usize, rows: usize) -> Tiles {
        Tiles { columns, rows, filled: 0, above: BTreeMap::new(), rectangles: BTreeMap::new() }
    }

    /// Adds the next row from the top; `None` for a cell without a colour.
    pub fn add_row(&mut self, colours: impl Iterator<Item = Option<usize>>) {
        let mut lowest = BTreeMap::new();
        let mut run: Option<(usize, usize, usize)> = None; // first column, columns and colour
        for (column, colour) in colours.chain([None]).enumerate() {
            match (&mut run, colour) {
                (Some((_, count, of)), Some(colour)) if *of == colour => *count += 1,
                (before, colour) => {
                    if let Some(ended) = std::mem::replace(before, colour.map(|colour| (column, 1, colour))) {
                        lowest.insert(ended, self.add_run(ended));
                    }
                }
            }
        }
        self.above = lowest;
        self.filled += 1;
    }

    /// Extends the rectangle above, or begins one. Returns its index among those of its colour.
    fn add_run(&mut self, run: (usize, usize, usize)) -> usize {
        let (column, count, colour) = run;
        let rectangles = self.rectangles.entry(colour).or_default();
        if let Some(&index) = self.above.get(&run) {
            rectangles[index][3] += 1;
            return index;
        }
        rectangles.push([column, self.filled, count, 1]);
        rectangles.len() - 1
    }

    /// Each colour and the outlines of its rectangles as the data of an SVG path, one cell being one unit.
    pub fn paths(&self) -> impl Iterator<Item = (usize, String)> {
        self.rectangles.iter().map(|(colour, rectangles)| {
            let mut path = String::with_capacity(rectangles.len() * 14);
            for [left, top, width, height] in rectangles {
                let _ = write!(path, "M{left} {top}h{width}v{height}h-{width}z"); // writing to a string cannot fail
            }
            (*colour, path)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_is_in_one_rectangle_of_its_colour() {
        let cells: [[Option<usize>; 4]; 3] = [
            [Some(0), Some(0), None, Some(1)],
            [Some(0), Some(0), Some(1), Some(1)],
            [Some(2), Some(0), Some(1), Some(1)],
        ];
        let mut tiles = Tiles::new(4, 3);
        cells.iter().for_each(|row| tiles.add_row(row.iter().copied()));
        let mut found = [[None; 4]; 3];
        for (colour, rectangles) in &tiles.rectangles {
            for [left, top, width, height] in rectangles {
                for row in &mut found[*top..top + height] {
                    for cell in &mut row[*left..left + width] {
                        assert_eq!(cell.replace(*colour), None);
                    }
                }
            }
        }
        assert_eq!(found, cells);
        let paths: Vec<_> = tiles.paths().collect();
        assert_eq!(paths[0], (0, "M0 0h2v2h-2zM1 2h1v1h-1z".to_owned()));
    }
}
