//! The report as text for a terminal.

use super::comparison::Comparison;
use super::findings::{BEST_OF_EACH, against_baseline, budgets, cautions, findings, notes};
use super::measure::Measure;
use super::options::ReportOptions;
use super::origins::origins;
use super::table::Table;
use super::tables::{baseline_table, best_table, main_table};
use crate::text::wrapped;

/// All comparisons, then the warnings about files, within `width` columns.
pub fn text(comparisons: &[Comparison], warnings: &[String], options: &ReportOptions, width: usize) -> String {
    let sections: Vec<String> = comparisons.iter().map(|comparison| section(comparison, options, width)).collect();
    let warnings: String = warnings.iter().map(|warning| wrapped(&format!("warning: {warning}"), width)).collect();
    // Names and messages come from files. Control characters in them must not reach the terminal.
    let printable = |c: char| if c.is_control() && c != '\n' { '\u{fffd}' } else { c };
    (sections.join("\n") + &warnings).chars().map(printable).collect()
}

fn section(comparison: &Comparison, options: &ReportOptions, width: usize) -> String {
    let lines = |texts: Vec<String>| texts.iter().map(|text| wrapped(text, width)).collect::<String>();
    let titled = |title: &str, table: Option<Table>| {
        table
            .map_or(String::new(), |table| format!("\n{}\n{}", wrapped(&format!("{title}:"), width), table.text(width)))
    };
    [
        wrapped(&heading(comparison), width),
        "\n".to_owned(),
        main_table(comparison).text(width),
        "\n".to_owned(),
        lines(findings(comparison)),
        lines(notes(comparison)),
        lines(cautions(comparison).iter().map(|caution| format!("warning: {caution}")).collect()),
        titled(BEST_OF_EACH, best_table(comparison)),
        titled(&against_baseline(comparison), baseline_table(comparison, options)),
    ]
    .concat()
}

fn heading(comparison: &Comparison) -> String {
    let (budgets, origins) = (budgets(comparison), origins(comparison));
    if comparison.variants.iter().all(|variant| variant.score.is_none()) {
        return format!("{}, {budgets}{origins}:", comparison.title);
    }
    let scores = match (comparison.measure, comparison.evaluated) {
        (Measure::ValueError, _) => "the final errors of the values",
        (Measure::MeanReturn, _) => "the mean returns over the run",
        (Measure::FinalReturn, true) => "the returns of final evaluations",
        (Measure::FinalReturn, false) => "the returns of the last 100 training episodes",
    };
    format!("{}, {budgets}{origins}; interquartile mean of {scores}:", comparison.title)
}
