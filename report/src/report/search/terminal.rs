//! The report of a search as text for a terminal.

use super::cautions::cautions;
use super::searched::SearchResults;
use super::tables::{settings_table, summary_table};
use super::wording::described;
use crate::text::wrapped;

/// How the search was made, its table, the chosen settings and warnings, within `width` columns.
pub fn text(results: &SearchResults, width: usize) -> String {
    let warning = |text: &String| wrapped(&format!("warning: {text}"), width);
    let text = [
        wrapped(&format!("{}: {}.", results.plan.name, lower_first(&described(results))), width),
        "\n".to_owned(),
        summary_table(results).text(width),
        "\n".to_owned(),
        settings_table(results).text(width),
        "\n".to_owned(),
        wrapped(OPTIMISTIC, width),
        cautions(results).iter().chain(&results.problems).map(warning).collect(),
    ]
    .concat();
    // Names and messages come from files. Control characters in them must not reach the terminal.
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// Why the best trial's objective is no estimate.
pub const OPTIMISTIC: &str = "The best of many trials is partly luck, so its objective is optimistic on the tuning seeds. What the chosen \
                              settings are worth is what they reach on the judging seeds, which no choice has seen.";

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}
