//! The numbers of a chart as CSV (RFC 4180).

use std::borrow::Cow;

use super::dumbbell_chart::DumbbellChart;
use super::heat_map::{Cells, HeatMap};
use super::interval_chart::IntervalChart;
use super::line_chart::{CurvePoint, LineChart};
use super::matrix_chart::{MatrixCell, MatrixChart};
use super::parallel_chart::{ParallelAxis, ParallelChart};
use super::plane_chart::{PlaneChart, Shape};

/// A text as a field: in quotes where it has a comma, a quote or a line break.
pub fn field(text: &str) -> Cow<'_, str> {
    if text.contains([',', '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(text)
    }
}

/// `series,run,x,y,low,high,runs`. For the curve itself `run` is empty and `runs` is the number of runs at each point.
pub fn lines(chart: &LineChart) -> String {
    let mut rows = "series,run,x,y,low,high,runs\n".to_owned();
    for series in &chart.series {
        let name = field(&series.name);
        for CurvePoint { x, y, band: (low, high), runs } in &series.points {
            rows += &format!("{name},,{x},{y},{low},{high},{runs}\n");
        }
        for (run, points) in &series.faint {
            points.iter().for_each(|(x, y)| rows += &format!("{name},{run},{x},{y},,,\n"));
        }
    }
    rows
}

/// `variant,run,value,low,high`. For the estimate itself `run` is empty.
pub fn intervals(chart: &IntervalChart) -> String {
    let mut rows = "variant,run,value,low,high\n".to_owned();
    for row in &chart.rows {
        let name = field(&row.name);
        rows += &format!("{name},,{},{},{}\n", row.value, row.interval.0, row.interval.1);
        row.dots.iter().for_each(|(run, value)| rows += &format!("{name},{run},{value},,\n"));
    }
    rows
}

/// `variant,from,to,value,low,high`. What there is not is empty.
pub fn dumbbells(chart: &DumbbellChart) -> String {
    let mut rows = "variant,from,to,value,low,high\n".to_owned();
    let shown = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for row in &chart.rows {
        let [low, high] = [row.judged.map(|judged| judged.1.0), row.judged.map(|judged| judged.1.1)].map(shown);
        let numbers = [row.from, row.to, row.judged.map(|judged| judged.0)].map(shown);
        rows += &format!("{},{},{low},{high}\n", field(&row.name), numbers.join(","));
    }
    rows
}

/// `line`, a column for each axis and `chosen`. What does not apply is empty.
pub fn parallel(chart: &ParallelChart) -> String {
    let labels: Vec<String> = chart.axes.iter().map(|axis| field(&axis.label).into_owned()).collect();
    let mut rows = format!("line,{},chosen\n", labels.join(","));
    for line in &chart.lines {
        let place =
            |(axis, place): (&ParallelAxis, &Option<f64>)| place.map_or(String::new(), |place| axis.named(place));
        let cells: Vec<String> = chart.axes.iter().zip(&line.places).map(place).collect();
        let cells: Vec<_> = cells.iter().map(|cell| field(cell)).collect();
        rows += &format!("{},{},{}\n", field(&line.name), cells.join(","), line.chosen);
    }
    rows
}

/// `row,column,probability,low,high,difference,p_value`.
pub fn matrix(chart: &MatrixChart) -> String {
    let mut rows = "row,column,probability,low,high,difference,p_value\n".to_owned();
    let shown = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for ((_, name), cells) in chart.names.iter().zip(&chart.cells) {
        for ((_, other), cell) in chart.names.iter().zip(cells) {
            if let Some(MatrixCell { value, interval, difference, p_value, .. }) = cell {
                let [low, high] = [interval.map(|ends| ends.0), interval.map(|ends| ends.1)].map(shown);
                let (name, other) = (field(name), field(other));
                rows += &format!("{name},{other},{value},{low},{high},{},{}\n", shown(*difference), shown(*p_value));
            }
        }
    }
    rows
}

/// `x,y,value` or `x,y,category,name`, with the coordinates of the middle of each cell. What has no value is empty.
pub fn heat_map(map: &HeatMap) -> String {
    let places = (0..map.rows).flat_map(|row| (0..map.columns).map(move |column| map.middle(row, column)));
    match &map.cells {
        Cells::Numbers { values, .. } => {
            let mut rows = "x,y,value\n".to_owned();
            for ((x, y), value) in places.zip(values) {
                let value = if value.is_nan() { String::new() } else { value.to_string() };
                rows += &format!("{x},{y},{value}\n");
            }
            rows
        }
        Cells::Categories { values, names, .. } => {
            let mut rows = "x,y,category,name\n".to_owned();
            for ((x, y), category) in places.zip(values) {
                let name = category.and_then(|category| names.get(category)).map_or("", String::as_str);
                let category = category.map_or(String::new(), |category| category.to_string());
                rows += &format!("{x},{y},{category},{name}\n");
            }
            rows
        }
    }
}

/// `shape,name,form,x,y`, with a row for each point. Shapes are numbered from 0.
pub fn plane(chart: &PlaneChart) -> String {
    let mut rows = "shape,name,form,x,y\n".to_owned();
    for (index, Shape { name, form, points, .. }) in chart.shapes.iter().enumerate() {
        let name = field(name);
        points.iter().for_each(|(x, y)| rows += &format!("{index},{name},{},{x},{y}\n", form.name()));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_commas_and_quotes_stay_one_field() {
        assert_eq!(
            [field("plain"), field("a, b"), field("so \"called\"")],
            ["plain", "\"a, b\"", "\"so \"\"called\"\"\""]
        );
    }
}
