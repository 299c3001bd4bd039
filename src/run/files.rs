//! The row files of one run, which are only ever appended to.

use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::results::{EPISODES, EVALUATIONS, EpisodeRow, EvaluationSummary, UPDATES, UpdateRow, VALUES, ValueRow};
use crate::tensorboard::TensorBoard;

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
            (EPISODES, self.episodes),
            (EVALUATIONS, self.evaluations),
            (UPDATES, self.updates),
            (VALUES, self.values),
        ];
        files.into_iter().find_map(|(name, expected)| {
            let found = fs::metadata(folder.join(name)).map_or(0, |file| file.len());
            (found < expected).then(|| format!("{name} has {found} bytes, but {expected} were there then"))
        })
    }
}

/// The row files of one run, and its live view where somebody asked for one.
pub struct RowFiles {
    episodes: RowFile,
    evaluations: RowFile,
    updates: RowFile,
    /// In environments that have an exact solution.
    values: Option<RowFile>,
    board: Option<TensorBoard>,
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
            episodes: open(EPISODES, EpisodeRow::HEADER, positions.map(|p| p.episodes))?,
            evaluations: open(EVALUATIONS, EpisodeRow::HEADER, positions.map(|p| p.evaluations))?,
            updates: open(UPDATES, UpdateRow::HEADER, positions.map(|p| p.updates))?,
            values: with_values.then(|| open(VALUES, ValueRow::HEADER, positions.map(|p| p.values))).transpose()?,
            board: None,
        })
    }

    /// Shows the rows to come on `board` as well.
    pub fn show_on(&mut self, board: TensorBoard) {
        self.board = Some(board);
    }

    /// Appends a finished training episode.
    ///
    /// # Errors
    /// Here and below: if a file cannot be written.
    pub fn episode(&mut self, row: &EpisodeRow) -> io::Result<()> {
        self.episodes.append(row)?;
        self.show(|board| board.episode(row));
        Ok(())
    }

    /// Appends the episodes of an evaluation, whose statistics are `evaluated`.
    pub fn evaluation(&mut self, rows: &[EpisodeRow], evaluated: Option<&EvaluationSummary>) -> io::Result<()> {
        rows.iter().try_for_each(|row| self.evaluations.append(row))?;
        self.show(|board| evaluated.map_or(Ok(()), |evaluated| board.evaluation(evaluated)));
        Ok(())
    }

    /// Appends a round of learning.
    pub fn update(&mut self, row: &UpdateRow) -> io::Result<()> {
        self.updates.append(row)?;
        self.show(|board| board.update(row));
        Ok(())
    }

    /// Appends a distance from the exact solution.
    pub fn value(&mut self, row: &ValueRow) -> io::Result<()> {
        self.values.as_mut().map_or(Ok(()), |values| values.append(row))?;
        self.show(|board| board.value(row));
        Ok(())
    }

    /// Shows something to onlookers. That they cannot look on any more is no reason to end a run.
    fn show(&mut self, what: impl FnOnce(&mut TensorBoard) -> io::Result<()>) {
        if let Some(Err(error)) = self.board.as_mut().map(what) {
            tracing::warn!("the event file for TensorBoard cannot be written any more: {error}");
            self.board = None;
        }
    }

    /// Hands everything written so far to the operating system, and says where each file ends.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn flush(&mut self) -> io::Result<Positions> {
        self.show(TensorBoard::flush);
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
struct RowFile {
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
    fn append(&mut self, row: &dyn Display) -> io::Result<()> {
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
