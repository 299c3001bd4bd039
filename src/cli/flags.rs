//! What flags mean that several commands have.

use crate::experiment::{IfExists, default_jobs};

/// `--resume` and `--overwrite`, which exclude each other.
pub fn if_exists(resume: bool, overwrite: bool) -> IfExists {
    match (resume, overwrite) {
        (true, _) => IfExists::Resume,
        (_, true) => IfExists::Overwrite,
        _ => IfExists::Refuse,
    }
}

/// `--jobs`, or one run on each core.
pub fn jobs(asked: Option<u64>) -> usize {
    asked.map_or_else(default_jobs, |jobs| usize::try_from(jobs).unwrap_or(usize::MAX))
}

/// How a command goes on that was interrupted.
pub fn how_to_go_on(overwrite: bool) -> &'static str {
    if overwrite {
        "the same command with --resume in place of --overwrite goes on"
    } else {
        "the same command with --resume goes on"
    }
}
