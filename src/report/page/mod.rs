//! The report as one page that needs nothing but a browser.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::beginnings::origins;
use super::chart::{COLOURS, NARROW, WIDE, escaped, swatch};
use super::comparison::{Comparison, Entry, Settings};
use super::figures::Figure;
use super::findings::{BEST_OF_EACH, against_baseline, budgets, cautions, findings, notes, number};
use super::fixed::three_digits;
use super::read::{Manifest, Results};
use super::table::{Table, baseline_table, best_table, estimates_table, table};
use crate::stats::seeds_needed;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What the page is made of.
pub struct Content<'a> {
    /// The experiments.
    pub experiments: &'a [Results],
    /// What was wrong with files.
    pub warnings: &'a [String],
    /// The environments, with the prefix of their files and their figures.
    pub environments: Vec<(&'a Comparison, &'a str, &'a [Figure])>,
    /// How figures were computed.
    pub settings: &'a Settings,
}

/// The page.
pub fn html(content: &Content) -> String {
    let names: Vec<&str> = content.experiments.iter().map(|experiment| experiment.name.as_str()).collect();
    let title = escaped(&names.join(", "));
    let sections: String =
        content.environments.iter().map(|(c, prefix, figures)| section(c, prefix, figures, content.settings)).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">\
         <title>{title} · Tilde</title><style>{}{STYLE}</style></head>\n<body><main><header><h1>{title}</h1>\
         <p class=\"lead\">{}</p></header>\n{}{sections}{}</main><div id=\"tip\" hidden></div>\
         <script>{SCRIPT}</script></body></html>\n",
        colours(),
        lead(content),
        warning_box("What is wrong with the files", content.warnings),
        reproduction(content)
    )
}

/// The variants' colours for both sides of the page.
fn colours() -> String {
    let side = |dark: bool| {
        let mut variables = String::new();
        for (index, (light, on_dark)) in COLOURS.iter().enumerate() {
            let _ = write!(variables, "--c{index}:{};", if dark { on_dark } else { light }); // a string takes everything
        }
        variables
    };
    let mut sheet = format!(":root{{{}}}@media(prefers-color-scheme:dark){{:root{{{}}}}}", side(false), side(true));
    for index in 0..COLOURS.len() {
        let _ = write!(
            sheet,
            ".c{index}.s{{stroke:var(--c{index})}}.c{index}.f{{fill:var(--c{index})}}.c{index}{{--own:var(--c{index})}}"
        );
    }
    sheet
}

fn lead(content: &Content) -> String {
    let runs: usize = content.experiments.iter().flat_map(|experiment| &experiment.runs).map(Vec::len).sum();
    let variants: usize = content.experiments.iter().map(|experiment| experiment.runs.len()).sum();
    let (bootstrap, bands) = (content.settings.bootstrap, content.settings.of_bands());
    format!(
        "{} and {}. Scores are interquartile means (IQM) over runs, the mean of the middle half; intervals in brackets are 95 % \
         bootstrap intervals, expanded for few runs ({} resamples, {} for bands; seed {}).",
        number(variants, "variant"),
        number(runs, "run"),
        bootstrap.resamples,
        bands.resamples,
        bootstrap.seed
    )
}

fn warning_box(title: &str, warnings: &[String]) -> String {
    if warnings.is_empty() {
        return String::new();
    }
    let items: String = warnings.iter().map(|warning| format!("<li>{}</li>", escaped(warning))).collect();
    format!("<aside class=\"warning\"><h3>{}</h3><ul>{items}</ul></aside>", escaped(title))
}

fn section(comparison: &Comparison, prefix: &str, figures: &[Figure], settings: &Settings) -> String {
    let sentences: String = findings(comparison).iter().map(|text| format!("<p>{}</p>", escaped(text))).collect();
    let notes: String =
        notes(comparison).iter().map(|text| format!("<p class=\"settings\">{}</p>", escaped(text))).collect();
    let shown: String = figures.iter().map(|figure| drawn(figure, prefix)).collect();
    let under = |title: &str, table: Option<Table>| {
        table.map_or(String::new(), |table| format!("<h3>{}</h3>{}", escaped(title), html_table(&table)))
    };
    format!(
        "<section><h2>{}</h2><p class=\"settings\">{}; {}{}</p>{sentences}{}{}{notes}{}{}{}{}{}<div class=\"figures\">{shown}</div></section>\n",
        escaped(&comparison.title),
        escaped(&comparison.environment.described()),
        escaped(&budgets(comparison)),
        escaped(&origins(comparison)),
        warning_box("Read with care", &cautions(comparison)),
        html_table(&table(comparison)),
        under(BEST_OF_EACH, best_table(comparison)),
        under(&against_baseline(comparison), baseline_table(comparison, settings)),
        other_estimates(comparison, settings),
        seeds_sentence(comparison, settings),
        legend(&comparison.entries),
    )
}

/// What else papers tell of final returns, for those who look for it.
fn other_estimates(comparison: &Comparison, settings: &Settings) -> String {
    let table = estimates_table(comparison, settings);
    if table.rows.is_empty() {
        return String::new();
    }
    format!("<details><summary>Median, mean and optimality gap of the scores</summary>{}</details>", html_table(&table))
}

