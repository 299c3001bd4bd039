//! The files that runs leave, their statistics, charts, and the report that compares variants. It knows no agents.
//!
//! The crate `tilde` gives these modules under its own name, `tilde::report` and so on. Modules import what stands to the right
//! of them: `report → chart → {parallel, rasterizer, results, stats, text}`.

pub mod chart;
pub mod parallel;
pub mod rasterizer;
pub mod report;
pub mod results;
pub mod stats;
pub mod text;
