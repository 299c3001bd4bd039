//! A result file as columns of numbers, whatever has become of it.

use std::fs;
use std::path::Path;

/// Rows of the columns asked for, and what was wrong with the file.
#[derive(Debug, Default, PartialEq)]
pub struct Columns<const N: usize> {
    /// One row per line that could be read; an empty field is `None`.
    pub rows: Vec<[Option<f64>; N]>,
    /// What a reader should know, in words that begin with the file's name.
    pub problems: Vec<String>,
    /// Whether the last line has no end: a row that was being written.
    pub cut_off: bool,
}

/// Reads the columns `wanted` of a file whose columns are those of `header`. Only the first `required` of them must be there: the
/// others are empty where an older version did not write them.
///
/// A file that is damaged gives what is left of it: lines that cannot be read are left out and told of. A last line without its
/// end is left out as well. Columns may stand in any order.
pub fn read_columns<const N: usize>(path: &Path, header: &str, wanted: [&str; N], required: usize) -> Columns<N> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let problem = |what: String| Columns { problems: vec![format!("{name} {what}")], ..Columns::default() };
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return problem("is missing".to_owned()),
        Err(error) => return problem(format!("cannot be read: {error}")),
    };
    let text = String::from_utf8_lossy(&bytes);
    let Some((first, body)) = text.split_once('\n') else {
        return problem("has no header".to_owned());
    };
    let found: Vec<&str> = first.trim_end_matches('\r').split(',').collect();
    let places = wanted.map(|name| found.iter().position(|column| *column == name));
    if places.iter().take(required).any(Option::is_none) {
        return problem(format!("has the header {:?} where {header:?} belongs", shortened(first)));
    }
    let mut columns = Columns::default();
    if let Some(unknown) = found.iter().find(|column| !header.split(',').any(|known| known == **column)) {
        columns.problems.push(format!("{name} has the unknown column {:?}, which is left out", shortened(unknown)));
    }
    let mut unreadable = Unreadable::default();
    let whole = body.rfind('\n').map_or(0, |end| end + 1);
    columns.cut_off = whole < body.len();
    for (index, line) in body[..whole].lines().enumerate() {
        match row(line, found.len(), places) {
            Ok(row) => columns.rows.push(row),
            Err(why) => unreadable.add(index + 2, why),
        }
    }
    columns.problems.extend(unreadable.told(&name));
    columns
}

/// The first text in a column of a file; nothing where there is no such file, column or text.
pub fn first_text(path: &Path, column: &str) -> Option<String> {
    let bytes = fs::read(path).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let (first, body) = text.split_once('\n')?;
    let place = first.trim_end_matches('\r').split(',').position(|found| found == column)?;
    let mut fields = body.lines().filter_map(|line| line.split(',').nth(place)).filter(|field| !field.is_empty());
    fields.next().map(shortened)
}

fn row<const N: usize>(line: &str, columns: usize, places: [Option<usize>; N]) -> Result<[Option<f64>; N], String> {
    let fields: Vec<&str> = line.split(',').collect();
    if fields.len() != columns {
        return Err(format!("it has {} fields, not {columns}", fields.len()));
    }
    let mut values = [None; N];
    for (value, place) in values.iter_mut().zip(places) {
        let field = place.map_or("", |place| fields[place]);
        if !field.is_empty() {
            *value = Some(field.parse().map_err(|_| format!("{:?} is no number", shortened(field)))?);
        }
    }
    Ok(values)
}

/// Enough of a text to know it by.
fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

/// The lines that could not be read: how many, and what was wrong with the first.
#[derive(Default)]
struct Unreadable {
    count: usize,
    first: Option<(usize, String)>,
}

impl Unreadable {
    fn add(&mut self, line: usize, why: String) {
        self.count += 1;
        self.first.get_or_insert((line, why));
    }

    fn told(self, name: &str) -> Option<String> {
        let (line, why) = self.first?;
        let more = match self.count {
            1 => String::new(),
            count => format!(" (and {} lines more that are wrong)", count - 1),
        };
        Some(format!("{name}, line {line}, is left out: {why}{more}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &[u8]) -> Columns<2> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        fs::write(&path, content).unwrap();
        read_columns(&path, "step,loss,return", ["step", "return"], 2)
    }

    #[test]
    fn columns_are_found_by_name_and_empty_fields_are_none() {
        let columns = read(b"return,step,loss\n1.5,10,\n,20,3\n");
        assert_eq!(columns.rows, [[Some(10.0), Some(1.5)], [Some(20.0), None]]);
        assert!(columns.problems.is_empty());
    }

    #[test]
    fn a_damaged_file_gives_the_rest_and_says_what_is_missing() {
        let columns = read(b"step,loss,return\n1,2,3\n1,2\nx,2,3\n4,5,6\n7,8,9");
        assert_eq!(columns.rows, [[Some(1.0), Some(3.0)], [Some(4.0), Some(6.0)]]);
        let told = "rows.csv, line 3, is left out: it has 2 fields, not 3 (and 1 lines more that are wrong)";
        assert_eq!((columns.problems, columns.cut_off), (vec![told.to_owned()], true));
    }

    #[test]
    fn what_is_no_such_file_is_told() {
        assert_eq!(read(b"").problems, ["rows.csv has no header"]);
        assert!(read(b"step,loss\n1,2\n").problems[0].contains("where \"step,loss,return\" belongs"));
        assert_eq!(
            read(b"step,loss,return,x\n").problems,
            ["rows.csv has the unknown column \"x\", which is left out"]
        );
        assert!(read(b"\xff\xfe\n\x00").rows.is_empty());
        let missing = read_columns(Path::new("no/such/file.csv"), "a", ["a"], 1);
        assert_eq!(missing.problems, ["file.csv is missing"]);
    }

    #[test]
    fn columns_that_an_older_version_lacks_are_empty_and_texts_are_found_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("values.csv");
        fs::write(&path, "step,truth\n1,\n2,q_pi\n").unwrap();
        let columns = read_columns(&path, "step,error,truth", ["step", "error"], 1);
        assert_eq!(columns.rows, [[Some(1.0), None], [Some(2.0), None]]);
        assert_eq!(first_text(&path, "truth").as_deref(), Some("q_pi"));
        assert_eq!((first_text(&path, "error"), first_text(Path::new("no/file.csv"), "truth")), (None, None));
    }
}
