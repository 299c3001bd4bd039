//! The figures and tables of an inspection as files.

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::function::InspectedFunction;
use super::inspection::Inspection;
use super::text::inspection_text;
use crate::chart::{Axis, Cells, Chart, ColourScale, CurvePoint, HeatMap, LineChart, Series};
use crate::diagnostics::{Bin, Calibration, Interference};
use crate::rasterizer::Rasterizer;
use crate::results::write_atomically;

/// A chart with the name of its files and its title.
struct Figure {
    id: String,
    title: String,
    chart: Chart,
}

impl Inspection {
    /// Writes the text, tables as CSV, and figures as SVG, PNG and CSV into the folder `out`. Returns the files' names.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, out: &Path) -> io::Result<Vec<PathBuf>> {
        fs::create_dir_all(out)?;
        let mut written = Vec::new();
        let mut write = |name: String, content: &[u8]| {
            let path = out.join(name);
            write_atomically(&path, content)?;
            written.push(path);
            io::Result::Ok(())
        };
        write("inspection.txt".to_owned(), inspection_text(self).as_bytes())?;
        write("layers.csv".to_owned(), self.layers_csv().as_bytes())?;
        write("units.csv".to_owned(), self.units_csv().as_bytes())?;
        write("states.csv".to_owned(), self.states_csv().as_bytes())?;
        let rasterizer = Rasterizer::new();
        for Figure { id, title, chart } in self.figures() {
            for (kind, content) in chart.files(&title, &rasterizer).map_err(io::Error::other)? {
                write(format!("{id}.{kind}"), &content)?;
            }
        }
        Ok(written)
    }

    fn layers_csv(&self) -> String {
        let mut text = "function,parameters,shape,count,norm,rms,singular_value_max,singular_value_min\n".to_owned();
        for (function, layer) in self.functions.iter().flat_map(|f| f.layers.iter().map(move |layer| (f, layer))) {
            let shape = layer.shape.iter().map(usize::to_string).collect::<Vec<_>>().join("x");
            let ends = layer.singular_values.as_ref().and_then(|values| Some((values.first()?, values.last()?)));
            let ends = ends.map_or(",".to_owned(), |(most, least)| format!("{most},{least}"));
            let (name, count) = (&layer.name, layer.parameters);
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{},{name},{shape},{count},{},{},{ends}", function.name, layer.norm, layer.rms);
        }
        text
    }

    fn units_csv(&self) -> String {
        let mut text = "function,layer,unit,active_share,score,dormant\n".to_owned();
        for (function, layer) in self.functions.iter().flat_map(|f| f.units.iter().map(move |layer| (f, layer))) {
            for (unit, (active, score)) in layer.active.iter().zip(&layer.scores).enumerate() {
                let dormant = u8::from(*score <= self.tau);
                let _ = writeln!(text, "{},{},{unit},{active},{score},{dormant}", function.name, layer.name);
            }
        }
        text
    }

    /// The visited states, with what was predicted and obtained.
    fn states_csv(&self) -> String {
        let components = self.visits.visits.first().map_or(0, |visit| visit.observation.len());
        let columns: String = (0..components).map(|component| format!(",x{component}")).collect();
        let mut text = format!("episode,action,predicted,obtained,entropy{columns}\n");
        let cell = |number: Option<f64>| number.map_or(String::new(), |number| number.to_string());
        for visit in &self.visits.visits {
            let observation: String = visit.observation.iter().map(|x| format!(",{x}")).collect();
            let (predicted, obtained) = (cell(visit.predicted), cell(visit.obtained));
            let (episode, action, entropy) = (visit.episode, visit.action, visit.entropy);
            let _ = writeln!(text, "{episode},{action},{predicted},{obtained},{entropy}{observation}");
        }
        text
    }

    fn figures(&self) -> Vec<Figure> {
        let mut figures: Vec<Figure> = self.maps();
        figures.extend(self.calibration.as_ref().map(reliability));
        for function in &self.functions {
            figures.extend(singular_value_chart(function));
            figures
                .extend(function.interference.as_ref().map(|interference| interference_chart(function, interference)));
            if let Ok(map) = &self.map {
                figures.extend(function.weights.iter().enumerate().map(|(index, weights)| Figure {
                    id: format!("weights-{}-{}", file_name(function.name), index + 1),
                    title: weights.title.clone(),
                    chart: Chart::HeatMap(weights.chart(map.plane())),
                }));
            }
        }
        figures
    }

    /// Values, advantages and greedy actions over two components of the state, with the first episode.
    fn maps(&self) -> Vec<Figure> {
        let Ok(map) = &self.map else { return Vec::new() };
        let first: Vec<Vec<f32>> = self.visits.first_episode().map(|visit| visit.observation.clone()).collect();
        let kept = map.plane().others();
        let with = if kept.is_empty() { String::new() } else { format!(", {kept}") };
        let charts = [
            ("value-map", "Values", map.value_chart(None)),
            ("advantage-map", "Advantages", map.advantage_chart(None)),
            ("action-map", "Greedy actions", map.action_chart()),
        ];
        let figure = |(id, title, chart): (&str, &str, Option<HeatMap>)| {
            let chart = Chart::HeatMap(HeatMap { overlays: vec![map.plane().overlay(&first)], ..chart? });
            Some(Figure { id: id.to_owned(), title: format!("{title} and the first episode{with}"), chart })
        };
        charts.into_iter().filter_map(figure).collect()
    }
}

