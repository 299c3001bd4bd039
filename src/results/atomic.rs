//! Files that are there whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// What the name of a file ends with while it is being written.
pub const PARTIAL: &str = ".partial";

/// Writes a file so that it is there whole or not at all: a temporary file beside it, forced to disk, then renamed.
///
/// The temporary file has a fixed name: what a killed process leaves behind, the next attempt replaces. So two processes
/// may not write the same file.
///
/// # Errors
/// If any of that fails; what stood there before is then untouched.
pub fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("a file stands in a folder"))?;
    let name = path.file_name().ok_or_else(|| io::Error::other("a file has a name"))?;
    let partial = Path::new(name).with_added_extension(&PARTIAL[1..]);
    match fs::remove_file(folder.join(&partial)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(&partial).rand_bytes(0);
    // A temporary file is its owner's alone unless told otherwise; a result is for whoever may read the folder.
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
    fn a_document_is_replaced_whole_and_leaves_no_temporary_file() {
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
