//! Results of another version of the program: its numbers may differ, so nothing is added to them.

use std::collections::BTreeSet;
use std::path::Path;

use super::job::jobs;
use super::{FolderError, manifest, workers};
use crate::config::{Experiment, parse};
use crate::results::EXPERIMENT;
use crate::run::{PROGRAM, program_of};

/// Whether another version of the program made the results in `folder` and all runs of `asked` are over. They then stay as they are.
///
/// # Errors
/// If another version made them and some runs of `asked` are not over.
pub fn is_complete_of_another(folder: &Path, asked: &Experiment) -> Result<bool, FolderError> {
    let Ok(text) = std::fs::read_to_string(folder.join(EXPERIMENT)) else { return Ok(false) };
    let Ok(before) = parse(&text, EXPERIMENT, &[]) else { return Ok(false) }; // it is refused later, for that reason
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
        "{}: these results were made by tilde {others}, and this is tilde {PROGRAM}, whose numbers may differ: nothing is \
         added to them; choose another --out to make all runs with this version, --overwrite to replace them, or continue \
         with tilde {others}",
        folder.display()
    )))
}
