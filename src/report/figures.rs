//! From figures in numbers to figures in print.

use std::collections::{BTreeMap, BTreeSet};

use super::chart::{Axis, Cell, Chart, IntervalRow, Intervals, Lines, MatrixChart, Point, Series, exact};
use super::comparison::{Comparison, Entry, Measure, Quantity, Settings, iqm};
use super::findings::{failed_sentence, first_passage, number, p_value, truth_name, truth_sentence};
use super::fixed::fixed;
use super::read::{Distance, State};
use super::study::{Study, log_like, numbers, studies};
use crate::stats::{
    Bootstrap, Interval, median, performance_profile, performance_profile_intervals, quantile, share_reached,
};

/// A chart with its words.
pub struct Figure {
    /// Names its files; unique among the figures of an environment.
    pub id: String,
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
    let errors = || {
        [
            value_errors(comparison, Distance::ValueError, &band),
            value_errors(comparison, Distance::OnPolicyError, &band),
            value_errors(comparison, Distance::BellmanError, &band),
        ]
    };
    let mut candidates: Vec<Option<Figure>> = Vec::new();
    if comparison.prediction {
        candidates.extend(errors());
    } else {
        candidates.push(learning_curves(comparison, &band));
    }
    candidates.push(final_scores(comparison));
    candidates.extend(studies(comparison).iter().map(|study| parameter_study(comparison, study)));
    candidates.push(profiles(comparison, &band));
    candidates.push(improvement(comparison, &settings.bootstrap));
    candidates.extend(comparison.speeds.iter().flat_map(|speeds| of_tied(speeds, &settings.bootstrap)));
    if !comparison.prediction {
        candidates.push(sample_efficiency(comparison));
        candidates.extend(errors());
        candidates.push(regrets(comparison, &band));
    }
    candidates.push(training(comparison, "loss", "Loss", "loss", 1));
    candidates.push(training(comparison, "mean-q", "Mean predicted value", "mean Q of the actions taken", 2));
    candidates.push(training(comparison, "gradient-norm", "Gradient norm", "norm of the gradient before clipping", 3));
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
        (Measure::MeanReturn, _) => "mean return over the run (AUC)",
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
    let series = comparison.entries.iter().map(|entry| with_band(comparison, entry, Quantity::Return, band)).collect();
    Some(Figure {
        id: "learning-curves".to_owned(),
        title: "Learning curves".to_owned(),
        caption: format!(
            "Interquartile mean over the runs that got so far, with its 95 % interval; single runs are faint behind it.{}{}",
            if comparison.entries.len() > 1 {
                " Lines that coincide hide each other; a name in the legend is a button that hides its line."
            } else {
                ""
            },
            failed_sentence(comparison)
        ),
        chart: lines(Lines {
            x: steps_axis(),
            y: Axis::new(return_label(comparison)),
            series,
            mark: mark(comparison),
            stairs: false,
            grouped: false,
        })?,
    })
}

/// The interquartile mean of what counts for each run, at each step at which something does.
fn with_band(comparison: &Comparison, entry: &Entry, quantity: Quantity, band: &Bootstrap) -> Series {
    let curves = comparison.curves(entry, quantity);
    let longest = curves.iter().map(|curve| &curve.counted).max_by_key(|curve| curve.len());
    let kept: BTreeSet<u64> = longest.map_or_else(BTreeSet::new, |curve| places(curve));
    // A run that ended elsewhere than all others ends where it ended.
    let thinned = |curve: &[(f64, f64)]| -> Vec<(f64, f64)> {
        let last = curve.len().saturating_sub(1);
        let there =
            curve.iter().enumerate().filter(|(index, (step, _))| *index == last || kept.contains(&(*step as u64)));
        there.map(|(_, point)| *point).collect()
    };
    let mut at_step: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (step, value) in curves.iter().flat_map(|curve| thinned(&curve.counted)) {
        at_step.entry(step as u64).or_default().push(value);
    }
    let point = |(step, values): (u64, Vec<f64>)| {
        let estimate = iqm(&values, band)?;
        Some(Point { x: step as f64, y: estimate.value, band: estimate.ends(), runs: values.len() })
    };
    let points = at_step.into_iter().filter_map(point).collect();
    let faint = curves.iter().filter(|curve| !curve.own.is_empty());
    let faint = faint.map(|curve| (curve.name.clone(), thinned(&curve.own))).collect();
    Series { name: entry.name.clone(), variant: entry.variant, points, faint }
}

