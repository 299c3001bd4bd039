//! The row files of a run, opened and cut off at the positions of a checkpoint.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files::RunFiles;
use crate::results::{
    DIAGNOSTICS, DiagnosticsRow, EPISODES, EVALUATIONS, EpisodeRow, UPDATES, UpdateRow, VALUES, ValueRow,
};
use crate::tensorboard::TensorBoard;

/// Bytes in each row file at one time. A run that goes on from a checkpoint cuts the files off at its positions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Positions {
    episodes: u64,
    evaluations: u64,
    updates: u64,
    values: u64,
    /// Where the run has this file. Checkpoints keep it apart: most runs have none.
    #[serde(skip)]
    pub(super) diagnostics: Option<u64>,
}

/// The files that not every run has.
#[derive(Clone, Copy, Debug, Default)]
pub struct OptionalFiles {
    /// Whether there is an exact solution.
    pub values: bool,
    /// Whether learned functions are measured.
    pub diagnostics: bool,
}

impl Positions {
    /// The first file that has fewer bytes than at the checkpoint, if there is one, in words.
    pub fn missing_rows(&self, folder: &Path) -> Option<String> {
        let files = [
            (EPISODES, self.episodes),
            (EVALUATIONS, self.evaluations),
            (UPDATES, self.updates),
            (VALUES, self.values),
            (DIAGNOSTICS, self.diagnostics.unwrap_or(0)),
        ];
        files.into_iter().find_map(|(name, expected)| {
            let found = fs::metadata(folder.join(name)).map_or(0, |file| file.len());
            (found < expected).then(|| format!("{name} has {found} bytes, but {expected} were there then"))
        })
    }
}

impl RunFiles {
    /// New row files with their headers in `folder`, or, given positions, the files that are there, cut off at these.
    ///
    /// # Errors
    /// If a file cannot be made, or holds less than its position says.
    pub fn open(folder: &Path, positions: Option<Positions>, optional: OptionalFiles) -> io::Result<RunFiles> {
        let open = |name: &str, header: &str, position: Option<u64>| match position {
            Some(position) => reopen(&folder.join(name), position),
            None => create(&folder.join(name), header),
        };
        Ok(RunFiles {
            folder: folder.to_owned(),
            episodes: open(EPISODES, EpisodeRow::HEADER, positions.map(|p| p.episodes))?,
            evaluations: open(EVALUATIONS, EpisodeRow::HEADER, positions.map(|p| p.evaluations))?,
            updates: open(UPDATES, UpdateRow::HEADER, positions.map(|p| p.updates))?,
            values: optional.values.then(|| open(VALUES, ValueRow::HEADER, positions.map(|p| p.values))).transpose()?,
            diagnostics: optional
                .diagnostics
                .then(|| open(DIAGNOSTICS, DiagnosticsRow::HEADER, positions.and_then(|p| p.diagnostics)))
                .transpose()?,
            board: None,
            best: None,
        })
    }

    /// Hands everything written so far to the operating system, and says where each file ends.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn flush(&mut self) -> io::Result<Positions> {
        self.show(TensorBoard::flush);
        Ok(Positions {
            episodes: flush(&mut self.episodes)?,
            evaluations: flush(&mut self.evaluations)?,
            updates: flush(&mut self.updates)?,
            values: self.values.as_mut().map_or(Ok(0), flush)?,
            diagnostics: self.diagnostics.as_mut().map(flush).transpose()?,
        })
    }

    /// Forces everything written so far to disk, and says where each file ends.
    pub(super) fn sync(&mut self) -> io::Result<Positions> {
        let positions = self.flush()?;
        let always = [&self.episodes, &self.evaluations, &self.updates];
        for rows in always.into_iter().chain(&self.values).chain(&self.diagnostics) {
            rows.get_ref().sync_data()?;
        }
        Ok(positions)
    }
}

fn create(path: &Path, header: &str) -> io::Result<BufWriter<File>> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "{header}")?;
    Ok(file)
}

/// Opens a file that is there, cut off after `length` bytes.
fn reopen(path: &Path, length: u64) -> io::Result<BufWriter<File>> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let found = file.metadata()?.len();
    if found < length {
        let name = path.display();
        return Err(io::Error::other(format!("{name} has {found} bytes, but {length} were there at the checkpoint")));
    }
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length))?;
    Ok(BufWriter::new(file))
}

/// Hands the rows to the operating system, and says how many bytes the file has.
fn flush(file: &mut BufWriter<File>) -> io::Result<u64> {
    file.flush()?;
    file.get_mut().stream_position()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: OptionalFiles = OptionalFiles { values: true, diagnostics: true };

    #[test]
    fn rows_after_a_checkpoint_are_cut_off_when_the_files_are_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = RunFiles::open(folder.path(), None, ALL).unwrap();
        writeln!(files.episodes, "kept").unwrap();
        let positions = files.sync().unwrap();
        writeln!(files.episodes, "lost").unwrap();
        drop(files);
        let mut files = RunFiles::open(folder.path(), Some(positions), ALL).unwrap();
        writeln!(files.episodes, "new").unwrap();
        drop(files);
        let text = fs::read_to_string(folder.path().join("episodes.csv")).unwrap();
        assert_eq!(text, format!("{}\nkept\nnew\n", EpisodeRow::HEADER));
    }

    #[test]
    fn files_that_lost_rows_are_not_continued() {
        let folder = tempfile::tempdir().unwrap();
        let positions = RunFiles::open(folder.path(), None, ALL).unwrap().sync().unwrap();
        fs::write(folder.path().join("updates.csv"), "").unwrap();
        assert!(RunFiles::open(folder.path(), Some(positions), ALL).is_err());
    }

    #[test]
    fn a_file_that_lost_diagnostics_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = RunFiles::open(folder.path(), None, ALL).unwrap();
        let positions = files.sync().unwrap();
        assert_eq!(positions.missing_rows(folder.path()), None);
        fs::remove_file(folder.path().join(DIAGNOSTICS)).unwrap();
        let length = DiagnosticsRow::HEADER.len() + 1;
        let expected = format!("diagnostics.csv has 0 bytes, but {length} were there then");
        assert_eq!(positions.missing_rows(folder.path()), Some(expected));
        // Without diagnostics there is no such file.
        let mut files = RunFiles::open(folder.path(), None, OptionalFiles::default()).unwrap();
        assert_eq!(files.sync().unwrap().missing_rows(folder.path()), None);
        assert!(!folder.path().join(DIAGNOSTICS).exists());
    }
}
