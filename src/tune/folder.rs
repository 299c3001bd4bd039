//! The folder of a search: begun, resumed, overwritten or refused.

use std::fs;
use std::io;
use std::path::Path;

use toml::Table;

use crate::experiment::{FolderError, IfExists, LOCK, Lock, LockKind, setting_differences};
use crate::results::{EXPERIMENT, JOURNAL, PARTIAL, REPORT, SEARCH, VERDICT, remove_if_there, write_atomically};

/// The folder of the trials.
pub const TRIALS: &str = "trials";
/// The experiment that repeats the verdict.
pub const TUNED: &str = "tuned.toml";

/// Prepares a folder for the search with the resolved text `resolved`, and locks it.
///
/// # Errors
/// If there are results that may not be replaced, or those of another search; if another process works in the folder; or if it
/// cannot be written.
pub fn prepare(folder: &Path, resolved: &str, existing: IfExists) -> Result<Lock, FolderError> {
    let shown = folder.display();
    let file = folder.join(SEARCH);
    let error = |message: String| FolderError(format!("{shown}: {message}"));
    let cannot_write = |why: io::Error| error(format!("cannot be written: {why}; choose another folder with --out"));
    // Before the folder is looked at: another process may begin a search there.
    let lock = Lock::take(folder, LockKind::Exclusive).map_err(cannot_write)?.ok_or_else(|| {
        error("another process works in this folder: wait until it has ended, or choose another --out".to_owned())
    })?;
    if !lock.is_real {
        tracing::warn!("{shown}: the file system has no locks: do not start a second search in this folder");
    }
    if folder.join(EXPERIMENT).is_file() {
        return Err(error(
            "has the results of an experiment, not of a search: choose another --out or name".to_owned(),
        ));
    }
    let is_search = file.is_file();
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
        let before = fs::read_to_string(&file).map_err(|why| error(format!("{SEARCH} cannot be read: {why}")))?;
        return if before == resolved { Ok(lock) } else { Err(error(changed(&before, resolved))) };
    }
    clear(folder).and_then(|()| write_atomically(&file, resolved.as_bytes())).map_err(cannot_write)?;
    Ok(lock)
}

/// The message about a search that is not the one in the folder.
fn changed(before: &str, after: &str) -> String {
    let lines = match (toml::from_str::<Table>(before), toml::from_str::<Table>(after)) {
        (Ok(before), Ok(after)) => setting_differences(&before, &after),
        _ => Vec::new(),
    };
    let lines: String = lines.into_iter().map(|line| format!("  {line}\n")).collect();
    format!(
        "the search has changed since these results were made, so it cannot be resumed:\n{lines}use another --out or name for the \
         new search, or --overwrite to begin again"
    )
}

/// Deletes what a search leaves; its `search.toml` last, so that the folder is still recognised if this is interrupted.
fn clear(folder: &Path) -> io::Result<()> {
    for folder in [TRIALS, VERDICT, REPORT].map(|name| folder.join(name)).iter().filter(|folder| folder.exists()) {
        fs::remove_dir_all(folder)?;
    }
    [JOURNAL, TUNED, SEARCH].into_iter().try_for_each(|name| remove_if_there(&folder.join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_search_is_resumed_and_nothing_else_is_deleted() {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().join("x");
        let prepared = |text: &str, existing| prepare(&folder, text, existing).map(drop).map_err(|error| error.0);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("search.toml.partial"), "left by a kill").unwrap();
        assert_eq!(prepared("a = 1\n[b]\nc = 2\n", IfExists::Refuse), Ok(()));
        assert!(prepared("a = 1\n[b]\nc = 2\n", IfExists::Refuse).unwrap_err().contains("--resume"));
        assert_eq!(prepared("a = 1\n[b]\nc = 2\n", IfExists::Resume), Ok(()));
        let error = prepared("a = 1\n[b]\nc = 3\n", IfExists::Resume).unwrap_err();
        assert!(error.contains("  b.c 2 → 3\n"), "{error}");
        fs::write(folder.join(JOURNAL), "old").unwrap();
        assert_eq!(prepared("a = 2\n", IfExists::Overwrite), Ok(()));
        assert!(!folder.join(JOURNAL).exists());
        for name in ["thesis.tex", EXPERIMENT] {
            let other = out.path().join(name.replace('.', "-"));
            fs::create_dir_all(&other).unwrap();
            fs::write(other.join(name), "years of work").unwrap();
            for existing in [IfExists::Refuse, IfExists::Resume, IfExists::Overwrite] {
                assert!(prepare(&other, "", existing).is_err());
            }
            assert!(other.join(name).exists());
        }
    }

    #[test]
    fn two_processes_do_not_share_a_folder() {
        let out = tempfile::tempdir().unwrap();
        let first = prepare(out.path(), "a = 1\n", IfExists::Resume).unwrap();
        assert!(prepare(out.path(), "a = 1\n", IfExists::Resume).unwrap_err().0.contains("another process"));
        drop(first);
        assert!(prepare(out.path(), "a = 1\n", IfExists::Resume).is_ok());
    }
}
