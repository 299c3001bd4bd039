//! Curves with bands, and behind them the curves of single runs.

use serde_json::{Value, json};

use super::axis::{Axis, Scale, labels};
use super::size::Size;
use super::style::{colour_class, dashes};
use super::svg::{Anchor, Drawing, text_width, vertical_ticks};

/// The share of the horizontal axis behind the last point.
const MARGIN: f64 = 0.015;

/// Curves over a common axis.
pub struct LineChart {
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The curves.
    pub series: Vec<Series>,
    /// A horizontal line and its name.
    pub mark: Option<(f64, String)>,
    /// Whether a value holds until the next point. Otherwise points are connected by straight lines.
    pub stairs: bool,
    /// Whether each point of a curve is another variant. Curves then have colours of their own.
    pub grouped: bool,
}

/// One curve.
pub struct Series {
    /// Its name.
    pub name: String,
    /// The variant's index, which decides the colour.
    pub variant: usize,
    /// The curve, from left to right.
    pub points: Vec<CurvePoint>,
    /// Names and curves of single runs.
    pub faint: Vec<(String, Vec<(f64, f64)>)>,
}

/// A point of a curve and its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Position on the horizontal axis.
    pub x: f64,
    /// Value.
    pub y: f64,
    /// Both ends of the band; without a band, twice the value.
    pub band: (f64, f64),
    /// How many runs the point is computed from.
    pub runs: usize,
}

impl CurvePoint {
    /// A point without a band, computed from this many runs.
    pub fn new(x: f64, y: f64, runs: usize) -> CurvePoint {
        CurvePoint { x, y, band: (y, y), runs }
    }
}

impl LineChart {
    /// The variants and names of the curves.
    pub fn legend(&self) -> Vec<(usize, String)> {
        self.series.iter().map(|series| (series.variant, series.name.clone())).collect()
    }

    /// Draws the chart.
    pub fn draw(&self, size: Size) -> Drawing {
        let [top, bottom] = [30.0, size.height - 42.0];
        let y = self.y.scale(self.ys(), bottom, top);
        let widest = labels(&vertical_ticks(&y)).iter().map(|label| text_width(label)).fold(0.0, f64::max);
        let (left, right) = (widest.max(18.0) + 10.0, size.width - 20.0);
        let x = self.x_scale(left, right);
        let mut drawing = Drawing::new(size.width, size.height, [left, top, right, bottom]);
        drawing.vertical_axis(&y, &self.y.label);
        drawing.horizontal_axis(&x, &self.x);
        if let Some((value, name)) = &self.mark {
            let height = y.place(*value);
            drawing.line("mark", [left, height, right, height]);
            drawing.text("muted", [right, top - 16.0], Anchor::End, &format!("- - {name}"));
        }
        // First single runs, then bands, then curves, so that the more important ones are in front.
        drawing.within_axes(|drawing| {
            for series in &self.series {
                self.group(drawing, series, |d| self.draw_faint(d, series, &x, &y));
            }
            for series in &self.series {
                self.group(drawing, series, |d| self.draw_curve(d, series, &x, &y));
            }
        });
        drawing
    }

    /// The horizontal scale. Its margin makes a jump at the last point visible.
    fn x_scale(&self, from: f64, to: f64) -> Scale {
        self.x.scale(self.xs(), from, to).with_margin(MARGIN)
    }

    /// Groups what `draw` draws, so that the page can hide the curves of a variant.
    fn group(&self, drawing: &mut Drawing, series: &Series, draw: impl FnOnce(&mut Drawing)) {
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
        // Points are visible as dots where they are few: on curves of several variants, and on curves of a single point.
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

    fn xs(&self) -> impl Iterator<Item = f64> {
        let of_runs =
            |series: &'_ Series| series.faint.iter().flat_map(|(_, run)| run.iter().map(|p| p.0)).collect::<Vec<_>>();
        self.series.iter().flat_map(move |series| series.points.iter().map(|point| point.x).chain(of_runs(series)))
    }

    fn ys(&self) -> impl Iterator<Item = f64> {
        let logarithmic = self.y.logarithmic;
        let of_series = move |series: &Series| {
            let runs = series.faint.iter().flat_map(|(_, run)| run.iter().map(|point| point.1));
            // On a logarithmic axis the low end of a band may be close to 0. It does not extend the axis.
            let bands = series.points.iter().flat_map(|p| [if logarithmic { p.y } else { p.band.0 }, p.y, p.band.1]);
            runs.chain(bands).collect::<Vec<_>>()
        };
        self.series.iter().flat_map(of_series).chain(self.mark.iter().map(|mark| mark.0))
    }

    /// The ends of the horizontal axis and the numbers of the curves. On a logarithmic axis positions are logarithms.
    pub fn hover(&self) -> Value {
        let x = self.x_scale(0.0, 1.0);
        let rounded = |value: f64| format!("{value:.4e}").parse::<f64>().unwrap_or(value);
        let position = |x: f64| if self.x.logarithmic { x.max(f64::MIN_POSITIVE).ln() } else { x };
        let curves = self.series.iter().map(|series| {
            let point = |point: &CurvePoint| {
                json!([position(point.x), rounded(point.y), rounded(point.band.0), rounded(point.band.1), point.runs])
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
            "x": [position(x.low), position(x.high)],
            "named": self.x.named.iter().map(|(x, name)| json!([position(*x), name])).collect::<Vec<_>>(),
            "label": self.x.label,
            "stairs": self.stairs,
            "series": curves.collect::<Vec<_>>(),
        })
    }
}
