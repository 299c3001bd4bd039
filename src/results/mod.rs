//! The result files as both sides know them: what training writes and reports read.

mod atomic;
mod checksum;
mod likeness;
mod origin;
mod rows;
mod summary;

pub use atomic::{PARTIAL, write_atomically};
pub use checksum::checksum;
pub use likeness::most_like;
pub use origin::Origin;
pub use rows::{EpisodeRow, OrEmpty, UpdateRow, ValueRow};
pub use summary::{Distance, EvaluationSummary, RunStatus, Summary, TrueValues};

/// Whether something may be called so: a name becomes a folder, a word of a sentence and a field of a table. Letters, digits
/// and `-_.=`, 1 to 128 of them, not starting with a dot.
pub fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.=".contains(c);
    !name.is_empty() && name.len() <= 128 && !name.starts_with('.') && name.chars().all(allowed)
}

/// Where reports go by default, in the experiment's folder.
pub const REPORT: &str = "report";
/// The experiment as it was run, in its folder.
pub const EXPERIMENT: &str = "experiment.toml";
/// Where an experiment's runs began, in its folder, if not with new weights.
pub const ORIGIN: &str = "origin.json";
/// Training episodes of a run.
pub const EPISODES: &str = "episodes.csv";
/// Evaluation episodes of a run.
pub const EVALUATIONS: &str = "evaluations.csv";
/// Rounds of learning of a run.
pub const UPDATES: &str = "updates.csv";
/// The final figures of a run.
pub const SUMMARY: &str = "summary.json";
/// Distances from the exact solution, where there is one.
pub const VALUES: &str = "values.csv";
/// What of the machine and the moment went into a run.
pub const MANIFEST: &str = "manifest.json";
