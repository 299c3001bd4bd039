//! A run's figures as TensorBoard's event files, beside its result files.

mod crc32c;
mod event_file;
mod finished;
mod writer;

pub use finished::show_finished;
pub use writer::TensorBoard;
