//! Text for a terminal: tables and lines of a given width.

mod table;
mod wrap;

pub use table::{Alignment, text_table, under_names};
pub use wrap::{WIDTH, wrapped};
