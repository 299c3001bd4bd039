//! A row file that grows: what was appended is read, and nothing twice.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::SystemTime;

use crate::results::RowFile;

/// The most bytes that are read at a time.
const CHUNK: u64 = 1 << 20;
/// Bytes before the place of reading by which the file is recognised.
const MARK: usize = 128;

/// The reader of one file.
pub struct Tail<R> {
    path: PathBuf,
    /// Makes rows of the file's name and a text with a header.
    parse: fn(&str, &str) -> RowFile<R>,
    /// Length and time of the last change when all was read.
    read_up: Option<(u64, SystemTime)>,
    /// The first line of the file.
    header: Option<String>,
    /// Bytes of the lines that were read.
    offset: u64,
    /// The last of these bytes.
    mark: Vec<u8>,
    modified: Option<SystemTime>,
    behind: bool,
    problem: Option<String>,
}

/// What a look at a file found.
#[derive(Debug, PartialEq)]
pub struct Appended<R> {
    /// Whether the file was replaced, cut off or removed: all earlier rows are void.
    pub restarted: bool,
    /// The new rows.
    pub rows: Vec<R>,
}

impl<R> Tail<R> {
    /// Of the file at `path`, which need not be there yet.
    pub fn new(path: PathBuf, parse: fn(&str, &str) -> RowFile<R>) -> Tail<R> {
        Tail {
            path,
            parse,
            read_up: None,
            header: None,
            offset: 0,
            mark: Vec::new(),
            modified: None,
            behind: false,
            problem: None,
        }
    }

    /// When the file was last changed; `None` where there is none.
    pub fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// What is wrong with the file, if anything: it cannot be read, or some of its lines.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Whether the file has more that was not read, because one look reads a limited number of bytes.
    pub fn is_behind(&self) -> bool {
        self.behind
    }

