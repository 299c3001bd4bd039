//! The numbers of a chart, one row each.

use super::intervals::Intervals;
use super::lines::Lines;
use super::matrix::Matrix;

/// `series,run,x,y,low,high`; `run` is empty for the curve itself.
pub fn lines(chart: &Lines) -> String {
    let mut rows = "series,run,x,y,low,high\n".to_owned();
    for series in &chart.series {
        let name = &series.name;
        for point in &series.points {
            rows += &format!("{name},,{},{},{},{}\n", point.x, point.y, point.band.0, point.band.1);
        }
        for (run, points) in &series.faint {
            points.iter().for_each(|(x, y)| rows += &format!("{name},{run},{x},{y},,\n"));
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

/// `row,column,value,low,high,significant`.
pub fn matrix(chart: &Matrix) -> String {
    let mut rows = "row,column,value,low,high,significant\n".to_owned();
    for (name, cells) in chart.names.iter().zip(&chart.cells) {
        for (other, cell) in chart.names.iter().zip(cells) {
            if let Some(cell) = cell {
                let (low, high) = cell.interval;
                rows += &format!("{name},{other},{},{low},{high},{}\n", cell.value, cell.significant);
            }
        }
    }
    rows
}
