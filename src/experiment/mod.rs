//! A whole experiment: variants × seeds become runs, in parallel, in one folder.

mod contradictions;
mod differences;
mod folder;
mod job;
mod line;
mod manifest;
mod prepare;
mod progress;
mod source;
mod version;
mod workers;

pub use folder::{FolderError, IfExists};
pub use job::Job;
pub use prepare::{Options, Prepared, prepare, run};
pub use progress::Progress;
pub use workers::{RunResult, default_jobs};
