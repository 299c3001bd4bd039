//! A report and what it is written as: text for a terminal, a page, figures and scores.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::comparison::Comparison;
use super::figures::{Figure, figures, file_prefixes, unique_file_names};
use super::gallery::Gallery;
use super::grouping::compare;
use super::media::{BestRun, Media, best_runs};
use super::options::ReportOptions;
use super::over_environments::{self, OverEnvironments};
use super::page::{self, PageContent};
use super::read::{self, ExperimentResults};
use super::{gallery, lines, scores, terminal};
use crate::rasterizer::Rasterizer;
use crate::results::write_atomically;
use crate::text::WIDTH;

/// The results of one or several experiments, compared.
///
/// ```
/// use tilde::report::{Report, ReportOptions};
///
/// # let text = "name = 'walk'\nseeds = [0, 1, 2]\nenv = 'gridworld'\nbudget = { steps = 3_000 }\n\
/// #     [[variant]]\nname = 'table'\nalgorithm = 'q_learning'\napproximator = {}\noptimizer = { sgd = { learning_rate = 0.5 } }\n\
/// #     [[variant]]\nname = 'coin'\nalgorithm = 'random'";
/// # let out = tempfile::tempdir()?;
/// # let options = tilde::experiment::Options::new(out.path());
/// # let prepared = tilde::experiment::prepare(&tilde::config::parse(text, "walk.toml", &[])?, &options)?;
/// # let folder = prepared.folder.clone(); // in a program of your own: "runs/walk".into()
/// # tilde::experiment::run(prepared, &options, &tilde::experiment::Progress::new(true));
/// let report = Report::read(&[folder.clone()], ReportOptions::default())?;
/// let text = report.text();
/// assert!(text.find("table") < text.find("coin")); // the best variant comes first
/// assert!(text.contains("too few seeds"));
/// report.write_lines(&folder.join("report"))?; // for other tools; `write` makes a page with figures, and tables in CSV
/// assert_eq!(std::fs::read_to_string(folder.join("report/runs.jsonl"))?.lines().count(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Report {
    experiments: Vec<ExperimentResults>,
    comparisons: Vec<Comparison>,
    over: Option<OverEnvironments>,
    warnings: Vec<String>,
    options: ReportOptions,
}

/// The figures over environments, in the report's folder.
const AGGREGATE: &str = "aggregate.csv";

/// The prefix of the files of figures over environments; no environment's files have it.
fn over_prefix(prefixes: &[String]) -> String {
    let all = prefixes.iter().map(String::as_str).chain(["over-environments"]);
    unique_file_names(all).pop().unwrap_or_default()
}

impl Report {
    /// Reads and compares the experiments in `folders`: each is an experiment's folder or contains some.
    ///
    /// # Errors
    /// If a folder contains no experiment, if no experiment can be read, or if no variant has the baseline's name.
    pub fn read(folders: &[PathBuf], options: ReportOptions) -> Result<Report, String> {
        let (experiments, unreadable) = read::read(folders)?;
        let mut comparisons = compare(&experiments, &options)?;
        let over = OverEnvironments::of(&mut comparisons, &options);
        let of_files = experiments.iter().flat_map(|experiment| {
            let with_folder = |warning: &String| format!("{}/{warning}", experiment.folder.display());
            experiment.warnings.iter().map(with_folder)
        });
        let warnings = unreadable.into_iter().chain(of_files).collect();
        Ok(Report { experiments, comparisons, over, warnings, options })
    }

    /// Tables and conclusions for a terminal of [`WIDTH`] columns.
    pub fn text(&self) -> String {
        self.text_within(WIDTH)
    }

    /// Tables, conclusions and warnings for a terminal of `width` columns. Only names may be longer.
    pub fn text_within(&self, width: usize) -> String {
        terminal::text(self.over.as_ref(), &self.comparisons, &self.warnings, &self.options, width)
    }

    /// For each environment, the best run of each variant, that of the best variant first.
    pub fn best_runs(&self) -> Vec<Vec<BestRun>> {
        self.comparisons.iter().map(best_runs).collect()
    }

    /// Writes the page, the figures and the scores into the folder `out`.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, out: &Path) -> io::Result<()> {
        self.write_with(out, &Media::default())
    }

    /// Writes `runs.jsonl`, with a line for each run, and `evaluations.jsonl`, with one for each point of each learning curve, into the
    /// folder `out`. A line is a JSON object.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write_lines(&self, out: &Path) -> io::Result<()> {
        fs::create_dir_all(out)?;
        let prefixes = file_prefixes(&self.comparisons);
        write_atomically(&out.join("runs.jsonl"), lines::runs(&self.comparisons, &prefixes).as_bytes())?;
        write_atomically(&out.join("evaluations.jsonl"), lines::evaluations(&self.comparisons, &prefixes).as_bytes())
    }

    /// The same with pictures on the page and in the folder `media`. The page leaves out those with which it would be larger than
    /// [`MAX_PAGE_BYTES`](super::MAX_PAGE_BYTES), and says so.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write_with(&self, out: &Path, media: &Media) -> io::Result<()> {
        let folder = out.join("figures");
        fs::create_dir_all(&folder)?;
        let prefixes = file_prefixes(&self.comparisons);
        let drawn: Vec<Vec<Figure>> =
            self.comparisons.iter().map(|comparison| figures(comparison, &self.options)).collect();
        let aggregate = self.over.as_ref().and_then(|over| over.aggregate.as_ref());
        let over_prefix = over_prefix(&prefixes);
        let over_drawn: Vec<Figure> =
            aggregate.map_or_else(Vec::new, |aggregate| over_environments::figures(aggregate, &self.options));
        let rasterizer = Rasterizer::new();
        let all_drawn = prefixes.iter().zip(&drawn).chain([(&over_prefix, &over_drawn)]);
        for (prefix, figures) in all_drawn {
            for figure in figures {
                for (kind, content) in figure.chart.files(&figure.title, &rasterizer).map_err(io::Error::other)? {
                    write_atomically(&folder.join(format!("{prefix}-{}.{kind}", figure.id)), &content)?;
                }
            }
        }
        write_atomically(&out.join("scores.csv"), scores::csv(&self.comparisons, &prefixes).as_bytes())?;
        match aggregate.map(|aggregate| over_environments::csv(aggregate, &prefixes)) {
            Some(rows) => write_atomically(&out.join(AGGREGATE), rows.as_bytes())?,
            // An earlier report of other experiments may have had one.
            None => fs::remove_file(out.join(AGGREGATE)).or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })?,
        }
        let all = self.comparisons.iter().zip(&prefixes).zip(&drawn);
        let mut content = PageContent {
            experiments: &self.experiments,
            warnings: &self.warnings,
            over: self.over.as_ref().map(|over| (over, over_prefix.as_str(), &over_drawn[..])),
            environments: all
                .map(|((comparison, prefix), figures)| (comparison, prefix.as_str(), &figures[..]))
                .collect(),
            galleries: Vec::new(),
            options: &self.options,
        };
        let mut galleries = Vec::new();
        for ((comparison, prefix), pictures) in self.comparisons.iter().zip(&prefixes).zip(&media.environments) {
            let gallery = Gallery::new(comparison, prefix, pictures);
            gallery.write(&out.join("media"), &rasterizer)?;
            galleries.push(gallery);
        }
        content.galleries = gallery::within(&galleries, page::html(&content).len());
        write_atomically(&out.join("index.html"), page::html(&content).as_bytes())
    }
}
