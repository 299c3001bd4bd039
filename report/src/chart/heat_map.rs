//! A number or a category for each cell of a plane, as colours.

use super::axis::{Axis, Scale, labels};
use super::colour_scale::{ColourScale, LEVELS};
use super::size::Size;
use super::style::colour_class;
use super::svg::{Anchor, Drawing, Tiles, text_width};
use crate::text::without_middle;

/// Width of the colour bar.
const BAR: f64 = 12.0;
/// From the map to what is beside it.
const GAP: f64 = 12.0;
/// Height of a line of text.
const LINE_HEIGHT: f64 = 18.0;
/// The longest name of a category, in characters.
const NAME: usize = 16;
/// Successive places that are nearer to each other than this, in pixels, are one.
const NEAREST: f64 = 1.0;

/// A rectangle of cells with a colour each.
pub struct HeatMap {
    /// The horizontal axis. Its range, which it must have, is from the left edge of the first column to the right edge of the last.
    pub x: Axis,
    /// The vertical axis. Its range is from the outer edge of the first row to that of the last.
    pub y: Axis,
    /// How many cells are beside each other.
    pub columns: usize,
    /// How many cells are above each other.
    pub rows: usize,
    /// Whether the first row is at the top, as in a matrix. Otherwise it is at the bottom.
    pub from_top: bool,
    /// Whether cells are drawn as squares. Otherwise they fill the drawing.
    pub square: bool,
    /// What the cells contain.
    pub cells: Cells,
    /// What is drawn over the map. What is outside the axes is cut off.
    pub overlays: Vec<Overlay>,
}

/// Places over a heat map, such as the states of an episode.
pub enum Overlay {
    /// A dot for each.
    Dots(Vec<(f64, f64)>),
    /// A line from each to the next.
    Line(Vec<(f64, f64)>),
}

/// What the cells of a heat map contain, row by row: `rows · columns` entries.
pub enum Cells {
    /// Numbers.
    Numbers {
        /// One for each cell; NaN where there is none.
        values: Vec<f64>,
        /// What the numbers are.
        label: String,
        /// Their colours.
        scale: ColourScale,
        /// The ends of the colour scale; `None` for those of [`ColourScale::ends`]. Several maps with the same ends can be compared.
        ends: Option<(f64, f64)>,
    },
    /// Categories, such as greedy actions.
    Categories {
        /// The number of each cell's category; `None` where there is none.
        values: Vec<Option<usize>>,
        /// What the categories are.
        label: String,
        /// Their names.
        names: Vec<String>,
    },
}

impl Cells {
    /// What the cells contain, in words.
    pub fn label(&self) -> &str {
        match self {
            Cells::Numbers { label, .. } | Cells::Categories { label, .. } => label,
        }
    }

    fn len(&self) -> usize {
        match self {
            Cells::Numbers { values, .. } => values.len(),
            Cells::Categories { values, .. } => values.len(),
        }
    }
}

