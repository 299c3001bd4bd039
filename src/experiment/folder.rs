//! The experiment's folder: made, taken up again, or left alone.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{PARTIAL, write_atomically};

/// What to do where the experiment's folder already has results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
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

/// The experiment as it was run, in its folder.
const EXPERIMENT: &str = "experiment.toml";

/// Makes `folder` ready for the experiment whose resolved text is `resolved`.
pub fn prepare(folder: &Path, resolved: &str, existing: Existing) -> Result<(), FolderError> {
    let file = folder.join(EXPERIMENT);
    if is_occupied(folder)? {
        match existing {
            Existing::Refuse => return Err(occupied(folder)),
            Existing::Resume => return resumable(&file, resolved),
            Existing::Overwrite => clear(folder)?,
        }
    }
    let write = || {
        fs::create_dir_all(folder)?;
        write_atomically(&file, resolved.as_bytes())
    };
    write().map_err(|error| cannot_write(folder, &error))
}

fn is_occupied(folder: &Path) -> Result<bool, FolderError> {
    match fs::read_dir(folder) {
        // A file that was never finished is no result.
        Ok(mut entries) => {
            Ok(entries.any(|entry| entry.is_ok_and(|entry| !entry.file_name().to_string_lossy().ends_with(PARTIAL))))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(cannot_write(folder, &error)),
    }
}

fn resumable(file: &PathBuf, resolved: &str) -> Result<(), FolderError> {
    let shown = file.display();
    let before = fs::read_to_string(file)
        .map_err(|error| FolderError(format!("{shown}: cannot be read, so there is nothing to resume: {error}")))?;
    let changes = changed_lines(&before, resolved);
    if changes.is_empty() {
        return Ok(());
    }
    Err(FolderError(format!(
        "{shown}: the experiment has changed since these results were made, so they cannot be resumed:\n{changes}\
         use another --out or name for the new experiment, or --overwrite to begin anew"
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

/// Deletes an experiment's folder, and only that: a folder without `experiment.toml` is somebody's own.
fn clear(folder: &Path) -> Result<(), FolderError> {
    if !folder.join(EXPERIMENT).is_file() {
        return Err(FolderError(format!(
            "{}: has files but no {EXPERIMENT}, so it is no experiment's folder and will not be overwritten: choose another \
             --out or name",
            folder.display()
        )));
    }
    fs::remove_dir_all(folder).map_err(|error| cannot_write(folder, &error))
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

    #[test]
    fn results_are_never_overwritten_silently() {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().join("x");
        prepare(&folder, "a = 1\n", Existing::Refuse).unwrap();
        let error = prepare(&folder, "a = 1\n", Existing::Refuse).unwrap_err();
        assert!(error.0.contains("--resume") && error.0.contains("--overwrite"), "{error}");
        fs::write(folder.join("result"), "").unwrap();
        prepare(&folder, "a = 2\n", Existing::Overwrite).unwrap();
        assert!(!folder.join("result").exists());
        assert_eq!(fs::read_to_string(folder.join(EXPERIMENT)).unwrap(), "a = 2\n");
    }

    #[test]
    fn only_the_same_experiment_is_resumed() {
        let out = tempfile::tempdir().unwrap();
        prepare(out.path(), "a = 1\nb = 2\n", Existing::Resume).unwrap();
        prepare(out.path(), "a = 1\nb = 2\n", Existing::Resume).unwrap();
        let error = prepare(out.path(), "a = 1\nb = 3\n", Existing::Resume).unwrap_err();
        assert!(error.0.contains("  - b = 2\n  + b = 3\n"), "{error}");
    }

    #[test]
    fn a_folder_of_somebody_else_is_not_deleted() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("thesis.tex"), "years of work").unwrap();
        assert!(prepare(out.path(), "", Existing::Overwrite).is_err());
        assert!(out.path().join("thesis.tex").exists());
    }
}
