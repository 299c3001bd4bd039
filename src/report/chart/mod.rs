//! Charts: numbers and words that become SVG, PNG and CSV.
//!
//! Why not a plotting library? One drawing has to serve a page with a light and a dark side, where entries of the legend hide their
//! curves and a pointer asks for values, and a standalone file for a paper. That takes marks that a style sheet and a script can
//! find: elements grouped by variant, coloured by class. `plotters` writes neither groups nor classes; `kuva` writes its
//! colours into the elements and dims curves where they should go; `plotly` and `charming` draw with a script of megabytes and
//! need a browser for SVG and PNG. So the drawing of three kinds of chart is here, and [`resvg`] makes pictures of it.

mod axis;
mod csv;
mod intervals;
mod lines;
mod matrix;
mod png;
mod style;
mod svg;

pub use axis::{Axis, exact};
pub use intervals::{IntervalRow, Intervals};
pub use lines::{Lines, Point, Series};
pub use matrix::{Cell, MatrixChart};
pub use png::Rasterizer;
pub use style::{COLOURS, swatch};
pub use svg::escaped;

/// A chart of one of the three kinds.
pub enum Chart {
    /// Curves over a common axis.
    Lines(Lines),
    /// A point and an interval for each variant.
    Intervals(Intervals),
    /// A number for each pair of variants.
    Matrix(MatrixChart),
}

/// Width and height of a drawing in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Width.
    pub width: f64,
    /// Height for charts whose height is free.
    pub height: f64,
}

/// For desktops and papers.
pub const WIDE: Size = Size { width: 560.0, height: 340.0 };
/// For phones held upright.
pub const NARROW: Size = Size { width: 340.0, height: 280.0 };

impl Chart {
    /// The drawing as an `svg` element without colours, for a page whose style sheet has them.
    pub fn inline(&self, size: Size, class: &str, title: &str) -> String {
        let drawing = match self {
            Chart::Lines(lines) => lines.draw(size),
            Chart::Intervals(intervals) => intervals.draw(size),
            Chart::Matrix(matrix) => matrix.draw(size),
        };
        drawing.inline(class, title)
    }

    /// The drawing as a file: with title, legend and the light colours.
    pub fn standalone(&self, title: &str) -> String {
        let (drawing, legend) = match self {
            Chart::Lines(lines) => (lines.draw(WIDE), lines.legend()),
            Chart::Intervals(intervals) => (intervals.draw(WIDE), Vec::new()), // its rows have names
            Chart::Matrix(matrix) => (matrix.draw(WIDE), Vec::new()),
        };
        drawing.standalone(title, &legend)
    }

    /// Its numbers, one row each.
    pub fn csv(&self) -> String {
        match self {
            Chart::Lines(lines) => csv::lines(lines),
            Chart::Intervals(intervals) => csv::intervals(intervals),
            Chart::Matrix(matrix) => csv::matrix(matrix),
        }
    }

    /// What the page's script needs to say what is under the pointer; only curves need it.
    pub fn hover(&self) -> Option<serde_json::Value> {
        match self {
            Chart::Lines(lines) => Some(lines.hover()),
            Chart::Intervals(_) | Chart::Matrix(_) => None,
        }
    }

    /// The names of curves that are no single variant's, with the numbers that their colours have: the page's own legend does not
    /// have them.
    pub fn own_legend(&self) -> Vec<(usize, String)> {
        match self {
            Chart::Lines(lines) if lines.grouped => lines.legend(),
            _ => Vec::new(),
        }
    }
}
