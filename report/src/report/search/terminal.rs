//! The report of a search as text for a terminal.

use super::cautions::cautions;
use super::searched::{SearchResults, SearchedVariant};
use super::tables::summary_table;
use super::wording::{described, value};
use crate::text::wrapped;

/// How the search was made, its table, the chosen settings and warnings, within `width` columns.
pub fn text(results: &SearchResults, width: usize) -> String {
    let warning = |text: &String| wrapped(&format!("warning: {text}"), width);
    let text = [
        wrapped(&format!("{}: {}.", results.plan.name, lower_first(&described(results))), width),
        "\n".to_owned(),
        summary_table(results).text(width),
        "\n".to_owned(),
        results.variants.iter().map(chosen).collect(),
        wrapped(OPTIMISTIC, width),
        cautions(results).iter().chain(&results.problems).map(warning).collect(),
    ]
    .concat();
    // Names and messages come from files. Control characters in them must not reach the terminal.
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// The chosen settings of a variant, or the best ones so far.
fn chosen(variant: &SearchedVariant) -> String {
    let Some(trial) = variant.best().and_then(|best| variant.trial(best.trial)) else { return String::new() };
    let settings = trial.settings.iter().map(|(key, of)| format!("  {key} = {}\n", value(of)));
    format!(
        "{}{}:\n{}\n",
        variant.name,
        if variant.chosen.is_some() { "" } else { " so far" },
        settings.collect::<String>()
    )
}

/// Why the best trial's objective is no estimate.
pub const OPTIMISTIC: &str = "The best of many trials is partly luck, so its objective is optimistic on the tuning seeds. What the chosen \
                              settings are worth is what they reach on the judging seeds, which no choice has seen.";

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}