    /// Reads the lines that were appended. A line without an end is left for later. `None` where nothing changed.
    pub fn look(&mut self) -> Option<Appended<R>> {
        match self.read() {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let was_there = self.modified.is_some();
                *self = Tail::new(std::mem::take(&mut self.path), self.parse);
                was_there.then_some(Appended { restarted: true, rows: Vec::new() })
            }
            Err(error) => {
                self.problem = Some(format!("{} cannot be read: {error}", self.name()));
                self.behind = false;
                None
            }
        }
    }

    fn read(&mut self) -> io::Result<Option<Appended<R>>> {
        let metadata = fs::metadata(&self.path)?;
        let now = (metadata.len(), metadata.modified()?);
        self.modified = Some(now.1);
        if self.read_up == Some(now) {
            return Ok(None);
        }
        let mut file = File::open(&self.path)?;
        let restarted = !self.is_continued(&mut file)?;
        if restarted {
            *self = Tail { modified: self.modified, ..Tail::new(std::mem::take(&mut self.path), self.parse) };
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        let got = file.take(CHUNK).read_to_end(&mut bytes)? as u64;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        // No line of a result file is as long as this.
        let endless = whole == 0 && got == CHUNK;
        let taken = if endless { bytes.len() } else { whole };
        self.behind = got == CHUNK;
        self.read_up = (!self.behind).then_some(now);
        self.offset += taken as u64;
        self.mark = bytes[taken.saturating_sub(MARK)..taken].to_vec();
        let rows = if endless { Vec::new() } else { self.rows(&bytes[..whole]) };
        Ok((restarted || !rows.is_empty()).then_some(Appended { restarted, rows }))
    }

    /// Whether the lines that were read still stand in the file.
    fn is_continued(&self, file: &mut File) -> io::Result<bool> {
        let mut found = vec![0; self.mark.len()];
        file.seek(SeekFrom::Start(self.offset - self.mark.len() as u64))?;
        match file.read_exact(&mut found) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            read => read.map(|()| found == self.mark),
        }
    }

    /// The rows of whole lines.
    fn rows(&mut self, lines: &[u8]) -> Vec<R> {
        let text = String::from_utf8_lossy(lines);
        let body = match (&self.header, text.split_once('\n')) {
            (Some(_), _) => &text,
            (None, Some((first, body))) => {
                self.header = Some(first.to_owned());
                body
            }
            (None, None) => return Vec::new(),
        };
        let with_header = format!("{}\n{body}", self.header.as_deref().unwrap_or_default());
        let file = (self.parse)(&self.name(), &with_header);
        if file.damaged && self.problem.is_none() {
            self.problem = Some(format!("{} has lines that cannot be read", self.name()));
        }
        file.rows
    }

    fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write;

    use super::*;
    use crate::results::EpisodeRow;

    struct Rows {
        folder: tempfile::TempDir,
        tail: Tail<EpisodeRow>,
    }

    impl Rows {
        fn new() -> Rows {
            let folder = tempfile::tempdir().unwrap();
            let tail = Tail::new(folder.path().join("episodes.csv"), EpisodeRow::parse);
            Rows { folder, tail }
        }

        fn append(&self, text: &str) {
            let path = self.folder.path().join("episodes.csv");
            let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }

        fn replace(&self, text: &str) {
            fs::remove_file(self.folder.path().join("episodes.csv")).unwrap();
            self.append(text);
        }

        /// Whether the file began anew, and the returns of the new rows.
        fn look(&mut self) -> Option<(bool, Vec<f64>)> {
            let found = self.tail.look()?;
            Some((found.restarted, found.rows.iter().map(|row| row.total).collect()))
        }
    }

    const HEADER: &str = "step,episode,return,length,ending\n";

    #[test]
    fn what_is_appended_is_read_once_and_half_a_line_when_it_is_whole() {
        let mut rows = Rows::new();
        assert_eq!(rows.look(), None);
        rows.append("step,epis");
        assert_eq!(rows.look(), None);
        rows.append("ode,return,length,ending\n5,1,5,5,terminated\n9,2,4,4,term");
        assert_eq!(rows.look(), Some((false, vec![5.0])));
        assert_eq!(rows.look(), None);
        rows.append("inated\n12,3,3,3,truncated\n");
        assert_eq!(rows.look(), Some((false, vec![4.0, 3.0])));
        assert_eq!((rows.look(), rows.tail.problem()), (None, None));
    }

    #[test]
    fn a_file_that_is_cut_off_or_replaced_is_read_anew() {
        let mut rows = Rows::new();
        rows.append(&format!("{HEADER}5,1,5,5,terminated\n9,2,4,4,terminated\n"));
        rows.look();
        rows.replace(&format!("{HEADER}5,1,5,5,terminated\n"));
        assert_eq!(rows.look(), Some((true, vec![5.0])));
        // Longer than before, and another one.
        rows.replace(&format!("{HEADER}5,1,1,5,terminated\n9,2,2,4,terminated\n12,3,3,3,terminated\n"));
        assert_eq!(rows.look(), Some((true, vec![1.0, 2.0, 3.0])));
        fs::remove_file(rows.folder.path().join("episodes.csv")).unwrap();
        assert_eq!(rows.look(), Some((true, vec![])));
        assert_eq!((rows.look(), rows.tail.modified()), (None, None));
        rows.append(&format!("{HEADER}5,1,7,5,terminated\n"));
        assert_eq!(rows.look(), Some((false, vec![7.0])));
    }

    /// As a run that is resumed does: rows after the checkpoint are cut off and written again.
    #[test]
    fn a_file_that_is_cut_off_and_grows_again_between_two_looks_goes_on() {
        let mut rows = Rows::new();
        rows.append(&format!("{HEADER}5,1,5,5,terminated\n9,2,4,4,terminated\n"));
        rows.look();
        rows.replace(&format!("{HEADER}5,1,5,5,terminated\n9,2,4,4,terminated\n12,3,3,3,terminated\n"));
        assert_eq!(rows.look(), Some((false, vec![3.0])));
    }

    #[test]
    fn damaged_lines_are_left_out_and_named() {
        let mut rows = Rows::new();
        rows.append(&format!("{HEADER}5,1,5,5,terminated\nfive\n9,2,4,4,terminated\n"));
        assert_eq!(rows.look(), Some((false, vec![5.0, 4.0])));
        assert_eq!(rows.tail.problem(), Some("episodes.csv has lines that cannot be read"));
        rows.replace("another,header\n1,2\n");
        assert_eq!(rows.look(), Some((true, vec![])));
        assert!(rows.tail.problem().is_some());
    }

    #[test]
    fn a_long_file_is_read_in_pieces() {
        let mut rows = Rows::new();
        let lines: String = (1..=60_000).map(|n| format!("{n},{n},{n},1,terminated\n")).collect();
        rows.append(&format!("{HEADER}{lines}"));
        let mut returns = Vec::new();
        let mut looks = 0;
        while let Some((restarted, more)) = rows.look() {
            assert!(!restarted);
            returns.extend(more);
            looks += 1;
        }
        assert!(looks > 1 && !rows.tail.is_behind());
        assert!(returns.iter().copied().eq((1..=60_000).map(f64::from)));
    }
}
