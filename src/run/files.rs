//! The files of one run: rows that are only ever appended, and documents that are replaced whole.

use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::rows::{EpisodeRow, UpdateRow, ValueRow};

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

/// Bytes in each row file up to some moment: where a checkpoint cuts them off when a run goes on from it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Positions {
    episodes: u64,
    evaluations: u64,
    updates: u64,
    values: u64,
}

impl Positions {
    /// What is missing of the rows that were there at the checkpoint, if anything is.
    pub fn missing_rows(&self, folder: &Path) -> Option<String> {
        let files = [
            ("episodes.csv", self.episodes),
            ("evaluations.csv", self.evaluations),
            ("updates.csv", self.updates),
            ("values.csv", self.values),
        ];
        files.into_iter().find_map(|(name, expected)| {
            let found = fs::metadata(folder.join(name)).map_or(0, |file| file.len());
            (found < expected).then(|| format!("{name} has {found} bytes, but {expected} were there then"))
        })
    }
}

/// The row files of one run.
pub struct RowFiles {
    /// Finished training episodes.
    pub episodes: RowFile,
    /// Finished evaluation episodes.
    pub evaluations: RowFile,
    /// Rounds of learning.
    pub updates: RowFile,
    /// Distances from the exact solution, in environments that have one.
    pub values: Option<RowFile>,
}

impl RowFiles {
    /// New files with their headers in `folder`, or, given positions, the files that are there, cut off at these.
    /// `with_values` says whether there is an exact solution.
    ///
    /// # Errors
    /// If a file cannot be made, or holds less than its position says.
    pub fn open(folder: &Path, positions: Option<Positions>, with_values: bool) -> io::Result<RowFiles> {
        let open = |name: &str, header: &str, position: Option<u64>| match position {
            Some(position) => RowFile::reopen(&folder.join(name), position),
            None => RowFile::create(&folder.join(name), header),
        };
        Ok(RowFiles {
            episodes: open("episodes.csv", EpisodeRow::HEADER, positions.map(|p| p.episodes))?,
            evaluations: open("evaluations.csv", EpisodeRow::HEADER, positions.map(|p| p.evaluations))?,
            updates: open("updates.csv", UpdateRow::HEADER, positions.map(|p| p.updates))?,
            values: with_values
                .then(|| open("values.csv", ValueRow::HEADER, positions.map(|p| p.values)))
                .transpose()?,
        })
    }

    /// Hands everything written so far to the operating system, and says where each file ends.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn flush(&mut self) -> io::Result<Positions> {
        Ok(Positions {
            episodes: self.episodes.flush()?,
            evaluations: self.evaluations.flush()?,
            updates: self.updates.flush()?,
            values: self.values.as_mut().map_or(Ok(0), RowFile::flush)?,
        })
    }

    /// Forces everything written so far to disk, and says where each file ends.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn sync(&mut self) -> io::Result<Positions> {
        let positions = self.flush()?;
        for rows in [&self.episodes, &self.evaluations, &self.updates].into_iter().chain(&self.values) {
            rows.writer.get_ref().sync_data()?;
        }
        Ok(positions)
    }
}

/// A file to which rows are appended.
pub struct RowFile {
    writer: BufWriter<File>,
    length: u64,
}

impl RowFile {
    fn create(path: &Path, header: &str) -> io::Result<RowFile> {
        let mut rows = RowFile { writer: BufWriter::new(File::create(path)?), length: 0 };
        rows.append(&header)?;
        Ok(rows)
    }

    fn reopen(path: &Path, length: u64) -> io::Result<RowFile> {
        let mut file = OpenOptions::new().read(true).write(true).open(path)?;
        let found = file.metadata()?.len();
        if found < length {
            let name = path.display();
            return Err(io::Error::other(format!(
                "{name} has {found} bytes, but {length} were there at the checkpoint"
            )));
        }
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        Ok(RowFile { writer: BufWriter::new(file), length })
    }

    /// Appends one row.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn append(&mut self, row: &dyn Display) -> io::Result<()> {
        let mut counted = Counted { writer: &mut self.writer, length: &mut self.length };
        writeln!(counted, "{row}")
    }

    fn flush(&mut self) -> io::Result<u64> {
        self.writer.flush()?;
        Ok(self.length)
    }
}

/// Counts what passes through, so that a row is formatted straight into the buffer.
struct Counted<'a> {
    writer: &'a mut BufWriter<File>,
    length: &'a mut u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.writer.write(bytes)?;
        *self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
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

    #[test]
    fn rows_after_a_checkpoint_are_cut_off_when_the_files_are_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = RowFiles::open(folder.path(), None, true).unwrap();
        files.episodes.append(&"kept").unwrap();
        let positions = files.sync().unwrap();
        files.episodes.append(&"lost").unwrap();
        drop(files);
        let mut files = RowFiles::open(folder.path(), Some(positions), true).unwrap();
        files.episodes.append(&"new").unwrap();
        drop(files);
        let text = fs::read_to_string(folder.path().join("episodes.csv")).unwrap();
        assert_eq!(text, format!("{}\nkept\nnew\n", EpisodeRow::HEADER));
    }

    #[test]
    fn files_that_lost_rows_are_not_continued() {
        let folder = tempfile::tempdir().unwrap();
        let positions = RowFiles::open(folder.path(), None, true).unwrap().sync().unwrap();
        fs::write(folder.path().join("updates.csv"), "").unwrap();
        assert!(RowFiles::open(folder.path(), Some(positions), true).is_err());
    }
}
