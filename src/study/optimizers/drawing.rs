//! How paths and losses are drawn.

use super::super::{Figure, Findings, Picture};
use super::paths::{Point, last};
use crate::chart::{Axis, Chart, CurvePoint, Form, LineChart, PlaneChart, Series, Shape, contours};

/// A line of a plane, and dots.
pub fn shape(name: &str, colour: usize, form: Form, points: &[Point]) -> Shape {
    Shape { name: name.to_owned(), colour, form, points: points.iter().map(|p| (p[0], p[1])).collect() }
}

/// The surface of a loss: grey lines of equal loss.
pub fn surface(ends: [(f64, f64); 2], levels: &[f64], loss: impl Fn(Point) -> f64) -> Vec<Shape> {
    const SIDE: usize = 141;
    let at = |(low, high): (f64, f64), index: usize| low + (high - low) * index as f64 / (SIDE - 1) as f64;
    let values: Vec<f64> = (0..SIDE * SIDE).map(|i| loss([at(ends[0], i % SIDE), at(ends[1], i / SIDE)])).collect();
    let lines = levels.iter().flat_map(|&level| contours(&values, SIDE, ends[0], ends[1], level));
    lines.map(|points| Shape { name: String::new(), colour: GREY, form: Form::Contour, points }).collect()
}

// Colours of the charts, by their numbers.
pub const GREY: usize = 7;
pub const GREEN: usize = 4;
pub const RED: usize = 2;
pub const PURPLE: usize = 3;

/// Shapes in a plane with these names of its axes.
pub fn plane(labels: [&str; 2], ends: [(f64, f64); 2], shapes: Vec<Shape>) -> Picture {
    let [x, y] = [0, 1].map(|axis| Axis::new(labels[axis]).between(ends[axis].0, ends[axis].1));
    Picture::from(Chart::Plane(PlaneChart { x, y, equal: false, shapes }))
}

/// Curves by name.
pub fn lines(x: Axis, y: Axis, curves: Vec<(String, Vec<(f64, f64)>)>) -> Picture {
    let series = curves.into_iter().enumerate().map(|(variant, (name, points))| {
        let point = |(x, y): (f64, f64)| CurvePoint::new(x, y, 1);
        Series { name, variant, points: points.into_iter().map(point).collect(), faint: Vec::new() }
    });
    let series = series.collect();
    Picture::from(Chart::Lines(LineChart { x, y, series, mark: None, stairs: false, grouped: false }))
}

/// A figure of the study.
pub fn figure(id: &'static str, title: &str, caption: &str, picture: Picture) -> Figure {
    Figure { id, title: title.to_owned(), caption: caption.to_owned(), picture }
}

/// A point, as in the data.
pub fn written(point: Point) -> String {
    format!("{:.4} {:.4}", point[0], point[1])
}

impl Findings {
    /// A row of the data: where a path begins and ends, its steps, and the loss at its end.
    pub fn path_row(&mut self, surface: &str, method: &str, path: &[Point], loss: f64) {
        let (start, end) = (written(path[0]), written(last(path)));
        let steps = (path.len() - 1).to_string();
        self.data.push(vec![surface.to_owned(), method.to_owned(), start, end, steps, format!("{loss:.4e}")]);
    }
}
