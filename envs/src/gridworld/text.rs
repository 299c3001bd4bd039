//! A gridworld as characters, for a terminal.

use super::map::{Cell, Map, Move};
use super::render::{HOLE, LIKELY, Values, WALL};
use crate::render::{GREEN, Learned, MUTED, ORANGE, TextDrawing, rgb};

/// The most rows of a cell.
const MOST_ROWS: usize = 7;
/// A cell with fewer columns or rows shows no number.
const WITH_NUMBERS: [usize; 2] = [7, 3];
const WHITE: &str = "#ffffff";

/// What is drawn.
pub(super) struct Moment<'a> {
    pub map: &'a Map,
    /// The moves that are the actions.
    pub moves: &'a [Move],
    /// The places of the path so far, the present one last.
    pub path: Vec<usize>,
    /// The places in which an action can be taken, and what is learned about each.
    pub places: &'a [usize],
    pub states: &'a [Learned],
    pub values: Values,
}

impl Moment<'_> {
    /// The map in at most `columns` × `rows` cells of a terminal; `None` where it has no space there.
    pub fn draw(&self, columns: usize, rows: usize) -> Option<TextDrawing> {
        let map = self.map;
        let fits = |height: &usize| height * map.rows <= rows && width_of(*height) * map.columns <= columns;
        let (width, height) = match (1..=MOST_ROWS).rev().find(fits) {
            Some(height) => (width_of(height), height),
            None if map.rows <= rows && map.columns <= columns => (1, 1),
            None => return None,
        };
        let mut drawing = TextDrawing::new(width * map.columns, height * map.rows);
        for place in 0..map.places() {
            let (row, column) = map.position(place);
            self.draw_place(place, [width * column, height * row, width, height], &mut drawing);
        }
        Some(drawing)
    }

    /// Draws a place of the map into its rectangle.
    fn draw_place(&self, place: usize, rectangle: [usize; 4], drawing: &mut TextDrawing) {
        let [left, top, width, height] = rectangle;
        let (middle, centre) = (left + width / 2, top + height / 2);
        let kind = self.map.cell(place);
        let here = self.path.last() == Some(&place);
        let (paper, ink) = match kind {
            _ if here => (ORANGE.to_owned(), WHITE),
            Cell::Wall => (WALL.to_owned(), MUTED),
            Cell::Goal => (GREEN.to_owned(), WHITE),
            Cell::Hole => (HOLE.to_owned(), MUTED),
            Cell::Free | Cell::Start => (self.values.colour(place), self.values.ink(place)),
        };
        let ink = rgb(ink);
        drawing.fill(rectangle, rgb(&paper));
        let symbol = match kind {
            Cell::Wall => "",
            Cell::Goal => "G",
            Cell::Hole => "○",
            Cell::Free | Cell::Start => self.arrow(place),
        };
        drawing.text(middle, centre, ink, symbol);
        if kind == Cell::Wall {
            (top..top + height).for_each(|row| drawing.text(left, row, ink, &"▒".repeat(width)));
        }
        if kind == Cell::Start && width > 2 && height > 1 {
            drawing.text(left, top, ink, "S");
        }
        if width >= WITH_NUMBERS[0] && height >= WITH_NUMBERS[1] {
            let number = self.values.written(place).unwrap_or_default();
            drawing.text(left + width - number.chars().count().min(width), top + height - 1, ink, &number);
        }
        // The agent and its path can also be seen without colours.
        match here {
            true if width > 2 => {
                drawing.text(middle - 1, centre, ink, "[");
                drawing.text(middle + 1, centre, ink, "]");
            }
            true => drawing.text(middle, centre, ink, "@"),
            false if width > 2 && self.path.contains(&place) => drawing.text(middle - 1, centre, rgb(ORANGE), "•"),
            false => {}
        }
    }

    /// The arrow of a place in which an action can be taken, if anything is known of it.
    fn arrow(&self, place: usize) -> &'static str {
        let index = self.places.iter().position(|known| *known == place);
        index.and_then(|index| self.states.get(index)).map_or("", |learned| arrow_of(self.moves, &learned.policy))
    }
}

