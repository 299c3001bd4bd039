//! Evaluations as text for a terminal.

use std::collections::BTreeSet;

use super::{Bin, Evaluation, Spread};
use crate::text::{Alignment, WIDTH, counted, fixed, text_table, three_digits, under_names, wrapped};

/// The evaluation of one run: which checkpoint, statistics, and a histogram of the returns.
pub fn evaluation_text(evaluation: &Evaluation) -> String {
    let Evaluation { result, checkpoint, step, steps, .. } = evaluation;
    let in_training = evaluation
        .best_return
        .map_or(String::new(), |mean| format!(" The mean return of its evaluation in training was {}.", number(mean)));
    let head =
        format!("{}: the {checkpoint} checkpoint, of step {step} of {steps}.{in_training}", evaluation.run.display());
    let notes: String = evaluation.notes.iter().map(|note| wrapped(&format!("note: {note}"), WIDTH)).collect();
    let rows = [("return", result.returns), ("length", result.lengths)].map(|(name, spread)| {
        let figures = spread.map_or_else(|| vec!["–".to_owned(); 5], figures);
        [vec![name.to_owned()], figures].concat()
    });
    let columns = ["mean", "sd", "min", "median", "max"].map(|title| (title, Alignment::Right));
    let table = text_table(&[&[("", Alignment::Left)], &columns[..]].concat(), &rows);
    format!(
        "{}{notes}{}\n{table}\nEnded: {} terminated, {} truncated.\n\nReturns\n{}",
        wrapped(&head, WIDTH),
        wrapped(&setting(std::slice::from_ref(evaluation)), WIDTH),
        result.terminated,
        result.truncated,
        bars(&result.histogram)
    )
}

/// The evaluations of several runs of an experiment, as a table with a row for each.
pub fn evaluation_table(evaluations: &[Evaluation]) -> String {
    let columns = [
        ("variant", Alignment::Left),
        ("seed", Alignment::Right),
        ("checkpoint", Alignment::Right),
        ("return", Alignment::Right),
        ("min", Alignment::Right),
        ("max", Alignment::Right),
        ("length", Alignment::Right),
    ];
    let row = |evaluation: &Evaluation| {
        let [returned, min, max] = match evaluation.result.returns {
            Some(Spread { mean, sd, min, max, .. }) => {
                let sd = sd.map_or(String::new(), |sd| format!(" ± {}", number(sd)));
                [number(mean) + &sd, number(min), number(max)]
            }
            None => ["–"; 3].map(str::to_owned),
        };
        let length = evaluation.result.lengths.map_or("–".to_owned(), |lengths| number(lengths.mean));
        let checkpoint = format!("{} {}", evaluation.checkpoint, evaluation.step);
        vec![evaluation.variant.clone(), evaluation.seed.to_string(), checkpoint, returned, min, max, length]
    };
    let rows: Vec<Vec<String>> = evaluations.iter().map(row).collect();
    let wide = text_table(&columns, &rows);
    if wide.lines().all(|line| line.chars().count() <= WIDTH) {
        return wide;
    }
    let names: Vec<String> = evaluations.iter().map(|evaluation| evaluation.variant.clone()).collect();
    let rest: Vec<Vec<String>> = rows.into_iter().map(|row| row[1..].to_vec()).collect();
    under_names("variant", &names, &text_table(&columns[1..], &rest), "  ")
}

/// How the episodes of evaluations with the same options were played, in a sentence; empty without an evaluation.
pub fn setting(evaluations: &[Evaluation]) -> String {
    let Some(first) = evaluations.first() else { return String::new() };
    let policy = if first.stochastic { "with the exploration of training" } else { "without exploration" };
    let seed = match first.evaluation_seed {
        Some(seed) => format!("seed {seed}"),
        None => "the seed of the run".to_owned(),
    };
    let changed = match &first.changes[..] {
        [] => String::new(),
        changes => format!(", changed: {}", changes.join(", ")),
    };
    let episodes = counted(first.result.episodes.len(), "episode");
    let envs: BTreeSet<&str> = evaluations.iter().map(|evaluation| evaluation.env.id()).collect();
    let envs = envs.into_iter().collect::<Vec<_>>().join(" and ");
    format!("{episodes} {policy}, with {seed}, in {envs}{changed}.")
}

fn figures(spread: Spread) -> Vec<String> {
    let Spread { mean, sd, min, median, max } = spread;
    let sd = sd.map_or("–".to_owned(), number);
    vec![number(mean), sd, number(min), number(median), number(max)]
}

/// Whole numbers as they are; others with three digits, or one decimal from 100 on.
fn number(value: f64) -> String {
    if value.fract() == 0.0 {
        return fixed(value, 0);
    }
    if value.abs() < 100.0 { three_digits(value) } else { fixed(value, 1) }
}

/// A line for each bin, with a bar.
fn bars(bins: &[Bin]) -> String {
    if bins.is_empty() {
        return "  a return is not finite\n".to_owned();
    }
    let label = |bin: &Bin| match bin.low == bin.high {
        true => number(bin.low),
        false => format!("{} to {}", number(bin.low), number(bin.high)),
    };
    let labels: Vec<String> = bins.iter().map(label).collect();
    let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(0);
    let digits = most.to_string().len();
    let room = WIDTH.saturating_sub(2 + longest + 2 + digits + 2).max(10);
    let line = |(bin, label): (&Bin, &String)| {
        // A bin with an episode has a bar.
        let bar = (bin.count * room).div_ceil(most.max(1));
        format!("  {label:>longest$}  {:>digits$}  {}", bin.count, "█".repeat(bar)).trim_end().to_owned() + "\n"
    };
    bins.iter().zip(&labels).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion_and_within_the_width() {
        let bin = |low, high, count| Bin { low, high, count };
        let text = bars(&[bin(0.0, 0.0, 30), bin(1.0, 1.0, 60), bin(2.0, 2.0, 0), bin(3.0, 3.0, 1)]);
        let lengths: Vec<usize> = text.lines().map(|line| line.matches('█').count()).collect();
        assert_eq!(lengths, [36, 71, 0, 2]);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        assert_eq!(text.lines().nth(2), Some("  2   0"));
        assert!(bars(&[bin(-12.5, 3.25, 4)]).starts_with("  -12.5 to 3.25  4  █"));
    }

    #[test]
    fn numbers_have_the_digits_that_are_read() {
        assert_eq!([500.0, 0.74, 187.34, 12.345, -0.0].map(number), ["500", "0.740", "187.3", "12.3", "0"]);
    }
}
