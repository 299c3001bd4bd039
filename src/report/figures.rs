//! From figures in numbers to figures in print.

use std::collections::{BTreeMap, BTreeSet};

use super::chart::{Axis, Cell, Chart, IntervalRow, Intervals, Lines, Matrix, Point, Series, exact};
use super::comparison::{Comparison, Entry, Measure, Settings, iqm};
use super::read::Run;
use super::words::{number, p_value};
use crate::stats::{
    Bootstrap, Interval, median, performance_profile, performance_profile_intervals, quantile, share_reached,
};

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

/// More points than this on a curve are more than a screen shows.
const CURVE_POINTS: usize = 200;
/// More scores than this are more than a performance profile shows.
const PROFILE_POINTS: usize = 200;
/// Stretches of a run over which figures of training are summed up.
const TRAINING_POINTS: f64 = 100.0;

/// All figures that the results of an environment have numbers for.
pub fn figures(comparison: &Comparison, settings: &Settings) -> Vec<Figure> {
    let band = settings.of_bands();
    let candidates = [
        learning_curves(comparison, &band),
        final_scores(comparison),
        profiles(comparison, &band),
        improvement(comparison, &settings.bootstrap),
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

/// What scores are, on an axis.
fn score_label(comparison: &Comparison) -> &'static str {
    match (comparison.measure, comparison.evaluated) {
        (Measure::ValueError, _) => "final error of the values",
        (Measure::FinalReturn, true) => "final return",
        (Measure::FinalReturn, false) => "return of the last training episodes",
    }
}

/// The threshold as a line, where there is one.
fn mark(comparison: &Comparison) -> Option<(f64, String)> {
    comparison.threshold.map(|threshold| (threshold, format!("solved: {}", exact(threshold))))
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
        caption:
            "Interquartile mean over the runs that got so far, with its 95 % interval; single runs are faint behind it."
                .to_owned(),
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
    let named = entry.runs.iter().map(|run| (format!("seed {}", run.seed), thinned(of_run(run))));
    let runs: Vec<(String, Vec<(f64, f64)>)> = named.filter(|(_, curve)| !curve.is_empty()).collect();
    let mut at_step: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (step, value) in runs.iter().flat_map(|(_, curve)| curve) {
        at_step.entry(*step as u64).or_default().push(*value);
    }
    let point = |(step, values): (u64, Vec<f64>)| {
        let estimate = iqm(&values, band)?;
        Some(Point { x: step as f64, y: estimate.value, band: estimate.ends(), runs: values.len() })
    };
    let points = at_step.into_iter().filter_map(point).collect();
    Series { name: entry.name.clone(), variant: entry.variant, points, faint: runs }
}

/// Evenly chosen points of a curve, its last one among them. Curves of one length keep the same places.
fn thinned(curve: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let every = curve.len().div_ceil(CURVE_POINTS).max(1);
    let last = curve.len().saturating_sub(1);
    let kept = curve.into_iter().enumerate().filter(|(index, _)| index % every == 0 || *index == last);
    kept.map(|(_, point)| point).collect()
}

fn final_scores(comparison: &Comparison) -> Option<Figure> {
    let row = |entry: &&Entry| {
        Some(IntervalRow {
            name: entry.name.clone(),
            variant: entry.variant,
            value: entry.score?.value,
            interval: entry.score?.ends(),
            dots: entry.scores.iter().map(|(seed, score)| (format!("seed {seed}"), *score)).collect(),
        })
    };
    let rows: Vec<IntervalRow> = comparison.ranked().iter().filter_map(row).collect();
    let mark = mark(comparison).filter(|_| comparison.measure == Measure::FinalReturn);
    let failed = comparison.worst.map_or("", |_| " A failed run stands where the worst run ever was.");
    (!rows.is_empty()).then(|| Figure {
        id: "final-scores",
        title: "Final scores".to_owned(),
        caption: format!(
            "Interquartile mean of the runs' scores with its 95 % interval; each small dot is a run.{failed}"
        ),
        chart: Chart::Intervals(Intervals { x: Axis::new(score_label(comparison)), rows, mark }),
    })
}

fn profiles(comparison: &Comparison, band: &Bootstrap) -> Option<Figure> {
    let mut scores: Vec<f64> = comparison.entries.iter().flat_map(Entry::score_values).collect();
    scores.sort_by(f64::total_cmp);
    scores.dedup();
    let (low, high) = (*scores.first()?, *scores.last()?);
    if low == high {
        return None; // there is nothing to tell apart
    }
    // The shares change at the scores themselves; before the first of them is everybody.
    let every = scores.len().div_ceil(PROFILE_POINTS);
    let levels = std::iter::once(low - 0.02 * (high - low)).chain(scores.into_iter().step_by(every));
    let levels: Vec<f64> = levels.chain([high]).collect();
    let series = |entry: &Entry| {
        let runs = [entry.score_values()];
        let shares = performance_profile(&runs, &levels)?;
        let bands = performance_profile_intervals(band, &runs, &levels).unwrap_or_default();
        let point = |(index, y): (usize, f64)| {
            let band = bands.get(index).map_or((y, y), |Interval { low, high }| (*low, *high));
            Point { x: levels[index], y, band, runs: runs[0].len() }
        };
        let points = shares.into_iter().enumerate().map(point).collect();
        Some(Series { name: entry.name.clone(), variant: entry.variant, points, faint: Vec::new() })
    };
    let series = comparison.entries.iter().filter_map(series).collect();
    Some(Figure {
        id: "performance-profile",
        title: "Performance profiles".to_owned(),
        caption: "Share of runs whose score is above τ, with pointwise 95 % intervals (Agarwal et al. 2021)."
            .to_owned(),
        chart: lines(Lines {
            x: Axis::new(&format!("τ, a {}", score_label(comparison))),
            y: Axis::new("share of runs above τ").between(0.0, 1.0),
            series,
            mark: None,
            stairs: true,
        })?,
    })
}

fn improvement(comparison: &Comparison, bootstrap: &Bootstrap) -> Option<Figure> {
    let ranked: Vec<&Entry> = comparison.ranked().into_iter().filter(|entry| entry.score.is_some()).collect();
    if ranked.len() < 2 {
        return None;
    }
    let intervals: BTreeMap<(usize, usize), Interval> = comparison
        .pairs
        .iter()
        .filter_map(|pair| Some(((pair.first, pair.second), comparison.probability_interval(pair, bootstrap)?)))
        .collect();
    let row = |row: &&Entry| ranked.iter().map(|column| cell(comparison, &intervals, row, column)).collect();
    let better = match comparison.measure {
        Measure::FinalReturn => "scores higher",
        Measure::ValueError => "has a smaller error",
    };
    Some(Figure {
        id: "probability-of-improvement",
        title: "Probability of improvement".to_owned(),
        caption: format!(
            "Probability that a run of the row {better} than a run of the column, ties as ½ (Mann–Whitney). In bold: the \
             differences over shared seeds are significant in that direction (Wilcoxon's signed ranks, Holm's correction over \
             {}, 5 %).",
            number(comparison.pairs.len(), "pair")
        ),
        chart: Chart::Matrix(Matrix {
            names: ranked.iter().map(|entry| (entry.variant, entry.name.clone())).collect(),
            cells: ranked.iter().map(row).collect(),
        }),
    })
}

fn cell(
    comparison: &Comparison,
    intervals: &BTreeMap<(usize, usize), Interval>,
    row: &Entry,
    column: &Entry,
) -> Option<Cell> {
    let (pair, turned) = comparison.pair(row.variant, column.variant)?;
    let turn = |share: f64| if turned { 1.0 - share } else { share };
    let value = turn(pair.probability);
    let interval = intervals.get(&(pair.first, pair.second)).map(|interval| {
        let (low, high) = (turn(interval.low), turn(interval.high));
        (low.min(high), low.max(high))
    });
    let difference = pair.difference.map(|difference| if turned { -difference } else { difference });
    let shown = interval.map_or(String::new(), |(low, high)| format!(" [{low:.3}, {high:.3}]"));
    let tested = match (difference, pair.p_value) {
        (Some(difference), Some(p)) => {
            format!("; better by {difference:.4} over {}, {}", number(pair.shared, "shared seed"), p_value(p))
        }
        _ => "; no shared seeds".to_owned(),
    };
    let winner = if value >= 0.5 { row.variant } else { column.variant };
    Some(Cell {
        value,
        interval,
        difference,
        p_value: pair.p_value,
        bold: pair.won_by(winner),
        told: format!("P({} better than {}) = {value:.3}{shown}{tested}", row.name, column.name),
    })
}

fn sample_efficiency(comparison: &Comparison) -> Option<Figure> {
    let threshold = comparison.threshold?;
    let series = |entry: &Entry| {
        let runs = entry.reached.len();
        let bare = |(x, y): (f64, f64)| Point { x, y, band: (y, y), runs };
        let end = entry.steps as f64;
        let mut points: Vec<Point> = [(0.0, 0.0)].into_iter().chain(share_reached(&entry.reached)).map(bare).collect();
        if let Some(last) = points.last().filter(|last| last.x < end).copied() {
            points.push(Point { x: end, ..last });
        }
        Series { name: entry.name.clone(), variant: entry.variant, points, faint: Vec::new() }
    };
    Some(Figure {
        id: "sample-efficiency",
        title: format!("Sample efficiency: runs that have reached {}", exact(threshold)),
        caption: "Share of runs of which an evaluation has reached the threshold by then (Kaplan–Meier: a run that is not over \
                  counts as far as it got; one that failed never reaches it)."
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

fn value_errors(comparison: &Comparison, band: &Bootstrap) -> Option<Figure> {
    Some(Figure {
        id: "value-error",
        title: "Error of the values".to_owned(),
        caption: "Root mean squared distance of the learned values from the exact solution: interquartile mean over runs with its \
                  95 % interval."
            .to_owned(),
        chart: distances(comparison, band, 1, Axis::new("root mean squared error").logarithmic())?,
    })
}

fn regrets(comparison: &Comparison, band: &Bootstrap) -> Option<Figure> {
    Some(Figure {
        id: "regret",
        title: "Regret".to_owned(),
        caption: "What the learned policy is worth less than an optimal one at the start of an episode, exactly: interquartile \
                  mean over runs with its 95 % interval."
            .to_owned(),
        chart: distances(comparison, band, 2, Axis::new("V* − Vπ"))?,
    })
}

/// A column of `values.csv` as curves.
fn distances(comparison: &Comparison, band: &Bootstrap, column: usize, y: Axis) -> Option<Chart> {
    let point = |row: &[Option<f64>; 3]| row[0].zip(row[column]).filter(|(x, y)| x.is_finite() && y.is_finite());
    let of_run = |run: &Run| run.values.iter().filter_map(point).collect();
    let series = comparison.entries.iter().map(|entry| with_band(entry, of_run, band));
    let series = series.filter(|series| !series.points.is_empty()).collect();
    lines(Lines { x: steps_axis(), y, series, mark: None, stairs: false })
}

/// A column of `updates.csv`: each run's median in each stretch, of these the median, and the band that half of the runs lie in.
fn training(comparison: &Comparison, id: &'static str, title: &str, label: &str, column: usize) -> Option<Figure> {
    let series: Vec<Series> = comparison.entries.iter().map(|entry| training_series(entry, column)).collect();
    let series: Vec<Series> = series.into_iter().filter(|series| !series.points.is_empty()).collect();
    // Losses and norms live on many scales; predicted values have signs.
    let points = || series.iter().flat_map(|series| &series.points);
    let mut sizes: Vec<f64> = points().map(|point| point.y).filter(|size| *size > 0.0).collect();
    sizes.sort_by(f64::total_cmp);
    let largest = points().map(|point| point.band.1).fold(0.0, f64::max);
    let y = match sizes.is_empty() || column == 2 {
        // What is next to nothing for a moment, as a first loss may be, does not stretch the axis.
        false => Axis::new(label).logarithmic().between(0.5 * quantile(&sizes, 0.02), largest),
        true => Axis::new(label),
    };
    Some(Figure {
        id,
        title: title.to_owned(),
        caption:
            "While training, in hundredths of the run: median over runs, and between which values half of them lie."
                .to_owned(),
        chart: lines(Lines { x: steps_axis(), y, series, mark: None, stairs: false })?,
    })
}

fn training_series(entry: &Entry, column: usize) -> Series {
    let stretch = (entry.steps as f64 / TRAINING_POINTS).max(1.0);
    let mut of_runs: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for run in &entry.runs {
        let mut of_run: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
        for row in &run.updates {
            if let (Some(step), Some(value)) = (row[0], row[column].filter(|value| value.is_finite())) {
                of_run.entry((step / stretch).ceil() as u64).or_default().push(value);
            }
        }
        for (place, values) in of_run {
            of_runs.entry(place).or_default().extend(median(&values));
        }
    }
    let point = |(place, mut values): (u64, Vec<f64>)| {
        values.sort_by(f64::total_cmp);
        let [low, middle, high] = [0.25, 0.5, 0.75].map(|level| quantile(&values, level));
        Point { x: place as f64 * stretch, y: middle, band: (low, high), runs: values.len() }
    };
    let points = of_runs.into_iter().map(point).collect();
    Series { name: entry.name.clone(), variant: entry.variant, points, faint: Vec::new() }
}

/// The names of figures' files must be unique, so environments of one name are numbered.
pub fn file_prefixes(comparisons: &[Comparison]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut prefix = |id: &str| {
        let plain: String = id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(60).collect();
        let mut numbered = (1..).map(|n| if n == 1 { plain.clone() } else { format!("{plain}-{n}") });
        let free = numbered.find(|name| !taken.contains(name)).unwrap_or(plain.clone());
        taken.insert(free.clone());
        free
    };
    comparisons.iter().map(|comparison| prefix(&comparison.environment.id)).collect()
}
