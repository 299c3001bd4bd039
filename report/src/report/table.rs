//! A table that fits a terminal of any width.

use crate::text::{Alignment, text_table, under_names, wrapped};

/// Columns, and a row of cells for each variant. Columns without any figure are left out.
pub struct Table {
    /// The columns; the first one has names.
    pub columns: Vec<Column>,
    /// The variants' indices and cells.
    pub rows: Vec<(usize, Vec<String>)>,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// The title. A line break is used in narrow tables; in wide ones it is a space.
    title: &'static str,
    /// The end of the title, a threshold for example.
    suffix: String,
    alignment: Alignment,
    /// Columns of a higher rank are left out first where the table is too wide. Columns of rank 0 always stay.
    rank: u8,
}

impl Column {
    /// A column of names.
    pub fn names(title: &'static str) -> Column {
        Column { title, suffix: String::new(), alignment: Alignment::Left, rank: 0 }
    }

    /// A column of numbers.
    pub fn numbers(title: &'static str, rank: u8) -> Column {
        Column { title, suffix: String::new(), alignment: Alignment::Right, rank }
    }

    /// The same with an end of its title.
    pub fn ending_with(self, suffix: &str) -> Column {
        Column { suffix: suffix.to_owned(), ..self }
    }

    /// The title in one line.
    pub fn title(&self) -> String {
        self.title_lines().replace('\n', " ")
    }

    fn title_lines(&self) -> String {
        format!("{}{}", self.title, self.suffix)
    }
}

/// A cell without a figure.
pub const NONE: &str = "–";

impl Table {
    /// The same without the columns that have no figure.
    pub fn without_empty_columns(self) -> Table {
        let filled = |column: usize| self.rows.iter().any(|(_, cells)| cells[column] != NONE);
        let shown: Vec<usize> = (0..self.columns.len()).filter(|&column| filled(column)).collect();
        self.only(&shown)
    }

    fn only(&self, shown: &[usize]) -> Table {
        let of_row = |(variant, cells): &(usize, Vec<String>)| {
            (*variant, shown.iter().map(|&column| cells[column].clone()).collect())
        };
        Table {
            columns: shown.iter().map(|&column| self.columns[column].clone()).collect(),
            rows: self.rows.iter().map(of_row).collect(),
        }
    }

    /// The table for a terminal of `width` columns. If it is too wide, titles get several lines, then long names are put above their
    /// rows, then the least important columns are left out and named below the table. Names stay whole, so that they can be copied.
    pub fn text(&self, width: usize) -> String {
        let wide = self.set(Column::title);
        if fits(&wide, width) {
            return wide;
        }
        let mut shown: Vec<usize> = (0..self.columns.len()).collect();
        let mut left_out: Vec<String> = Vec::new();
        loop {
            let table = self.only(&shown);
            let text = table.set(Column::title_lines);
            // Long names are put above their rows before any column is left out.
            let (text, must_fit) = match fits(&text, width) {
                false if self.has_long_names() => table.with_names_above(),
                _ => (text.clone(), text),
            };
            let rank = |&&column: &&usize| self.columns[column].rank;
            let least = shown.iter().max_by_key(rank).copied().filter(|&column| self.columns[column].rank > 0);
            match least.filter(|_| !fits(&must_fit, width)) {
                Some(least) => {
                    shown.retain(|&column| column != least);
                    left_out.push(self.columns[least].title());
                }
                None if left_out.is_empty() => return text,
                None => {
                    return text
                        + &wrapped(&format!("(columns left out to fit the terminal: {})", left_out.join(", ")), width);
                }
            }
        }
    }

    /// The columns of names.
    fn name_columns(&self) -> Vec<usize> {
        (0..self.columns.len()).filter(|&column| self.columns[column].alignment == Alignment::Left).collect()
    }

    fn has_long_names(&self) -> bool {
        let length = |(_, cells): &(usize, Vec<String>)| {
            self.name_columns().iter().map(|&column| cells[column].chars().count()).sum::<usize>()
        };
        self.rows.iter().map(length).max().unwrap_or(0) > LONG_NAME_LENGTH
    }

    /// The table with each row's names in a line above it, and the part of it that must fit: names may be longer.
    fn with_names_above(&self) -> (String, String) {
        let names = self.name_columns();
        let numbers: Vec<usize> = (0..self.columns.len()).filter(|column| !names.contains(column)).collect();
        let table = self.only(&numbers).set(Column::title_lines);
        let joined =
            |of: &dyn Fn(usize) -> String| names.iter().map(|&column| of(column)).collect::<Vec<_>>().join(": ");
        let title = joined(&|column| self.columns[column].title());
        let of_rows: Vec<String> = self.rows.iter().map(|(_, cells)| joined(&|column| cells[column].clone())).collect();
        let indented = table.lines().map(|line| format!("{GAP}{line}\n")).collect();
        (under_names(&title, &of_rows, &table, GAP), indented)
    }

    fn set(&self, title: impl Fn(&Column) -> String) -> String {
        let titles: Vec<String> = self.columns.iter().map(title).collect();
        let header: Vec<(&str, Alignment)> =
            titles.iter().zip(&self.columns).map(|(title, column)| (title.as_str(), column.alignment)).collect();
        text_table(&header, &self.rows.iter().map(|(_, cells)| cells.clone()).collect::<Vec<_>>())
    }
}

/// Longer names are put above their rows before a column is left out.
const LONG_NAME_LENGTH: usize = 20;

/// The indentation of numbers below their names.
const GAP: &str = "  ";

fn fits(text: &str, width: usize) -> bool {
    text.lines().all(|line| line.chars().count() <= width)
}
