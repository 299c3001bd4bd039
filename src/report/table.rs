//! The tables of an environment: one row for each variant.

use super::chart::exact;
use super::comparison::{Comparison, Entry, Estimate, Measure, Settings};
use super::findings::truth_name;
use super::fixed::fixed;
use super::read::State;
use super::settings_in_names::Setting;
use super::study::best_of_each;
use crate::stats::{Bootstrap, Interval, mean, median, median_time, optimality_gap};
use crate::text::{Alignment, text_table, under_names, wrapped};

/// Columns, and a row of cells for each variant. A column without a figure in it is not there.
pub struct Table {
    /// The columns; the first one has names.
    pub columns: Vec<Column>,
    /// The variants' numbers and cells.
    pub rows: Vec<(usize, Vec<String>)>,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its title. Where it has to be narrow, a line ends at each line break; elsewhere that is a space.
    title: &'static str,
    /// What the title ends with, a threshold for example.
    suffix: String,
    /// How it is set.
    side: Alignment,
    /// The higher, the earlier it is left out where there is no room; 0 always stays.
    rank: u8,
}

impl Column {
    fn names(title: &'static str) -> Column {
        Column { title, suffix: String::new(), side: Alignment::Left, rank: 0 }
    }

    fn numbers(title: &'static str, rank: u8) -> Column {
        Column { title, suffix: String::new(), side: Alignment::Right, rank }
    }

    fn ending_with(self, suffix: &str) -> Column {
        Column { suffix: suffix.to_owned(), ..self }
    }

    /// The title in one line.
    pub fn title(&self) -> String {
        self.folded_title().replace('\n', " ")
    }

    fn folded_title(&self) -> String {
        format!("{}{}", self.title, self.suffix)
    }
}

/// What stands where there is no figure.
const NONE: &str = "–";

/// The table of a comparison, the best variant first.
pub fn table(comparison: &Comparison) -> Table {
    let threshold = comparison.threshold.map_or(String::new(), exact);
    let of_scores = decimals(comparison.entries.iter().filter_map(|entry| entry.score));
    let of_finals = decimals(comparison.entries.iter().filter_map(|entry| entry.final_return));
    let of_areas = decimals(comparison.entries.iter().filter_map(|entry| entry.area));
    let steps = &comparison.entries.iter().map(|entry| entry.steps).collect::<Vec<_>>()[..];
    let truths = comparison.truths();
    let [one_truth, several_truths] = [truths.len() == 1, truths.len() > 1];
    let against = if one_truth { format!("\nto {}", truth_name(truths[0])) } else { String::new() };
    let of_returns = |measure: Measure, title: &'static str, rank: u8| {
        let decides =
            comparison.measure == measure || comparison.speeds.as_ref().is_some_and(|speeds| speeds.measure == measure);
        Column::numbers(title, if decides { 0 } else { rank })
    };
    let final_return = of_returns(Measure::FinalReturn, "final return\n[95 %]", 6);
    let mean_return = of_returns(Measure::MeanReturn, "mean return\n(AUC) [95 %]", 5);
    let prediction = comparison.measure == Measure::ValueError;
    let by_speed = comparison.measure == Measure::MeanReturn;
    type Cell<'a> = Box<dyn Fn(&Entry) -> String + 'a>;
    let mut columns: Vec<(Column, Cell)> = vec![
        (Column::names("variant"), Box::new(|entry| entry.name.clone())),
        (Column::numbers("runs", 0), Box::new(runs)),
    ];
    let in_order: [(Column, Cell); 2] = [
        (final_return, Box::new(move |entry| estimate(entry.final_return, of_finals))),
        (mean_return, Box::new(move |entry| estimate(entry.area, of_areas))),
    ];
    if prediction {
        let title = Column::numbers("final value rmse", 0)
            .ending_with(&format!("{} [95 %]", if one_truth { &against } else { "\n" }));
        columns.push((title, Box::new(move |entry| estimate(entry.score, of_scores))));
    } else if by_speed {
        columns.extend(in_order.into_iter().rev());
    } else {
        columns.extend(in_order);
    }
    if comparison.exact {
        columns.push((Column::numbers("regret 0\nat end", 1), Box::new(optimal_at_end)));
        columns.push((Column::numbers("regret 0\nonce", 5), Box::new(once_optimal)));
        columns
            .push((Column::numbers("steps to\nregret 0", 4), Box::new(|entry| figure(median_time(&entry.optimal), 0))));
    } else {
        columns.push((Column::numbers("reached\n", 3).ending_with(&threshold), Box::new(solved)));
        let time = |entry: &Entry| figure(median_time(&entry.reached), 0);
        columns.push((Column::numbers("steps to\n", 4).ending_with(&threshold), Box::new(time)));
    }
    columns.push((Column::numbers("regret", 1), Box::new(|entry| figure(entry.distances.regret, 4))));
    if !prediction {
        let value_error = Column::numbers("value rmse", 2).ending_with(&against);
        columns.push((value_error, Box::new(|entry| figure(entry.distances.value_error, 4))));
    }
    if several_truths {
        let truth = |entry: &Entry| {
            entry.distances.value_error.map_or(NONE.to_owned(), |_| truth_name(&entry.truth).to_owned())
        };
        columns.push((Column::numbers("rmse\nagainst", 2), Box::new(truth)));
    }
    columns.push((Column::numbers("on-policy\nrmse", 7), Box::new(|entry| figure(entry.distances.on_policy_error, 4))));
    columns.push((Column::numbers("Bellman\nrmse", 8), Box::new(|entry| figure(entry.distances.bellman_error, 4))));
    if steps.iter().any(|other| *other != steps[0]) {
        columns.push((Column::numbers("steps", 1), Box::new(|entry| entry.steps.to_string())));
    }
    let parameters = |entry: &Entry| figure(entry.parameters().map(|count| count as f64), 0);
    columns.push((Column::numbers("parameters", 9), Box::new(parameters)));
    columns.push((Column::numbers("steps/s", 10), Box::new(|entry| figure(entry.rate(), 0))));
    let (columns, cells): (Vec<Column>, Vec<Cell>) = columns.into_iter().unzip();
    let row = |entry: &Entry| (entry.variant, cells.iter().map(|cell| cell(entry)).collect());
    Table { columns, rows: comparison.ranked().into_iter().map(row).collect() }.without_empty_columns()
}

