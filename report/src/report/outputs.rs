//! A report and what it is written as: text for a terminal, a page, figures and scores.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::comparison::Comparison;
use super::figures::{Figure, figures, file_prefixes};
use super::gallery::Gallery;
use super::grouping::compare;
use super::media::{BestRun, Media, best_runs};
use super::options::ReportOptions;
use super::page::{self, PageContent};
use super::read::{self, ExperimentResults};
use super::{gallery, lines, scores, terminal};
use crate::rasterizer::Rasterizer;
use crate::results::write_atomically;
use crate::text::WIDTH;

/// The results of one or several experiments, compared.
///
/// ```no_run
/// use tilde::report::{Report, ReportOptions};
///
/// let report = Report::read(&["runs/cart-pole".into()], ReportOptions::default())?;
/// println!("{}", report.text());
/// report.write("runs/cart-pole/report".as_ref())?; // a page with figures, and tables in CSV
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Report {
    experiments: Vec<ExperimentResults>,
    comparisons: Vec<Comparison>,
    warnings: Vec<String>,
    options: ReportOptions,
}

impl Report {
    /// Reads and compares the experiments in `folders`: each is an experiment's folder or contains some.
    ///
    /// # Errors
    /// If a folder contains no experiment, if no experiment can be read, or if no variant has the baseline's name.
    pub fn read(folders: &[PathBuf], options: ReportOptions) -> Result<Report, String> {
        let (experiments, unreadable) = read::read(folders)?;
        let comparisons = compare(&experiments, &options)?;
        let of_files = experiments.iter().flat_map(|experiment| {
            let with_folder = |warning: &String| format!("{}/{warning}", experiment.folder.display());
            experiment.warnings.iter().map(with_folder)
        });
        let warnings = unreadable.into_iter().chain(of_files).collect();
        Ok(Report { experiments, comparisons, warnings, options })
    }

    /// Tables and conclusions for a terminal of [`WIDTH`] columns.
    pub fn text(&self) -> String {
        self.text_within(WIDTH)
    }

    /// Tables, conclusions and warnings for a terminal of `width` columns. Only names may be longer.
    pub fn text_within(&self, width: usize) -> String {
        terminal::text(&self.comparisons, &self.warnings, &self.options, width)
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
        let rasterizer = Rasterizer::new();
        for (prefix, figures) in prefixes.iter().zip(&drawn) {
            for figure in figures {
                for (kind, content) in figure.chart.files(&figure.title, &rasterizer).map_err(io::Error::other)? {
                    write_atomically(&folder.join(format!("{prefix}-{}.{kind}", figure.id)), &content)?;
                }
            }
        }
        write_atomically(&out.join("scores.csv"), scores::csv(&self.comparisons, &prefixes).as_bytes())?;
        let all = self.comparisons.iter().zip(&prefixes).zip(&drawn);
        let mut content = PageContent {
            experiments: &self.experiments,
            warnings: &self.warnings,
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
