//! The numbers of a chart, one row each. Names have no commas and no quotes: what reads them sees to that.

use super::intervals::Intervals;
use super::lines::{Lines, Point};
use super::matrix::{Cell, MatrixChart};

/// `series,run,x,y,low,high,runs`; `run` is empty for the curve itself, and `runs` says how many runs a point of it is made of.
pub fn lines(chart: &Lines) -> String {
    let mut rows = "series,run,x,y,low,high,runs\n".to_owned();
    for series in &chart.series {
        let name = &series.name;
        for Point { x, y, band: (low, high), runs } in &series.points {
            rows += &format!("{name},,{x},{y},{low},{high},{runs}\n");
        }
        for (run, points) in &series.faint {
            points.iter().for_each(|(x, y)| rows += &format!("{name},{run},{x},{y},,,\n"));
        }
    }
    rows
}

/// `variant,run,value,low,high`; `run` is empty for the estimate itself.
pub fn intervals(chart: &Intervals) -> String {
    let mut rows = "variant,run,value,low,high\n".to_owned();
    for row in &chart.rows {
        rows += &format!("{},,{},{},{}\n", row.name, row.value, row.interval.0, row.interval.1);
        row.dots.iter().for_each(|(run, value)| rows += &format!("{},{run},{value},,\n", row.name));
    }
    rows
}

/// `row,column,probability,low,high,difference,p_value`.
pub fn matrix(chart: &MatrixChart) -> String {
    let mut rows = "row,column,probability,low,high,difference,p_value\n".to_owned();
    let shown = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for ((_, name), cells) in chart.names.iter().zip(&chart.cells) {
        for ((_, other), cell) in chart.names.iter().zip(cells) {
            if let Some(Cell { value, interval, difference, p_value, .. }) = cell {
                let [low, high] = [interval.map(|ends| ends.0), interval.map(|ends| ends.1)].map(shown);
                rows += &format!("{name},{other},{value},{low},{high},{},{}\n", shown(*difference), shown(*p_value));
            }
        }
    }
    rows
}
