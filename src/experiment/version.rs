//! Results that another version of the program made: its numbers may be others, so nothing is added to them.

use std::collections::BTreeSet;
use std::path::Path;

use super::{FolderError, jobs, manifest, workers};
use crate::config::{Experiment, parse};
use crate::results::EXPERIMENT;
use crate::run::{PROGRAM, program_of};

/// Whether the results in `folder` are of another version of the program and complete: then they stay as they are.
///
/// # Errors
/// If they are of another version, and something of what is `asked` for is left to do.
pub fn is_complete_of_another(folder: &Path, asked: &Experiment) -> Result<bool, FolderError> {
    let Ok(text) = std::fs::read_to_string(folder.join(EXPERIMENT)) else { return Ok(false) };
    let Ok(before) = parse(&text, EXPERIMENT, &[]) else { return Ok(false) }; // is refused for that
    let made_by = |run: &Path| manifest::program_of(run).or_else(|| program_of(run));
    let others: BTreeSet<String> = jobs(&before, &before, folder, None)
        .iter()
        .filter_map(|job| made_by(&job.folder).filter(|version| version != PROGRAM))
        .collect();
    if others.is_empty() {
        return Ok(false);
    }
    if jobs(asked, asked, folder, None).iter().all(|job| workers::settled_before(job).is_some()) {
        return Ok(true);
    }
    let others = others.into_iter().collect::<Vec<_>>().join(" and ");
    Err(FolderError(format!(
        "{}: these results were made by tilde {others}, and this is tilde {PROGRAM}, whose numbers may be others: nothing is \
         added to them; choose another --out to have all runs made by this version, --overwrite to replace them, or go on \
         with tilde {others}",
        folder.display()
    )))
}