impl HeatMap {
    /// Draws the map.
    ///
    /// # Panics
    /// If the cells are not `rows · columns`.
    pub fn draw(&self, size: Size) -> Drawing {
        assert_eq!(self.cells.len(), self.rows * self.columns, "a heat map has a value for each cell");
        let beside = self.width_beside();
        // Both titles stand above the map, in one line if they fit.
        let lines =
            if text_width(&self.y.label) + text_width(self.cells.label()) + 24.0 > size.width { 2.0 } else { 1.0 };
        let [mut top, mut bottom] = [12.0 + LINE_HEIGHT * lines, size.height - 42.0];
        let y_ticks = |top, bottom| self.y.ticks(&self.y_scale(top, bottom), rows_of_ticks(bottom - top));
        let names = y_ticks(top, bottom).into_iter().map(|(_, name)| text_width(&name));
        let left = names.fold(0.0, f64::max).max(18.0) + 10.0;
        let mut right = (size.width - beside).max(left + 20.0);
        if self.square {
            let side = ((right - left) / self.columns.max(1) as f64).min((bottom - top) / self.rows.max(1) as f64);
            (right, bottom) = (left + side * self.columns as f64, top + side * self.rows as f64);
        }
        let titles = [self.y.label.as_str(), self.cells.label()].map(text_width);
        let least = if lines > 1.0 { titles[0].max(titles[1]) } else { titles[0] + titles[1] + 24.0 };
        let (width, height) = (if self.square { (right + beside).max(least + 4.0) } else { size.width }, bottom + 42.0);
        let (x, y) = (self.x.scale([].into_iter(), left, right), self.y_scale(top, bottom));
        let mut drawing = Drawing::new(width, height, [left, top, right, bottom]);
        drawing.rectangle("empty", [left, top, right - left, bottom - top], "");
        self.draw_cells(&mut drawing);
        drawing.within_axes(|d| {
            for overlay in &self.overlays {
                let (places, class) = match overlay {
                    Overlay::Dots(places) => (places, "dots"),
                    Overlay::Line(places) => (places, "trail"),
                };
                let place = |&(column, row): &(f64, f64)| (x.place(column), y.place(row));
                let points = thinned(places.iter().map(place).filter(|(x, y)| x.is_finite() && y.is_finite()));
                // A light edge shows the mark on dark cells.
                for class in [format!("{class} edge"), class.to_owned()] {
                    match overlay {
                        Overlay::Dots(_) => d.dots(&class, &points),
                        Overlay::Line(_) => d.stroke(&class, &points),
                    }
                }
            }
        });
        self.draw_axes(&mut drawing, &x, &y);
        top -= 18.0;
        drawing.text("muted", [2.0, top], Anchor::Start, &self.y.label);
        let label_y = if lines > 1.0 { top - LINE_HEIGHT } else { top };
        drawing.text("muted", [width - 2.0, label_y], Anchor::End, self.cells.label());
        self.draw_legend(&mut drawing);
        drawing
    }

    fn y_scale(&self, top: f64, bottom: f64) -> Scale {
        let (from, to) = if self.from_top { (top, bottom) } else { (bottom, top) };
        self.y.scale([].into_iter(), from, to)
    }

    /// The ends of the colours; `None` for categories.
    fn ends(&self) -> Option<(f64, f64)> {
        let Cells::Numbers { values, scale, ends, .. } = &self.cells else { return None };
        Some(ends.unwrap_or_else(|| scale.ends(values.iter().copied())))
    }

    /// The numbers beside the colour bar and their places between its ends.
    fn bar_ticks(&self, height: f64) -> Vec<(f64, String)> {
        let Some((low, high)) = self.ends() else { return Vec::new() };
        if high <= low {
            return vec![(0.5, labels(&[low]).remove(0))];
        }
        let scale = Scale { low, high, from: 0.0, to: 1.0, logarithmic: false };
        let ticks = scale.ticks(rows_of_ticks(height).max(2)); // one alone would not be a scale
        ticks.iter().map(|tick| scale.place(*tick)).zip(labels(&ticks)).collect()
    }

    /// Width of what is to the right of the map.
    fn width_beside(&self) -> f64 {
        let widest = |names: &mut dyn Iterator<Item = String>| names.map(|name| text_width(&name)).fold(0.0, f64::max);
        match &self.cells {
            Cells::Numbers { .. } => {
                GAP + BAR + 8.0 + widest(&mut self.bar_ticks(300.0).into_iter().map(|tick| tick.1))
            }
            Cells::Categories { names, .. } => {
                GAP + 20.0 + widest(&mut names.iter().map(|name| without_middle(name, NAME)))
            }
        }
    }

    fn draw_cells(&self, drawing: &mut Drawing) {
        let mut tiles = Tiles::new(self.columns, self.rows);
        let rows = (0..self.rows).map(|row| if self.from_top { row } else { self.rows - 1 - row });
        match &self.cells {
            Cells::Numbers { values, scale, .. } => {
                let ends = self.ends().unwrap_or((0.0, 1.0));
                let level = |value: &f64| value.is_finite().then(|| scale.level(*value, ends));
                rows.for_each(|row| tiles.add_row(values[row * self.columns..][..self.columns].iter().map(level)));
                drawing.tiles(&tiles, |level| format!("fill=\"{}\"", scale.of_level(level)));
            }
            Cells::Categories { values, .. } => {
                rows.for_each(|row| tiles.add_row(values[row * self.columns..][..self.columns].iter().copied()));
                drawing.tiles(&tiles, |category| format!("class=\"f {}\"", colour_class(category)));
            }
        }
    }

