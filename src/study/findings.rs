//! What a study found.

use crate::chart::Chart;

/// The findings of a study.
pub struct Findings {
    /// What is claimed, in a few sentences of Markdown.
    pub claim: String,
    /// How it was measured, in a few sentences of Markdown.
    pub method: String,
    /// What was measured, and whether it is as claimed.
    pub checks: Vec<Check>,
    /// The numbers.
    pub data: Table,
    /// The figures.
    pub figures: Vec<Figure>,
}

/// A part of the claim that can fail.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What is claimed.
    pub claim: String,
    /// What was measured.
    pub measured: String,
    /// Whether it is as claimed.
    pub holds: bool,
}

/// A drawing with its title and a sentence or two about it.
pub struct Figure {
    /// The name of its files.
    pub id: &'static str,
    /// The title.
    pub title: String,
    /// What is to be seen.
    pub caption: String,
    /// The drawing.
    pub picture: Picture,
}

/// What is drawn.
pub enum Picture {
    /// A chart.
    Chart(Box<Chart>),
    /// A whole SVG document.
    Svg(String),
    /// A whole animated GIF.
    Gif(Vec<u8>),
}

/// Numbers in columns, for a CSV file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Findings {
    /// Whether every check holds.
    pub fn hold(&self) -> bool {
        self.checks.iter().all(|check| check.holds)
    }
}

impl Check {
    /// A check with what was measured.
    pub fn new(claim: impl Into<String>, measured: impl ToString, holds: bool) -> Check {
        Check { claim: claim.into(), measured: measured.to_string(), holds }
    }
}

impl From<Chart> for Picture {
    fn from(chart: Chart) -> Picture {
        Picture::Chart(Box::new(chart))
    }
}

impl Table {
    /// An empty table with these columns.
    pub fn new(columns: &[&'static str]) -> Table {
        Table { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If it has another number of cells than there are columns.
    pub fn push(&mut self, cells: Vec<String>) {
        assert_eq!(cells.len(), self.columns.len(), "a cell for each of {:?}", self.columns);
        self.rows.push(cells);
    }

    /// The table as CSV.
    pub fn csv(&self) -> String {
        let head = self.columns.join(",");
        std::iter::once(head).chain(self.rows.iter().map(|row| row.join(","))).map(|line| line + "\n").collect()
    }
}
