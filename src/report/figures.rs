//! From figures in numbers to figures in print.

use std::collections::{BTreeMap, BTreeSet};

use super::chart::{Axis, Cell, Chart, IntervalRow, Intervals, Lines, Matrix, Point, Series, short};
use super::comparison::{Comparison, Entry, Estimate, Settings, iqm};
use super::read::Run;
use super::words::p_value;
use crate::stats::{Bootstrap, Interval, performance_profile, performance_profile_intervals, quantile, share_reached};

/// A chart with its words.
pub struct Figure {
    /// Names its files; unique among the figures of an environment.
    pub id: &'static str,
    /// What it shows.
    pub title: String,
    /// How it was made, in a sentence or two.
    pub caption: String,
    /// The chart.
    pub chart: Chart,
}

/// Scores at which a performance profile is taken.
const PROFILE_POINTS: usize = 101;
/// Places at which figures of training are summed up.
const TRAINING_POINTS: f64 = 100.0;

/// All figures that the results of an environment have numbers for.
pub fn figures(comparison: &Comparison, settings: &Settings) -> Vec<Figure> {
    let band = settings.of_many();
    let candidates = [
        learning_curves(comparison, &band),
        final_scores(comparison),
        profiles(comparison, &band),
        improvement(comparison),
        sample_efficiency(comparison),
        value_errors(comparison, &band),
        regrets(comparison, &band),
        training(comparison, "loss", "Loss", "loss", 1),
        training(comparison, "mean-q", "Mean predicted value", "mean Q of the actions taken", 2),
        training(comparison, "gradient-norm", "Gradient norm", "norm of the gradient before clipping", 3),
    ];
    candidates.into_iter().flatten().collect()
}

fn steps_axis() -> Axis {
    Axis::new("environment steps")
}

fn return_label(comparison: &Comparison) -> &'static str {
    if comparison.evaluated { "return of an evaluation" } else { "return of training episodes" }
}

/// The threshold as a line, where there is one.
fn mark(comparison: &Comparison) -> Option<(f64, String)> {
    comparison.threshold.map(|threshold| (threshold, format!("solved: {}", short(threshold))))
}

/// A chart of curves, unless all of them are empty.
fn lines(lines: Lines) -> Option<Chart> {
    lines.series.iter().any(|series| !series.points.is_empty()).then_some(Chart::Lines(lines))
}

fn learning_curves(comparison: &Comparison, band: &Bootstrap) -> Option<Figure> {
    let of_run = |run: &Run| run.curve.clone();
    let series = comparison.entries.iter().map(|entry| with_band(entry, of_run, band)).collect();
    Some(Figure {
        id: "learning-curves",
        title: "Learning curves".to_owned(),
        caption: "Interquartile mean over runs with its 95 % interval; single runs are faint behind it.".to_owned(),
        chart: lines(Lines {
            x: steps_axis(),
            y: Axis::new(return_label(comparison)),
            series,
            mark: mark(comparison),
            stairs: false,
        })?,
    })
}

/// The interquartile mean of what `of_run` says of each run, at each step at which a run has something to say.
fn with_band(entry: &Entry, of_run: impl Fn(&Run) -> Vec<(f64, f64)>, band: &Bootstrap) -> Series {
    let runs: Vec<(String, Vec<(f64, f64)>)> = entry
        .runs
        .iter()
        .map(|run| (format!("seed {}", run.seed), of_run(run)))
        .filter(|(_, c)| !c.is_empty())
        .collect();
    let mut at_step: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (step, value) in runs.iter().flat_map(|(_, curve)| curve) {
        at_step.entry(*step as u64).or_default().push(*value);
    }
    let point = |(step, values): (u64, Vec<f64>)| {
        let Estimate { value, interval } = iqm(&values, band)?;
        Some(Point { x: step as f64, y: value, band: (interval.low, interval.high) })
    };
    let points = at_step.into_iter().filter_map(point).collect();
    Series { name: entry.name.clone(), variant: entry.variant, points, faint: runs }
}

fn final_scores(comparison: &Comparison) -> Option<Figure> {
    let row = |entry: &&Entry| {
        let Estimate { value, interval } = entry.score?;
        Some(IntervalRow {
            name: entry.name.clone(),
            variant: entry.variant,
            value,
            interval: (interval.low, interval.high),
            dots: entry.scores().map(|(seed, score)| (format!("seed {seed}"), score)).collect(),
        })
    };
    let rows: Vec<IntervalRow> = comparison.ranked().iter().filter_map(row).collect();
    let x = Axis::new(if comparison.evaluated { "final return" } else { "return of the last training episodes" });
    (!rows.is_empty()).then(|| Figure {
        id: "final-scores",
        title: "Final scores".to_owned(),
        caption: "Interquartile mean of the runs' final returns with its 95 % interval; each small dot is a run."
            .to_owned(),
        chart: Chart::Intervals(Intervals { x, rows, mark: mark(comparison) }),
    })
}

