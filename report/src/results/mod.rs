//! The result files as their writers and their readers both know them, typed.

mod atomic;
mod distance;
mod file_names;
mod json;
mod likeness;
mod manifest;
mod name;
mod origin;
mod row_file;
mod row_reading;
mod rows;
mod summary;

pub use atomic::{PARTIAL, remove_if_there, remove_partials, write_atomically, write_once};
pub use distance::{Distance, TrueValues};
pub use file_names::{
    DIAGNOSTICS, EPISODES, EVALUATIONS, EXPERIMENT, LOGS, MANIFEST, ORIGIN, REPORT, SEARCH, SUBMIT, SUMMARY, UPDATES,
    VALUES, VERDICT,
};
pub use likeness::most_like;
pub use manifest::{FileMark, Manifest};
pub use name::is_name;
pub use origin::Origin;
pub use row_file::RowFile;
pub use rows::{DiagnosticsRow, EpisodeRow, UpdateRow, ValueRow};
pub use summary::{EvaluationSummary, RunStatus, Summary};
