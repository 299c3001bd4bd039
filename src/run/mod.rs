//! One run: an agent in an environment for a budget of steps, written to files as it goes.

mod board;
mod board_rows;
mod checkpoint;
mod crc32c;
mod evaluation;
mod files;
mod interval;
mod lane;
mod rows;
mod start;
mod telemetry;
mod tensorboard;
mod train;
mod truth;

pub use board_rows::show_finished;
pub use checkpoint::{PROGRAM, checksum, program_of};
pub use rows::UpdateRow;
pub use start::{check_start, copy_start, has_start, updates_before};
pub use telemetry::Telemetry;
pub use train::{RunError, panic_message, train};
pub use truth::Truth;