/// Predicted values against returns, with the line on which both are equal.
fn reliability(calibration: &Calibration) -> Figure {
    let point = |bin: &Bin| CurvePoint {
        x: bin.predicted,
        y: bin.obtained,
        band: (bin.obtained - bin.deviation, bin.obtained + bin.deviation),
        runs: bin.states,
    };
    let points: Vec<CurvePoint> = calibration.bins.iter().map(point).collect();
    let ends = points.iter().flat_map(|point| [point.x, point.band.0, point.band.1]);
    let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), end| (low.min(end), high.max(end)));
    let margin = 0.05 * (high - low);
    let (low, high) = (low - margin, high + margin);
    let equal = [low, high].map(|end| CurvePoint::new(end, end, 0));
    let series = |name: &str, variant, points| Series { name: name.to_owned(), variant, points, faint: Vec::new() };
    Figure {
        id: "reliability".to_owned(),
        title: "Learned values against returns".to_owned(),
        chart: Chart::Lines(LineChart {
            x: Axis::new("predicted value").between(low, high),
            y: Axis::new("discounted return, mean ± standard deviation").between(low, high),
            series: vec![series("predicted = obtained", 7, equal.to_vec()), series("states by prediction", 0, points)],
            mark: None,
            stairs: false,
            grouped: true,
        }),
    }
}

/// The singular values of each matrix of parameters and of the last hidden layer, relative to the largest one.
fn singular_value_chart(function: &InspectedFunction) -> Option<Figure> {
    let of_layers =
        function.layers.iter().filter_map(|layer| Some((layer.name.clone(), layer.singular_values.as_ref()?)));
    let of_units = function.last_hidden.as_ref().map(|values| ("outputs of the last hidden layer".to_owned(), values));
    let relative = |values: &Vec<f64>| {
        let largest = values.first().copied().filter(|largest| *largest > 0.0)?;
        let point = |(index, value): (usize, &f64)| {
            let y = value / largest;
            CurvePoint::new((index + 1) as f64, y, 1)
        };
        Some(values.iter().enumerate().map(point).collect::<Vec<_>>())
    };
    let series = of_layers.chain(of_units).enumerate().filter_map(|(variant, (name, values))| {
        let points = relative(values).filter(|points| points.len() > 1)?;
        Some(Series { name, variant, points, faint: Vec::new() })
    });
    let series: Vec<Series> = series.collect();
    (!series.is_empty()).then(|| Figure {
        id: format!("singular-values-{}", file_name(function.name)),
        title: format!("Singular values of the {}", function.name),
        chart: Chart::Lines(LineChart {
            x: Axis::new("number, from the largest on"),
            // Below 10⁻⁴ there is nothing but rounding errors and what is as good as none.
            y: Axis::new("singular value / largest").logarithmic().between(1e-4, 1.0),
            series,
            mark: None,
            stairs: false,
            grouped: true,
        }),
    })
}

fn interference_chart(function: &InspectedFunction, interference: &Interference) -> Figure {
    let states = interference.states;
    let axis = |label: &str| Axis::new(label).between(0.5, states as f64 + 0.5);
    Figure {
        id: format!("interference-{}", file_name(function.name)),
        title: format!("What a step at one state changes at others: {}", function.name),
        chart: Chart::HeatMap(HeatMap {
            x: axis("state where the output changes"),
            y: axis("state of the step"),
            columns: states,
            rows: states,
            from_top: true,
            square: true,
            cells: Cells::Numbers {
                values: interference.matrix.clone(),
                label: "change / change at the state of the step".to_owned(),
                scale: ColourScale::Diverging,
                // A state with a small gradient is changed many times as much by others: that would hide everything else.
                ends: Some((-1.0, 1.0)),
            },
            overlays: Vec::new(),
        }),
    }
}

/// A function's name in the name of a file.
fn file_name(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}