fn profiles(comparison: &Comparison, band: &Bootstrap) -> Option<Figure> {
    let all: Vec<f64> = comparison.entries.iter().flat_map(Entry::scores).map(|(_, score)| score).collect();
    let (low, high) = all.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    if low >= high {
        return None; // no scores, or all are the same
    }
    let step = (high - low) / (PROFILE_POINTS - 1) as f64;
    let scores: Vec<f64> = (0..PROFILE_POINTS).map(|index| low + step * index as f64).collect();
    let series = |entry: &Entry| {
        let runs = [entry.scores().map(|(_, score)| score).collect::<Vec<_>>()];
        let shares = performance_profile(&runs, &scores)?;
        let bands = performance_profile_intervals(band, &runs, &scores)?;
        let points = scores.iter().zip(shares).zip(bands);
        let points = points.map(|((&x, y), Interval { low, high })| Point { x, y, band: (low, high) }).collect();
        Some(Series { name: entry.name.clone(), variant: entry.variant, points, faint: Vec::new() })
    };
    let series = comparison.entries.iter().filter_map(series).collect();
    Some(Figure {
        id: "performance-profile",
        title: "Performance profiles".to_owned(),
        caption: "Share of runs whose final return is higher than τ, with pointwise 95 % intervals: where one curve is above \
                  another everywhere, its variant is better (Agarwal et al. 2021)."
            .to_owned(),
        chart: lines(Lines {
            x: Axis::new("τ, a final return"),
            y: Axis::new("share of runs above τ").between(0.0, 1.0),
            series,
            mark: None,
            stairs: false,
        })?,
    })
}

fn improvement(comparison: &Comparison) -> Option<Figure> {
    let ranked: Vec<&Entry> = comparison.ranked().into_iter().filter(|entry| entry.score.is_some()).collect();
    if ranked.len() < 2 {
        return None;
    }
    let cells = ranked.iter().map(|row| ranked.iter().map(|column| cell(comparison, row, column)).collect()).collect();
    Some(Figure {
        id: "probability-of-improvement",
        title: "Probability of improvement".to_owned(),
        caption: "Probability that a run of the row scores higher than a run of the column, ties as ½ (Mann–Whitney). In bold: \
                  the paired difference over shared seeds is significant (Wilcoxon's signed ranks, Holm's correction over \
                  all pairs, 5 %)."
            .to_owned(),
        chart: Chart::Matrix(Matrix { names: ranked.iter().map(|entry| entry.name.clone()).collect(), cells }),
    })
}

fn cell(comparison: &Comparison, row: &Entry, column: &Entry) -> Option<Cell> {
    let (pair, turned) = comparison.pair(row.variant, column.variant)?;
    let Estimate { value, interval: Interval { low, high } } = pair.improvement;
    let (value, low, high) = if turned { (1.0 - value, 1.0 - high, 1.0 - low) } else { (value, low, high) };
    let tested = match (pair.difference, pair.p_value) {
        (Some(difference), Some(p)) => {
            let difference = if turned { -difference } else { difference };
            let seeds = pair.shared;
            format!("; difference over {seeds} shared seeds {difference:+.4}, {}", p_value(p))
        }
        _ => "; no shared seeds".to_owned(),
    };
    Some(Cell {
        value,
        interval: (low, high),
        significant: pair.significant(),
        told: format!("P({} > {}) = {value:.3} [{low:.3}, {high:.3}]{tested}", row.name, column.name),
    })
}

fn sample_efficiency(comparison: &Comparison) -> Option<Figure> {
    let threshold = comparison.threshold?;
    let series = |entry: &Entry| {
        let steps = share_reached(&entry.reached).into_iter().map(|(step, share)| Point::bare(step, share));
        let end = entry.steps as f64;
        let mut points: Vec<Point> = [Point::bare(0.0, 0.0)].into_iter().chain(steps).collect();
        if let Some(last) = points.last().filter(|last| last.x < end).copied() {
            points.push(Point::bare(end, last.y));
        }
        Series { name: entry.name.clone(), variant: entry.variant, points, faint: Vec::new() }
    };
    Some(Figure {
        id: "sample-efficiency",
        title: format!("Sample efficiency: runs that have reached {}", short(threshold)),
        caption: "Share of runs whose learning curve has reached the threshold by then (Kaplan–Meier: a run that ended before \
                  it did counts as long as it lasted)."
            .to_owned(),
        chart: lines(Lines {
            x: steps_axis(),
            y: Axis::new("share of runs").between(0.0, 1.0),
            series: comparison.entries.iter().filter(|entry| !entry.reached.is_empty()).map(series).collect(),
            mark: None,
            stairs: true,
        })?,
    })
}

