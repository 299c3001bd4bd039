//! The report as a self-contained HTML page.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::comparison::Comparison;
use super::figures::Figure;
use super::findings::{BEST_OF_EACH, against_baseline, budgets, cautions, findings, notes};
use super::gallery::GalleryElements;
use super::options::ReportOptions;
use super::origins::origins;
use super::over_environments::{self, OverEnvironments};
use super::read::ExperimentResults;
use super::table::Table;
use super::tables::{baseline_table, best_table, estimates_table, main_table};
use crate::chart::{COLOURS, Chart, LEVELS, NARROW, WIDE, escaped, swatch};
use crate::results::Manifest;
use crate::stats::seeds_needed;
use crate::text::counted;
use crate::text::three_digits;

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// The content of the page.
pub struct PageContent<'a> {
    /// The experiments.
    pub experiments: &'a [ExperimentResults],
    /// What is wrong with files.
    pub warnings: &'a [String],
    /// What holds over environments, with the prefix of its files and its figures.
    pub over: Option<(&'a OverEnvironments, &'a str, &'a [Figure])>,
    /// The environments, each with the prefix of its files and its figures.
    pub environments: Vec<(&'a Comparison, &'a str, &'a [Figure])>,
    /// The pictures of each environment; empty without any.
    pub galleries: Vec<GalleryElements>,
    /// How figures were computed.
    pub options: &'a ReportOptions,
}

/// The page.
pub fn html(content: &PageContent) -> String {
    let names: Vec<&str> = content.experiments.iter().map(|experiment| experiment.name.as_str()).collect();
    let without = GalleryElements::default();
    let environments = content.environments.iter().enumerate();
    let sections: String = environments
        .map(|(index, (c, prefix, figures))| {
            section(c, prefix, figures, content.galleries.get(index).unwrap_or(&without), content.options)
        })
        .collect();
    let problems = warning_box("What is wrong with the files", content.warnings);
    let over = content.over.map_or(String::new(), |(over, prefix, figures)| over_section(over, prefix, figures));
    document(&names.join(", "), &lead(content), &format!("{problems}{over}{sections}{}", reproduction(content)))
}

/// A page with a title, a paragraph about it and what follows, which is HTML.
pub fn document(title: &str, lead: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" href=\"data:,\">\
         <title>{title} · Tilde</title><style>{}{STYLE}</style></head>\n<body><main><header><h1>{title}</h1>\
         <p class=\"lead\">{}</p></header>\n{body}</main><div id=\"tip\" hidden></div>\
         <script>{SCRIPT}</script></body></html>\n",
        colours(),
        escaped(lead)
    )
}

/// The colours of variants and of shares, for a light and a dark page.
fn colours() -> String {
    let theme = |dark: bool| {
        let mut variables = String::new();
        for (letter, colours) in [("c", &COLOURS[..]), ("l", &LEVELS)] {
            for (index, (light, on_dark)) in colours.iter().enumerate() {
                let colour = if dark { on_dark } else { light };
                let _ = write!(variables, "--{letter}{index}:{colour};"); // writing to a string cannot fail
            }
        }
        variables
    };
    let mut sheet = format!(":root{{{}}}@media(prefers-color-scheme:dark){{:root{{{}}}}}", theme(false), theme(true));
    for index in 0..COLOURS.len() {
        let _ = write!(
            sheet,
            ".c{index}.s{{stroke:var(--c{index})}}.c{index}.f{{fill:var(--c{index})}}.c{index}{{--own:var(--c{index})}}"
        );
    }
    for index in 0..LEVELS.len() {
        let _ = write!(sheet, ".l{index}.s{{stroke:var(--l{index})}}.l{index}.f{{fill:var(--l{index})}}");
    }
    sheet
}

fn lead(content: &PageContent) -> String {
    let runs: usize = content.experiments.iter().flat_map(|experiment| &experiment.runs).map(Vec::len).sum();
    let variants: usize = content.experiments.iter().map(|experiment| experiment.runs.len()).sum();
    let (bootstrap, bands) = (content.options.bootstrap, content.options.band_bootstrap());
    format!(
        "{} and {}. Scores are interquartile means (IQM) over runs: the mean of the middle half. Intervals in brackets are 95 % \
         bootstrap intervals, expanded for few runs ({} resamples, {} for bands; seed {}).",
        counted(variants, "variant"),
        counted(runs, "run"),
        bootstrap.resamples,
        bands.resamples,
        bootstrap.seed
    )
}

