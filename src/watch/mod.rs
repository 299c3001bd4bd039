//! A live view of an experiment or a run in the terminal: learning curves, progress, losses, and a replay of a greedy episode.
//!
//! A thread reads what is appended to the result files ([`reader`]) and hands out snapshots. From these and from what the user
//! has chosen, [`model`] makes what is shown, and [`view`] draws it. Another thread plays and draws episodes ([`replay`]). So the
//! view waits for neither a disk nor an agent.

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
mod snapshot;
mod subject;
mod tail;
mod terminal;
#[cfg(test)]
mod test_runs;
mod theme;
mod view;
#[allow(clippy::module_inception)] // the function of that name is in it
mod watch;

pub use watch::{Ended, WatchError, watch};
