//! A gridworld as characters, for a terminal.

use super::map::{Cell, Map};
use super::render::{HOLE, LIKELY, Values, WALL};
use crate::render::{CARD, GREEN, Learned, ORANGE, TextDrawing, rgb, with_minus};

/// The most rows of a cell.
const MOST_ROWS: usize = 5;
/// A cell with fewer columns or rows shows no number.
const WITH_NUMBERS: [usize; 2] = [7, 3];
const WHITE: [u8; 3] = [255; 3];

/// What is drawn: the map, the places of the path so far with the present one last, the cells in which an action can be taken,
/// and what is learned about them.
pub(super) struct Moment<'a> {
    pub map: &'a Map,
    pub path: Vec<usize>,
    pub places: &'a [usize],
    pub states: &'a [Learned],
}

/// The map in at most `columns` × `rows` cells of a terminal; `None` where it has no place there.
pub(super) fn draw(moment: &Moment, values: &Values, columns: usize, rows: usize) -> Option<TextDrawing> {
    let Moment { map, .. } = moment;
    let fitting =
        (1..=MOST_ROWS).rev().find(|height| height * map.rows <= rows && width_of(*height) * map.columns <= columns);
    let (width, height) = match fitting {
        Some(height) => (width_of(height), height),
        None if map.rows <= rows && map.columns <= columns => (1, 1),
        None => return None,
    };
    let mut drawing = TextDrawing::new(width * map.columns, height * map.rows);
    for place in 0..map.places() {
        let (row, column) = map.position(place);
        let (left, top) = (width * column, height * row);
        let (middle, centre) = (left + width / 2, top + height / 2);
        let here = moment.path.last() == Some(&place);
        let kind = map.cell(place);
        let paper = match kind {
            _ if here => rgb(ORANGE),
            Cell::Wall => rgb(WALL),
            Cell::Goal => rgb(GREEN),
            Cell::Hole => rgb(CARD),
            Cell::Free | Cell::Start => rgb(&values.colour(place)),
        };
        drawing.fill([left, top, width, height], paper);
        let ink = if here { WHITE } else { rgb(values.ink(place)) };
        match kind {
            Cell::Wall => (top..top + height).for_each(|row| drawing.text(left, row, rgb(WALL), &"▒".repeat(width))),
            Cell::Goal => drawing.text(middle, centre, WHITE, "G"),
            Cell::Hole => drawing.text(middle, centre, if here { WHITE } else { rgb(HOLE) }, "●"),
            Cell::Free | Cell::Start => {
                let walked = moment.path.contains(&place) && !here;
                let arrow = moment.places.iter().position(|known| *known == place).and_then(|at| moment.states.get(at));
                let symbol = arrow.map_or("", |learned| arrow_of(&learned.policy));
                // Orange can be read on the lightest blues and on the darkest one.
                drawing.text(
                    middle,
                    centre,
                    if walked { rgb(ORANGE) } else { ink },
                    if here && symbol.is_empty() { "●" } else { symbol },
                );
                if walked && width > 2 {
                    drawing.text(middle - 1, centre, rgb(ORANGE), "•");
                }
                if kind == Cell::Start && width > 2 && height > 1 {
                    drawing.text(left, top, ink, "S");
                }
                let number = values.of_places[place].filter(|_| width >= WITH_NUMBERS[0] && height >= WITH_NUMBERS[1]);
                if let Some(value) = number {
                    let written = if value.abs() < 9.995 { format!("{value:.2}") } else { format!("{value:.0}") };
                    let written = with_minus(&written);
                    let begin = (left + width).saturating_sub(written.chars().count());
                    drawing.text(begin.max(left), top + height - 1, ink, &written);
                }
            }
        }
        // The agent can also be seen without colours.
        if here && width > 2 {
            drawing.text(middle - 1, centre, WHITE, "[");
            drawing.text(middle + 1, centre, WHITE, "]");
        }
    }
    Some(drawing)
}

/// Columns of a cell with so many rows: odd, so that it has a middle, and about as wide as high to the eye.
fn width_of(height: usize) -> usize {
    2 * height + 1
}

/// An arrow for the likely actions of a policy, whose order is left, down, right, up.
fn arrow_of(policy: &[f64]) -> &'static str {
    let likely = |action: usize| policy.get(action).is_some_and(|probability| *probability >= LIKELY);
    match [0, 1, 2, 3].map(likely) {
        [true, false, false, false] => "←",
        [false, true, false, false] => "↓",
        [false, false, true, false] => "→",
        [false, false, false, true] => "↑",
        [true, true, false, false] => "↙",
        [false, true, true, false] => "↘",
        [false, false, true, true] => "↗",
        [true, false, false, true] => "↖",
        [true, false, true, false] => "↔",
        [false, true, false, true] => "↕",
        [false, false, false, false] => "",
        _ => "┼",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gridworld::map::MOVES;

    #[test]
    fn arrows_stand_for_the_likely_actions() {
        assert_eq!(MOVES[..2], [(0, -1), (1, 0)]); // left, down
        assert_eq!(arrow_of(&[0.0, 1.0, 0.0, 0.0]), "↓");
        assert_eq!(arrow_of(&[0.5, 0.0, 0.0, 0.5]), "↖");
        assert_eq!(arrow_of(&[0.25; 4]), "┼");
        assert_eq!(arrow_of(&[]), "");
    }
}