fn html_table(table: &Table) -> String {
    let head: String =
        table.columns.iter().map(|column| format!("<th scope=\"col\">{}</th>", escaped(&column.title()))).collect();
    let row = |(variant, cells): &(usize, Vec<String>)| {
        let mut cells = cells.iter().map(|cell| escaped(cell));
        let name = cells.next().unwrap_or_default();
        let rest: String = cells.map(|cell| format!("<td>{cell}</td>")).collect();
        format!(
            "<tr data-variant=\"{variant}\"><th scope=\"row\"><span class=\"name\">{}{name}</span></th>{rest}</tr>",
            swatch(*variant)
        )
    };
    let rows: String = table.rows.iter().map(row).collect();
    format!("<div class=\"scroll\"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>")
}

/// How many seeds would make the widest interval half as wide.
fn seeds_sentence(comparison: &Comparison, settings: &Settings) -> String {
    let widths = comparison.entries.iter().filter_map(|entry| Some((entry, entry.score?.width()?)));
    let Some((entry, width)) = widths.max_by(|a, b| a.1.total_cmp(&b.1)) else {
        return String::new();
    };
    let bootstrap = settings.bootstrap;
    let needed = match seeds_needed(&entry.score_values(), 0.5 * width, bootstrap.confidence, bootstrap.seed) {
        Some(seeds) => format!("about {}", number(seeds, "seed")),
        None => "more than a thousand seeds".to_owned(),
    };
    format!(
        "<p class=\"settings\">The widest interval of a score is that of {}: {} from end to end. To halve it takes {needed}.</p>",
        escaped(&entry.name),
        three_digits(width)
    )
}

fn legend(entries: &[Entry]) -> String {
    let entry = |entry: &Entry| {
        format!(
            "<button type=\"button\" aria-pressed=\"true\" data-variant=\"{}\">{}{}</button>",
            entry.variant,
            swatch(entry.variant),
            escaped(&entry.name)
        )
    };
    let buttons: String = entries.iter().map(entry).collect();
    format!("<nav class=\"legend\" aria-label=\"Variants: press to hide or show\">{buttons}</nav>")
}

fn drawn(figure: &Figure, prefix: &str) -> String {
    let data = figure.chart.hover().map_or(String::new(), |data| {
        // No text may end the element that holds it.
        let text = data.to_string().replace('<', "\\u003c");
        format!("<script type=\"application/json\">{text}</script>")
    });
    let key = |(number, name): (usize, String)| format!("<li>{}{}</li>", swatch(number), escaped(&name));
    let keys: String = figure.chart.own_legend().into_iter().map(key).collect();
    let keys = if keys.is_empty() { keys } else { format!("<ul class=\"keys\">{keys}</ul>") };
    let file = |kind: &str| format!("<a href=\"figures/{prefix}-{}.{kind}\">{}</a>", figure.id, kind.to_uppercase());
    format!(
        "<figure id=\"{prefix}-{}\"><h3>{}</h3>{keys}{}{}<figcaption>{} <span class=\"files\">{} {} {}</span></figcaption>{data}</figure>",
        figure.id,
        escaped(&figure.title),
        figure.chart.inline(WIDE, "wide", &figure.title),
        figure.chart.inline(NARROW, "narrow", &figure.title),
        escaped(&figure.caption),
        file("svg"),
        file("png"),
        file("csv"),
    )
}

fn reproduction(content: &Content) -> String {
    let one = |experiment: &Results| {
        let from =
            experiment.origin.as_ref().map_or(String::new(), |origin| format!(" --from {}", origin.folder.display()));
        format!(
            "<h3>{}</h3>{}<pre>tilde train {}/experiment.toml{} --out again\ntilde report again</pre><details><summary>The \
             experiment with every default filled in</summary><pre>{}</pre></details>",
            escaped(&experiment.name),
            provenance(experiment),
            escaped(&experiment.folder.display().to_string()),
            escaped(&from),
            escaped(&experiment.plan.text),
        )
    };
    let all: String = content.experiments.iter().map(one).collect();
    format!(
        "<section class=\"reproduce\"><h2>How to reproduce it</h2><p><code>experiment.toml</code> says everything; a seed gives the \
         same numbers on the same kind of machine.</p>{all}</section>"
    )
}

/// What made the runs, in as many words as there were different makers.
fn provenance(experiment: &Results) -> String {
    let manifests = experiment.runs.iter().flatten().filter_map(|run| run.manifest.as_ref());
    let makers: BTreeSet<String> = manifests.map(maker).collect();
    let warning = if makers.len() > 1 { "Made in different ways: " } else { "" };
    let told: Vec<String> = makers.iter().map(|maker| escaped(maker)).collect();
    let made = if told.is_empty() {
        String::new()
    } else {
        format!("<p class=\"settings\">{warning}{}</p>", told.join("<br>"))
    };
    let origin = experiment.origin.as_ref().map_or(String::new(), |origin| {
        let whose = format!(
            "Its runs go on from the weights of {}, in {} when they began (config {})",
            origin.experiments.join(", then of "),
            origin.folder.display(),
            origin.config_hash
        );
        format!("<p class=\"settings\">{}</p>", escaped(&whose))
    });
    made + &origin
}

fn maker(manifest: &Manifest) -> String {
    let parts = [
        ("", manifest.command_line.join(" ")),
        ("Tilde ", manifest.tilde.clone()),
        ("burn ", manifest.burn.clone()),
        ("commit ", manifest.git_commit.clone().unwrap_or_default()),
        ("", format!("{} {}", manifest.os, manifest.arch).trim().to_owned()),
    ];
    let there = parts.into_iter().filter(|(_, what)| !what.is_empty());
    there.map(|(name, what)| format!("{name}{what}")).collect::<Vec<_>>().join(", ")
}
