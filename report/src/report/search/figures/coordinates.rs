//! The trials of a variant in parallel coordinates.

use crate::chart::{Chart, ParallelAxis, ParallelChart, ParallelLine, ParallelScale};
use crate::report::figures::{Figure, unique_file_names};
use crate::report::search::choice_names::choice_names;
use crate::report::search::searched::{SearchResults, SearchedVariant, Trial};
use crate::report::search::wording::{first_rung_note, objective_label, trial};
use crate::results::{Domain, FAILED, Hyperparameter};

/// A figure for each variant that has a measured trial.
pub fn coordinates(results: &SearchResults) -> Vec<Figure> {
    let files = unique_file_names(results.variants.iter().map(|variant| variant.name.as_str()));
    let first = results.variants.first().map_or("", |variant| &variant.name);
    let how_to_read = format!(
        "A line is a trial; where it crosses an axis is its value there. Its colour is the objective, as below the last axis; dashed \
         lines failed. The orange line is the chosen trial, or the best so far. Lines of one choice are spread.{}",
        first_rung_note(results)
    );
    let figure = |(variant, file): (&SearchedVariant, &String)| {
        let chart = chart(results, variant)?;
        Some(Figure {
            id: format!("coordinates-{file}"),
            title: format!("Parallel coordinates: {}", variant.name),
            caption: if file == &files[0] { how_to_read.clone() } else { format!("Read as that of {first}.") },
            chart: Chart::Parallel(chart),
        })
    };
    results.variants.iter().zip(&files).filter_map(figure).collect()
}

fn chart(results: &SearchResults, variant: &SearchedVariant) -> Option<ParallelChart> {
    let used = |one: &&Hyperparameter| variant.measured().any(|(trial, _)| trial.settings.contains_key(&one.key));
    let space: Vec<&Hyperparameter> = variant.space.iter().filter(used).collect();
    let mut measured: Vec<(&Trial, f64)> = variant.measured().collect();
    measured.sort_by(|a, b| a.1.total_cmp(&b.1)); // stable: of equal ones the later is in front
    let sound = || measured.iter().map(|(_, objective)| *objective).filter(|objective| *objective > FAILED);
    let (low, high) = (sound().reduce(f64::min).unwrap_or(0.0), sound().reduce(f64::max).unwrap_or(1.0));
    let axis = |one: &&Hyperparameter| ParallelAxis {
        label: one.key.clone(),
        scale: match &one.domain {
            Domain::Choice(choices) => ParallelScale::Choices(choice_names(choices)),
            Domain::Range(range) => ParallelScale::Numbers { low: range.low, high: range.high, log: range.log },
        },
    };
    let objective =
        ParallelAxis { label: objective_label(results, 0), scale: ParallelScale::Numbers { low, high, log: false } };
    let best = variant.best().map(|best| best.trial);
    let line = |(of, objective): &(&Trial, f64)| {
        let places = space.iter().map(|one| one.domain.position(of.settings.get(&one.key)?));
        ParallelLine {
            name: format!("trial {}", of.number),
            places: places.chain([Some(*objective).filter(|objective| *objective > FAILED)]).collect(),
            chosen: best == Some(of.number),
            tip: trial(results, of),
        }
    };
    (!measured.is_empty()).then(|| ParallelChart {
        axes: space.iter().map(axis).chain([objective]).collect(),
        aside: ["failed".to_owned(), "does not apply".to_owned()],
        lines: measured.iter().map(line).collect(),
    })
}
