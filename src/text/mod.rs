//! Text for a terminal: tables, lines of a given width, counts.

mod count;
mod table;
mod wrap;

pub use count::counted;
pub use table::{Alignment, text_table, under_names};
pub use wrap::{WIDTH, wrapped};
