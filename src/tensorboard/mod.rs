//! The event files of TensorBoard, beside the result files of a run.

mod crc32c;
mod event_file;
mod finished;
mod writer;

pub use finished::write_finished;
pub use writer::TensorBoard;