/// Evenly chosen steps of a curve, its last one among them.
fn places(curve: &[(f64, f64)]) -> BTreeSet<u64> {
    let every = curve.len().div_ceil(CURVE_POINTS).max(1);
    curve.iter().step_by(every).chain(curve.last()).map(|(step, _)| *step as u64).collect()
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
    let axis = Axis::new(score_label(comparison));
    let scores = comparison.entries.iter().flat_map(Entry::score_values).filter(|score| *score > 0.0);
    let (low, high) = scores.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), v| (low.min(v), high.max(v)));
    // A logarithmic axis has no place for an error of 0.
    let exact_ones = comparison.entries.iter().flat_map(Entry::score_values).any(|score| score <= 0.0);
    let axis = match comparison.measure {
        // What diverged may be far off.
        Measure::ValueError if high > 100.0 * low && !exact_ones => axis.logarithmic(),
        Measure::ValueError => axis.with_zero(),
        _ => axis,
    };
    (!rows.is_empty()).then(|| Figure {
        id: "final-scores".to_owned(),
        title: "Final scores".to_owned(),
        caption: format!(
            "Interquartile mean of the runs' scores with its 95 % interval; each small dot is a run.{failed}"
        ),
        chart: Chart::Intervals(Intervals { x: axis, rows, mark }),
    })
}

