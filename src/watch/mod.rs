//! A live view of an experiment or a run in the terminal: learning curves, progress, losses, and a replay of a greedy episode.
//!
//! Three threads keep the view from waiting: one reads what is appended to the result files (`reader`), one plays and draws episodes
//! (`replay`), and one reads the keys (`input`). `model` puts together what they bring and what the user has chosen, `keys` changes
//! it, `view` draws it, and `show` is the loop around all of that.

mod bands;
mod binned;
mod dots;
mod input;
mod keys;
mod model;
mod picture;
mod player;
mod plot;
mod reader;
mod replay;
mod run_data;
mod run_files;
mod show;
mod snapshot;
mod status;
mod subject;
mod tail;
mod terminal;
#[cfg(test)]
mod test_runs;
mod theme;
mod view;

pub use show::{Ended, WatchError, watch};
pub use status::{Status, StatusOfRun, status};
