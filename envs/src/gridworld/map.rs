//! Reading an ASCII map.

use crate::ConfigError;

/// A kind of cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Start,
    Free,
    Goal,
    Hole,
    Wall,
}

impl Cell {
    fn from_char(letter: char) -> Option<Cell> {
        match letter {
            'S' => Some(Cell::Start),
            'F' | '.' => Some(Cell::Free),
            'G' => Some(Cell::Goal),
            'H' => Some(Cell::Hole),
            '#' => Some(Cell::Wall),
            _ => None,
        }
    }

    /// Whether entering the cell ends the episode.
    pub(super) fn is_final(self) -> bool {
        matches!(self, Cell::Goal | Cell::Hole)
    }
}

/// An action: a move by so many cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) name: &'static str,
    pub(super) down: isize,
    pub(super) right: isize,
}

impl Move {
    pub(crate) const fn new(name: &'static str, down: isize, right: isize) -> Move {
        Move { name, down, right }
    }
}

/// The four moves, in the order of FrozenLake's actions.
pub(super) const MOVES: [Move; 4] =
    [Move::new("left", 0, -1), Move::new("down", 1, 0), Move::new("right", 0, 1), Move::new("up", -1, 0)];

/// The names of moves, in their order.
pub(super) fn names(moves: &[Move]) -> Vec<String> {
    moves.iter().map(|action| action.name.to_owned()).collect()
}

/// A rectangle of cells. One that was read has a start, and a goal can be reached from every start.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Map {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Row by row.
    cells: Vec<Cell>,
}

impl Map {
    /// Reads and checks a map.
    pub(super) fn parse<T: AsRef<str>>(rows: &[T]) -> Result<Map, ConfigError> {
        let cells: Vec<Vec<Cell>> =
            rows.iter().enumerate().map(|(row, text)| parse_row(row, text.as_ref())).collect::<Result<_, _>>()?;
        let columns = cells.first().map_or(0, Vec::len);
        if columns == 0 {
            return Err(error("the map is empty: give rows such as [\"SF\", \"FG\"]"));
        }
        if let Some(row) = cells.iter().position(|row| row.len() != columns) {
            let (row, length) = (row + 1, cells[row].len());
            return Err(error(format!(
                "the map is ragged: row {row} has {length} columns where row 1 has {columns}; make rows equally long"
            )));
        }
        let map = Map { rows: cells.len(), columns, cells: cells.concat() };
        map.check_playable()?;
        Ok(map)
    }

    /// One row of free cells with a start, and without a goal.
    pub(super) fn strip(columns: usize, start: usize) -> Map {
        let cell = |column: usize| if column == start { Cell::Start } else { Cell::Free };
        Map { rows: 1, columns, cells: (0..columns).map(cell).collect() }
    }

    pub(super) fn cell(&self, place: usize) -> Cell {
        self.cells[place]
    }

    /// The number of cells. A place is the number of a cell, counted row by row.
    pub(super) fn places(&self) -> usize {
        self.cells.len()
    }

    pub(super) fn starts(&self) -> Vec<usize> {
        (0..self.places()).filter(|&place| self.cells[place] == Cell::Start).collect()
    }

    /// Row and column of a place, from zero.
    pub(super) fn position(&self, place: usize) -> (usize, usize) {
        (place / self.columns, place % self.columns)
    }

    /// The place after a move: the neighbour, or the same place at a wall or the edge of the map.
    pub(super) fn after(&self, place: usize, Move { down, right, .. }: Move) -> usize {
        let (row, column) = self.position(place);
        let target = row
            .checked_add_signed(down)
            .zip(column.checked_add_signed(right))
            .filter(|&(row, column)| row < self.rows && column < self.columns)
            .map(|(row, column)| row * self.columns + column)
            .filter(|&target| self.cells[target] != Cell::Wall);
        target.unwrap_or(place)
    }

    fn check_playable(&self) -> Result<(), ConfigError> {
        let starts = self.starts();
        if starts.is_empty() {
            return Err(error("the map has no start: mark one cell or more with S"));
        }
        if !self.cells.contains(&Cell::Goal) {
            return Err(error("the map has no goal: mark one cell or more with G"));
        }
        match starts.into_iter().find(|&start| !self.reaches_goal(start)) {
            None => Ok(()),
            Some(start) => {
                let (row, column) = self.position(start);
                Err(error(format!(
                    "no goal can be reached from the start at row {}, column {}: open a way to one, or add a G",
                    row + 1,
                    column + 1
                )))
            }
        }
    }

    /// Whether some sequence of moves leads from `start` to a goal without falling into a hole.
    fn reaches_goal(&self, start: usize) -> bool {
        let mut seen = vec![false; self.places()];
        let mut frontier = vec![start];
        while let Some(place) = frontier.pop() {
            if self.cells[place] == Cell::Goal {
                return true;
            }
            if !seen[place] && self.cells[place] != Cell::Hole {
                frontier.extend(MOVES.map(|action| self.after(place, action)));
            }
            seen[place] = true;
        }
        false
    }
}

fn parse_row(row: usize, text: &str) -> Result<Vec<Cell>, ConfigError> {
    text.chars()
        .enumerate()
        .map(|(column, letter)| {
            Cell::from_char(letter).ok_or_else(|| {
                error(format!(
                    "row {}, column {}: {letter:?} is no cell; use S (start), G (goal), H (hole), # (wall), F or . (free)",
                    row + 1,
                    column + 1
                ))
            })
        })
        .collect()
}

fn error(message: impl Into<String>) -> ConfigError {
    ConfigError::new("map", message)
}