/// How fast those learn that tie for the best.
fn of_tied(speeds: &Comparison, bootstrap: &Bootstrap) -> [Option<Figure>; 2] {
    let of_best =
        |figure: Figure, id: &str, title: &str| Figure { id: id.to_owned(), title: title.to_owned(), ..figure };
    let scores = final_scores(speeds).map(|figure| Figure {
        caption: figure.caption.replace("the runs' scores", "the runs' mean returns (AUC)"),
        ..of_best(figure, "learning-speeds", "Learning speeds of those that tie for the best")
    });
    let faster = improvement(speeds, bootstrap).map(|figure| {
        of_best(
            figure,
            "probability-of-faster-learning",
            "Probability of faster learning among those that tie for the best",
        )
    });
    [scores, faster]
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
        id: "performance-profile".to_owned(),
        title: "Performance profiles".to_owned(),
        caption: "Share of runs whose score is above τ, with pointwise 95 % intervals (Agarwal et al. 2021)."
            .to_owned(),
        chart: lines(Lines {
            x: Axis::new(&format!("τ, a {}", score_label(comparison))),
            y: Axis::new("share of runs above τ").between(0.0, 1.0),
            series,
            mark: None,
            stairs: true,
            grouped: false,
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
        Measure::MeanReturn => "learns faster (by the mean return over the run)",
        Measure::ValueError => "has a smaller error",
    };
    Some(Figure {
        id: "probability-of-improvement".to_owned(),
        title: "Probability of improvement".to_owned(),
        caption: format!(
            "Probability that a run of the row {better} than a run of the column, ties as ½ (Mann–Whitney). In bold: the \
             differences over shared seeds are significant in that direction (Wilcoxon's signed ranks, Holm's correction over \
             {}, 5 %).",
            match comparison.baseline {
                Some(index) => format!(
                    "{} with the baseline {}",
                    number(comparison.tests(), "test"),
                    comparison.entries[index].name
                ),
                None => number(comparison.tests(), "pair"),
            }
        ),
        chart: Chart::Matrix(MatrixChart {
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
            format!("; better by {} over {}, {}", fixed(difference, 4), number(pair.shared, "shared seed"), p_value(p))
        }
        (Some(difference), None) => {
            format!("; better by {} over {}, not tested", fixed(difference, 4), number(pair.shared, "shared seed"))
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

/// The score over the values of one key.
fn parameter_study(comparison: &Comparison, study: &Study) -> Option<Figure> {
    let numbers = numbers(&study.values);
    let logarithmic = numbers.as_ref().is_some_and(|numbers| log_like(numbers));
    let places: Vec<f64> = numbers.unwrap_or_else(|| (0..study.values.len()).map(|index| index as f64).collect());
    let x = Axis::new(&study.key).naming(places.iter().copied().zip(study.values.clone()).collect());
    let y = Axis::new(score_label(comparison));
    let series = study.lines.iter().enumerate().map(|(number, (name, points))| {
        let point = |(place, entry): &(usize, &Entry)| {
            let score = entry.score?;
            Some(Point { x: places[*place], y: score.value, band: score.ends(), runs: entry.scores.len() })
        };
        let points = points.iter().filter_map(point).collect();
        let name = if name.is_empty() { "all".to_owned() } else { name.clone() };
        Series { name, variant: number, points, faint: Vec::new() }
    });
    Some(Figure {
        id: format!("parameter-study-{}", file_name(&study.key)),
        title: format!("Parameter study: {}", study.key),
        caption: format!(
            "Interquartile mean of the scores with its 95 % interval over the values of {}: one line for each setting of \
             everything else.{}",
            study.key,
            if logarithmic { " The values are on a logarithmic axis." } else { "" }
        ),
        chart: lines(Lines {
            x: if logarithmic { x.logarithmic() } else { x },
            y: if comparison.measure == Measure::ValueError { y.logarithmic() } else { y },
            series: series.collect(),
            mark: None,
            stairs: false,
            grouped: true,
        })?,
    })
}

fn sample_efficiency(comparison: &Comparison) -> Option<Figure> {
    let exactly = comparison.exact;
    let threshold = comparison.threshold.filter(|_| !exactly);
    if threshold.is_none() && !exactly {
        return None;
    }
    let times = |entry: &Entry| if exactly { entry.optimal.clone() } else { entry.reached.clone() };
    let series = |entry: &Entry| {
        let runs = times(entry).len();
        let bare = |(x, y): (f64, f64)| Point { x, y, band: (y, y), runs };
        let end = entry.steps as f64;
        let mut points: Vec<Point> = [(0.0, 0.0)].into_iter().chain(share_reached(&times(entry))).map(bare).collect();
        if let Some(last) = points.last().filter(|last| last.x < end).copied() {
            points.push(Point { x: end, ..last });
        }
        Series { name: entry.name.clone(), variant: entry.variant, points, faint: Vec::new() }
    };
    let counted = "(Kaplan–Meier: a run that is not over counts as far as it got; one that failed never gets there)";
    let (title, caption) = match threshold {
        Some(threshold) => (
            format!("Sample efficiency: runs that have reached {}", exact(threshold)),
            format!("Share of runs that have reached it by then {counted}: {}.", first_passage(comparison)),
        ),
        None => (
            "Sample efficiency: runs that have been optimal".to_owned(),
            format!(
                "Share of runs whose learned policy has been exactly optimal by then, by the environment's model: regret 0, at \
                 the steps of evaluations {counted}. A policy may be lost again; one that is optimal at step 0, before any update, does not count."
            ),
        ),
    };
    Some(Figure {
        id: "sample-efficiency".to_owned(),
        title,
        caption,
        chart: lines(Lines {
            x: steps_axis(),
            y: Axis::new("share of runs").between(0.0, 1.0),
            series: comparison.entries.iter().filter(|entry| !times(entry).is_empty()).map(series).collect(),
            mark: None,
            stairs: true,
            grouped: false,
        })?,
    })
}

fn value_errors(comparison: &Comparison, of: Distance, band: &Bootstrap) -> Option<Figure> {
    let truths = comparison.truths();
    let against = match &truths[..] {
        [truth] => format!("distance from {}", truth_name(truth)),
        _ => "distance from the truth of each variant".to_owned(),
    };
    let truth = truth_sentence(comparison).map_or(String::new(), |truth| format!(" {truth}"));
    let (id, title, measured) = match of {
        Distance::OnPolicyError => (
            "value-error-on-policy",
            format!("Error of the values where the policy goes: {against}"),
            format!("Root mean squared error, states weighted as often as the followed policy visits them.{truth}"),
        ),
        Distance::BellmanError => (
            "bellman-error",
            "Bellman error".to_owned(),
            "Root mean squared distance of the learned values from what Bellman's equation makes of them.".to_owned(),
        ),
        _ => (
            "value-error",
            format!("Error of the values: {against}"),
            format!("Root mean squared error, all states alike.{truth}"),
        ),
    };
    let quantity = Quantity::Distance(of);
    let axis = Axis::new("root mean squared error").logarithmic();
    let (axis, cut) = match range_of_finished(comparison, quantity) {
        Some((low, high)) if comparison.worst_of(quantity).is_some_and(|worst| worst > 10.0 * high) => {
            (axis.between(low, high), " The axis ends where finished runs end; what is beyond leaves the frame.")
        }
        _ => (axis, ""),
    };
    Some(Figure {
        id: id.to_owned(),
        title,
        caption: format!(
            "{measured} Interquartile mean over runs with its 95 % interval.{}{cut}",
            failed_sentence(comparison)
        ),
        chart: distances(comparison, band, quantity, axis)?,
    })
}

/// The smallest and the largest positive figure of all finished runs.
fn range_of_finished(comparison: &Comparison, quantity: Quantity) -> Option<(f64, f64)> {
    let finished = comparison.entries.iter().flat_map(|entry| &entry.runs).filter(|run| run.state == State::Finished);
    let figures = finished.flat_map(|run| quantity.measured(run)).map(|(_, value)| value).filter(|value| *value > 0.0);
    figures.map(|value| (value, value)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

fn regrets(comparison: &Comparison, band: &Bootstrap) -> Option<Figure> {
    Some(Figure {
        id: "regret".to_owned(),
        title: "Regret".to_owned(),
        caption: format!(
            "What the learned policy is worth less than an optimal one at the start of an episode, exactly: interquartile mean \
             over runs with its 95 % interval.{}",
            failed_sentence(comparison)
        ),
        chart: distances(comparison, band, Quantity::Distance(Distance::Regret), Axis::new("V* − Vπ").with_zero())?,
    })
}

/// A column of `values.csv` as curves, which say what they are distances from where that differs.
fn distances(comparison: &Comparison, band: &Bootstrap, quantity: Quantity, y: Axis) -> Option<Chart> {
    let labelled = comparison.truths().len() > 1 && quantity != Quantity::Distance(Distance::Regret);
    let series = |entry: &Entry| {
        let series = with_band(comparison, entry, quantity, band);
        match labelled {
            true => Series { name: format!("{} to {}", series.name, truth_name(&entry.truth)), ..series },
            false => series,
        }
    };
    let series = comparison.entries.iter().map(series).filter(|series| !series.points.is_empty()).collect();
    lines(Lines { x: steps_axis(), y, series, mark: None, stairs: false, grouped: false })
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
        false => {
            let lowest = 0.9 * sizes[0].max(0.01 * quantile(&sizes, 0.02));
            Axis::new(label).logarithmic().between(lowest, largest)
        }
        true => Axis::new(label),
    };
    let cut = y.range.is_some_and(|(low, _)| points().any(|point| point.y < low));
    Some(Figure {
        id: id.to_owned(),
        title: title.to_owned(),
        caption: format!(
            "While training, in hundredths of the run: median over the runs that got so far, and between which values half of them \
             lie.{}",
            if cut { " What is smaller than the axis shows leaves the frame." } else { "" }
        ),
        chart: lines(Lines { x: steps_axis(), y, series, mark: None, stairs: false, grouped: false })?,
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

/// A text as part of a file's name.
fn file_name(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(60).collect()
}

/// The names of figures' files must be unique, so environments of one name are numbered.
pub fn file_prefixes(comparisons: &[Comparison]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut prefix = |id: &str| {
        let plain = file_name(id);
        let mut numbered = (1..).map(|n| if n == 1 { plain.clone() } else { format!("{plain}-{n}") });
        let free = numbered.find(|name| !taken.contains(name)).unwrap_or(plain.clone());
        taken.insert(free.clone());
        free
    };
    comparisons.iter().map(|comparison| prefix(&comparison.environment.id)).collect()
}
