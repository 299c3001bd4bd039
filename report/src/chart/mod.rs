//! Charts as SVG, PNG and CSV, and their animations as GIF.
//!
//! Why no plotting library? One drawing serves two purposes: a page, which is light or dark, where buttons of the legend hide curves
//! and a pointer shows values; and a standalone file for a paper. That takes elements that a style sheet and a script can find:
//! grouped by variant, coloured by class. `plotters` writes neither groups nor classes; `kuva` writes colours into the elements and
//! dims curves where they should disappear; `plotly` and `charming` draw with megabytes of script and need a browser for SVG and
//! PNG. So all kinds of chart are drawn here, and [`resvg`] renders them as PNG.

mod animation;
mod axis;
mod colour_scale;
mod contours;
mod csv;
mod dumbbell_chart;
mod heat_map;
mod interval_chart;
mod kinds;
mod line_chart;
mod matrix_chart;
mod palette;
mod panels;
mod parallel_chart;
mod plane_chart;
mod size;
mod style;
mod svg;
mod tiles;

pub use animation::{GifEncoder, gif};
pub use axis::{Axis, Scale, exact};
pub use colour_scale::ColourScale;
pub use contours::contours;
pub use dumbbell_chart::{DumbbellChart, DumbbellRow};
pub use heat_map::{Cells, HeatMap, Overlay};
pub use interval_chart::{IntervalChart, IntervalRow};
pub use kinds::Chart;
pub use line_chart::{CurvePoint, LineChart, Series};
pub use matrix_chart::{MatrixCell, MatrixChart};
pub use palette::{ColourCounts, Palette};
pub use panels::Panels;
pub use parallel_chart::{ParallelAxis, ParallelChart, ParallelLine, ParallelScale};
pub use plane_chart::{Form, PlaneChart, Shape};
pub use size::{NARROW, Size, WIDE};
pub use style::{COLOURS, LEVELS, Theme, swatch};
pub use svg::escaped;