/// The best setting of each approximator, where several were tried.
pub fn best_table(comparison: &Comparison) -> Option<Table> {
    let digits = decimals(comparison.entries.iter().filter_map(|entry| entry.score));
    let row = |(name, entry, tried): (String, &Entry, usize)| {
        let settings = entry.settings.iter().filter(|setting| !name.contains(&setting.told())).map(Setting::told);
        let cells =
            [name.clone(), settings.collect::<Vec<_>>().join(", "), tried.to_string(), estimate(entry.score, digits)];
        (entry.variant, cells.to_vec())
    };
    let rows: Vec<_> = best_of_each(comparison).into_iter().map(row).collect();
    let score = match comparison.measure {
        Measure::FinalReturn => "final return\n[95 %]",
        Measure::MeanReturn => "mean return\n(AUC) [95 %]",
        Measure::ValueError => "final value rmse\n[95 %]",
    };
    let setting = Column { side: Alignment::Left, ..Column::numbers("best setting", 0) };
    let columns = vec![Column::names("approximator"), setting, Column::numbers("tried", 1), Column::numbers(score, 0)];
    (!rows.is_empty()).then_some(Table { columns, rows })
}

/// Every variant against the baseline, where there is one.
pub fn baseline_table(comparison: &Comparison, settings: &Settings) -> Option<Table> {
    let baseline = comparison.baseline?;
    let row = |entry: &&Entry| {
        let (pair, turned) = comparison.pair(entry.variant, baseline)?;
        let turn = |share: f64| if turned { 1.0 - share } else { share };
        let interval = comparison.probability_interval(pair, &settings.bootstrap).map(|Interval { low, high }| {
            let (low, high) = (turn(low), turn(high));
            Interval { low: low.min(high), high: low.max(high) }
        });
        let difference = pair.difference.map(|difference| if turned { -difference } else { difference });
        let cells = [
            entry.name.clone(),
            figure(difference, 4),
            estimate(Some(Estimate { value: turn(pair.probability), interval }), 3),
            pair.shared.to_string(),
            pair.p_value.map_or(NONE.to_owned(), |p| if p < 0.0001 { "<0.0001".to_owned() } else { fixed(p, 4) }),
        ];
        Some((entry.variant, cells.to_vec()))
    };
    let rows: Vec<_> = comparison.ranked().iter().filter_map(row).collect();
    let columns = vec![
        Column::names("variant"),
        Column::numbers("better by", 0),
        Column::numbers("P(better)\n[95 %]", 0),
        Column::numbers("shared\nseeds", 1),
        Column::numbers("p (Holm)", 0),
    ];
    (!rows.is_empty()).then_some(Table { columns, rows })
}

