//! Tables for a terminal.

/// The alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// Between two columns.
const GAP: &str = "  ";

/// A table: a header, a line and the rows, in aligned columns. Every row has as many cells as the header. A title may have several
/// lines.
pub fn text_table(header: &[(&str, Alignment)], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain(header[column].0.lines().map(|line| line.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match header[column].1 {
            Alignment::Left => format!("{cell:<width$}"),
            Alignment::Right => format!("{cell:>width$}"),
        });
        padded.collect::<Vec<_>>().join(GAP).trim_end().to_owned() + "\n"
    };
    let lines = header.iter().map(|(title, _)| title.lines().count()).max().unwrap_or(0).max(1);
    let head_line =
        |index: usize| line(header.iter().map(|(title, _)| title.lines().nth(index).unwrap_or("")).collect());
    let head: String = (0..lines).map(head_line).collect();
    let longest = head.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let body = rows.iter().map(|row| line(row.iter().map(String::as_str).collect()));
    head + &"─".repeat(longest) + "\n" + &body.collect::<String>()
}

/// A table whose rows have their names above them, for names that are too long for a column. `table` has the rows without their
/// names; `title` is the title of the names. The table's lines are indented.
pub fn under_names(title: &str, names: &[String], table: &str, indent: &str) -> String {
    let lines: Vec<String> = table.lines().map(|line| format!("{indent}{line}\n")).collect();
    let (head, rows) = lines.split_at(lines.len() - names.len());
    let named: String = names.iter().zip(rows).map(|(name, row)| format!("{name}\n{row}")).collect();
    format!("{title}\n{}{named}", head.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = vec![vec!["long name".to_owned(), "1".to_owned()], vec!["x".to_owned(), "100".to_owned()]];
        let table = text_table(&[("name", Alignment::Left), ("n", Alignment::Right)], &rows);
        assert_eq!(table, "name         n\n──────────────\nlong name    1\nx          100\n");
    }

    #[test]
    fn a_title_may_have_two_lines() {
        let table = text_table(
            &[("name", Alignment::Left), ("steps\nto 1", Alignment::Right)],
            &[vec!["x".to_owned(), "7".to_owned()]],
        );
        assert_eq!(table, "name  steps\n       to 1\n───────────\nx         7\n");
    }
}
