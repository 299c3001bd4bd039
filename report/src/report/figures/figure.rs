//! A chart with its title and caption.

use std::collections::BTreeSet;

use crate::chart::{Axis, Chart, LineChart, exact};
use crate::report::comparison::Comparison;
use crate::report::measure::Measure;

/// A chart with its title and caption.
pub struct Figure {
    /// Part of the names of its files; unique among the figures of an environment.
    pub id: String,
    /// What the chart shows.
    pub title: String,
    /// How it was made.
    pub caption: String,
    /// The chart.
    pub chart: Chart,
}

/// The horizontal axis of curves.
pub fn steps_axis() -> Axis {
    Axis::new("environment steps")
}

/// The label of an axis of scores.
pub fn score_label(comparison: &Comparison) -> &'static str {
    match (comparison.measure, comparison.evaluated) {
        (Measure::ValueError, _) => "final error of the values",
        (Measure::MeanReturn, _) => "mean return over the run (AUC)",
        (Measure::FinalReturn, true) => "final return",
        (Measure::FinalReturn, false) => "return of the last training episodes",
    }
}

/// The threshold as a line in a chart of returns.
pub fn threshold_mark(comparison: &Comparison) -> Option<(f64, String)> {
    comparison.threshold.map(|threshold| (threshold, format!("solved: {}", exact(threshold))))
}

/// A line chart; `None` if all curves are empty.
pub fn line_chart(lines: LineChart) -> Option<Chart> {
    lines.series.iter().any(|series| !series.points.is_empty()).then_some(Chart::Lines(lines))
}

/// A text as part of a file name.
pub fn file_name(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(60).collect()
}

/// The prefixes of the names of figures' files, one for each comparison: the environment's name, with a number if several have it.
pub fn file_prefixes(comparisons: &[Comparison]) -> Vec<String> {
    unique_file_names(comparisons.iter().map(|comparison| comparison.environment.name.as_str()))
}

/// Texts as parts of file names, with numbers where several would be equal.
pub fn unique_file_names<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut unique = |text: &str| {
        let plain = file_name(text);
        let mut numbered = (1..).map(|n| if n == 1 { plain.clone() } else { format!("{plain}-{n}") });
        let free = numbered.find(|name| !taken.contains(name)).unwrap_or(plain.clone());
        taken.insert(free.clone());
        free
    };
    texts.map(&mut unique).collect()
}
