//! One run: an agent in an environment for a budget of steps, written to files as it goes.

mod board;
mod checkpoint;
mod crc32c;
mod evaluation;
mod files;
mod lane;
mod rows;
mod telemetry;
mod tensorboard;
mod train;
mod truth;

pub use checkpoint::checksum;
pub use rows::UpdateRow;
pub use telemetry::Telemetry;
pub use train::{RunError, panic_message, train};
pub use truth::Truth;
