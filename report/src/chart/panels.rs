//! Small multiples: charts beside and below each other, to be compared.

use super::csv::field;
use super::kinds::Chart;
use super::size::{Size, WIDE};
use super::svg::{Anchor, Drawing};

/// The size of a panel.
const PANEL: Size = Size { width: 360.0, height: 320.0 };
/// Between panels.
const GAP: f64 = 14.0;
/// Height of a panel's title.
const TITLE: f64 = 20.0;

/// Charts in rows, each with a title. Their legend is one for all.
pub struct Panels {
    /// How many panels are beside each other.
    pub columns: usize,
    /// The title of each and what it shows.
    pub panels: Vec<(String, Chart)>,
}

impl Panels {
    /// The colours and names of all panels, each once.
    pub fn legend(&self) -> Vec<(usize, String)> {
        let mut legend: Vec<(usize, String)> = Vec::new();
        for entry in self.panels.iter().flat_map(|(_, chart)| chart.legend()) {
            if !legend.contains(&entry) {
                legend.push(entry);
            }
        }
        legend
    }

    /// Draws the panels. On a narrow page they stand below each other.
    pub fn draw(&self, size: Size) -> Drawing {
        let columns = if size.width < WIDE.width { 1 } else { self.columns.max(1) };
        let drawings: Vec<Drawing> = self.panels.iter().map(|(_, chart)| chart.draw(PANEL)).collect();
        let widest = |column: usize| {
            drawings.iter().skip(column).step_by(columns).map(|drawing| drawing.size().0).fold(0.0, f64::max)
        };
        let (mut top, mut places, mut width) = (0.0, Vec::new(), 0.0_f64);
        for row in drawings.chunks(columns) {
            let mut left = 0.0;
            for column in 0..row.len() {
                places.push([left, top]);
                width = width.max(left + widest(column));
                left += widest(column) + GAP;
            }
            top += row.iter().map(|drawing| drawing.size().1).fold(0.0, f64::max) + TITLE + GAP;
        }
        let mut all = Drawing::new(width, (top - GAP).max(0.0), [0.0, 0.0, width, (top - GAP).max(0.0)]);
        for (((title, _), drawing), [left, top]) in self.panels.iter().zip(&drawings).zip(places) {
            all.text("strong", [left + 2.0, top + 8.0], Anchor::Start, title);
            all.drawing([left, top + TITLE], drawing);
        }
        all
    }

    /// The numbers of each panel as CSV, with its title in the first column. The columns are those of the first panel.
    pub fn csv(&self) -> String {
        let tables: Vec<(&str, String)> =
            self.panels.iter().map(|(title, chart)| (title.as_str(), chart.csv())).collect();
        let head = tables.first().and_then(|(_, table)| table.lines().next()).unwrap_or("");
        let mut rows = format!("panel,{head}\n");
        for (title, table) in &tables {
            table.lines().skip(1).for_each(|row| rows += &format!("{},{row}\n", field(title)));
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Axis, Form, PlaneChart, Shape};
    use super::*;
    use crate::chart::Theme;
    use crate::rasterizer::Rasterizer;

    #[test]
    fn panels_have_titles_one_legend_and_their_numbers() {
        let plane = |x: f64| {
            let shape = Shape { name: "y".to_owned(), colour: 1, form: Form::Dots, points: vec![(x, 2.0)] };
            Chart::Plane(PlaneChart { x: Axis::new("x"), y: Axis::new("y"), equal: false, shapes: vec![shape] })
        };
        let panels =
            Panels { columns: 2, panels: vec![("one".to_owned(), plane(1.0)), ("two, 2".to_owned(), plane(3.0))] };
        assert_eq!(panels.legend(), [(1, "y".to_owned())]);
        let chart = Chart::Panels(panels);
        assert_eq!(chart.csv(), "panel,shape,name,form,x,y\none,0,y,dots,1,2\n\"two, 2\",0,y,dots,3,2\n");
        let svg = chart.standalone("both", Theme::Light);
        assert!(svg.contains(">one</text>") && svg.contains(">two, 2</text>"), "{svg}");
        Rasterizer::new().png(&svg).unwrap();
    }
}
