//! Curves with bands, and what they were made of faint behind them.

use serde_json::{Value, json};

use super::Size;
use super::axis::{Axis, Scale, labels};
use super::style::{colour_class, dashes};
use super::svg::{Anchor, Drawing, text_width, vertical_ticks};

/// How much of a horizontal axis lies behind the last place.
const LAST_ROOM: f64 = 0.015;

/// Curves over a common axis.
pub struct Lines {
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The curves.
    pub series: Vec<Series>,
    /// A horizontal line with its name.
    pub mark: Option<(f64, String)>,
    /// Whether a value holds until the next one, instead of a straight line between the two.
    pub stairs: bool,
    /// Whether a curve is of several variants, which then stand for its points: it has a number, and so a colour, of its own.
    pub grouped: bool,
}

/// One curve.
pub struct Series {
    /// Its name.
    pub name: String,
    /// The variant's number, which is its colour.
    pub variant: usize,
    /// The curve, from left to right.
    pub points: Vec<Point>,
    /// Curves of single runs, with their names.
    pub faint: Vec<(String, Vec<(f64, f64)>)>,
}

/// A point of a curve, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Place.
    pub x: f64,
    /// Value.
    pub y: f64,
    /// Both ends of the band; the value itself where there is none.
    pub band: (f64, f64),
    /// How many runs it is made of.
    pub runs: usize,
}

impl Lines {
    /// The names of the curves with their variants.
    pub fn legend(&self) -> Vec<(usize, String)> {
        self.series.iter().map(|series| (series.variant, series.name.clone())).collect()
    }

    /// Draws all of it.
    pub fn draw(&self, size: Size) -> Drawing {
        let [top, bottom] = [30.0, size.height - 42.0];
        let y = self.y.scale(self.heights(), bottom, top);
        let widest = labels(&vertical_ticks(&y)).iter().map(|label| text_width(label)).fold(0.0, f64::max);
        let (left, right) = (widest.max(18.0) + 10.0, size.width - 20.0);
        let x = self.across(left, right);
        let mut drawing = Drawing::new(size.width, size.height, [left, top, right, bottom]);
        drawing.vertical_axis(&y, &self.y.label);
        drawing.horizontal_axis(&x, &self.x);
        if let Some((value, name)) = &self.mark {
            let height = y.place(*value);
            drawing.line("mark", [left, height, right, height]);
            drawing.text("muted", [right, top - 16.0], Anchor::End, &format!("- - {name}"));
        }
        // Single runs of all variants first, then bands, then curves: none hides what matters more.
        drawing.within_axes(|drawing| {
            for series in &self.series {
                self.of(drawing, series, |d| self.draw_faint(d, series, &x, &y));
            }
            for series in &self.series {
                self.of(drawing, series, |d| self.draw_curve(d, series, &x, &y));
            }
        });
        drawing
    }

    /// The horizontal scale, with room in which a jump at the last place is seen.
    fn across(&self, from: f64, to: f64) -> Scale {
        self.x.scale(self.places(), from, to).with_room(LAST_ROOM)
    }

    fn of(&self, drawing: &mut Drawing, series: &Series, draw: impl FnOnce(&mut Drawing)) {
        if self.grouped { drawing.of_group(draw) } else { drawing.of_variant(series.variant, draw) }
    }

    fn draw_faint(&self, drawing: &mut Drawing, series: &Series, x: &Scale, y: &Scale) {
        for (_, run) in &series.faint {
            drawing.faint(series.variant, series.faint.len(), &self.path(run.iter().copied(), x, y));
        }
        let has_band = series.points.iter().any(|point| point.band != (point.y, point.y));
        if has_band {
            let mut outline = self.path(series.points.iter().map(|point| (point.x, point.band.1)), x, y);
            let low = self.path(series.points.iter().map(|point| (point.x, point.band.0)), x, y);
            outline.extend(low.into_iter().rev());
            drawing.path("band", series.variant, &outline, true);
        }
    }

    fn draw_curve(&self, drawing: &mut Drawing, series: &Series, x: &Scale, y: &Scale) {
        let path = self.path(series.points.iter().map(|point| (point.x, point.y)), x, y);
        // A curve of one point, or one whose points are few.
        if let (true, _) | (_, [_]) = (self.grouped, &path[..]) {
            path.iter().for_each(|(x, y)| drawing.dot(series.variant, [*x, *y, 3.0], 1.0, ""));
        }
        drawing.path("line", series.variant, &path, false);
    }

    /// Pixels of a curve.
    fn path(&self, points: impl Iterator<Item = (f64, f64)>, x: &Scale, y: &Scale) -> Vec<(f64, f64)> {
        let mut path: Vec<(f64, f64)> = Vec::new();
        for (px, py) in points {
            let (px, py) = (x.place(px), y.place(py));
            if let (true, Some(&(_, before))) = (self.stairs, path.last()) {
                path.push((px, before));
            }
            path.push((px, py));
        }
        path
    }

    fn places(&self) -> impl Iterator<Item = f64> {
        let of_runs =
            |series: &'_ Series| series.faint.iter().flat_map(|(_, run)| run.iter().map(|p| p.0)).collect::<Vec<_>>();
        self.series.iter().flat_map(move |series| series.points.iter().map(|point| point.x).chain(of_runs(series)))
    }

    fn heights(&self) -> impl Iterator<Item = f64> {
        let logarithmic = self.y.logarithmic;
        let of_series = move |series: &Series| {
            let runs = series.faint.iter().flat_map(|(_, run)| run.iter().map(|point| point.1));
            // On a logarithmic axis the low end of a band, which may be next to nothing, does not stretch the axis.
            let bands = series.points.iter().flat_map(|p| [if logarithmic { p.y } else { p.band.0 }, p.y, p.band.1]);
            runs.chain(bands).collect::<Vec<_>>()
        };
        self.series.iter().flat_map(of_series).chain(self.mark.iter().map(|mark| mark.0))
    }

    /// Ends of the horizontal axis, and the curves' numbers. On a logarithmic axis places are logarithms.
    pub fn hover(&self) -> Value {
        let x = self.across(0.0, 1.0);
        let rounded = |value: f64| format!("{value:.4e}").parse::<f64>().unwrap_or(value);
        let place = |x: f64| if self.x.logarithmic { x.max(f64::MIN_POSITIVE).ln() } else { x };
        let curves = self.series.iter().map(|series| {
            let point = |point: &Point| {
                json!([place(point.x), rounded(point.y), rounded(point.band.0), rounded(point.band.1), point.runs])
            };
            json!({
                "name": series.name,
                "variant": (!self.grouped).then_some(series.variant),
                "colour": colour_class(series.variant),
                "dashes": dashes(series.variant),
                "points": series.points.iter().map(point).collect::<Vec<_>>(),
            })
        });
        json!({
            "x": [place(x.low), place(x.high)],
            "named": self.x.named.iter().map(|(x, name)| json!([place(*x), name])).collect::<Vec<_>>(),
            "label": self.x.label,
            "stairs": self.stairs,
            "series": curves.collect::<Vec<_>>(),
        })
    }
}
