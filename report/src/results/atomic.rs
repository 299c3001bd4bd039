//! Files that are replaced whole: after a crash there is the old one or the new one.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// The ending of a temporary file's name.
pub const PARTIAL: &str = ".partial";

/// Replaces a file as a whole: writes a temporary file beside it, forces it to disk and renames it.
///
/// Temporary files have names of their own, so two processes may write the same file at the same time: it is that of the later one.
/// What a killed process leaves behind is for [`remove_partials`].
///
/// # Errors
/// If a step fails; the old file is then unchanged.
pub fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    temporary(path, content)?.persist(path)?;
    Ok(())
}

/// Writes a file that is not there yet, whole. `false` if there is one, which stays as it is.
///
/// # Errors
/// If a step fails; there is no file then.
pub fn write_once(path: &Path, content: &[u8]) -> io::Result<bool> {
    match temporary(path, content)?.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(refused) => Err(refused.error),
    }
}

/// A temporary file beside `path` with this content, on disk.
fn temporary(path: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let folder = path.parent().ok_or_else(|| io::Error::other("the path has no folder"))?;
    let name = path.file_name().ok_or_else(|| io::Error::other("the path has no file name"))?;
    let mut prefix = name.to_owned();
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(PARTIAL);
    // By default only the owner can read a temporary file; everybody who can read the folder should be able to read results.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Deletes a file, if it is there.
///
/// # Errors
/// If it is there and cannot be deleted.
pub fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Deletes the temporary files that killed processes left in `folder`. No other process may write there now.
///
/// # Errors
/// If the folder is there and cannot be read, or a file cannot be deleted.
pub fn remove_partials(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(PARTIAL) && path.is_file() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_leaves_no_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.json");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_written_once_keeps_its_first_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("experiment.toml");
        assert!(write_once(&path, b"one").unwrap());
        assert!(!write_once(&path, b"two").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_process_leaves_behind_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let left = temporary(&folder.path().join("summary.json"), b"half").unwrap().into_temp_path().keep().unwrap();
        assert!(left.to_string_lossy().ends_with(PARTIAL));
        fs::write(folder.path().join("summary.json"), "whole").unwrap();
        remove_partials(folder.path()).unwrap();
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["summary.json"]);
        remove_partials(&folder.path().join("no-such-folder")).unwrap();
    }
}
