//! The table at the end of an experiment.

use super::RunResult;
use crate::run::Summary;

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

/// One row per variant: how many runs, where the final returns of those that finished lie, and, in environments with an exact
/// solution, the medians of how far from it they are.
pub fn results_table(results: &[RunResult]) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let by_variant = results.chunk_by(|a, b| a.variant == b.variant);
    for runs in by_variant {
        // A run that broke off has no final return: what it reached on the way is not comparable.
        let returns = sorted(finished(runs).map(Summary::final_return));
        let shown = |value: Option<&f64>| value.map_or("–".to_owned(), |value| format!("{value:.2}"));
        let fine =
            |values: Vec<Option<f64>>| median(&sorted(values)).map_or("–".to_owned(), |value| format!("{value:.4}"));
        let distances = finished(runs).filter_map(|summary| summary.distance);
        let (errors, regrets): (Vec<_>, Vec<_>) = distances.map(|d| (d.value_rmse, d.regret)).unzip();
        let failed = runs.iter().filter(|run| run.failure().is_some()).count();
        rows.push(vec![
            runs[0].variant.clone(),
            runs.len().to_string(),
            failed.to_string(),
            shown(returns.first()),
            shown(median(&returns).as_ref()),
            shown(returns.last()),
            fine(errors),
            fine(regrets),
            rate(runs).map_or("–".to_owned(), |rate| format!("{rate:.0}")),
        ]);
    }
    use Alignment::{Left, Right};
    let header = [
        ("variant", Left),
        ("runs", Right),
        ("failed", Right),
        ("worst", Right),
        ("median", Right),
        ("best", Right),
        (OF_EXACT_SOLUTION[0], Right),
        (OF_EXACT_SOLUTION[1], Right),
        ("steps/s", Right),
    ];
    without_empty_columns(&header, &rows)
}

/// The runs that used their whole budget.
fn finished(runs: &[RunResult]) -> impl Iterator<Item = &Summary> {
    runs.iter().filter_map(|run| run.summary.as_ref().ok()).filter(|summary| summary.finished())
}

/// The values there are, from the lowest to the highest.
fn sorted(values: impl IntoIterator<Item = Option<f64>>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().flatten().collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The table without the columns of the exact solution where no environment has one.
fn without_empty_columns(header: &[(&str, Alignment)], rows: &[Vec<String>]) -> String {
    let kept =
        |column: &usize| !OF_EXACT_SOLUTION.contains(&header[*column].0) || rows.iter().any(|row| row[*column] != "–");
    let columns: Vec<usize> = (0..header.len()).filter(kept).collect();
    let header: Vec<_> = columns.iter().map(|&column| header[column]).collect();
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|&column| row[column].clone()).collect()).collect();
    aligned(&header, &rows)
}

/// Titles of the columns that only environments with a model have.
const OF_EXACT_SOLUTION: [&str; 2] = ["value rmse", "regret"];

/// The middle of sorted values, or of the two in the middle.
fn median(sorted: &[f64]) -> Option<f64> {
    let (low, high) = (sorted.len().checked_sub(1)? / 2, sorted.len() / 2);
    Some(0.5 * (sorted[low] + sorted[high]))
}

/// Environment steps per second of one run, over the runs made here.
fn rate(runs: &[RunResult]) -> Option<f64> {
    let efforts = runs.iter().filter_map(|run| run.effort);
    let (steps, seconds) =
        efforts.fold((0, 0.0), |(steps, seconds), (s, took)| (steps + s, seconds + took.as_secs_f64()));
    (seconds > 0.0).then(|| steps as f64 / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_the_middle_two() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[1.0]), Some(1.0));
        assert_eq!(median(&[1.0, 2.0, 9.0]), Some(2.0));
        assert_eq!(median(&[1.0, 2.0, 4.0, 9.0]), Some(3.0));
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = vec![vec!["long name".to_owned(), "1".to_owned()], vec!["x".to_owned(), "100".to_owned()]];
        let table = aligned(&[("name", Alignment::Left), ("n", Alignment::Right)], &rows);
        assert_eq!(table, "name         n\n──────────────\nlong name    1\nx          100\n");
    }
}
