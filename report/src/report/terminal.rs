//! The report as text for a terminal.

use super::comparison::Comparison;
use super::findings::{BEST_OF_EACH, against_baseline, budgets, cautions, findings, notes};
use super::measure::Measure;
use super::options::ReportOptions;
use super::origins::origins;
use super::over_environments::{self, OverEnvironments};
use super::table::Table;
use super::tables::{baseline_table, best_table, main_table};
use crate::text::wrapped;

/// What holds over environments, then each comparison, then the warnings about files, within `width` columns.
pub fn text(
    over: Option<&OverEnvironments>,
    comparisons: &[Comparison],
    warnings: &[String],
    options: &ReportOptions,
    width: usize,
) -> String {
    let over = over.map(|over| over_section(over, width));
    let each = comparisons.iter().map(|comparison| section(comparison, options, width));
    let sections: Vec<String> = over.into_iter().chain(each).collect();
    let warnings: String = warnings.iter().map(|warning| wrapped(&format!("warning: {warning}"), width)).collect();
    // Names and messages come from files. Control characters in them must not reach the terminal.
    let printable = |c: char| if c.is_control() && c != '\n' { '\u{fffd}' } else { c };
    (sections.join("\n") + &warnings).chars().map(printable).collect()
}

fn over_section(over: &OverEnvironments, width: usize) -> String {
    let lines = |texts: &[String]| texts.iter().map(|text| wrapped(text, width)).collect::<String>();
    let left_out = lines(&over.left_out.iter().map(|what| format!("left out: {what}")).collect::<Vec<_>>());
    let heading = over_environments::heading(over);
    let Some(aggregate) = &over.aggregate else {
        return lines(&[format!("{heading} nothing can be compared:")]) + &left_out;
    };
    let scores = over_environments::score_name(aggregate);
    let cautions: Vec<String> =
        over_environments::cautions(aggregate).iter().map(|caution| format!("warning: {caution}")).collect();
    [
        lines(&[format!("{heading}; interquartile mean of {scores}:")]),
        "\n".to_owned(),
        over_environments::table(aggregate).text(width),
        "\n".to_owned(),
        lines(&over_environments::findings(aggregate)),
        lines(&over_environments::normalisation(aggregate)),
        left_out,
        lines(&cautions),
    ]
    .concat()
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
