//! Text for a terminal: tables, lines of a given width, numbers, counts.

mod count;
mod fixed;
mod table;
mod wrap;

pub use count::counted;
pub use fixed::{fixed, three_digits};
pub use table::{Alignment, text_table, under_names};
pub use wrap::{WIDTH, wrapped};
