//! Parallel coordinates (Inselberg 1985, "The plane with parallel coordinates"): each trial is a line through axes of its settings.
//!
//! The axes lie below each other, so that their names can be read, whatever their number and the width of the page.

use super::axis::{Axis, Scale};
use super::size::Size;
use super::style::{LEVELS, level_class};
use super::svg::{Anchor, Drawing, characters, text_width};
use crate::text::without_middle;

/// From one axis to the next.
const ROW: f64 = 76.0;
/// From the end of the axes to where the lines go that have no value there.
const ASIDE: f64 = 34.0;
/// The share of a choice's width over which its lines are spread.
const SPREAD: f64 = 0.5;

/// Lines through parallel axes. The last axis is what their colours stand for.
pub struct ParallelChart {
    /// From top to bottom.
    pub axes: Vec<ParallelAxis>,
    /// What lines beside the axes are, such as "does not apply", for the last axis and for the others.
    pub aside: [String; 2],
    /// The last ones are in front.
    pub lines: Vec<ParallelLine>,
}

/// An axis.
pub struct ParallelAxis {
    /// What it shows.
    pub label: String,
    /// What it is the axis of.
    pub scale: ParallelScale,
}

/// What an axis is the axis of.
pub enum ParallelScale {
    /// Numbers between two ends.
    Numbers {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
        /// Whether it is logarithmic.
        log: bool,
    },
    /// Choices by their names.
    Choices(Vec<String>),
}

/// A line.
pub struct ParallelLine {
    /// Its name.
    pub name: String,
    /// Its place on each axis: a number, or the index of a choice. `None` goes beside the axis.
    pub places: Vec<Option<f64>>,
    /// Whether it is emphasised.
    pub chosen: bool,
    /// What the pointer shows.
    pub tip: String,
}

impl ParallelAxis {
    /// A place in words.
    pub fn named(&self, place: f64) -> String {
        match &self.scale {
            ParallelScale::Numbers { .. } => place.to_string(),
            ParallelScale::Choices(names) => names.get(place as usize).cloned().unwrap_or_default(),
        }
    }

    fn axis(&self) -> Axis {
        let axis = Axis::new(&self.label);
        match &self.scale {
            ParallelScale::Numbers { low, high, log: true } => axis.logarithmic().between(*low, *high),
            ParallelScale::Numbers { low, high, .. } => axis.between(*low, *high),
            ParallelScale::Choices(names) => {
                let ticks = names.iter().enumerate().map(|(index, name)| (index as f64, name.clone()));
                axis.between(-0.5, names.len() as f64 - 0.5).with_ticks(ticks.collect())
            }
        }
    }
}

impl ParallelChart {
    /// Draws the chart. Only the width of `size` matters.
    pub fn draw(&self, size: Size) -> Drawing {
        let has_aside = self.lines.iter().flat_map(|line| &line.places).any(Option::is_none);
        let (left, end) = (16.0, size.width - 16.0);
        let right = if has_aside { end - ASIDE } else { end };
        let height = |index: usize| 26.0 + ROW * index as f64;
        let bottom = height(self.axes.len().saturating_sub(1));
        let mut drawing = Drawing::new(size.width, bottom + 34.0, [left, 26.0, right, bottom]);
        let axes: Vec<Axis> = self.axes.iter().map(ParallelAxis::axis).collect();
        let scales: Vec<Scale> = axes.iter().map(|axis| axis.scale([].into_iter(), left, right)).collect();
        for index in 0..axes.len() {
            drawing.line("axis", [left, height(index), right, height(index)]);
        }
        let paths: Vec<Vec<(f64, f64)>> = (0..self.lines.len())
            .map(|line| {
                let x = |axis: usize| match self.lines[line].places[axis] {
                    Some(place) => scales[axis].place(self.spread(axis, line, place)),
                    None => end,
                };
                (0..axes.len()).map(|axis| (x(axis), height(axis))).collect()
            })
            .collect();
        for (line, path) in self.lines.iter().zip(&paths).filter(|(line, _)| !line.chosen) {
            let level =
                self.share(line).map_or("level failed".to_owned(), |share| format!("level s {}", level_class(share)));
            drawing.told_stroke(&level, path, &line.tip);
        }
        for (line, path) in self.lines.iter().zip(&paths).filter(|(line, _)| line.chosen) {
            drawing.stroke("edge-of-chosen", path);
            drawing.told_stroke(&format!("chosen s c{CHOSEN}"), path, &line.tip);
            path.iter().for_each(|(x, y)| drawing.dot(CHOSEN, [*x, *y, 4.0], 1.0, &line.tip));
        }
        // Names are in front of lines.
        for (index, (axis, scale)) in axes.iter().zip(&scales).enumerate() {
            self.draw_names(&mut drawing, index, axis, scale, height(index));
        }
        self.draw_levels(&mut drawing, bottom);
        drawing
    }

    /// The place at which a line crosses an axis. Lines of one choice are spread, so that each can be followed.
    fn spread(&self, axis: usize, line: usize, place: f64) -> f64 {
        match self.axes[axis].scale {
            ParallelScale::Numbers { .. } => place,
            ParallelScale::Choices(_) => place + SPREAD * ((line as f64 + 0.5) / self.lines.len() as f64 - 0.5),
        }
    }

