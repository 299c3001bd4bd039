//! The files of a run: rows that are only ever appended to, checkpoints and the summary, in the run's folder.

use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::checkpoint::{PROGRAM, Snapshot};
use super::recorder::Recorder;
use super::tally::Tally;
use super::vec_env::VecEnv;
use crate::agents::Agent;
use crate::results::{
    EPISODES, EVALUATIONS, EpisodeRow, EvaluationSummary, Summary, UPDATES, UpdateRow, VALUES, ValueRow,
};
use crate::tensorboard::TensorBoard;

/// Records a run in its folder, and for TensorBoard beside it.
pub struct RunFiles {
    folder: PathBuf,
    episodes: RowFile,
    evaluations: RowFile,
    updates: RowFile,
    /// In environments that have an exact solution.
    values: Option<RowFile>,
    board: Option<TensorBoard>,
}

impl Recorder for RunFiles {
    fn episode(&mut self, row: &EpisodeRow) -> io::Result<()> {
        self.episodes.append(row)?;
        self.show(|board| board.episode(row));
        Ok(())
    }

    fn update(&mut self, row: &UpdateRow) -> io::Result<()> {
        self.updates.append(row)?;
        self.show(|board| board.update(row));
        Ok(())
    }

    fn value(&mut self, row: &ValueRow) -> io::Result<()> {
        self.values.as_mut().map_or(Ok(()), |values| values.append(row))?;
        self.show(|board| board.value(row));
        Ok(())
    }

    /// Flushes all files as well: evaluations are what a user waits for.
    fn evaluation(&mut self, rows: &[EpisodeRow]) -> io::Result<()> {
        rows.iter().try_for_each(|row| self.evaluations.append(row))?;
        self.show(|board| EvaluationSummary::of(rows).map_or(Ok(()), |evaluation| board.evaluation(&evaluation)));
        self.flush()?;
        Ok(())
    }

    fn checkpoint(&mut self, tally: &Tally, envs: &VecEnv, agent: &dyn Agent) -> io::Result<()> {
        let positions = self.sync()?;
        let (program, tally) = (PROGRAM.to_owned(), tally.clone());
        let snapshot = Snapshot { program, tally, envs: envs.save(), agent: agent.save(), positions };
        snapshot.write(&self.folder.join("checkpoint"))
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        self.sync()?;
        summary.write(&self.folder)
    }
}

impl RunFiles {
    /// New row files with their headers in `folder`, or, given positions, the files that are there, cut off at these.
    /// `with_values` says whether there is an exact solution.
    ///
    /// # Errors
    /// If a file cannot be made, or holds less than its position says.
    pub fn open(folder: &Path, positions: Option<Positions>, with_values: bool) -> io::Result<RunFiles> {
        let open = |name: &str, header: &str, position: Option<u64>| match position {
            Some(position) => RowFile::reopen(&folder.join(name), position),
            None => RowFile::create(&folder.join(name), header),
        };
        Ok(RunFiles {
            folder: folder.to_owned(),
            episodes: open(EPISODES, EpisodeRow::HEADER, positions.map(|p| p.episodes))?,
            evaluations: open(EVALUATIONS, EpisodeRow::HEADER, positions.map(|p| p.evaluations))?,
            updates: open(UPDATES, UpdateRow::HEADER, positions.map(|p| p.updates))?,
            values: with_values.then(|| open(VALUES, ValueRow::HEADER, positions.map(|p| p.values))).transpose()?,
            board: None,
        })
    }

    /// Writes the rows to come to `board` as well.
    pub fn show_on(&mut self, board: TensorBoard) {
        self.board = Some(board);
    }

    /// Writes to TensorBoard. A failure there ends no run: it is logged and switches TensorBoard off.
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
    fn sync(&mut self) -> io::Result<Positions> {
        let positions = self.flush()?;
        for rows in [&self.episodes, &self.evaluations, &self.updates].into_iter().chain(&self.values) {
            rows.writer.get_ref().sync_data()?;
        }
        Ok(positions)
    }
}

/// Bytes in each row file at one time. A run that goes on from a checkpoint cuts the files off at its positions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Positions {
    episodes: u64,
    evaluations: u64,
    updates: u64,
    values: u64,
}

impl Positions {
    /// The first file that has fewer bytes than at the checkpoint, if there is one, in words.
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
        let mut files = RunFiles::open(folder.path(), None, true).unwrap();
        files.episodes.append(&"kept").unwrap();
        let positions = files.sync().unwrap();
        files.episodes.append(&"lost").unwrap();
        drop(files);
        let mut files = RunFiles::open(folder.path(), Some(positions), true).unwrap();
        files.episodes.append(&"new").unwrap();
        drop(files);
        let text = fs::read_to_string(folder.path().join("episodes.csv")).unwrap();
        assert_eq!(text, format!("{}\nkept\nnew\n", EpisodeRow::HEADER));
    }

    #[test]
    fn files_that_lost_rows_are_not_continued() {
        let folder = tempfile::tempdir().unwrap();
        let positions = RunFiles::open(folder.path(), None, true).unwrap().sync().unwrap();
        fs::write(folder.path().join("updates.csv"), "").unwrap();
        assert!(RunFiles::open(folder.path(), Some(positions), true).is_err());
    }
}
