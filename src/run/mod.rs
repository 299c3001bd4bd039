//! One run: an agent in an environment for a budget of steps, written to files as it goes.

mod checkpoint;
mod env_slot;
mod evaluation;
mod exact_solution;
mod files;
mod interval;
mod live_progress;
mod start;
mod train;

pub use checkpoint::{PROGRAM, program_of};
pub use exact_solution::ExactSolution;
pub use live_progress::LiveProgress;
pub use start::{check_start, copy_start, has_start, updates_before};
pub use train::{RunError, panic_message, train};
