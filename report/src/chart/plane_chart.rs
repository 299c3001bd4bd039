//! Lines, areas and dots in a plane.

use super::axis::Axis;
use super::size::Size;
use super::svg::{Drawing, text_width, vertical_ticks};

/// Shapes over two axes.
pub struct PlaneChart {
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// Whether a unit has the same length on both axes.
    pub equal: bool,
    /// What is drawn, the last in front.
    pub shapes: Vec<Shape>,
}

/// Something in the plane.
pub struct Shape {
    /// Its name in the legend; shapes of one name and colour have one entry there. Without a name, it has none.
    pub name: String,
    /// The number of its colour.
    pub colour: usize,
    /// What it is.
    pub form: Form,
    /// Its points.
    pub points: Vec<(f64, f64)>,
}

/// What points are the points of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A line from each point to the next.
    Line,
    /// A thin line from each point to the next.
    Thin,
    /// A thin grey line from each point to the next, whatever the colour: what lies behind the rest.
    Contour,
    /// The area inside.
    Area,
    /// The area inside in a stronger colour, with an edge that parts it from its neighbours.
    Cell,
    /// A dot at each point.
    Dots,
    /// A circle around each point.
    Rings,
    /// A cross at each point.
    Crosses,
}

impl Form {
    /// Its name in a CSV file.
    pub fn name(self) -> &'static str {
        match self {
            Form::Line => "line",
            Form::Thin => "thin",
            Form::Contour => "contour",
            Form::Area => "area",
            Form::Cell => "cell",
            Form::Dots => "dots",
            Form::Rings => "rings",
            Form::Crosses => "crosses",
        }
    }
}

impl PlaneChart {
    /// The colours and names of the shapes, each once.
    pub fn legend(&self) -> Vec<(usize, String)> {
        let mut legend: Vec<(usize, String)> = Vec::new();
        for Shape { name, colour, .. } in self.shapes.iter().filter(|shape| !shape.name.is_empty()) {
            if !legend.iter().any(|(known, of)| (known, of) == (colour, name)) {
                legend.push((*colour, name.clone()));
            }
        }
        legend
    }

    /// Draws the chart.
    pub fn draw(&self, size: Size) -> Drawing {
        let points = || self.shapes.iter().flat_map(|shape| &shape.points);
        let top = 30.0;
        // With equal units the chart is as high as they make it, but no higher than wide.
        let mut bottom = if self.equal { top + size.width } else { size.height - 42.0 };
        let y = self.y.scale(points().map(|point| point.1), bottom, top);
        let names = self.y.ticks(&y, vertical_ticks(&y).len());
        let widest = names.iter().map(|(_, name)| text_width(name)).fold(0.0, f64::max);
        let (left, mut right) = (widest.max(18.0) + 10.0, size.width - 20.0);
        let x = self.x.scale(points().map(|point| point.0), left, right);
        if self.equal {
            let unit = ((right - left) / (x.high - x.low)).min((bottom - top) / (y.high - y.low));
            (right, bottom) = (left + unit * (x.high - x.low), top + unit * (y.high - y.low));
        }
        let x = self.x.scale(points().map(|point| point.0), left, right);
        let y = self.y.scale(points().map(|point| point.1), bottom, top);
        let width = if self.equal { right + 20.0 } else { size.width };
        let mut drawing = Drawing::new(width, bottom + 42.0, [left, top, right, bottom]);
        drawing.vertical_axis(&y, &self.y.label);
        drawing.horizontal_axis(&x, &self.x);
        drawing.within_axes(|drawing| {
            for Shape { colour, form, points, .. } in &self.shapes {
                let places: Vec<(f64, f64)> = points.iter().map(|(px, py)| (x.place(*px), y.place(*py))).collect();
                match form {
                    Form::Line => drawing.path("line", *colour, &places, false),
                    Form::Thin => drawing.path("faint", *colour, &places, false),
                    Form::Contour => drawing.stroke("contour", &places),
                    Form::Area => drawing.path("band", *colour, &places, true),
                    Form::Cell => drawing.path("cell", *colour, &places, true),
                    Form::Dots => places.iter().for_each(|(x, y)| drawing.dot(*colour, [*x, *y, 3.0], 1.0, "")),
                    Form::Rings => places.iter().for_each(|(x, y)| drawing.ring(*colour, [*x, *y, 6.0])),
                    Form::Crosses => places.iter().for_each(|(x, y)| drawing.cross(*colour, [*x, *y, 3.5])),
                }
            }
        });
        drawing
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Chart, WIDE};
    use super::*;

    #[test]
    fn a_cell_is_a_closed_path_in_its_colour() {
        let points = vec![(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)];
        let shapes = vec![Shape { name: "corner".to_owned(), colour: 3, form: Form::Cell, points }];
        let chart = PlaneChart { x: Axis::new("x"), y: Axis::new("y"), equal: false, shapes };
        let drawn = chart.draw(WIDE).inline("", "");
        let path = drawn.split("<path class=\"cell f c3\" d=\"").nth(1).and_then(|rest| rest.split('"').next());
        assert!(path.is_some_and(|path| path.ends_with('Z') && path.matches('L').count() == 2), "{path:?}");
        assert!(Chart::Plane(chart).csv().starts_with("shape,name,form,x,y\n0,corner,cell,0,0\n"));
    }

    #[test]
    fn equal_units_make_a_square_of_a_square() {
        let points = vec![(0.0, 0.0), (1.0, 1.0)];
        let shapes = vec![Shape { name: String::new(), colour: 0, form: Form::Line, points }];
        let drawing = PlaneChart { x: Axis::new("x"), y: Axis::new("y"), equal: true, shapes }.draw(WIDE);
        let [left, top, right, bottom] = drawing.area;
        assert!((right - left - (bottom - top)).abs() < 1e-9 && right - left > 0.8 * WIDE.width, "{:?}", drawing.area);
    }
}