/// Warnings in a box; nothing without any.
pub fn warning_box(title: &str, warnings: &[String]) -> String {
    if warnings.is_empty() {
        return String::new();
    }
    let items: String = warnings.iter().map(|warning| format!("<li>{}</li>", escaped(warning))).collect();
    format!("<aside class=\"warning\"><h3>{}</h3><ul>{items}</ul></aside>", escaped(title))
}

fn over_section(over: &OverEnvironments, prefix: &str, figures: &[Figure]) -> String {
    let paragraphs = |class: &str, texts: &[String]| -> String {
        texts.iter().map(|text| format!("<p{class}>{}</p>", escaped(text))).collect()
    };
    let left_out: Vec<String> = over.left_out.iter().map(|what| format!("Left out: {what}.")).collect();
    let (small, heading) = (" class=\"settings\"", escaped(&over_environments::heading(over)));
    let Some(aggregate) = &over.aggregate else {
        return format!(
            "<section><h2>{heading}</h2><p>Nothing can be compared over environments.</p>{}</section>\n",
            paragraphs(small, &left_out)
        );
    };
    let shown: String = figures.iter().map(|figure| figure_element(figure, prefix)).collect();
    format!(
        "<section><h2>{heading}</h2><p class=\"settings\">Interquartile means of {}</p>{}{}{}{}{}{}<div class=\"figures\">{shown}</div>\
         </section>\n",
        over_environments::score_name(aggregate),
        paragraphs("", &over_environments::findings(aggregate)),
        warning_box("Read with care", &over_environments::cautions(aggregate)),
        html_table(&over_environments::table(aggregate)),
        paragraphs(small, &over_environments::normalisation(aggregate)),
        paragraphs(small, &left_out),
        legend(aggregate.methods.iter().map(|method| (method.index, method.name.as_str()))),
    )
}

fn section(
    comparison: &Comparison,
    prefix: &str,
    figures: &[Figure],
    gallery: &GalleryElements,
    options: &ReportOptions,
) -> String {
    let sentences: String = findings(comparison).iter().map(|text| format!("<p>{}</p>", escaped(text))).collect();
    let notes: String =
        notes(comparison).iter().map(|text| format!("<p class=\"settings\">{}</p>", escaped(text))).collect();
    let shown: String = figures.iter().map(|figure| figure_element(figure, prefix)).collect();
    let under = |title: &str, table: Option<Table>| {
        table.map_or(String::new(), |table| format!("<h3>{}</h3>{}", escaped(title), html_table(&table)))
    };
    format!(
        "<section><h2>{}</h2><p class=\"settings\">{}; {}{}</p>{sentences}{}{}{}{notes}{}{}{}{}{}<div class=\"figures\">{}{shown}</div></section>\n",
        escaped(&comparison.title),
        escaped(&comparison.environment.described()),
        escaped(&budgets(comparison)),
        escaped(&origins(comparison)),
        gallery.episodes,
        warning_box("Read with care", &cautions(comparison)),
        html_table(&main_table(comparison)),
        under(BEST_OF_EACH, best_table(comparison)),
        under(&against_baseline(comparison), baseline_table(comparison, options)),
        other_estimates(comparison, options),
        seeds_sentence(comparison, options),
        legend(comparison.variants.iter().map(|variant| (variant.index, variant.name.as_str()))),
        gallery.maps,
    )
}

/// Other estimates that papers report, folded away.
fn other_estimates(comparison: &Comparison, options: &ReportOptions) -> String {
    let table = estimates_table(comparison, options);
    if table.rows.is_empty() {
        return String::new();
    }
    format!("<details><summary>Median, mean and optimality gap of the scores</summary>{}</details>", html_table(&table))
}

