//! Two values of each variant joined by a line, and below them an estimate with its interval.

use super::axis::Axis;
use super::size::Size;
use super::svg::{Anchor, Drawing, characters, text_width};
use crate::text::shortened;

/// Height of a row.
const ROW: f64 = 40.0;
/// Height of a line of the key.
const KEY: f64 = 18.0;
/// The colour of the marks in the key: grey.
const KEY_COLOUR: usize = 7;
/// Radius of the circle.
const RING: f64 = 6.5;

/// One row for each variant.
pub struct DumbbellChart {
    /// The horizontal axis.
    pub x: Axis,
    /// What the circle, the dot and the diamond are; without a name, there are none.
    pub key: [String; 3],
    /// From top to bottom.
    pub rows: Vec<DumbbellRow>,
}

/// A variant's row.
pub struct DumbbellRow {
    /// Its name.
    pub name: String,
    /// Its index, which decides the colour.
    pub variant: usize,
    /// The value at the circle.
    pub from: Option<f64>,
    /// The value at the dot.
    pub to: Option<f64>,
    /// The estimate at the diamond and both ends of its interval.
    pub judged: Option<(f64, (f64, f64))>,
}

impl DumbbellChart {
    /// Draws the chart. Only the width of `size` matters.
    pub fn draw(&self, size: Size) -> Drawing {
        let widest = self.rows.iter().map(|row| text_width(&row.name)).fold(0.0, f64::max);
        // Long names are above their rows, so that the values have enough width.
        let beside = widest + 12.0 < 0.36 * size.width;
        let row_height = if beside { ROW } else { ROW + 16.0 };
        let (left, right) = (if beside { widest + 14.0 } else { 12.0 }, size.width - 20.0);
        let key = self.key_places(size.width);
        let top = 8.0 + KEY * key.last().map_or(0.0, |(_, [_, line])| line + 1.0);
        let bottom = top + row_height * self.rows.len().max(1) as f64;
        let x = self.x.scale(self.values(), left, right);
        let mut drawing = Drawing::new(size.width, bottom + 44.0, [left, top, right, bottom]);
        for (mark, [from, line]) in key {
            let y = 8.0 + KEY * line;
            draw_mark(&mut drawing, mark, KEY_COLOUR, [from + 7.0, y], "");
            drawing.text("muted", [from + 18.0, y], Anchor::Start, &self.key[mark]);
        }
        drawing.horizontal_axis(&x, &self.x);
        let names: Vec<String> = self.rows.iter().map(|row| row.name.clone()).collect();
        let names = shortened(&names, characters(size.width - 4.0));
        for (index, (row, name)) in self.rows.iter().zip(&names).enumerate() {
            let middle = top + row_height * (index as f64 + 1.0) - 0.5 * ROW;
            let (above, below) = if row.judged.is_some() { (middle - 8.0, middle + 9.0) } else { (middle, middle) };
            drawing.of_variant(row.variant, |d| {
                let name_at = if beside { [left - 8.0, middle] } else { [2.0, middle - 26.0] };
                d.text("", name_at, if beside { Anchor::End } else { Anchor::Start }, name);
                if let (Some(from), Some(to)) = (row.from, row.to) {
                    let (from, to) = (x.place(from), x.place(to));
                    if (to - from).abs() > RING {
                        let edge = from + RING * (to - from).signum(); // nothing is inside of the circle
                        d.path("interval", row.variant, &[(edge, above), (to, above)], false);
                    }
                }
                if let Some((value, (low, high))) = row.judged {
                    d.path("interval", row.variant, &[(x.place(low), below), (x.place(high), below)], false);
                    let tip = format!("{name}, {}: {value:.4} [{low:.4}, {high:.4}]", self.key[2]);
                    draw_mark(d, 2, row.variant, [x.place(value), below], &tip);
                }
                for (mark, value) in [(0, row.from), (1, row.to)] {
                    let Some(value) = value else { continue };
                    let tip = format!("{name}, {}: {value:.4}", self.key[mark]);
                    draw_mark(d, mark, row.variant, [x.place(value), above], &tip);
                }
            });
        }
        drawing
    }

    /// The marks that have a name, and where each entry of the key begins and in which line.
    fn key_places(&self, width: f64) -> Vec<(usize, [f64; 2])> {
        let (mut from, mut line, mut places) = (2.0, 0.0, Vec::new());
        for (mark, name) in self.key.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let wide = 24.0 + text_width(name);
            if from > 2.0 && from + wide > width {
                (from, line) = (2.0, line + 1.0);
            }
            places.push((mark, [from, line]));
            from += wide + 8.0;
        }
        places
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        let of_row = |row: &DumbbellRow| {
            let judged = row.judged.into_iter().flat_map(|(value, (low, high))| [value, low, high]);
            row.from.into_iter().chain(row.to).chain(judged).collect::<Vec<_>>()
        };
        self.rows.iter().flat_map(of_row)
    }
}

/// A circle, a dot or a diamond.
fn draw_mark(drawing: &mut Drawing, mark: usize, colour: usize, [x, y]: [f64; 2], tip: &str) {
    match mark {
        0 => {
            drawing.dot(colour, [x, y, RING], 0.0, tip); // what the pointer finds
            drawing.ring(colour, [x, y, RING]); // seen around a dot at the same place
        }
        1 => drawing.dot(colour, [x, y, 4.0], 1.0, tip),
        _ => {
            drawing.path("mark-of", colour, &[(x - 6.0, y), (x, y - 6.0), (x + 6.0, y), (x, y + 6.0)], true);
            drawing.dot(colour, [x, y, 4.0], 1.0, tip);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Chart, NARROW, Theme, WIDE};
    use super::*;
    use crate::rasterizer::Rasterizer;

    fn chart() -> DumbbellChart {
        let row = |name: &str, variant, from, judged| DumbbellRow {
            name: name.to_owned(),
            variant,
            from,
            to: Some(3.0),
            judged,
        };
        DumbbellChart {
            x: Axis::new("return"),
            key: ["the config's own".to_owned(), "best of the search".to_owned(), "on other seeds".to_owned()],
            rows: vec![row("a", 0, Some(1.0), Some((2.0, (1.5, 2.5)))), row("b, c", 1, None, None)],
        }
    }

    #[test]
    fn rows_have_their_marks_and_the_key_has_its_names() {
        let drawing = chart().draw(WIDE);
        let drawn = drawing.inline("", "");
        // Of the key, and of the rows that have the value.
        assert_eq!(drawn.matches("class=\"ring s c7\"").count(), 1);
        assert_eq!(drawn.matches("class=\"ring s c").count(), 2);
        assert_eq!(drawn.matches("class=\"mark-of f").count(), 2);
        assert!(drawn.contains("a, on other seeds: 2.0000 [1.5000, 2.5000]"), "{drawn}");
        let [left, _, right, _] = drawing.area;
        // From 1 to 3, the ring is at the left end and the dot at the right one.
        assert!(drawn.contains(&format!("cx=\"{left:.1}\"")));
        assert!(drawn.contains(&format!("cx=\"{right:.1}\"")));
        let narrow = chart().draw(NARROW);
        assert!(narrow.area[1] > drawing.area[1], "on a phone the key has two lines");
    }

    #[test]
    fn its_numbers_are_written_and_it_is_drawn() {
        let chart = Chart::Dumbbells(chart());
        assert_eq!(chart.csv(), "variant,from,to,value,low,high\na,1,3,2,1.5,2.5\n\"b, c\",,3,,,\n");
        Rasterizer::new().png(&chart.standalone("", Theme::Light)).unwrap();
    }
}
