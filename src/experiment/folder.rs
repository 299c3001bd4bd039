//! The experiment's folder: made, taken up again, or left alone.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::results::{EXPERIMENT, ORIGIN, Origin, PARTIAL, write_atomically};

/// What to do where the experiment's folder already has results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfExists {
    /// Touch nothing.
    Refuse,
    /// Go on with the runs that are not over.
    Resume,
    /// Delete them and begin anew.
    Overwrite,
}

/// A folder that cannot be used; nothing was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderError(pub String);

impl std::fmt::Display for FolderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FolderError {}

/// An empty file that a process holds locked as long as it works in the folder. The lock ends with the process, however it
/// ends, so it is never stale; the file stays.
const LOCK: &str = ".lock";

/// Makes `folder` ready for the experiment whose resolved text is `resolved`, and which begins from `origin`, if not with new
/// weights, and locks it. Returns the lock and the text of the experiment that stands there now: `resolved`, or what `extend`
/// makes of the text that stood there before, where the results can be extended. Where they cannot, it says why in whole lines;
/// of a text that it can make nothing of, the lines that are others are shown.
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
            write_atomically(&folder.join(ORIGIN), origin.to_json()?.as_bytes())?;
        }
        write_atomically(&file, resolved.as_bytes())
    };
    write().map_err(|error| cannot_write(folder, &error))?;
    Ok((lock, resolved.to_owned()))
}

/// Takes the folder for this process alone.
fn lock(folder: &Path) -> Result<File, FolderError> {
    let open = || {
        fs::create_dir_all(folder)?;
        OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(LOCK))
    };
    let lock = open().map_err(|error| cannot_write(folder, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(FolderError(format!(
            "{}: another process is at work there: wait until it has ended, or choose another --out",
            folder.display()
        ))),
        // Some network file systems know no locks: then nobody is kept out.
        Err(TryLockError::Error(error)) => {
            tracing::warn!("{}: cannot be locked ({error}): start no second process there", folder.display());
            Ok(lock)
        }
    }
}

fn is_occupied(folder: &Path) -> Result<bool, FolderError> {
    // A file that was never finished is no result, a lock is none either, and an origin stands before the first result.
    let counts = |name: &str| !name.ends_with(PARTIAL) && name != LOCK && name != ORIGIN;
    match fs::read_dir(folder) {
        Ok(mut entries) => {
            Ok(entries.any(|entry| entry.is_ok_and(|entry| counts(&entry.file_name().to_string_lossy()))))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(cannot_write(folder, &error)),
    }
}

/// The experiment to go on with: that which is there, or its extension, which then stands there in its place.
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
         use another --out or name for the new experiment, or --overwrite to begin anew"
    )))
}

/// Where the runs in a folder began, if not with new weights.
pub fn origin_of(folder: &Path) -> Result<Option<Origin>, FolderError> {
    Origin::read(folder).map_err(|error| FolderError(format!("{}: {ORIGIN}: {error}", folder.display())))
}

/// Refuses to go on from `origin` where results began elsewhere. Where nothing is asked for, they go on as they began.
fn check_same_origin(folder: &Path, origin: Option<&Origin>) -> Result<(), FolderError> {
    let Some(asked) = origin else { return Ok(()) };
    let shown = folder.display();
    let found = origin_of(folder)?;
    if found.as_ref().is_some_and(|found| found.is_that_of(asked)) {
        return Ok(());
    }
    let began = found.map_or("with new weights".to_owned(), |found| format!("from {}", found.folder.display()));
    Err(FolderError(format!(
        "{shown}: its runs began {began}, not from {}: choose another --out, or --overwrite to begin anew",
        asked.folder.display()
    )))
}

/// The lines that are only in one of two texts, marked with `-` and `+`.
fn changed_lines(before: &str, after: &str) -> String {
    let only_in = |sign: char, text: &str, other: &str| {
        let missing = text.lines().filter(|line| !other.lines().any(|theirs| theirs == *line));
        missing.map(|line| format!("  {sign} {line}\n")).collect::<String>()
    };
    if before == after {
        return String::new();
    }
    let changes = only_in('-', before, after) + &only_in('+', after, before);
    if changes.is_empty() { "  the same lines stand in another order\n".to_owned() } else { changes }
}

/// Refuses a folder without `experiment.toml`: it is somebody's own.
fn check_is_experiment(folder: &Path) -> Result<(), FolderError> {
    if folder.join(EXPERIMENT).is_file() {
        return Ok(());
    }
    Err(FolderError(format!(
        "{}: has files but no {EXPERIMENT}, so it is no experiment's folder and will not be overwritten: choose another \
         --out or name",
        folder.display()
    )))
}

/// Deletes everything in the folder but the lock; `experiment.toml` last, so that what is left of an interrupted attempt is
/// still known for what it is.
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
        drop(first); // as when the process ends
        assert!(prepare(out.path(), "a = 1\n", None, IfExists::Resume, never).is_ok());
    }

    #[test]
    fn a_folder_of_somebody_else_is_not_deleted() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("thesis.tex"), "years of work").unwrap();
        assert!(prepare(out.path(), "", None, IfExists::Overwrite, never).is_err());
        assert!(out.path().join("thesis.tex").exists());
    }
}