    fn draw_axes(&self, drawing: &mut Drawing, x: &Scale, y: &Scale) {
        let [left, top, right, bottom] = drawing.area;
        drawing.horizontal_ticks(x, &self.x);
        for (tick, name) in self.y.ticks(y, rows_of_ticks(bottom - top)) {
            let at = y.place(tick);
            drawing.line("axis", [left - 4.0, at, left, at]);
            drawing.text("muted", [left - 7.0, at], Anchor::End, &name);
        }
        for edge in [
            [left, top, right, top],
            [right, top, right, bottom],
            [left, bottom, right, bottom],
            [left, top, left, bottom],
        ] {
            drawing.line("axis", edge);
        }
    }

    /// The colour bar, or the categories' names.
    fn draw_legend(&self, drawing: &mut Drawing) {
        let [_, top, right, bottom] = drawing.area;
        let (left, height) = (right + GAP, bottom - top);
        match &self.cells {
            Cells::Numbers { scale, .. } => {
                let (low, high) = self.ends().unwrap_or((0.0, 1.0));
                let levels: Vec<usize> = match high > low {
                    true => (0..LEVELS).rev().collect(),
                    false => vec![scale.level(low, (low, high))],
                };
                let mut tiles = Tiles::new(1, levels.len());
                levels.into_iter().for_each(|level| tiles.add_row([Some(level)].into_iter()));
                drawing
                    .tiles_in([left, top, BAR, height], &tiles, |level| format!("fill=\"{}\"", scale.of_level(level)));
                for (share, name) in self.bar_ticks(height) {
                    let y = bottom - share * height;
                    drawing.line("axis", [left + BAR, y, left + BAR + 3.0, y]);
                    drawing.text("muted", [left + BAR + 6.0, y], Anchor::Start, &name);
                }
            }
            Cells::Categories { names, .. } => {
                for (index, name) in names.iter().enumerate() {
                    let y = top + LINE_HEIGHT * (index as f64 + 0.5);
                    let class = format!("f {}", colour_class(index));
                    drawing.rectangle(&class, [left, y - 6.0, 12.0, 12.0], "rx=\"2\"");
                    drawing.text("", [left + 18.0, y], Anchor::Start, &without_middle(name, NAME));
                }
            }
        }
    }

    /// The coordinates of the middle of a cell.
    pub fn middle(&self, row: usize, column: usize) -> (f64, f64) {
        let along = |axis: &Axis, index: usize, count: usize| {
            let (low, high) = axis.range.unwrap_or((0.0, count as f64));
            low + (high - low) * (index as f64 + 0.5) / count as f64
        };
        (along(&self.x, column, self.columns), along(&self.y, row, self.rows))
    }
}

/// About how many ticks a vertical axis of this height has.
fn rows_of_ticks(height: f64) -> usize {
    (height / 34.0) as usize
}