    /// Where a line stands between the ends of the last axis; `None` beside it.
    fn share(&self, line: &ParallelLine) -> Option<f64> {
        let (Some(place), Some(axis)) = (line.places.last()?, self.axes.last()) else { return None };
        match axis.scale {
            ParallelScale::Numbers { low, high, .. } if high > low => Some((place - low) / (high - low)),
            _ => Some(1.0),
        }
    }

    fn draw_names(&self, drawing: &mut Drawing, index: usize, axis: &Axis, scale: &Scale, y: f64) {
        let [left, _, right, _] = drawing.area;
        let label = without_middle(&axis.label, characters(right - left));
        drawing.text("halo", [2.0, y - 14.0], Anchor::Start, &label);
        let (mut free, count) = (f64::NEG_INFINITY, ((right - left) / 80.0) as usize);
        let choices = axis.named.len().max(1) as f64;
        let ticks = axis.ticks(scale, count);
        for (tick, name) in &ticks {
            let x = scale.place(*tick);
            let most = if axis.named.is_empty() { 14 } else { characters((right - left) / choices - 6.0).max(3) };
            let name = without_middle(name, most);
            let half = 0.5 * text_width(&name);
            let middle = x.clamp(half, right + 14.0 - half);
            drawing.line("axis", [x, y - 3.0, x, y + 3.0]);
            if middle - half >= free {
                drawing.text("muted halo", [middle, y + 14.0], Anchor::Middle, &name);
                free = middle + half + 4.0;
            }
        }
        if self.lines.iter().any(|line| line.places[index].is_none()) {
            let end = right + ASIDE;
            let is_last = index + 1 == self.axes.len();
            drawing.line("axis", [end - 3.0, y, end + 3.0, y]);
            drawing.text("muted halo", [end + 14.0, y - 14.0], Anchor::End, &self.aside[usize::from(!is_last)]);
        }
    }

    /// The colours, along the last axis.
    fn draw_levels(&self, drawing: &mut Drawing, y: f64) {
        let [left, _, right, _] = drawing.area;
        let width = (right - left) / LEVELS.len() as f64;
        for level in 0..LEVELS.len() {
            let class = format!("f {}", level_class((level as f64 + 0.5) / LEVELS.len() as f64));
            drawing.rectangle(&class, [left + width * level as f64, y + 23.0, width, 6.0], "");
        }
    }
}

/// The number of the colour of emphasised lines: orange, beside the blue ones.
const CHOSEN: usize = 1;

#[cfg(test)]
mod tests {
    use super::super::{Chart, Theme, WIDE};
    use super::*;
    use crate::rasterizer::Rasterizer;

    fn chart() -> ParallelChart {
        let axis = |label: &str, scale| ParallelAxis { label: label.to_owned(), scale };
        let line = |name: &str, places: [Option<f64>; 3], chosen| ParallelLine {
            name: name.to_owned(),
            places: places.to_vec(),
            chosen,
            tip: format!("trial {name}"),
        };
        ParallelChart {
            axes: vec![
                axis("optimizer", ParallelScale::Choices(vec!["sgd".to_owned(), "adam, slow".to_owned()])),
                axis("rate", ParallelScale::Numbers { low: 0.01, high: 1.0, log: true }),
                axis("return", ParallelScale::Numbers { low: 0.0, high: 8.0, log: false }),
            ],
            aside: ["failed".to_owned(), "does not apply".to_owned()],
            lines: vec![
                line("0", [Some(0.0), Some(0.1), Some(1.0)], false),
                line("1", [Some(1.0), None, None], false),
                line("2", [Some(0.0), Some(1.0), Some(8.0)], true),
            ],
        }
    }

    #[test]
    fn a_line_crosses_each_axis_at_its_value_or_beside_it() {
        let drawing = chart().draw(WIDE);
        let [left, _, right, _] = drawing.area;
        assert_eq!((left, right), (16.0, 560.0 - 16.0 - ASIDE));
        let drawn = drawing.inline("", "");
        let path = |tip: &str| {
            let from = drawn.split(&format!("<g data-tip=\"{tip}\">")).nth(1).unwrap();
            from.split(" d=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
        };
        // 0.1 is in the middle of its logarithmic axis, and 1 at an eighth of the last one.
        let [middle, eighth] = [0.5 * (left + right), left + 0.125 * (right - left)];
        assert!(path("trial 0").contains(&format!("L{middle:.1} 102.0L{eighth:.1} 178.0")), "{}", path("trial 0"));
        assert!(path("trial 1").ends_with("L544.0 102.0L544.0 178.0"), "{}", path("trial 1"));
        assert!(path("trial 2").ends_with(&format!("L{right:.1} 178.0")), "{}", path("trial 2"));
        assert!(drawn.contains("level s l0") && drawn.contains("level failed") && drawn.contains("chosen s c1"));
        assert!(drawn.contains(">does not apply</text>") && drawn.contains(">failed</text>"));
    }

    #[test]
    fn its_numbers_are_written_and_it_is_drawn() {
        let chart = Chart::Parallel(chart());
        let expected =
            "line,optimizer,rate,return,chosen\n0,sgd,0.1,1,false\n1,\"adam, slow\",,,false\n2,sgd,1,8,true\n";
        assert_eq!(chart.csv(), expected);
        Rasterizer::new().png(&chart.standalone("", Theme::Light)).unwrap();
    }
}