/// Median, mean and optimality gap of the final returns with their intervals, for each variant that has any.
pub fn estimates_table(comparison: &Comparison, settings: &Settings) -> Table {
    let bootstrap = settings.bootstrap;
    let threshold = comparison.threshold.filter(|_| comparison.measure == Measure::FinalReturn);
    let row = |entry: &&Entry| {
        let scores = entry.score_values();
        let digits = decimals(entry.score.into_iter());
        let gap = |threshold: f64| with_interval(&scores, &bootstrap, |scores| optimality_gap(scores, threshold));
        let mut cells = vec![
            entry.name.clone(),
            estimate(Some(with_interval(&scores, &bootstrap, median)?), digits),
            estimate(Some(with_interval(&scores, &bootstrap, mean)?), digits),
        ];
        cells.extend(threshold.map(|threshold| estimate(gap(threshold), digits)));
        Some((entry.variant, cells))
    };
    let mut columns =
        vec![Column::names("variant"), Column::numbers("median\n[95 %]", 0), Column::numbers("mean\n[95 %]", 0)];
    let gap = |threshold: f64| Column::numbers("gap to ", 0).ending_with(&format!("{}\n[95 %]", exact(threshold)));
    columns.extend(threshold.map(gap));
    Table { columns, rows: comparison.ranked().iter().filter_map(row).collect() }
}

/// An estimate of one list of scores.
fn with_interval(scores: &[f64], bootstrap: &Bootstrap, estimator: impl Fn(&[f64]) -> Option<f64>) -> Option<Estimate> {
    let value = estimator(scores)?;
    Some(Estimate { value, interval: bootstrap.expanded(&[scores], |strata| estimator(&strata[0])) })
}

impl Table {
    fn without_empty_columns(self) -> Table {
        let filled = |column: usize| self.rows.iter().any(|(_, cells)| cells[column] != NONE);
        let shown: Vec<usize> = (0..self.columns.len()).filter(|&column| filled(column)).collect();
        self.only(&shown)
    }

    fn only(&self, shown: &[usize]) -> Table {
        let of_row = |(variant, cells): &(usize, Vec<String>)| {
            (*variant, shown.iter().map(|&column| cells[column].clone()).collect())
        };
        Table {
            columns: shown.iter().map(|&column| self.columns[column].clone()).collect(),
            rows: self.rows.iter().map(of_row).collect(),
        }
    }

    /// For a terminal of `width` columns: titles are folded, names that are long stand above their rows, and then the least
    /// important columns are left out and named below, until it fits. Names are whole, so that they can be given to a command.
    pub fn text(&self, width: usize) -> String {
        let plain = self.set(Column::title);
        if fits(&plain, width) {
            return plain;
        }
        let mut shown: Vec<usize> = (0..self.columns.len()).collect();
        let mut left_out: Vec<String> = Vec::new();
        loop {
            let table = self.only(&shown);
            let text = table.set(Column::folded_title);
            // One name that is long does not cost everybody a column.
            let (text, room) = match fits(&text, width) {
                false if self.has_long_names() => table.with_names_above(),
                _ => (text.clone(), text),
            };
            let rank = |&&column: &&usize| self.columns[column].rank;
            let least = shown.iter().max_by_key(rank).copied().filter(|&column| self.columns[column].rank > 0);
            match least.filter(|_| !fits(&room, width)) {
                Some(least) => {
                    shown.retain(|&column| column != least);
                    left_out.push(self.columns[least].title());
                }
                None if left_out.is_empty() => return text,
                None => {
                    return text + &wrapped(&format!("(left out for want of room: {})", left_out.join(", ")), width);
                }
            }
        }
    }

    /// The columns of words, which name a row.
    fn names(&self) -> Vec<usize> {
        (0..self.columns.len()).filter(|&column| self.columns[column].side == Alignment::Left).collect()
    }

    fn has_long_names(&self) -> bool {
        let length = |(_, cells): &(usize, Vec<String>)| {
            self.names().iter().map(|&column| cells[column].chars().count()).sum::<usize>()
        };
        self.rows.iter().map(length).max().unwrap_or(0) > LONG_NAME_LENGTH
    }

