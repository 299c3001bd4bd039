//! The kinds of chart.

use super::csv;
use super::dumbbell_chart::DumbbellChart;
use super::heat_map::HeatMap;
use super::interval_chart::IntervalChart;
use super::line_chart::LineChart;
use super::matrix_chart::MatrixChart;
use super::panels::Panels;
use super::parallel_chart::ParallelChart;
use super::plane_chart::PlaneChart;
use super::size::{Size, WIDE};
use super::style::Theme;
use super::svg::Drawing;
use crate::rasterizer::Rasterizer;

/// A chart of one of the kinds.
pub enum Chart {
    /// Curves over a common axis.
    Lines(LineChart),
    /// An estimate and its interval for each variant.
    Intervals(IntervalChart),
    /// Two values of each variant, and an estimate with its interval.
    Dumbbells(DumbbellChart),
    /// A line through parallel axes for each trial.
    Parallel(ParallelChart),
    /// A number for each pair of variants.
    Matrix(MatrixChart),
    /// A number or a category for each cell of a plane.
    HeatMap(HeatMap),
    /// Lines, areas and dots in a plane.
    Plane(PlaneChart),
    /// Several charts to be compared.
    Panels(Panels),
}

impl Chart {
    /// The drawing as an `svg` element without colours; the page's style sheet has them.
    pub fn inline(&self, size: Size, class: &str, title: &str) -> String {
        self.draw(size).inline(class, title)
    }

    /// The drawing as a file of its own, with title, legend and the colours of a theme.
    pub fn standalone(&self, title: &str, theme: Theme) -> String {
        self.draw(WIDE).standalone(title, &self.legend(), theme)
    }

    /// Draws the chart.
    pub(super) fn draw(&self, size: Size) -> Drawing {
        match self {
            Chart::Lines(lines) => lines.draw(size),
            Chart::Intervals(intervals) => intervals.draw(size),
            Chart::Dumbbells(dumbbells) => dumbbells.draw(size),
            Chart::Parallel(parallel) => parallel.draw(size),
            Chart::Matrix(matrix) => matrix.draw(size),
            Chart::HeatMap(map) => map.draw(size),
            Chart::Plane(plane) => plane.draw(size),
            Chart::Panels(panels) => panels.draw(size),
        }
    }

    /// The colours and names above a standalone drawing.
    pub(super) fn legend(&self) -> Vec<(usize, String)> {
        match self {
            Chart::Lines(lines) => lines.legend(),
            Chart::Plane(plane) => plane.legend(),
            Chart::Panels(panels) => panels.legend(),
            // Rows and columns have names, and the legends of the others are in the drawing.
            Chart::Intervals(_) | Chart::Matrix(_) | Chart::HeatMap(_) => Vec::new(),
            Chart::Dumbbells(_) | Chart::Parallel(_) => Vec::new(),
        }
    }

    /// The files of the chart, each as its extension and its content: SVG and PNG in light colours, and the numbers as CSV.
    ///
    /// # Errors
    /// If the drawing cannot be turned into pixels.
    pub fn files(&self, title: &str, rasterizer: &Rasterizer) -> Result<[(&'static str, Vec<u8>); 3], String> {
        let svg = self.standalone(title, Theme::Light);
        let png = rasterizer.png(&svg)?;
        Ok([("svg", svg.into_bytes()), ("png", png), ("csv", self.csv().into_bytes())])
    }

    /// The numbers of the chart as CSV.
    pub fn csv(&self) -> String {
        match self {
            Chart::Lines(lines) => csv::lines(lines),
            Chart::Intervals(intervals) => csv::intervals(intervals),
            Chart::Dumbbells(dumbbells) => csv::dumbbells(dumbbells),
            Chart::Parallel(parallel) => csv::parallel(parallel),
            Chart::Matrix(matrix) => csv::matrix(matrix),
            Chart::HeatMap(map) => csv::heat_map(map),
            Chart::Plane(plane) => csv::plane(plane),
            Chart::Panels(panels) => panels.csv(),
        }
    }

    /// The numbers that the page's script shows under the pointer. Only line charts need them; the other drawings contain theirs.
    pub fn hover(&self) -> Option<serde_json::Value> {
        match self {
            Chart::Lines(lines) => Some(lines.hover()),
            _ => None,
        }
    }

    /// The names and colour numbers of curves that belong to several variants. The page's legend does not have them.
    pub fn own_legend(&self) -> Vec<(usize, String)> {
        match self {
            Chart::Lines(lines) if lines.grouped => lines.legend(),
            Chart::Plane(plane) => plane.legend(),
            Chart::Panels(panels) => panels.legend(),
            _ => Vec::new(),
        }
    }
}
