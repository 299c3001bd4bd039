//! The figures of a search, one per file.

mod axes;
mod best_of_trials;
mod coordinates;
mod slices;
mod trials;
mod tuned;

pub use best_of_trials::{best_so_far, expected_best};
pub use coordinates::coordinates;
pub use slices::slices;
pub use trials::trials;
pub use tuned::tuned;