/// A table, each of whose rows belongs to a variant.
pub fn html_table(table: &Table) -> String {
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

/// How many seeds it takes to halve the widest interval.
fn seeds_sentence(comparison: &Comparison, options: &ReportOptions) -> String {
    let widths = comparison.variants.iter().filter_map(|variant| Some((variant, variant.score?.width()?)));
    let Some((variant, width)) = widths.max_by(|a, b| a.1.total_cmp(&b.1)) else {
        return String::new();
    };
    let bootstrap = options.bootstrap;
    let needed = match seeds_needed(&variant.score_values(), 0.5 * width, bootstrap.confidence, bootstrap.seed) {
        Some(seeds) => format!("about {}", counted(seeds, "seed")),
        None => "more than a thousand seeds".to_owned(),
    };
    format!(
        "<p class=\"settings\">The widest interval of a score is that of {}, with a width of {}. Halving it takes {needed}.</p>",
        escaped(&variant.name),
        three_digits(width)
    )
}

/// Buttons that hide and show variants, given by their indices and names.
pub fn legend<'a>(variants: impl Iterator<Item = (usize, &'a str)>) -> String {
    let button = |(index, name): (usize, &str)| {
        format!(
            "<button type=\"button\" aria-pressed=\"true\" data-variant=\"{index}\">{}{}</button>",
            swatch(index),
            escaped(name)
        )
    };
    let buttons: String = variants.map(button).collect();
    format!("<nav class=\"legend\" aria-label=\"Variants: press to hide or show\">{buttons}</nav>")
}

/// A figure with links to its files. `prefix` begins their names.
pub fn figure_element(figure: &Figure, prefix: &str) -> String {
    let data = figure.chart.hover().map_or(String::new(), |data| {
        // A `</script>` in a name must not end the element.
        let text = data.to_string().replace('<', "\\u003c");
        format!("<script type=\"application/json\">{text}</script>")
    });
    let key = |(colour, name): (usize, String)| format!("<li>{}{}</li>", swatch(colour), escaped(&name));
    let keys: String = figure.chart.own_legend().into_iter().map(key).collect();
    let keys = if keys.is_empty() { keys } else { format!("<ul class=\"keys\">{keys}</ul>") };
    let file = |kind: &str| format!("<a href=\"figures/{prefix}-{}.{kind}\">{}</a>", figure.id, kind.to_uppercase());
    // Panels stand beside each other, so they take the whole width.
    let class = if matches!(figure.chart, Chart::Panels(_)) { " class=\"panels\"" } else { "" };
    format!(
        "<figure id=\"{prefix}-{}\"{class}><h3>{}</h3>{keys}{}{}<figcaption>{} <span class=\"files\">{} {} {}</span></figcaption>{data}</figure>",
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

fn reproduction(content: &PageContent) -> String {
    let one = |experiment: &ExperimentResults| {
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
        "<section class=\"reproduce\"><h2>How to reproduce it</h2><p><code>experiment.toml</code> has all settings; a seed gives the \
         same numbers on the same kind of machine.</p>{all}</section>"
    )
}

/// The commands, programs and machines that made the runs, each different combination once.
fn provenance(experiment: &ExperimentResults) -> String {
    let manifests = experiment.runs.iter().flatten().filter_map(|run| run.manifest.as_ref());
    let makers: BTreeSet<String> = manifests.map(maker).collect();
    let warning = if makers.len() > 1 { "Made in different ways: " } else { "" };
    let lines: Vec<String> = makers.iter().map(|maker| escaped(maker)).collect();
    let made = if lines.is_empty() {
        String::new()
    } else {
        format!("<p class=\"settings\">{warning}{}</p>", lines.join("<br>"))
    };
    let origin = experiment.origin.as_ref().map_or(String::new(), |origin| {
        let sentence = format!(
            "Its runs continue from the weights of {}, in {} when they began (config {})",
            origin.experiments.join(", then of "),
            origin.folder.display(),
            origin.config_hash
        );
        format!("<p class=\"settings\">{}</p>", escaped(&sentence))
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
    let known = parts.into_iter().filter(|(_, value)| !value.is_empty());
    known.map(|(name, value)| format!("{name}{value}")).collect::<Vec<_>>().join(", ")
}
