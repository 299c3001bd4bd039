//! Tables for a terminal.

/// How a column is set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Alignment {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows under a header, columns aligned, two spaces between them. Every row has as many cells as the header.
pub fn aligned(header: &[(&str, Alignment)], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([header[column].0.chars().count()]).max().unwrap_or(0)
    };
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().enumerate().map(|(column, cell)| match header[column].1 {
            Alignment::Left => format!("{cell:<width$}", width = width(column)),
            Alignment::Right => format!("{cell:>width$}", width = width(column)),
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let head = line(header.iter().map(|(title, _)| *title).collect());
    let rule = "─".repeat(head.chars().count() - 1) + "\n";
    let body = rows.iter().map(|row| line(row.iter().map(String::as_str).collect()));
    head + &rule + &body.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = vec![vec!["long name".to_owned(), "1".to_owned()], vec!["x".to_owned(), "100".to_owned()]];
        let table = aligned(&[("name", Alignment::Left), ("n", Alignment::Right)], &rows);
        assert_eq!(table, "name         n\n──────────────\nlong name    1\nx          100\n");
    }
}
