//! The taxi, its passenger and the moves.

/// The map as Gymnasium draws it: `|` is a wall between two cells, `:` is none, and letters are the pads.
const MAP: [&[u8; 11]; SIDE] = [b"|R: | : :G|", b"| : | : : |", b"| : : : : |", b"| | : | : |", b"|Y| : |B: |"];
/// Rows and columns.
pub(super) const SIDE: usize = 5;
/// Row and column of the pads: red, green, yellow, blue.
pub(super) const PADS: [(usize, usize); 4] = [(0, 0), (0, 4), (4, 0), (4, 3)];
/// The passenger's place in the taxi; the other places are the pads.
pub(super) const IN_TAXI: usize = 4;
/// How many rows, columns, places of the passenger and destinations there are.
pub(super) const SIZES: [usize; 4] = [SIDE, SIDE, IN_TAXI + 1, PADS.len()];
/// The number of states.
pub(super) const STATES: usize = SIZES[0] * SIZES[1] * SIZES[2] * SIZES[3];

pub(super) const SOUTH: usize = 0;
pub(super) const NORTH: usize = 1;
pub(super) const EAST: usize = 2;
pub(super) const WEST: usize = 3;
pub(super) const PICKUP: usize = 4;
pub(super) const DROPOFF: usize = 5;
pub(super) const ACTIONS: [&str; 6] = ["south", "north", "east", "west", "pick up", "drop off"];

/// A state of the taxi problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ride {
    pub(super) row: usize,
    pub(super) column: usize,
    /// The pad on which the passenger waits, or [`IN_TAXI`].
    pub(super) passenger: usize,
    /// The pad to which the passenger wants.
    pub(super) destination: usize,
}

impl Ride {
    /// The state with this number, which is Gymnasium's.
    pub(super) fn of_number(number: usize) -> Ride {
        let [_, columns, passengers, destinations] = SIZES;
        Ride {
            row: number / (columns * passengers * destinations),
            column: number / (passengers * destinations) % columns,
            passenger: number / destinations % passengers,
            destination: number % destinations,
        }
    }

    pub(super) fn number(self) -> usize {
        let [_, columns, passengers, destinations] = SIZES;
        ((self.row * columns + self.column) * passengers + self.passenger) * destinations + self.destination
    }

    pub(super) fn components(self) -> [usize; 4] {
        [self.row, self.column, self.passenger, self.destination]
    }

    /// Whether the passenger has been brought to the destination.
    pub(super) fn is_over(self) -> bool {
        self.passenger == self.destination
    }

    /// Whether an episode may start here: the passenger waits on another pad than the destination.
    pub(super) fn is_start(self) -> bool {
        self.passenger != IN_TAXI && !self.is_over()
    }

    /// One cell on, if there is neither a wall nor the edge.
    pub(super) fn moved(self, direction: usize) -> Option<Ride> {
        let Ride { row, column, .. } = self;
        let (row, column) = match direction {
            SOUTH if row + 1 < SIDE => (row + 1, column),
            NORTH if row > 0 => (row - 1, column),
            EAST if !wall_east_of(row, column) => (row, column + 1),
            WEST if column > 0 && !wall_east_of(row, column - 1) => (row, column - 1),
            _ => return None,
        };
        Some(Ride { row, column, ..self })
    }

    /// After "pick up", with the reward.
    pub(super) fn picked_up(self) -> (Ride, f64) {
        if self.pad() == Some(self.passenger) { (Ride { passenger: IN_TAXI, ..self }, -1.0) } else { (self, -10.0) }
    }

    /// After "drop off", with the reward. On a pad that is not the destination the passenger gets out all the same.
    pub(super) fn dropped_off(self) -> (Ride, f64) {
        match self.pad() {
            Some(pad) if self.passenger == IN_TAXI => {
                (Ride { passenger: pad, ..self }, if pad == self.destination { 20.0 } else { -1.0 })
            }
            _ => (self, -10.0),
        }
    }

    /// The pad on which the taxi is.
    fn pad(self) -> Option<usize> {
        PADS.iter().position(|&pad| pad == (self.row, self.column))
    }
}

/// Whether a wall, or the edge of the map, is to the right of a cell.
pub(super) fn wall_east_of(row: usize, column: usize) -> bool {
    MAP[row][2 * column + 2] == b'|'
}

/// The two directions at right angles to one, the left one first.
pub(super) fn sides(direction: usize) -> [usize; 2] {
    match direction {
        SOUTH => [EAST, WEST],
        NORTH => [WEST, EAST],
        EAST => [NORTH, SOUTH],
        _ => [SOUTH, NORTH],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_number() {
        assert_eq!(STATES, 500);
        assert_eq!(Ride::of_number(328), Ride { row: 3, column: 1, passenger: 2, destination: 0 });
        for number in 0..STATES {
            assert_eq!(Ride::of_number(number).number(), number);
        }
        assert_eq!((0..STATES).filter(|&number| Ride::of_number(number).is_start()).count(), 300);
    }
}
