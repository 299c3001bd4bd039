//! Text for a terminal and for charts: tables, lines of a given width, numbers, counts, shorter names.

mod count;
mod fixed;
mod shell;
mod shortened;
mod table;
mod wrap;

pub use count::counted;
pub use fixed::{fixed, three_digits};
pub use shell::shell_quoted;
pub use shortened::{shortened, without_middle};
pub use table::{Alignment, text_table, under_names};
pub use wrap::{WIDTH, wrapped};
