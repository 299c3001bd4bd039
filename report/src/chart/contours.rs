//! Lines along which a function of two variables has a given value.

use std::collections::{BTreeMap, BTreeSet};

/// The lines along which a function equals `level`, by marching squares. `values` `[rows · columns]` are the function at the
/// points of a grid: the first row has the lowest y, and the ends of `x` and `y` are the first and the last column and row. A
/// closed line ends at its first point. Cells with a corner that is not finite have no lines.
///
/// # Panics
/// If there are not `rows · columns` values, or fewer than two rows or columns.
pub fn contours(values: &[f64], columns: usize, x: (f64, f64), y: (f64, f64), level: f64) -> Vec<Vec<(f64, f64)>> {
    let rows = values.len() / columns.max(1);
    assert!(values.len() == rows * columns && rows > 1 && columns > 1, "values at the points of a grid");
    let lines = Lines { values, columns, level };
    let mut neighbours: BTreeMap<Edge, Vec<Edge>> = BTreeMap::new();
    for row in 0..rows - 1 {
        for column in 0..columns - 1 {
            for [from, to] in lines.through(row, column) {
                neighbours.entry(from).or_default().push(to);
                neighbours.entry(to).or_default().push(from);
            }
        }
    }
    let place = |&edge: &Edge| {
        let (column, row) = lines.crossing(edge);
        let along = |ends: (f64, f64), at: f64, count: usize| ends.0 + (ends.1 - ends.0) * at / (count - 1) as f64;
        (along(x, column, columns), along(y, row, rows))
    };
    // Open lines begin at the border; what remains after them is closed.
    let ends = neighbours.iter().filter(|(_, others)| others.len() == 1).map(|(edge, _)| *edge);
    let starts: Vec<Edge> = ends.chain(neighbours.keys().copied()).collect();
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for start in starts {
        if !seen.insert(start) {
            continue;
        }
        let mut line = vec![start];
        let mut last = start;
        while let Some(next) = neighbours[&last].iter().copied().find(|edge| seen.insert(*edge)) {
            line.push(next);
            last = next;
        }
        if line.len() > 2 && neighbours[&last].contains(&start) {
            line.push(start);
        }
        all.push(line.iter().map(place).collect());
    }
    all
}

/// The side of a cell: the number of its first grid point, and whether it leads to the next row instead of the next column.
type Edge = (usize, bool);

struct Lines<'a> {
    values: &'a [f64],
    columns: usize,
    level: f64,
}

impl Lines<'_> {
    /// The pieces of lines through a cell, each from one of its sides to another.
    fn through(&self, row: usize, column: usize) -> Vec<[Edge; 2]> {
        let first = row * self.columns + column;
        // Counterclockwise from the lower left corner, and the side from each corner to the next.
        let corners = [first, first + 1, first + self.columns + 1, first + self.columns];
        let sides = [(first, false), (first + 1, true), (first + self.columns, false), (first, true)];
        let values = corners.map(|corner| self.values[corner]);
        if values.iter().any(|value| !value.is_finite()) {
            return Vec::new();
        }
        let above = values.map(|value| value > self.level);
        let crossed: Vec<usize> = (0..4).filter(|&side| above[side] != above[(side + 1) % 4]).collect();
        match crossed[..] {
            [one, other] => vec![[sides[one], sides[other]]],
            // A saddle: the mean of the corners decides which of them are connected.
            [_, _, _, _] => {
                let middle_above = values.iter().sum::<f64>() / 4.0 > self.level;
                let around_first = above[0] != middle_above; // the first corner is cut off
                let pairs = if around_first { [[3, 0], [1, 2]] } else { [[0, 1], [2, 3]] };
                pairs.map(|pair| pair.map(|side| sides[side])).to_vec()
            }
            _ => Vec::new(),
        }
    }

    /// Where the level is reached on a side, in columns and rows.
    fn crossing(&self, (first, is_up): Edge) -> (f64, f64) {
        let second = if is_up { first + self.columns } else { first + 1 };
        let [low, high] = [first, second].map(|point| self.values[point]);
        let share = ((self.level - low) / (high - low)).clamp(0.0, 1.0);
        let (column, row) = ((first % self.columns) as f64, (first / self.columns) as f64);
        if is_up { (column, row + share) } else { (column + share, row) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_has_straight_lines() {
        // z = x + 2 y at (0, 0), (1, 0), (2, 0), (0, 1), …: z = 1.5 from (0, 0.75) to (1.5, 0).
        let values = [0.0, 1.0, 2.0, 2.0, 3.0, 4.0];
        let lines = contours(&values, 3, (0.0, 2.0), (0.0, 1.0), 1.5);
        assert_eq!(lines, [vec![(0.0, 0.75), (1.0, 0.25), (1.5, 0.0)]]);
        assert!(contours(&values, 3, (0.0, 2.0), (0.0, 1.0), 9.0).is_empty());
    }

    #[test]
    fn a_bowl_has_closed_lines_at_one_distance() {
        let side = 41;
        let place = |index: usize| index as f64 / 10.0 - 2.0;
        let values: Vec<f64> = (0..side * side).map(|i| place(i % side).powi(2) + place(i / side).powi(2)).collect();
        let lines = contours(&values, side, (-2.0, 2.0), (-2.0, 2.0), 1.0);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].first(), lines[0].last());
        assert!(lines[0].iter().all(|(x, y)| (x.hypot(*y) - 1.0).abs() < 5e-3), "{:?}", lines[0]);
    }

    #[test]
    fn a_saddle_has_two_lines_and_a_hole_none() {
        let values = [1.0, 0.0, 0.0, 1.0];
        assert_eq!(contours(&values, 2, (0.0, 1.0), (0.0, 1.0), 0.4).len(), 2);
        assert!(contours(&[1.0, 0.0, f64::NAN, 1.0], 2, (0.0, 1.0), (0.0, 1.0), 0.4).is_empty());
    }
}