    /// The same with what names a row in a line of its own above it, and the part that has to fit: a name is as long as it is.
    fn with_names_above(&self) -> (String, String) {
        let names = self.names();
        let numbers: Vec<usize> = (0..self.columns.len()).filter(|column| !names.contains(column)).collect();
        let table = self.only(&numbers).set(Column::folded_title);
        let joined =
            |of: &dyn Fn(usize) -> String| names.iter().map(|&column| of(column)).collect::<Vec<_>>().join(": ");
        let title = joined(&|column| self.columns[column].title());
        let of_rows: Vec<String> = self.rows.iter().map(|(_, cells)| joined(&|column| cells[column].clone())).collect();
        let indented = table.lines().map(|line| format!("{GAP}{line}\n")).collect();
        (under_names(&title, &of_rows, &table, GAP), indented)
    }

    fn set(&self, title: impl Fn(&Column) -> String) -> String {
        let titles: Vec<String> = self.columns.iter().map(title).collect();
        let header: Vec<(&str, Alignment)> =
            titles.iter().zip(&self.columns).map(|(title, column)| (title.as_str(), column.side)).collect();
        text_table(&header, &self.rows.iter().map(|(_, cells)| cells.clone()).collect::<Vec<_>>())
    }
}

/// Names that are longer than this do not cost a column: they stand above their rows.
const LONG_NAME_LENGTH: usize = 20;

/// What numbers below their name begin with.
const GAP: &str = "  ";

fn fits(text: &str, width: usize) -> bool {
    text.lines().all(|line| line.chars().count() <= width)
}

/// Finished runs, and of how many where that is not all.
fn runs(entry: &Entry) -> String {
    let (finished, all) = (entry.count(|state| *state == State::Finished), entry.runs.len());
    if finished == all { all.to_string() } else { format!("{finished} of {all}") }
}

/// Whether the scores of two variants that differ by `difference` are the same number in the table.
pub fn shown_alike(comparison: &Comparison, one: &Entry, other: &Entry, difference: f64) -> bool {
    // The table has the figures of all variants, also where only some have a score.
    let figure = |entry: &Entry| match comparison.measure {
        Measure::FinalReturn => entry.final_return,
        Measure::MeanReturn => entry.area,
        Measure::ValueError => entry.score,
    };
    let decimals = decimals(comparison.entries.iter().filter_map(figure));
    let shown = |entry: &Entry| figure(entry).map(|estimate| fixed(estimate.value, decimals));
    shown(one) == shown(other) && difference < 10_f64.powi(-(decimals as i32))
}

/// As many decimals as tell the width of most intervals in two digits; where there are none, the values in three.
fn decimals(estimates: impl Iterator<Item = Estimate>) -> usize {
    let estimates: Vec<Estimate> = estimates.collect();
    let widths: Vec<f64> = estimates.iter().filter_map(Estimate::width).collect();
    let sizes: Vec<f64> = estimates.iter().map(|estimate| estimate.value.abs()).filter(|size| *size > 0.0).collect();
    let (scale, digits) = match (median(&widths), median(&sizes)) {
        (Some(width), _) => (width, 1.0),
        (None, Some(size)) => (size, 2.0),
        (None, None) => return 1,
    };
    (digits - scale.log10().floor()).clamp(1.0, 8.0) as usize
}

fn estimate(estimate: Option<Estimate>, decimals: usize) -> String {
    let Some(Estimate { value, interval }) = estimate else { return NONE.to_owned() };
    let shown = |value: f64| figure(Some(value), decimals);
    let interval = interval.map_or(String::new(), |i| format!(" [{}, {}]", shown(i.low), shown(i.high)));
    format!("{}{interval}", shown(value))
}

fn optimal_at_end(entry: &Entry) -> String {
    entry.distances.regret.map_or(NONE.to_owned(), |_| format!("{} of {}", entry.optimal_at_end, entry.runs.len()))
}

fn once_optimal(entry: &Entry) -> String {
    if entry.optimal.is_empty() { NONE.to_owned() } else { format!("{} of {}", entry.once_optimal(), entry.runs.len()) }
}

fn solved(entry: &Entry) -> String {
    if entry.reached.is_empty() { NONE.to_owned() } else { format!("{} of {}", entry.solved(), entry.runs.len()) }
}

fn figure(value: Option<f64>, decimals: usize) -> String {
    let shown = |value: f64| if value.abs() < 1e7 { fixed(value, decimals) } else { format!("{value:.2e}") };
    value.map_or(NONE.to_owned(), shown)
}
