//! The experiment's folder: created, resumed, overwritten or refused.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::results::{EXPERIMENT, ORIGIN, Origin, PARTIAL, write_atomically};

/// What to do if the experiment's folder already has results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfExists {
    /// Refuse, and change nothing.
    Refuse,
    /// Continue the runs that are not over.
    Resume,
    /// Delete them and begin again.
    Overwrite,
}

/// Why a folder cannot be used. Nothing has been run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderError(pub String);

impl std::fmt::Display for FolderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FolderError {}

/// An empty file that a process locks while it works in the folder. The operating system releases the lock when the process ends,
/// even if it is killed, so a lock is never stale. The file stays.
const LOCK: &str = ".lock";

/// Prepares `folder` for the experiment with the resolved text `resolved` and locks it. `origin` says whose weights the experiment
/// begins with, `None` if with new ones. Returns the lock and the text that `experiment.toml` now has.
///
/// When results are resumed, `extend` gets the text that is there. It returns the text of the extended experiment; or, as whole
/// lines, why the results cannot be extended; or `None` if it cannot read the text, and the message then shows the lines that
/// differ.
///
/// # Errors
/// If there are results and `existing` refuses them, or they cannot be resumed; if `existing` is to overwrite something that is not
/// an experiment; if another process works in the folder; or if it cannot be written.
pub fn prepare(
    folder: &Path,
    resolved: &str,
    origin: Option<&Origin>,
    existing: IfExists,
    extend: impl FnOnce(&str) -> Result<Option<String>, String>,
) -> Result<(File, String), FolderError> {
    let file = folder.join(EXPERIMENT);
    let occupied_before = is_occupied(folder)?;
    if occupied_before && existing == IfExists::Refuse {
        return Err(occupied(folder));
    }
    if occupied_before && existing == IfExists::Overwrite {
        check_is_experiment(folder)?;
    }
    let lock = lock(folder)?;
    if occupied_before && existing == IfExists::Resume {
        check_same_origin(folder, origin)?;
        return resume(&file, resolved, extend).map(|text| (lock, text));
    }
    let write = || {
        clear(folder)?;
        if let Some(origin) = origin {
            origin.write(folder)?;
        }
        write_atomically(&file, resolved.as_bytes())
    };
    write().map_err(|error| cannot_write(folder, &error))?;
    Ok((lock, resolved.to_owned()))
}

/// Locks the folder, so that no other process works in it.
fn lock(folder: &Path) -> Result<File, FolderError> {
    let open = || {
        fs::create_dir_all(folder)?;
        OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(LOCK))
    };
    let lock = open().map_err(|error| cannot_write(folder, &error))?;
    match try_lock(&lock) {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(FolderError(format!(
            "{}: another process works in this folder: wait until it has ended, or choose another --out",
            folder.display()
        ))),
        // Some network file systems have no locks.
        Err(TryLockError::Error(error)) => {
            tracing::warn!(
                "{}: cannot be locked ({error}): do not start a second process in this folder",
                folder.display()
            );
            Ok(lock)
        }
    }
}

/// Locks the file. A process that asks [`is_worked_in`] holds the lock for microseconds, so a second try follows a first that
/// fails.
fn try_lock(lock: &File) -> Result<(), TryLockError> {
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => {
            std::thread::sleep(Duration::from_millis(50));
            lock.try_lock()
        }
        tried => tried,
    }
}

/// Whether a process works in the folder of an experiment; `None` where that is unknown, because the folder or the file system
/// has no locks.
pub fn is_worked_in(folder: &Path) -> Option<bool> {
    let lock = File::open(folder.join(LOCK)).ok()?;
    match lock.try_lock_shared() {
        Ok(()) => Some(false),
        Err(TryLockError::WouldBlock) => Some(true),
        Err(TryLockError::Error(_)) => None,
    }
}

