//! Pictures of what the best runs of a report learned: an episode of each, and maps of their values.
//!
//! A report reads result files alone. Here the runs are loaded and drawn, and the pictures are given to it as plain data.

mod draw;
mod maps;
mod run;

pub use draw::draw;
