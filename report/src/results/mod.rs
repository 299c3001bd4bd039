//! The result files as their writers and their readers both know them, typed.

mod atomic;
mod best_trial;
mod distance;
mod domain;
mod file_names;
mod journal;
mod json;
mod likeness;
mod manifest;
mod measurement;
mod name;
mod origin;
mod row_file;
mod row_reading;
mod rows;
mod search_settings;
mod settings;
mod summary;

pub use atomic::{PARTIAL, remove_if_there, remove_partials, write_atomically, write_once};
pub use best_trial::{Candidate, best_trial, equal_to_best};
pub use distance::{Distance, TrueValues};
pub use domain::{Domain, Edge, Range};
pub use file_names::{
    DIAGNOSTICS, EPISODES, EVALUATIONS, EXPERIMENT, LOGS, MANIFEST, ORIGIN, REPORT, RESOLVED, SEARCH, SUBMIT, SUMMARY,
    UPDATES, VALUES, VERDICT,
};
pub use journal::{Entry, Failure, JOURNAL};
pub use likeness::most_like;
pub use manifest::{FileMark, Manifest};
pub use measurement::{FAILED, Measurement};
pub use name::is_name;
pub use origin::Origin;
pub use row_file::RowFile;
pub use rows::{DiagnosticsRow, EpisodeRow, UpdateRow, ValueRow};
pub use search_settings::{Hyperparameter, SearchSettings, rung_steps};
pub use settings::{Settings, index_of, matches, number};
pub use summary::{EvaluationSummary, RunStatus, Summary};