/// Columns of a cell with so many rows: odd, so that it has a middle, and about as wide as high to the eye.
fn width_of(height: usize) -> usize {
    2 * height + 1
}

/// An arrow for the likely actions of a policy: of two, the direction between them, or both ways.
fn arrow_of(moves: &[Move], policy: &[f64]) -> &'static str {
    let likely = moves.iter().zip(policy).filter(|(_, probability)| **probability >= LIKELY);
    let likely: Vec<&Move> = likely.map(|(action, _)| action).collect();
    if likely.is_empty() || likely.len() > 2 {
        return if likely.is_empty() { "" } else { "┼" };
    }
    let down = likely.iter().map(|action| action.down).sum::<isize>();
    let right = likely.iter().map(|action| action.right).sum::<isize>();
    match (down.signum(), right.signum()) {
        (0, -1) => "←",
        (1, 0) => "↓",
        (0, 1) => "→",
        (-1, 0) => "↑",
        (1, -1) => "↙",
        (1, 1) => "↘",
        (-1, 1) => "↗",
        (-1, -1) => "↖",
        _ if likely[0].down == 0 => "↔",
        _ if likely[0].right == 0 => "↕",
        _ => "┼",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gridworld::map::{MOVES, names};
    use crate::render::LearnedValue;

    /// The lines of a map "SF / HG" whose agent has gone right, and can go down from there.
    fn lines(columns: usize, rows: usize) -> Option<Vec<String>> {
        let map = Map::parse(&["SF", "HG"]).unwrap();
        let learned = |value: f32, action: usize| {
            let policy = (0..4).map(|other| if other == action { 1.0 } else { 0.0 }).collect();
            Learned { value: LearnedValue::State(value), policy }
        };
        let (places, states) = ([0, 1], [learned(0.5, 2), learned(-1.0, 1)]);
        let values = Values::new(&map, &places, &states);
        let moment = Moment { map: &map, moves: &MOVES, path: vec![0, 1], places: &places, states: &states, values };
        let drawing = moment.draw(columns, rows)?;
        let symbols: Vec<char> = drawing.cells().iter().map(|cell| cell.symbol).collect();
        Some(symbols.chunks(drawing.columns()).map(|row| row.iter().collect()).collect())
    }

    #[test]
    fn a_map_is_drawn_as_large_as_it_fits() {
        assert_eq!(lines(1, 2), None);
        assert_eq!(lines(5, 2).unwrap(), ["→@", "○G"]);
        assert_eq!(lines(6, 3).unwrap(), ["•→ [↓]", " ○  G "]);
        let large = [
            "S             ",
            "  •→     [↓]  ",
            "   0.50  −1.00",
            "              ",
            "   ○      G   ",
            "              ",
        ];
        assert_eq!(lines(14, 7).unwrap(), large);
    }

    #[test]
    fn arrows_stand_for_the_likely_actions() {
        assert_eq!(names(&MOVES), ["left", "down", "right", "up"]);
        let arrow = |policy: &[f64]| arrow_of(&MOVES, policy);
        assert_eq!(arrow(&[0.0, 1.0, 0.0, 0.0]), "↓");
        assert_eq!(arrow(&[0.5, 0.0, 0.0, 0.5]), "↖");
        assert_eq!(arrow(&[0.5, 0.0, 0.5, 0.0]), "↔");
        assert_eq!(arrow(&[0.0, 0.5, 0.0, 0.5]), "↕");
        assert_eq!(arrow(&[0.25; 4]), "┼");
        assert_eq!(arrow(&[]), "");
        let diagonals = [Move::new("up and left", -1, -1), Move::new("down and right", 1, 1), Move::new("right", 0, 1)];
        let arrow = |policy: &[f64]| arrow_of(&diagonals, policy);
        assert_eq!([arrow(&[1.0, 0.0, 0.0]), arrow(&[0.0, 0.5, 0.5]), arrow(&[0.5, 0.5, 0.0])], ["↖", "↘", "┼"]);
    }
}
