//! One run: an agent in an environment for a budget of steps, written to files as it goes.

mod checkpoint;
mod evaluation;
mod files;
mod lane;
mod rows;
mod summary;
mod telemetry;
mod train;
mod truth;

pub use checkpoint::checksum;
pub use files::{PARTIAL, write_atomically};
pub use rows::{EpisodeRow, UpdateRow, ValueRow};
pub use summary::{Evaluated, Outcome, Summary};
pub use telemetry::Telemetry;
pub use train::{RunError, panic_message, train};
pub use truth::{Distance, Truth};