/// A column of `values.csv` as a curve.
fn value_curve(run: &Run, column: usize) -> Vec<(f64, f64)> {
    let point = |row: &[Option<f64>; 3]| row[0].zip(row[column]).filter(|(x, y)| x.is_finite() && y.is_finite());
    run.values.iter().filter_map(point).collect()
}

fn value_errors(comparison: &Comparison, band: &Bootstrap) -> Option<Figure> {
    let series = |entry: &Entry| with_band(entry, |run| value_curve(run, 1), band);
    let series = comparison.entries.iter().map(series).filter(|series| !series.points.is_empty()).collect();
    Some(Figure {
        id: "value-error",
        title: "Error of the values".to_owned(),
        caption: "Root mean squared distance of the learned values from the exact solution: interquartile mean over runs with its \
                  95 % interval."
            .to_owned(),
        chart: lines(Lines {
            x: steps_axis(),
            y: Axis::new("root mean squared error").logarithmic(),
            series,
            mark: None,
            stairs: false,
        })?,
    })
}

fn regrets(comparison: &Comparison, band: &Bootstrap) -> Option<Figure> {
    let series = |entry: &Entry| with_band(entry, |run| value_curve(run, 2), band);
    let series = comparison.entries.iter().map(series).filter(|series| !series.points.is_empty()).collect();
    Some(Figure {
        id: "regret",
        title: "Regret".to_owned(),
        caption: "What the learned policy is worth less than an optimal one at the start of an episode, exactly: interquartile \
                  mean over runs with its 95 % interval."
            .to_owned(),
        chart: lines(Lines { x: steps_axis(), y: Axis::new("V* − Vπ"), series, mark: None, stairs: false })?,
    })
}

/// A column of `updates.csv`: the median over runs, and the band that half of the runs lie in.
fn training(comparison: &Comparison, id: &'static str, title: &str, label: &str, column: usize) -> Option<Figure> {
    let series: Vec<Series> = comparison.entries.iter().map(|entry| training_series(entry, column)).collect();
    let series: Vec<Series> = series.into_iter().filter(|series| !series.points.is_empty()).collect();
    // Losses and norms live on many scales; predicted values have signs.
    let mut sizes: Vec<f64> = series.iter().flat_map(|series| &series.points).map(|point| point.y).collect();
    sizes.retain(|size| *size > 0.0);
    sizes.sort_by(f64::total_cmp);
    let y = match &sizes[..] {
        // What is next to nothing for a moment, as a first loss may be, does not stretch the axis.
        [.., largest] if column != 2 => Axis::new(label).logarithmic().between(quantile(&sizes, 0.02), *largest),
        _ => Axis::new(label),
    };
    Some(Figure {
        id,
        title: title.to_owned(),
        caption: "While training: median over runs, and between which values half of them lie.".to_owned(),
        chart: lines(Lines { x: steps_axis(), y, series, mark: None, stairs: false })?,
    })
}

fn training_series(entry: &Entry, column: usize) -> Series {
    let stretch = (entry.steps as f64 / TRAINING_POINTS).max(1.0);
    let mut values: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for run in &entry.runs {
        for row in &run.updates {
            if let (Some(step), Some(value)) = (row[0], row[column].filter(|value| value.is_finite())) {
                values.entry((step / stretch).ceil() as u64).or_default().push(value);
            }
        }
    }
    let point = |(place, mut values): (u64, Vec<f64>)| {
        values.sort_by(f64::total_cmp);
        let [low, middle, high] = [0.25, 0.5, 0.75].map(|level| quantile(&values, level));
        Point { x: place as f64 * stretch, y: middle, band: (low, high) }
    };
    let points = values.into_iter().map(point).collect();
    Series { name: entry.name.clone(), variant: entry.variant, points, faint: Vec::new() }
}

/// The names of figures' files must be unique, so environments of one name are numbered.
pub fn file_prefixes(comparisons: &[Comparison]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut prefix = |id: &str| {
        let plain: String = id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' }).collect();
        let mut numbered = (1..).map(|n| if n == 1 { plain.clone() } else { format!("{plain}-{n}") });
        let free = numbered.find(|name| !taken.contains(name)).unwrap_or(plain.clone());
        taken.insert(free.clone());
        free
    };
    comparisons.iter().map(|comparison| prefix(&comparison.environment.id)).collect()
}
