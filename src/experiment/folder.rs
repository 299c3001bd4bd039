//! The experiment's folder: created, resumed, overwritten or refused.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::lock::{LOCK, Lock, LockKind};
use crate::results::{
    EXPERIMENT, ORIGIN, Origin, PARTIAL, remove_if_there, remove_partials, write_atomically, write_once,
};

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

/// Prepares `folder` for the experiment with the resolved text `resolved` and locks it for work, together with other processes
/// that work there. `origin` says whose weights the experiment begins with, `None` if with new ones. Returns the lock and the text
/// that `experiment.toml` now has. For other processes that work in a folder which has to change, it waits as long as `patience`.
///
/// When results are resumed, `extend` gets the text that is there. It returns the text of the extended experiment; or, as whole
/// lines, why the results cannot be extended; or `None` if it cannot read the text, and the message then shows the lines that
/// differ.
///
/// What changes the experiment — a beginning, an extension, a deletion — needs the folder alone. Where the file system has no
/// locks, `experiment.toml` is still written once: the process that comes second reads it as results that are there.
///
/// # Errors
/// If there are results and `existing` refuses them, or they cannot be resumed; if `existing` is to overwrite something that is not
/// an experiment; if the experiment has to change and another process works in the folder; or if it cannot be written.
pub fn prepare(
    folder: &Path,
    resolved: &str,
    origin: Option<&Origin>,
    existing: IfExists,
    patience: Duration,
    mut extend: impl FnMut(&str) -> Result<Option<String>, String>,
) -> Result<(Lock, String), FolderError> {
    let began = Instant::now();
    loop {
        let occupied_before = is_occupied(folder)?;
        let prepared = match existing {
            IfExists::Refuse if occupied_before => return Err(occupied(folder)),
            IfExists::Resume if occupied_before => resume(folder, resolved, origin, &mut extend)?,
            _ => {
                if occupied_before {
                    check_is_experiment(folder)?;
                }
                begin(folder, resolved, origin, occupied_before)?
            }
        };
        match prepared {
            Some((lock, text)) => {
                if !lock.is_real {
                    warn_without_locks(folder);
                }
                return Ok((lock, text));
            }
            None if began.elapsed() > patience => return Err(worked_in(folder)),
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn warn_without_locks(folder: &Path) {
    tracing::warn!(
        "{}: the file system has no locks: of two processes that make the same run, one has worked in vain",
        folder.display()
    );
}

/// A lock of this kind; `None` if another process works in the folder.
fn lock(folder: &Path, kind: LockKind) -> Result<Option<Lock>, FolderError> {
    Lock::take(folder, kind).map_err(|error| cannot_write(folder, &error))
}

/// Begins an experiment: deletes the results that are there, if they are to be overwritten, and writes `experiment.toml`. `None`
/// if another process works in the folder or has begun the experiment.
fn begin(
    folder: &Path,
    resolved: &str,
    origin: Option<&Origin>,
    overwrites: bool,
) -> Result<Option<(Lock, String)>, FolderError> {
    let Some(lock) = lock(folder, LockKind::Exclusive)? else { return Ok(None) };
    if !overwrites && is_occupied(folder)? {
        return Ok(None); // another process has just begun it
    }
    let write = || {
        if overwrites {
            clear(folder)?;
        } else if lock.is_real {
            remove_partials(folder)?;
        }
        match origin {
            Some(origin) => origin.write(folder)?,
            None => remove_if_there(&folder.join(ORIGIN))?, // of an attempt that was killed
        }
        write_once(&folder.join(EXPERIMENT), resolved.as_bytes())
    };
    let is_written = write().map_err(|error| cannot_write(folder, &error))?;
    Ok(lock.change(LockKind::Shared).filter(|_| is_written).map(|lock| (lock, resolved.to_owned())))
}

/// Goes on with the experiment that is there, or with its extension, which replaces it. `None` if another process changes the
/// folder, or works in it where it has to be changed.
fn resume(
    folder: &Path,
    resolved: &str,
    origin: Option<&Origin>,
    extend: &mut impl FnMut(&str) -> Result<Option<String>, String>,
) -> Result<Option<(Lock, String)>, FolderError> {
    let Some(shared) = lock(folder, LockKind::Shared)? else { return Ok(None) };
    check_same_origin(folder, origin)?;
    let file = folder.join(EXPERIMENT);
    let before = read_to_resume(&file)?;
    if continued(&file, &before, resolved, extend)? == before {
        return Ok(Some((shared, before)));
    }
    let Some(alone) = shared.change(LockKind::Exclusive) else { return Ok(None) };
    // Again: another process may have extended it in between.
    let before = read_to_resume(&file)?;
    let longer = continued(&file, &before, resolved, extend)?;
    if longer != before {
        write_atomically(&file, longer.as_bytes()).map_err(|error| cannot_write(&file, &error))?;
    }
    Ok(alone.change(LockKind::Shared).map(|lock| (lock, longer)))
}

fn read_to_resume(file: &Path) -> Result<String, FolderError> {
    fs::read_to_string(file).map_err(|error| {
        FolderError(format!("{}: cannot be read, so there is nothing to resume: {error}", file.display()))
    })
}

/// The text of the experiment in `file` that goes on from the one that it has.
fn continued(
    file: &Path,
    before: &str,
    resolved: &str,
    extend: &mut impl FnMut(&str) -> Result<Option<String>, String>,
) -> Result<String, FolderError> {
    let changes = changed_lines(before, resolved);
    if changes.is_empty() {
        return Ok(before.to_owned());
    }
    let why = match extend(before) {
        Ok(Some(longer)) => return Ok(longer),
        Ok(None) => changes,
        Err(why) => why,
    };
    Err(FolderError(format!(
        "{}: the experiment has changed since these results were made, so they cannot be resumed:\n{why}\
         use another --out or name for the new experiment, or --overwrite to begin again",
        file.display()
    )))
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

fn worked_in(folder: &Path) -> FolderError {
    FolderError(format!(
        "{}: another process works in this folder, and the experiment would change: wait until it has ended, or choose another \
         --out",
        folder.display()
    ))
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

    const PATIENCE: Duration = Duration::from_secs(2);

    fn never(_: &str) -> Result<Option<String>, String> {
        Ok(None)
    }

    #[test]
    fn results_are_never_overwritten_silently() {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().join("x");
        drop(prepare(&folder, "a = 1\n", None, IfExists::Refuse, PATIENCE, never).unwrap());
        let error = prepare(&folder, "a = 1\n", None, IfExists::Refuse, PATIENCE, never).unwrap_err();
        assert!(error.0.contains("--resume") && error.0.contains("--overwrite"), "{error}");
        fs::write(folder.join("result"), "").unwrap();
        drop(prepare(&folder, "a = 2\n", None, IfExists::Overwrite, PATIENCE, never).unwrap());
        assert!(!folder.join("result").exists());
        assert_eq!(fs::read_to_string(folder.join(EXPERIMENT)).unwrap(), "a = 2\n");
    }

    #[test]
    fn only_the_same_experiment_is_resumed() {
        let out = tempfile::tempdir().unwrap();
        drop(prepare(out.path(), "a = 1\nb = 2\n", None, IfExists::Resume, PATIENCE, never).unwrap());
        drop(prepare(out.path(), "a = 1\nb = 2\n", None, IfExists::Resume, PATIENCE, never).unwrap());
        let error = prepare(out.path(), "a = 1\nb = 3\n", None, IfExists::Resume, PATIENCE, never).unwrap_err();
        assert!(error.0.contains("  - b = 2\n  + b = 3\n"), "{error}");
        let refusing = |_: &str| Err("because of b\n".to_owned());
        let error = prepare(out.path(), "a = 1\nb = 3\n", None, IfExists::Resume, PATIENCE, refusing).unwrap_err();
        assert!(error.0.contains("resumed:\nbecause of b\nuse another --out"), "{error}");
        let extending = |before: &str| Ok(Some(format!("{before}c = 4\n")));
        let (lock, text) = prepare(out.path(), "a = 1\nb = 3\n", None, IfExists::Resume, PATIENCE, extending).unwrap();
        assert_eq!(text, "a = 1\nb = 2\nc = 4\n");
        assert_eq!(fs::read_to_string(out.path().join(EXPERIMENT)).unwrap(), text);
        drop(lock);
    }

    #[test]
    fn an_experiment_that_another_process_works_at_is_shared_but_not_changed() {
        let out = tempfile::tempdir().unwrap();
        let resume = |text: &str, extend: fn(&str) -> Result<Option<String>, String>| {
            prepare(out.path(), text, None, IfExists::Resume, PATIENCE, extend)
        };
        let first = resume("a = 1\n", never).unwrap();
        let second = resume("a = 1\n", never).unwrap();
        let same = resume("a = 0\n", |before| Ok(Some(before.to_owned()))).unwrap();
        assert_eq!(same.1, "a = 1\n");
        let longer = |before: &str| Ok(Some(format!("{before}b = 2\n")));
        let error = resume("a = 2\n", longer).unwrap_err();
        assert!(error.0.contains("another process works in this folder"), "{error}");
        let error = prepare(out.path(), "a = 1\n", None, IfExists::Overwrite, PATIENCE, never).unwrap_err();
        assert!(error.0.contains("another process works in this folder"), "{error}");
        drop((first, second, same)); // as when the processes end
        assert_eq!(resume("a = 2\n", longer).unwrap().1, "a = 1\nb = 2\n");
    }

    #[test]
    fn of_many_that_begin_an_experiment_one_writes_it_and_all_work_at_it() {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().join("x");
        let texts: Vec<String> = std::thread::scope(|scope| {
            let one = |_| scope.spawn(|| prepare(&folder, "a = 1\n", None, IfExists::Resume, PATIENCE, never).unwrap());
            let all: Vec<_> = (0..8).map(one).collect();
            all.into_iter().map(|one| one.join().unwrap().1).collect()
        });
        assert_eq!(texts, vec!["a = 1\n"; 8]);
        let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort_unstable();
        assert_eq!(names, [".lock", "experiment.toml"]);
    }

    #[test]
    fn a_folder_without_an_experiment_is_not_deleted() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("thesis.tex"), "years of work").unwrap();
        assert!(prepare(out.path(), "", None, IfExists::Overwrite, PATIENCE, never).is_err());
        assert!(out.path().join("thesis.tex").exists());
    }
}
