//! The folder of a search: begun, resumed, overwritten or refused.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::extension::{Extension, extension};
use super::plan::Plan;
use crate::config::load_for;
use crate::experiment::{FolderError, IfExists, LOCK, Lock, LockKind, copy_weights, is_locked, this_process};
use crate::results::{
    EXPERIMENT, JOURNAL, PARTIAL, REPORT, RESOLVED, SEARCH, VERDICT, remove_if_there, write_atomically,
};

/// The folder of the trials.
pub const TRIALS: &str = "trials";
/// The experiment that repeats the verdict.
pub const TUNED: &str = "tuned.toml";

/// Prepares the folder of a search in `out`, for processes that [`work`](super::work) at it.
///
/// # Errors
/// If there are results that may not be replaced, or those of another search; if another process works in the folder; or if it
/// cannot be written.
pub fn begin(out: &Path, asked: &Plan, existing: IfExists) -> Result<(), FolderError> {
    prepare(&out.join(&asked.experiment.name), asked, existing).map(drop)
}

/// Prepares a folder for the search of a plan and locks it. Returns the lock and the plan of the search that is there now: that of
/// `search.toml`, so that a search goes on as it began, by whichever process.
///
/// When a search is resumed, `asked` may extend it by more trials or more seeds that judge. With more trials, the journal is deleted
/// before `search.toml` is replaced: what it had is made again from the runs, which are there, in the order of the longer search.
///
/// # Errors
/// If there are results that may not be replaced, or those of another search; if another process works in the folder; or if it
/// cannot be written.
pub fn prepare(folder: &Path, asked: &Plan, existing: IfExists) -> Result<(Lock, Plan), FolderError> {
    let shown = folder.display();
    let error = |message: String| FolderError(format!("{shown}: {message}"));
    let cannot_write = |why: io::Error| error(format!("cannot be written: {why}; choose another folder with --out"));
    // Before the folder is looked at: another process may begin a search there.
    let lock = take(folder).map_err(cannot_write)?.ok_or_else(|| {
        error(format!(
            "another process makes this search: wait until it has ended, help it with `tilde work {shown}`, or choose another --out"
        ))
    })?;
    if !lock.is_real {
        tracing::warn!("{shown}: the file system has no locks: do not start a second search in this folder");
    }
    if folder.join(EXPERIMENT).is_file() {
        return Err(error(
            "has the results of an experiment, not of a search: choose another --out or name".to_owned(),
        ));
    }
    let is_search = folder.join(SEARCH).is_file();
    if is_search && existing == IfExists::Refuse {
        return Err(error(
            "already has a search: add --resume to finish it, --overwrite to begin again, or choose another --out"
                .to_owned(),
        ));
    }
    let is_empty = fs::read_dir(folder).map_or(true, |entries| {
        // Neither the lock nor what a kill left of a file that was being written is a result.
        let counts = |name: &str| name != LOCK && !name.ends_with(PARTIAL);
        !entries.filter_map(Result::ok).any(|entry| counts(&entry.file_name().to_string_lossy()))
    });
    if !is_search && !is_empty {
        return Err(error(format!(
            "has files but no {SEARCH}, so it is not the folder of a search: choose another --out or name"
        )));
    }
    if is_search && existing == IfExists::Resume {
        extend(folder, asked)?;
    } else {
        write_new(folder, asked)?;
    }
    Ok((lock, plan_of(folder)?))
}

