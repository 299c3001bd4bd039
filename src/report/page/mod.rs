//! The report as one page that needs nothing but a browser.

use std::fmt::Write;

use super::chart::{COLOURS, NARROW, WIDE, escaped, short};
use super::comparison::{Comparison, Entry, Settings};
use super::figures::Figure;
use super::read::{Manifest, Results};
use super::table::{Table, estimates_table, table};
use super::words::{cautions, findings};
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
    let names: Vec<&str> = content.experiments.iter().map(|experiment| experiment.plan.name.as_str()).collect();
    let title = escaped(&names.join(", "));
    let sections: String =
        content.environments.iter().map(|(c, prefix, figures)| section(c, prefix, figures, content.settings)).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">\
         <title>{title} · Tilde</title><style>{}{STYLE}</style></head>\n<body><main><header><h1>{title}</h1>\
         <p class=\"lead\">{}</p></header>\n{}{sections}{}</main><div id=\"tip\" role=\"status\" hidden></div>\
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
    let bootstrap = content.settings.bootstrap;
    format!(
        "{variants} variant{} and {runs} run{}. Scores are interquartile means (IQM) over runs, the mean of the middle half; intervals \
         in brackets are 95 % bootstrap intervals ({} resamples, seed {}).",
        if variants == 1 { "" } else { "s" },
        if runs == 1 { "" } else { "s" },
        bootstrap.resamples,
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
    let facts: Vec<String> = [comparison.environment.described()].into_iter().filter(|text| !text.is_empty()).collect();
    let sentences: String = findings(comparison).iter().map(|text| format!("<p>{}</p>", escaped(text))).collect();
    let shown: String = figures.iter().map(|figure| drawn(figure, prefix)).collect();
    format!(
        "<section><h2>{}</h2><p class=\"settings\">{}</p>{sentences}{}{}{}{}{}<div class=\"figures\">{shown}</div></section>\n",
        escaped(&comparison.title),
        escaped(&facts.join(", ")),
        warning_box("Read with care", &cautions(comparison)),
        html_table(&table(comparison)),
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
    format!(
        "<details><summary>Median, mean and optimality gap of the final returns</summary>{}</details>",
        html_table(&table)
    )
}

fn html_table(table: &Table) -> String {
    let head: String =
        table.header.iter().map(|(title, _)| format!("<th scope=\"col\">{}</th>", escaped(title))).collect();
    let row = |(variant, cells): &(usize, Vec<String>)| {
        let mut cells = cells.iter().map(|cell| escaped(cell));
        let name = cells.next().unwrap_or_default();
        let rest: String = cells.map(|cell| format!("<td>{cell}</td>")).collect();
        format!(
            "<tr data-variant=\"{variant}\"><th scope=\"row\"><i class=\"c{}\"></i>{name}</th>{rest}</tr>",
            variant % COLOURS.len()
        )
    };
    let rows: String = table.rows.iter().map(row).collect();
    format!("<div class=\"scroll\"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>")
}

/// How many seeds would make the widest interval half as wide.
fn seeds_sentence(comparison: &Comparison, settings: &Settings) -> String {
    let widths = comparison.entries.iter().filter_map(|entry| Some((entry, entry.score?.interval.width())));
    let Some((entry, width)) = widths.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, width)| *width > 0.0) else {
        return String::new();
    };
    let scores: Vec<f64> = entry.scores().map(|(_, score)| score).collect();
    let needed = match seeds_needed(&scores, 0.5 * width, settings.bootstrap.confidence, settings.bootstrap.seed) {
        Some(seeds) => format!("about {seeds} seeds"),
        None => "more than a thousand seeds".to_owned(),
    };
    format!(
        "<p class=\"settings\">The widest interval is that of {}: {} from end to end. To halve it takes {needed}.</p>",
        escaped(&entry.name),
        short(width)
    )
}

fn legend(entries: &[Entry]) -> String {
    let entry = |entry: &Entry| {
        format!(
            "<button type=\"button\" aria-pressed=\"true\" data-variant=\"{}\"><i class=\"c{}\"></i>{}</button>",
            entry.variant,
            entry.variant % COLOURS.len(),
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
    let file = |kind: &str| format!("<a href=\"figures/{prefix}-{}.{kind}\">{}</a>", figure.id, kind.to_uppercase());
    format!(
        "<figure id=\"{prefix}-{}\"><h3>{}</h3>{}{}<figcaption>{} <span class=\"files\">{} {} {}</span></figcaption>{data}</figure>",
        figure.id,
        escaped(&figure.title),
        figure.chart.inline(WIDE, "wide"),
        figure.chart.inline(NARROW, "narrow"),
        escaped(&figure.caption),
        file("svg"),
        file("png"),
        file("csv"),
    )
}

fn reproduction(content: &Content) -> String {
    let one = |experiment: &Results| {
        let manifest = experiment.runs.iter().flatten().find_map(|run| run.manifest.as_ref());
        format!(
            "<h3>{}</h3>{}<details><summary>The experiment with every default filled in</summary><pre>{}</pre></details>",
            escaped(&experiment.plan.name),
            manifest.map_or(String::new(), provenance),
            escaped(&experiment.plan.text)
        )
    };
    let all: String = content.experiments.iter().map(one).collect();
    format!(
        "<section class=\"reproduce\"><h2>How to reproduce it</h2><p>Save the experiment below as <code>experiment.toml</code> (it \
         lies beside the results too) and train it again; a seed gives the same numbers on the same kind of machine:</p>\
         <pre>tilde train experiment.toml --out again\ntilde report again</pre>{all}</section>"
    )
}

fn provenance(manifest: &Manifest) -> String {
    let commit = manifest.git_commit.as_ref().map_or(String::new(), |commit| format!(", commit {commit}"));
    format!(
        "<p class=\"settings\">Made with <code>{}</code> by Tilde {} with burn {} on {} {}{}.</p>",
        escaped(&manifest.command_line.join(" ")),
        escaped(&manifest.tilde),
        escaped(&manifest.burn),
        escaped(&manifest.os),
        escaped(&manifest.arch),
        escaped(&commit)
    )
}
