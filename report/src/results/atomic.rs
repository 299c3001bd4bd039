//! Files that are replaced whole: after a crash there is the old one or the new one.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// The ending of a temporary file's name.
pub const PARTIAL: &str = ".partial";

/// Replaces a file as a whole: writes a temporary file beside it, forces it to disk and renames it.
///
/// The temporary file has a fixed name, so the next attempt replaces what a killed process left behind. Two processes must not
/// write the same file at the same time.
///
/// # Errors
/// If a step fails; the old file is then unchanged.
pub fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("the path has no folder"))?;
    let name = path.file_name().ok_or_else(|| io::Error::other("the path has no file name"))?;
    let partial = Path::new(name).with_added_extension(&PARTIAL[1..]);
    match fs::remove_file(folder.join(&partial)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(&partial).rand_bytes(0);
    // By default only the owner can read a temporary file; everybody who can read the folder should be able to read results.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
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
        fs::write(folder.path().join("summary.json.partial"), b"left by a killed process").unwrap();
        write_atomically(&path, b"three").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
