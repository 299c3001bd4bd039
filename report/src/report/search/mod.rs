//! The report of a search: what it tried, what it chose and how sure one can be of it.
//!
//! It reads `resolved.toml`, `journal.jsonl` and the verdict's result files, and nothing else. It also works while the search goes on.
//! With successive halving, trials are compared at the first rung, where all of them have the same steps; objectives of different
//! rungs are not comparable.

mod cautions;
mod choice_names;
mod effort;
mod figures;
mod importance;
mod outputs;
mod page;
mod read;
mod searched;
mod sensitivity;
mod tables;
mod terminal;
mod verdict;
mod wording;

pub use outputs::{SearchReport, is_search};
