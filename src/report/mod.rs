//! From result files to an answer: which variant is better, and how sure are we?
//!
//! A report reads files and nothing else: no agent, no tensor. It works while runs are still being written, and whatever is missing
//! or damaged is told of. The statistics are in [`crate::stats`]; what is compared with what is in `comparison`.

mod beginnings;
mod chart;
mod comparison;
mod figures;
mod findings;
mod fixed;
mod page;
mod pairs;
mod read;
mod scores;
mod settings_in_names;
mod shortened;
mod study;
mod table;
mod tie;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use comparison::Settings;
pub use findings::number;

use chart::Rasterizer;
use comparison::{Comparison, Measure, compare};
use page::Content;
use read::Results;

use crate::results::write_atomically;
use crate::text::{WIDTH, wrapped};

/// The results of one or several experiments, compared.
pub struct Report {
    experiments: Vec<Results>,
    comparisons: Vec<Comparison>,
    warnings: Vec<String>,
    settings: Settings,
}

impl Report {
    /// Reads and compares the experiments in `folders`: each is an experiment's folder, or holds some.
    ///
    /// # Errors
    /// If a folder holds no experiment that can be read, or no variant has the baseline's name.
    pub fn read(folders: &[PathBuf], settings: Settings) -> Result<Report, String> {
        let (experiments, unreadable) = read::read(folders)?;
        let comparisons = compare(&experiments, &settings)?;
        let of_files = experiments.iter().flat_map(|experiment| {
            let named = |warning: &String| format!("{}/{warning}", experiment.folder.display());
            experiment.warnings.iter().map(named)
        });
        let warnings = unreadable.into_iter().chain(of_files).collect();
        Ok(Report { experiments, comparisons, warnings, settings })
    }

    /// The same as [`Report::text_within`] of a terminal of [`WIDTH`] columns.
    pub fn text(&self) -> String {
        self.text_within(WIDTH)
    }

    /// For a terminal of `width` columns: tables for each environment, what they say, and what to be careful about, all of it made
    /// to fit, but for names that are longer.
    pub fn text_within(&self, width: usize) -> String {
        let sections = self.comparisons.iter().map(|comparison| {
            let lines = |texts: Vec<String>| texts.iter().map(|text| wrapped(text, width)).collect::<String>();
            let cautions =
                lines(findings::cautions(comparison).iter().map(|text| format!("warning: {text}")).collect());
            let best = table::best_table(comparison).map_or(String::new(), |table| {
                format!("\n{}\n{}", wrapped(&format!("{}:", findings::BEST_OF_EACH), width), table.text(width))
            });
            let against = table::baseline_table(comparison, &self.settings).map_or(String::new(), |table| {
                let title = format!("{}:", findings::against_baseline(comparison));
                format!("\n{}\n{}", wrapped(&title, width), table.text(width))
            });
            format!(
                "{}\n{}\n{}{}{cautions}{best}{against}",
                wrapped(&heading(comparison), width),
                table::table(comparison).text(width),
                lines(findings::findings(comparison)),
                lines(findings::notes(comparison)),
            )
        });
        let warnings: String =
            self.warnings.iter().map(|warning| wrapped(&format!("warning: {warning}"), width)).collect();
        // What is in files is not to move the cursor.
        let plain = |c: char| if c.is_control() && c != '\n' { '\u{fffd}' } else { c };
        (sections.collect::<Vec<_>>().join("\n") + &warnings).chars().map(plain).collect()
    }

    /// Writes the page, the figures and the scores into `out`.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, out: &Path) -> io::Result<()> {
        let folder = out.join("figures");
        fs::create_dir_all(&folder)?;
        let prefixes = figures::file_prefixes(&self.comparisons);
        let drawn: Vec<_> =
            self.comparisons.iter().map(|comparison| figures::figures(comparison, &self.settings)).collect();
        let rasterizer = Rasterizer::new();
        for (prefix, figure) in
            prefixes.iter().zip(&drawn).flat_map(|(prefix, all)| all.iter().map(move |f| (prefix, f)))
        {
            let file = |kind: &str| folder.join(format!("{prefix}-{}.{kind}", figure.id));
            let svg = figure.chart.standalone(&figure.title);
            write_atomically(&file("png"), &rasterizer.png(&svg).map_err(io::Error::other)?)?;
            write_atomically(&file("svg"), svg.as_bytes())?;
            write_atomically(&file("csv"), figure.chart.csv().as_bytes())?;
        }
        write_atomically(&out.join("scores.csv"), scores::csv(&self.comparisons, &prefixes).as_bytes())?;
        let all = self.comparisons.iter().zip(&prefixes).zip(&drawn);
        let content = Content {
            experiments: &self.experiments,
            warnings: &self.warnings,
            environments: all
                .map(|((comparison, prefix), figures)| (comparison, prefix.as_str(), &figures[..]))
                .collect(),
            settings: &self.settings,
        };
        write_atomically(&out.join("index.html"), page::html(&content).as_bytes())
    }
}

fn heading(comparison: &Comparison) -> String {
    let (budgets, origins) = (findings::budgets(comparison), beginnings::origins(comparison));
    if comparison.entries.iter().all(|entry| entry.score.is_none()) {
        return format!("{}, {budgets}{origins}:", comparison.title);
    }
    let score = match (comparison.measure, comparison.evaluated) {
        (Measure::ValueError, _) => "the last errors of the values",
        (Measure::MeanReturn, _) => "the mean returns while learning",
        (Measure::FinalReturn, true) => "the returns of final evaluations",
        (Measure::FinalReturn, false) => "the returns of the last 100 training episodes",
    };
    format!("{}, {budgets}{origins}; interquartile mean of {score}:", comparison.title)
}