fn is_occupied(folder: &Path) -> Result<bool, FolderError> {
    // Neither partial files nor the lock are results; the origin is written before the first result.
    let counts = |name: &str| !name.ends_with(PARTIAL) && name != LOCK && name != ORIGIN;
    match fs::read_dir(folder) {
        Ok(mut entries) => {
            Ok(entries.any(|entry| entry.is_ok_and(|entry| counts(&entry.file_name().to_string_lossy()))))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(cannot_write(folder, &error)),
    }
}

/// The experiment to continue: the one that is there, or its extension, which replaces it.
fn resume(
    file: &Path,
    resolved: &str,
    extend: impl FnOnce(&str) -> Result<Option<String>, String>,
) -> Result<String, FolderError> {
    let shown = file.display();
    let before = fs::read_to_string(file)
        .map_err(|error| FolderError(format!("{shown}: cannot be read, so there is nothing to resume: {error}")))?;
    let changes = changed_lines(&before, resolved);
    if changes.is_empty() {
        return Ok(before);
    }
    let why = match extend(&before) {
        Ok(Some(longer)) if longer == before => return Ok(before),
        Ok(Some(longer)) => {
            write_atomically(file, longer.as_bytes()).map_err(|error| cannot_write(file, &error))?;
            return Ok(longer);
        }
        Ok(None) => changes,
        Err(why) => why,
    };
    Err(FolderError(format!(
        "{shown}: the experiment has changed since these results were made, so they cannot be resumed:\n{why}\
         use another --out or name for the new experiment, or --overwrite to begin again"
    )))
}

/// What the runs in a folder began with, if not with new weights.
pub fn origin_of(folder: &Path) -> Result<Option<Origin>, FolderError> {
    Origin::read(folder).map_err(|error| FolderError(format!("{}: {ORIGIN}: {error}", folder.display())))
}

/// Refuses an `origin` other than the one that the results in the folder have. Without one, results continue as they began.
fn check_same_origin(folder: &Path, origin: Option<&Origin>) -> Result<(), FolderError> {
    let Some(asked) = origin else { return Ok(()) };
    let shown = folder.display();
    let found = origin_of(folder)?;
    if found.as_ref().is_some_and(|found| found.is_that_of(asked)) {
        return Ok(());
    }
    let began =
        found.map_or("with new weights".to_owned(), |found| format!("with those of {}", found.folder.display()));
    Err(FolderError(format!(
        "{shown}: its runs began {began}, not with those of {}: choose another --out, or --overwrite to begin again",
        asked.folder.display()
    )))
}

/// The lines that only one of two texts has, marked with `-` and `+`.
fn changed_lines(before: &str, after: &str) -> String {
    let only_in = |sign: char, text: &str, other: &str| {
        let missing = text.lines().filter(|line| !other.lines().any(|theirs| theirs == *line));
        missing.map(|line| format!("  {sign} {line}\n")).collect::<String>()
    };
    if before == after {
        return String::new();
    }
    let changes = only_in('-', before, after) + &only_in('+', after, before);
    if changes.is_empty() { "  the order of the lines\n".to_owned() } else { changes }
}

/// Refuses a folder without `experiment.toml`: it has other files than results.
fn check_is_experiment(folder: &Path) -> Result<(), FolderError> {
    if folder.join(EXPERIMENT).is_file() {
        return Ok(());
    }
    Err(FolderError(format!(
        "{}: has files but no {EXPERIMENT}, so it is not the folder of an experiment and is not overwritten: choose \
         another --out or name",
        folder.display()
    )))
}

/// Deletes everything in the folder except the lock; `experiment.toml` last, so that the folder is still recognised as that of an
/// experiment if this is interrupted.
fn clear(folder: &Path) -> io::Result<()> {
    let entries: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    let (keep, last) = (folder.join(LOCK), folder.join(EXPERIMENT));
    let others = entries.iter().filter(|path| **path != keep && **path != last);
    let mut ordered = others.chain(entries.iter().filter(|path| **path == last));
    ordered.try_for_each(|path| if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) })
}

fn occupied(folder: &Path) -> FolderError {
    FolderError(format!(
        "{}: already has results: add --resume to finish them, --overwrite to replace them, or choose another --out",
        folder.display()
    ))
}

fn cannot_write(folder: &Path, error: &std::io::Error) -> FolderError {
    FolderError(format!("{}: cannot be written: {error}; choose another folder with --out", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never(_: &str) -> Result<Option<String>, String> {
        Ok(None)
    }

    #[test]
    fn results_are_never_overwritten_silently() {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().join("x");
        drop(prepare(&folder, "a = 1\n", None, IfExists::Refuse, never).unwrap());
        let error = prepare(&folder, "a = 1\n", None, IfExists::Refuse, never).unwrap_err();
        assert!(error.0.contains("--resume") && error.0.contains("--overwrite"), "{error}");
        fs::write(folder.join("result"), "").unwrap();
        drop(prepare(&folder, "a = 2\n", None, IfExists::Overwrite, never).unwrap());
        assert!(!folder.join("result").exists());
        assert_eq!(fs::read_to_string(folder.join(EXPERIMENT)).unwrap(), "a = 2\n");
    }

    #[test]
    fn only_the_same_experiment_is_resumed() {
        let out = tempfile::tempdir().unwrap();
        drop(prepare(out.path(), "a = 1\nb = 2\n", None, IfExists::Resume, never).unwrap());
        drop(prepare(out.path(), "a = 1\nb = 2\n", None, IfExists::Resume, never).unwrap());
        let error = prepare(out.path(), "a = 1\nb = 3\n", None, IfExists::Resume, never).unwrap_err();
        assert!(error.0.contains("  - b = 2\n  + b = 3\n"), "{error}");
        let refusing = |_: &str| Err("because of b\n".to_owned());
        let error = prepare(out.path(), "a = 1\nb = 3\n", None, IfExists::Resume, refusing).unwrap_err();
        assert!(error.0.contains("resumed:\nbecause of b\nuse another --out"), "{error}");
        let extending = |before: &str| Ok(Some(format!("{before}c = 4\n")));
        let (lock, text) = prepare(out.path(), "a = 1\nb = 3\n", None, IfExists::Resume, extending).unwrap();
        assert_eq!(text, "a = 1\nb = 2\nc = 4\n");
        assert_eq!(fs::read_to_string(out.path().join(EXPERIMENT)).unwrap(), text);
        drop(lock);
    }

    #[test]
    fn two_processes_do_not_share_a_folder() {
        let out = tempfile::tempdir().unwrap();
        let first = prepare(out.path(), "a = 1\n", None, IfExists::Resume, never).unwrap();
        for existing in [IfExists::Resume, IfExists::Overwrite] {
            let error = prepare(out.path(), "a = 1\n", None, existing, never).unwrap_err();
            assert!(error.0.contains("another process"), "{error}");
        }
        assert_eq!(is_worked_in(out.path()), Some(true));
        drop(first); // as when the process ends
        assert_eq!(is_worked_in(out.path()), Some(false));
        assert_eq!(is_worked_in(&out.path().join("no-such-folder")), None);
        assert!(prepare(out.path(), "a = 1\n", None, IfExists::Resume, never).is_ok());
    }

    #[test]
    fn a_folder_without_an_experiment_is_not_deleted() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("thesis.tex"), "years of work").unwrap();
        assert!(prepare(out.path(), "", None, IfExists::Overwrite, never).is_err());
        assert!(out.path().join("thesis.tex").exists());
    }
}
