//! The row files of a run, opened at the positions of a checkpoint and cut off at the end of the run.
//!
//! A run writes the same bytes at the same places whenever it is made, so two processes that make it at the same time do no harm:
//! each overwrites what is there with the same. For that, neither may cut off a file that the other still writes to, since the
//! other's next rows would leave a hole before them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files::RunFiles;
use crate::results::{
    DIAGNOSTICS, DiagnosticsRow, EPISODES, EVALUATIONS, EpisodeRow, UPDATES, UpdateRow, VALUES, ValueRow,
};
use crate::tensorboard::TensorBoard;

/// Bytes in each row file at one time. A run that goes on from a checkpoint writes its rows from there.
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
    /// Row files with their headers in `folder`, to be written from their beginning or, given positions, from these.
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

    /// Ends the files where this run ends: what an earlier attempt wrote beyond that is cut off. Then all rows are there.
    ///
    /// # Errors
    /// If a file cannot be written or read, or has a hole because another process cut it off.
    pub(super) fn complete(&mut self) -> io::Result<()> {
        self.sync()?;
        let always = [&mut self.episodes, &mut self.evaluations, &mut self.updates];
        for rows in always.into_iter().chain(&mut self.values).chain(&mut self.diagnostics) {
            let length = rows.stream_position()?;
            let file = rows.get_mut();
            file.set_len(length)?;
            file.sync_data()?;
            check_has_no_hole(file)?;
        }
        Ok(())
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

/// Cuts the row files in a run's folder off at these positions, or at their beginning where there are none. No other process may work
/// there: if one does after all, it finds the hole in its files at its end. So they are cut off and not deleted.
///
/// # Errors
/// If a file cannot be cut off.
pub fn cut(folder: &Path, positions: Option<Positions>) -> io::Result<()> {
    let length = |of: fn(&Positions) -> u64| positions.as_ref().map(of);
    let files = [
        (EPISODES, length(|at| at.episodes)),
        (EVALUATIONS, length(|at| at.evaluations)),
        (UPDATES, length(|at| at.updates)),
        (VALUES, length(|at| at.values)),
        (DIAGNOSTICS, length(|at| at.diagnostics.unwrap_or(0))),
    ];
    for (path, length) in files.map(|(name, length)| (folder.join(name), length)) {
        match length {
            _ if !path.exists() => {}
            length => OpenOptions::new().write(true).open(path)?.set_len(length.unwrap_or(0))?,
        }
    }
    Ok(())
}

fn create(path: &Path, header: &str) -> io::Result<BufWriter<File>> {
    let mut file = BufWriter::new(open(path)?);
    writeln!(file, "{header}")?;
    Ok(file)
}

/// Opens a file that is there, to be written from `position`.
fn reopen(path: &Path, position: u64) -> io::Result<BufWriter<File>> {
    let mut file = open(path)?;
    let found = file.metadata()?.len();
    if found < position {
        let name = path.display();
        return Err(io::Error::other(format!("{name} has {found} bytes, but {position} were there at the checkpoint")));
    }
    file.seek(SeekFrom::Start(position))?;
    Ok(BufWriter::new(file))
}

/// Opens a file to be read and written, with what it has.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)
}

/// Refuses a file with zero bytes, which no row has: the file system shows a hole as such.
fn check_has_no_hole(file: &mut File) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    if bytes.contains(&0) {
        return Err(io::Error::other(
            "rows are missing, because another process worked at this run: --resume makes them",
        ));
    }
    Ok(())
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
    fn rows_after_a_checkpoint_are_overwritten_and_cut_off_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = RunFiles::open(folder.path(), None, ALL).unwrap();
        writeln!(files.episodes, "kept").unwrap();
        let positions = files.sync().unwrap();
        writeln!(files.episodes, "lost, and longer").unwrap();
        drop(files);
        let text = || fs::read_to_string(folder.path().join("episodes.csv")).unwrap();
        let header = EpisodeRow::HEADER;
        let mut files = RunFiles::open(folder.path(), Some(positions), ALL).unwrap();
        writeln!(files.episodes, "new").unwrap();
        files.sync().unwrap();
        assert_eq!(text(), format!("{header}\nkept\nnew\n, and longer\n"));
        files.complete().unwrap();
        assert_eq!(text(), format!("{header}\nkept\nnew\n"));
        cut(folder.path(), Some(positions)).unwrap();
        assert_eq!(text(), format!("{header}\nkept\n"));
        cut(folder.path(), None).unwrap();
        assert_eq!(text(), "");
    }

    #[test]
    fn two_that_write_the_same_rows_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let open = || RunFiles::open(folder.path(), None, ALL).unwrap();
        let (mut one, mut two) = (open(), open());
        for row in 0..2_000 {
            writeln!(one.episodes, "{row}").unwrap();
        }
        one.complete().unwrap();
        let expected = fs::read(folder.path().join("episodes.csv")).unwrap();
        for row in 0..2_000 {
            writeln!(two.episodes, "{row}").unwrap();
            two.flush().unwrap();
            assert!(fs::read(folder.path().join("episodes.csv")).unwrap() == expected);
        }
        two.complete().unwrap();
        assert!(fs::read(folder.path().join("episodes.csv")).unwrap() == expected);
    }

    #[test]
    fn a_file_with_a_hole_is_not_complete() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = RunFiles::open(folder.path(), None, ALL).unwrap();
        writeln!(files.updates, "a row").unwrap();
        files.sync().unwrap();
        fs::write(folder.path().join("updates.csv"), "").unwrap(); // as when another process cuts it off
        writeln!(files.updates, "a row").unwrap();
        assert!(files.complete().unwrap_err().to_string().starts_with("rows are missing"));
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
