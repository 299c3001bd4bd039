//! Reading the CSV files of a run, damaged ones too.

use std::fs;
use std::io;
use std::path::Path;

/// The rows of a CSV file, and what is wrong with it.
#[derive(Debug, PartialEq)]
pub struct RowFile<R> {
    /// The file's name, without its folder.
    pub name: String,
    /// The rows, in their order, without the lines that cannot be read.
    pub rows: Vec<R>,
    /// What is wrong with the file. Each message begins with the file's name.
    pub problems: Vec<String>,
    /// Whether rows are lost: the file cannot be read, or some of its lines.
    pub damaged: bool,
    /// Whether the last line has no line end, as in a file that is being written. That line is not among the rows.
    pub cut_off: bool,
}

impl<R> RowFile<R> {
    /// Reads a file. `parse` makes its rows of its name and its text.
    pub(super) fn read(path: &Path, parse: impl Fn(&str, &str) -> RowFile<R>) -> RowFile<R> {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        match fs::read(path) {
            Ok(bytes) => parse(&name, &String::from_utf8_lossy(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => RowFile::unreadable(&name, "is missing"),
            Err(error) => RowFile::unreadable(&name, &format!("cannot be read: {error}")),
        }
    }

    /// The rows of the text of the file `name`. Its columns are those of `header`, in any order. The `optional` ones may be
    /// missing: older versions did not write them. `row` makes a row of the fields of a line.
    pub(super) fn parse(
        name: &str,
        text: &str,
        header: &str,
        optional: &[&str],
        row: impl Fn(&Fields) -> Result<R, String>,
    ) -> RowFile<R> {
        let Some((first, body)) = text.split_once('\n') else {
            return RowFile::unreadable(name, "has no header");
        };
        let columns: Vec<&str> = first.trim_end_matches('\r').split(',').collect();
        if header.split(',').any(|known| !columns.contains(&known) && !optional.contains(&known)) {
            return RowFile::unreadable(name, &format!("has the header {:?}, not {header:?}", shortened(first)));
        }
        let (mut rows, mut problems) = (Vec::new(), Vec::new());
        if let Some(unknown) = columns.iter().find(|column| !header.split(',').any(|known| known == **column)) {
            problems.push(format!("{name} has the unknown column {:?}, which is ignored", shortened(unknown)));
        }
        let whole = body.rfind('\n').map_or(0, |end| end + 1);
        let mut lost = UnreadableLines::default();
        for (index, line) in body[..whole].lines().enumerate() {
            match Fields::of(line, &columns).and_then(|fields| row(&fields)) {
                Ok(row) => rows.push(row),
                Err(why) => lost.add(index + 2, why),
            }
        }
        let damaged = lost.count > 0;
        problems.extend(lost.message(name));
        RowFile { name: name.to_owned(), rows, problems, damaged, cut_off: whole < body.len() }
    }

    fn unreadable(name: &str, why: &str) -> RowFile<R> {
        let problems = vec![format!("{name} {why}")];
        RowFile { name: name.to_owned(), rows: Vec::new(), problems, damaged: true, cut_off: false }
    }

    /// The rows, if none is lost.
    ///
    /// # Errors
    /// If the file is damaged or cut off; the message names it.
    pub fn undamaged(self) -> io::Result<Vec<R>> {
        match (self.damaged, self.cut_off) {
            (true, _) => Err(io::Error::other(self.problems.join("; "))),
            (false, true) => Err(io::Error::other(format!("{} ends within a line", self.name))),
            (false, false) => Ok(self.rows),
        }
    }
}

/// The fields of a line by the names of their columns.
pub(super) struct Fields<'a> {
    columns: &'a [&'a str],
    texts: Vec<&'a str>,
}