/// The points without those that are next to the one before.
fn thinned(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for (x, y) in points {
        if kept.last().is_none_or(|last| (last.0 - x).hypot(last.1 - y) >= NEAREST) {
            kept.push((x, y));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::kinds::Chart;
    use super::super::size::{NARROW, WIDE};
    use super::*;
    use crate::chart::Theme;
    use crate::rasterizer::Rasterizer;

    fn axes(columns: f64, rows: f64) -> [Axis; 2] {
        [Axis::new("angle (rad)").between(0.0, columns), Axis::new("velocity (m/s)").between(0.0, rows)]
    }

    fn numbers(columns: usize, rows: usize, values: Vec<f64>, from_top: bool) -> HeatMap {
        let [x, y] = axes(columns as f64, rows as f64);
        let cells = Cells::Numbers { values, label: "Ṽ(x)".to_owned(), scale: ColourScale::Sequential, ends: None };
        HeatMap { x, y, columns, rows, from_top, square: false, cells, overlays: Vec::new() }
    }

    /// The colour in the middle of a cell of the standalone drawing.
    fn seen(map: HeatMap, row_from_top: usize, column: usize) -> [u8; 3] {
        let [left, top, right, bottom] = map.draw(WIDE).area;
        let (columns, rows) = (map.columns as f64, map.rows as f64);
        let x = left + (right - left) * (column as f64 + 0.5) / columns + 12.0;
        let y = top + (bottom - top) * (row_from_top as f64 + 0.5) / rows + 12.0 + 26.0; // margin and title
        let (width, _, pixels) =
            Rasterizer::new().pixels(&Chart::HeatMap(map).standalone("a map", Theme::Light), 1.0).unwrap();
        let at = 4 * (y as usize * width as usize + x as usize);
        [pixels[at], pixels[at + 1], pixels[at + 2]]
    }

    #[test]
    fn cells_have_their_colours_at_their_places() {
        // Lowest, middle and highest: the ends and the middle of viridis.
        let values = || vec![0.0, 1.0, 2.0, f64::NAN, 2.0, 0.0];
        let (low, middle, high) = ([0x44, 0x01, 0x54], [0x21, 0x91, 0x8c], [0xfd, 0xe7, 0x25]);
        for (column, colour) in [low, middle, high].into_iter().enumerate() {
            assert_eq!(seen(numbers(3, 2, values(), true), 0, column), colour, "{column}");
            assert_eq!(seen(numbers(3, 2, values(), false), 1, column), colour, "{column}");
        }
        assert_eq!(seen(numbers(3, 2, values(), true), 1, 0), [0xbc, 0xc2, 0xca]); // no value
    }

    #[test]
    fn equal_neighbours_are_one_rectangle() {
        let drawn = |values| numbers(3, 2, values, true).draw(WIDE).inline("", "");
        // Two rectangles of the map, and 65 of the colour bar.
        let svg = drawn(vec![1.0, 1.0, 2.0, 1.0, 1.0, 2.0]);
        assert_eq!(svg.matches('M').count(), 2 + LEVELS, "{svg}");
        assert!(svg.contains("M0 0h2v2h-2z") && svg.contains("M2 0h1v2h-1z"), "{svg}");
    }

    #[test]
    fn a_large_map_is_a_small_file() {
        let value = |index: usize| {
            let (x, y) = ((index % 60) as f64 / 30.0 - 1.0, (index / 60) as f64 / 30.0 - 1.0);
            100.0 * (-x * x - 0.5 * y * y + 0.4 * x * y).exp()
        };
        let map = numbers(60, 60, (0..3_600).map(value).collect(), false);
        let bytes = map.draw(WIDE).inline("", "").len();
        assert!(bytes < 40_000, "{bytes}");
    }

    #[test]
    fn categories_have_the_colours_of_variants_and_a_legend() {
        let [x, y] = axes(2.0, 1.0);
        let cells = Cells::Categories {
            values: vec![Some(1), Some(0)],
            label: "greedy action".to_owned(),
            names: ["left", "right"].map(str::to_owned).to_vec(),
        };
        let map = HeatMap { x, y, columns: 2, rows: 1, from_top: true, square: false, cells, overlays: Vec::new() };
        let svg = map.draw(NARROW).inline("", "");
        assert!(svg.contains("<path class=\"f c1\" d=\"M0 0h1v1h-1z\"/>"), "{svg}");
        assert!(svg.contains(">left</text>") && svg.contains(">right</text>") && svg.contains(">greedy action</text>"));
        assert_eq!(Chart::HeatMap(map).csv(), "x,y,category,name\n0.5,0.5,1,right\n1.5,0.5,0,left\n");
    }

    #[test]
    fn numbers_as_csv_have_the_coordinates_of_their_cells() {
        let csv = Chart::HeatMap(numbers(2, 2, vec![1.0, 2.5, f64::NAN, -3.0], false)).csv();
        assert_eq!(csv, "x,y,value\n0.5,0.5,1\n1.5,0.5,2.5\n0.5,1.5,\n1.5,1.5,-3\n");
    }

    #[test]
    fn any_numbers_can_be_drawn() {
        for values in [vec![], vec![0.0], vec![f64::NAN], vec![f64::INFINITY], vec![1e300, -1e300]] {
            for scale in [ColourScale::Sequential, ColourScale::Diverging] {
                let mut map = numbers(values.len(), 1, values.clone(), true);
                map.overlays = vec![Overlay::Line(vec![(0.0, f64::NAN), (0.5, 1e9)]), Overlay::Dots(vec![(0.5, 0.5)])];
                let Cells::Numbers { scale: own, .. } = &mut map.cells else { unreachable!() };
                *own = scale;
                let svg = Chart::HeatMap(map).standalone("a map", Theme::Light);
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
                Rasterizer::new().png(&svg).unwrap();
            }
        }
    }

    #[test]
    fn squares_stay_squares() {
        let mut map = numbers(4, 2, vec![0.0; 8], true);
        map.square = true;
        let [left, top, right, bottom] = map.draw(WIDE).area;
        assert!((((right - left) / 4.0) - (bottom - top) / 2.0).abs() < 1e-9);
    }
}