/// Writes the search with all defaults filled in and every variant, for the report, unless it is there.
///
/// # Errors
/// If it cannot be written.
pub fn write_resolved(folder: &Path, plan: &Plan) -> io::Result<()> {
    let (path, text) = (folder.join(RESOLVED), plan.experiment.to_toml());
    if fs::read_to_string(&path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    write_atomically(&path, text.as_bytes())
}

/// Begins a search, in place of one that is there.
fn write_new(folder: &Path, asked: &Plan) -> Result<(), FolderError> {
    let shown = folder.display();
    if let Some(busy) = experiments(folder).into_iter().find(|folder| is_locked(folder) == Some(true)) {
        let busy = busy.display();
        return Err(FolderError(format!("{shown}: another process works in {busy}: wait until it has ended")));
    }
    let (text, weights) = asked.written.to_toml(&asked.experiment);
    clear(folder)
        .and_then(|()| write_atomically(&folder.join(SEARCH), text.as_bytes()))
        .map_err(|why| FolderError(format!("{shown}: cannot be written: {why}; choose another folder with --out")))?;
    copy_weights(&weights, folder)
}

/// Makes the search that is there the one that is asked for, if that extends it.
fn extend(folder: &Path, asked: &Plan) -> Result<(), FolderError> {
    let error = |message: String| FolderError(format!("{}: {message}", folder.display()));
    // First: a kill may have come before it.
    copy_weights(&asked.written.to_toml(&asked.experiment).1, folder)?;
    let before = plan_of(folder)?;
    let extension = extension(&before.experiment, &asked.experiment).map_err(|why| error(changed(&why)))?;
    if extension == Extension::Same {
        return Ok(());
    }
    // The slots stay as they were written at the beginning.
    let (text, _) = before.written.to_toml(&asked.experiment);
    let journal = match extension {
        Extension::MoreTrials => remove_if_there(&folder.join(JOURNAL)),
        _ => Ok(()),
    };
    journal
        .and_then(|()| write_atomically(&folder.join(SEARCH), text.as_bytes()))
        .map_err(|why| error(format!("cannot be written: {why}")))
}

/// Locks the folder of a search for the process that drives it, whose name is noted there. `None` if another process does.
///
/// # Errors
/// If the folder cannot be written.
pub fn take(folder: &Path) -> io::Result<Option<Lock>> {
    let lock = Lock::take(folder, LockKind::Exclusive)?;
    Ok(lock.map(|mut lock| {
        lock.note(&this_process());
        lock
    }))
}

/// The plan of the search in a folder.
///
/// # Errors
/// If there is none, or another version of the program wrote it.
pub fn plan_of(folder: &Path) -> Result<Plan, FolderError> {
    let refused = |why: String| {
        FolderError(format!(
            "{}: {why}\nit is not a search of this version of tilde: give another folder",
            folder.display()
        ))
    };
    let loaded = load_for(&folder.join(SEARCH), &[], &[]).map_err(|errors| refused(errors.to_string()))?;
    Plan::new(&loaded).map_err(refused)
}

/// The message about a search that is not the one in the folder and does not extend it; `why` has whole lines.
fn changed(why: &str) -> String {
    format!(
        "the search has changed since these results were made, so it cannot be resumed:\n{why}use another --out or name for the \
         new search, or --overwrite to begin again"
    )
}

/// The folders of the experiments that a search has made so far: the trials by their names, and the verdict.
pub fn experiments(folder: &Path) -> Vec<PathBuf> {
    let inside = |name: &str| {
        let entries = fs::read_dir(folder.join(name)).into_iter().flatten();
        let mut folders: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        folders.retain(|folder| folder.is_dir());
        folders.sort_unstable();
        folders
    };
    [TRIALS, VERDICT].into_iter().flat_map(inside).collect()
}

/// Deletes what a search leaves; its `search.toml` last, so that the folder is still recognised if this is interrupted.
fn clear(folder: &Path) -> io::Result<()> {
    for folder in [TRIALS, VERDICT, REPORT].map(|name| folder.join(name)).iter().filter(|folder| folder.exists()) {
        fs::remove_dir_all(folder)?;
    }
    [JOURNAL, TUNED, RESOLVED, SEARCH].into_iter().try_for_each(|name| remove_if_there(&folder.join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Loaded;

    fn plan(folder: &Path, more: &str) -> Plan {
        let text = format!(
            "name = 'x'\nseeds = [0]\nenv = 'gridworld'\nalgorithm = 'q_learning'\napproximator = {{}}\n\
             [optimizer.sgd]\nlearning_rate = 0.1\n[budget]\nsteps = 900\nevaluate_every = 100\n\
             [search]\nseeds = [100]\n{more}\n[search.space]\n'optimizer.sgd.learning_rate' = {{ uniform = [0.1, 1.0] }}\n"
        );
        fs::write(folder.join("x.toml"), text).unwrap();
        let loaded: Loaded = load_for(&folder.join("x.toml"), &[], &[]).unwrap();
        Plan::new(&loaded).unwrap()
    }

    #[test]
    fn only_the_same_search_is_resumed_and_nothing_else_is_deleted() {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().join("x");
        let prepared = |more: &str, existing| {
            let prepared = prepare(&folder, &plan(out.path(), more), existing);
            prepared.map(|(_, plan)| plan.search.trials.unwrap()).map_err(|error| error.0)
        };
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("search.toml.partial"), "left by a kill").unwrap();
        assert_eq!(prepared("trials = 2", IfExists::Refuse), Ok(2));
        assert!(prepared("trials = 2", IfExists::Refuse).unwrap_err().contains("--resume"));
        fs::write(folder.join(JOURNAL), "of two trials").unwrap();
        assert_eq!(prepared("trials = 2", IfExists::Resume), Ok(2));
        assert!(folder.join(JOURNAL).exists());
        let error = prepared("trials = 2\nseed = 1", IfExists::Resume).unwrap_err();
        assert!(error.contains("  search.seed 0 → 1\n"), "{error}");
        assert_eq!(prepared("trials = 3", IfExists::Resume), Ok(3));
        assert!(!folder.join(JOURNAL).exists(), "the lines of a longer search are in another order");
        assert!(prepared("trials = 2", IfExists::Resume).unwrap_err().contains("2 are fewer"));
        fs::write(folder.join(JOURNAL), "old").unwrap();
        assert_eq!(prepared("trials = 2", IfExists::Overwrite), Ok(2));
        assert!(!folder.join(JOURNAL).exists());
        for name in ["thesis.tex", EXPERIMENT] {
            let other = out.path().join(name.replace('.', "-"));
            fs::create_dir_all(&other).unwrap();
            fs::write(other.join(name), "years of work").unwrap();
            for existing in [IfExists::Refuse, IfExists::Resume, IfExists::Overwrite] {
                assert!(prepare(&other, &plan(out.path(), "trials = 2"), existing).is_err());
            }
            assert!(other.join(name).exists());
        }
    }

    #[test]
    fn two_processes_do_not_share_a_folder_and_nothing_is_deleted_under_a_worker() {
        let out = tempfile::tempdir().unwrap();
        let (folder, plan) = (out.path().join("x"), plan(out.path(), "trials = 2"));
        let first = prepare(&folder, &plan, IfExists::Resume).unwrap();
        assert!(prepare(&folder, &plan, IfExists::Resume).err().unwrap().0.contains("another process"));
        drop(first);
        assert!(prepare(&folder, &plan, IfExists::Resume).is_ok());
        let trial = folder.join(TRIALS).join("default-000");
        let worker = Lock::take(&trial, LockKind::Shared).unwrap();
        let error = prepare(&folder, &plan, IfExists::Overwrite).err().unwrap();
        assert!(error.0.contains("another process works in") && trial.exists(), "{error}");
        drop(worker);
        assert!(prepare(&folder, &plan, IfExists::Overwrite).is_ok());
        assert!(!trial.exists());
    }
}