impl<'a> Fields<'a> {
    fn of(line: &'a str, columns: &'a [&'a str]) -> Result<Fields<'a>, String> {
        let texts: Vec<&str> = line.split(',').collect();
        if texts.len() == columns.len() {
            Ok(Fields { columns, texts })
        } else {
            Err(format!("it has {} fields, not {}", texts.len(), columns.len()))
        }
    }

    /// The text of a field; empty where the file lacks the column.
    pub fn text(&self, column: &str) -> &'a str {
        self.columns.iter().position(|name| *name == column).map_or("", |index| self.texts[index])
    }

    /// A whole number.
    pub fn integer(&self, column: &str) -> Result<u64, String> {
        self.text(column).parse().map_err(|_| self.invalid(column, "a whole number"))
    }

    /// A number; NaN and infinities are numbers too.
    pub fn number(&self, column: &str) -> Result<f64, String> {
        self.text(column).parse().map_err(|_| self.invalid(column, "a number"))
    }

    /// A number; `None` where the field is empty or the file lacks the column.
    pub fn optional_number(&self, column: &str) -> Result<Option<f64>, String> {
        if self.text(column).is_empty() { Ok(None) } else { self.number(column).map(Some) }
    }

    /// What is wrong with a field that should have held `expected`.
    pub fn invalid(&self, column: &str, expected: &str) -> String {
        format!("`{column}` is {:?}, not {expected}", shortened(self.text(column)))
    }
}

/// The beginning of a text that may be long.
fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

/// The lines that could not be read: how many, and the first of them with its number.
#[derive(Default)]
struct UnreadableLines {
    count: usize,
    first: Option<(usize, String)>,
}

impl UnreadableLines {
    fn add(&mut self, line: usize, why: String) {
        self.count += 1;
        self.first.get_or_insert((line, why));
    }

    fn message(self, name: &str) -> Option<String> {
        let (line, why) = self.first?;
        let others = match self.count {
            1 => String::new(),
            2 => " (and 1 other line)".to_owned(),
            count => format!(" (and {} other lines)", count - 1),
        };
        Some(format!("{name}, line {line}, is left out: {why}{others}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The columns `step` and `return` of a file.
    fn read(content: &[u8]) -> RowFile<(u64, Option<f64>)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        fs::write(&path, content).unwrap();
        read_at(&path)
    }

    fn read_at(path: &Path) -> RowFile<(u64, Option<f64>)> {
        RowFile::read(path, |name, text| {
            RowFile::parse(name, text, "step,loss,return,regret", &["return", "regret"], |fields| {
                Ok((fields.integer("step")?, fields.optional_number("return")?))
            })
        })
    }

    #[test]
    fn columns_are_found_by_name_and_empty_or_missing_fields_are_none() {
        let file = read(b"return,step,loss\n1.5,10,\n,20,3\n");
        assert_eq!(file.rows, [(10, Some(1.5)), (20, None)]);
        assert!(file.problems.is_empty() && !file.damaged && !file.cut_off);
        assert_eq!(read(b"step,loss\n1,2\n").rows, [(1, None)]);
    }

    #[test]
    fn a_damaged_file_gives_the_rest_and_says_what_is_missing() {
        let file = read(b"step,loss,return\n1,2,3\n1,2\nx,2,3\n4,5,6\n7,8,9");
        assert_eq!(file.rows, [(1, Some(3.0)), (4, Some(6.0))]);
        assert_eq!(file.problems, ["rows.csv, line 3, is left out: it has 2 fields, not 3 (and 1 other line)"]);
        assert!(file.damaged && file.cut_off);
        let error = file.undamaged().unwrap_err().to_string();
        assert!(error.starts_with("rows.csv, line 3"), "{error}");
        let file = read(b"step,loss,return\n1,2,a\n");
        assert_eq!(file.problems, ["rows.csv, line 2, is left out: `return` is \"a\", not a number"]);
        let cut_off = read(b"step,loss,return\n1,2,3\n4,5").undamaged();
        assert_eq!(cut_off.unwrap_err().to_string(), "rows.csv ends within a line");
        assert_eq!(read(b"step,loss\n1,2\n").undamaged().unwrap(), [(1, None)]);
    }

    #[test]
    fn another_file_than_expected_is_refused() {
        assert_eq!(read(b"").problems, ["rows.csv has no header"]);
        let other = read(b"step,reward\n1,2\n");
        assert!(other.problems[0].contains("\"step,reward\", not \"step,loss,return,regret\"") && other.damaged);
        let newer = read(b"step,loss,return,x\n");
        assert_eq!(newer.problems, ["rows.csv has the unknown column \"x\", which is ignored"]);
        assert!(!newer.damaged);
        assert!(read(b"\xff\xfe\n\x00").rows.is_empty());
        assert_eq!(read_at(Path::new("no/such/file.csv")).problems, ["file.csv is missing"]);
    }
}
