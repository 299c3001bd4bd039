//! The report of a search as a self-contained HTML page.

use super::cautions::cautions;
use super::effort::Effort;
use super::importance::Importance;
use super::searched::{SearchResults, Stage};
use super::sensitivity::Losses;
use super::tables::{effort_table, importance_table, sensitivity_table, settings_table, summary_table};
use super::terminal::OPTIMISTIC;
use super::wording::{described, first_rung_note, of_trial, ranges};
use crate::chart::escaped;
use crate::report::figures::Figure;
use crate::report::page::{document, figure_element, html_table, legend, warning_box};
use crate::report::table::Table;

/// Begins the names of the figures' files.
pub const PREFIX: &str = "search";

/// The content of the page.
pub struct PageContent<'a> {
    /// The search.
    pub results: &'a SearchResults,
    /// Tuned against default.
    pub tuned: &'a [Figure],
    /// Over trials.
    pub trials: &'a [Figure],
    /// Of the hyperparameters.
    pub hyperparameters: &'a [Figure],
    /// Performance against effort.
    pub effort: &'a [Figure],
    /// What each hyperparameter explains.
    pub importances: &'a [Importance],
    /// What each variant loses with the others' settings, or why that cannot be said.
    pub losses: &'a Result<Losses, String>,
    /// What so many trials reach.
    pub efforts: &'a [Effort],
}

/// The page.
pub fn html(content: &PageContent) -> String {
    let results = content.results;
    let state = match results.stage {
        Stage::Searching => " The search is not over.",
        Stage::Judging => " The search is over, its verdict is not.",
        Stage::Over => "",
    };
    let lead = format!("{}.{state}", described(results));
    let sections = [chosen(content), trials(content), hyperparameters(content), sensitivity(content), effort(content)];
    let body =
        warning_box("What is wrong with the files", &results.problems) + &sections.concat() + &reproduction(results);
    document(&results.plan.name, &lead, &body)
}

fn section(title: &str, parts: &[String]) -> String {
    format!("<section><h2>{}</h2>{}</section>\n", escaped(title), parts.concat())
}

fn small(text: &str) -> String {
    format!("<p class=\"settings\">{}</p>", escaped(text))
}

fn figures(figures: &[Figure]) -> String {
    let shown: String = figures.iter().map(|figure| figure_element(figure, PREFIX)).collect();
    if shown.is_empty() { shown } else { format!("<div class=\"figures\">{shown}</div>") }
}

fn table_under(title: &str, table: &Table) -> String {
    if table.rows.is_empty() { String::new() } else { format!("<h3>{}</h3>{}", escaped(title), html_table(table)) }
}

fn legend_of(results: &SearchResults) -> String {
    legend(results.variants.iter().map(|variant| (variant.index, variant.name.as_str())))
}

fn chosen(content: &PageContent) -> String {
    let results = content.results;
    section(
        "What was chosen",
        &[
            warning_box("Read with care", &cautions(results)),
            html_table(&summary_table(results)),
            small(OPTIMISTIC),
            figures(content.tuned),
            table_under("Settings", &settings_table(results)),
        ],
    )
}

fn trials(content: &PageContent) -> String {
    section("Trials", &[figures(content.trials)])
}

fn hyperparameters(content: &PageContent) -> String {
    let note = format!(
        "The share of the variance of the objective's ranks that a hyperparameter explains alone, over the trials to which it applies, \
         adjusted for chance (ε², Kelley 1935): numbers are parted into thirds of equal counts, choices into their values. It says nothing \
         of what hyperparameters do together. p is how often shuffled objectives are explained as well (9999 shuffles); it is not corrected for the number of rows. Importance as a \
         share of variance is the idea of Hutter, Hoos & Leyton-Brown 2014. Few trials give hints only, all the more where their \
         settings were proposed from earlier results, and with fewer than 8 nothing is said.{}",
        first_rung_note(content.results)
    );
    section(
        "Hyperparameters",
        &[
            table_under("What each explains alone", &importance_table(content.importances)),
            small(&note),
            figures(content.hyperparameters),
        ],
    )
}

fn sensitivity(content: &PageContent) -> String {
    let results = content.results;
    let parts = match content.losses {
        Err(why) => [small(&format!("It cannot be computed: {why}.")), String::new()],
        Ok(losses) => {
            let note = format!(
                "What a variant loses where its settings are those that are best on average for the other variants, after Adkins, Bowling & \
                 White 2024, \"A Method for Evaluating Hyperparameter Sensitivity in Reinforcement Learning\", with variants in the place of \
                 environments. Compared are the {} trials in which all variants had the same values of what they share ({}): {}. Each \
                 variant's objectives there are scaled from its lowest, 0, to its highest, 1; failed trials are 0. What only single \
                 variants have may differ in these trials.{}",
                losses.trials.len(),
                losses.keys.join(", "),
                ranges(&losses.trials),
                first_rung_note(results)
            );
            let most = results.variants.iter().zip(&losses.variants).max_by(|a, b| a.1.share.total_cmp(&b.1.share));
            let sentence = most.filter(|(_, loss)| loss.share > 0.0).map_or(
                "No variant loses anything with the settings that are best for the others.".to_owned(),
                |(variant, loss)| {
                    format!(
                        "{} is the most sensitive: {} is best for the others and costs it {:.0} % of its range.",
                        variant.name,
                        of_trial(loss.others.0),
                        100.0 * loss.share
                    )
                },
            );
            [format!("<p>{}</p>{}", escaped(&sentence), html_table(&sensitivity_table(results, losses))), small(&note)]
        }
    };
    section("Sensitivity", &parts)
}

fn effort(content: &PageContent) -> String {
    section(
        "Performance against tuning effort",
        &[html_table(&effort_table(content.efforts)), legend_of(content.results), figures(content.effort)],
    )
}

fn reproduction(results: &SearchResults) -> String {
    format!(
        "<section class=\"reproduce\"><h2>How to reproduce it</h2><p><code>search.toml</code> repeats the search, with the same \
         numbers on the same kind of machine. <code>tuned.toml</code> repeats the verdict.</p><pre>tilde tune search.toml --out \
         again\ntilde train tuned.toml --out again</pre><details><summary>The search with every default filled in</summary><pre>{}</pre>\
         </details></section>",
        escaped(&results.plan.text)
    )
}
