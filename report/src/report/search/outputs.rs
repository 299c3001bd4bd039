//! The report of a search and what it is written as: text for a terminal, a page and figures.

use std::fs;
use std::io;
use std::path::Path;

use super::effort::{Effort, efforts};
use super::importance::{Importance, importances};
use super::page::{self, PREFIX, PageContent};
use super::searched::{SearchResults, Stage};
use super::sensitivity::{Losses, losses};
use super::{figures, read, terminal};
use crate::parallel::on_all_cores;
use crate::rasterizer::Rasterizer;
use crate::report::figures::Figure;
use crate::report::options::ReportOptions;
use crate::results::{EXPERIMENT, SEARCH, write_atomically};

/// Whether a folder is that of a search.
pub fn is_search(folder: &Path) -> bool {
    folder.join(SEARCH).is_file() && !folder.join(EXPERIMENT).is_file()
}

/// A search, over or not, with its statistics.
///
/// ```no_run
/// use tilde::report::{ReportOptions, SearchReport};
///
/// let report = SearchReport::read("runs/tune-gridworld".as_ref(), &ReportOptions::default())?;
/// println!("{}", report.text_within(80));
/// report.write("runs/tune-gridworld/report".as_ref())?; // a page with figures
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SearchReport {
    results: SearchResults,
    importances: Vec<Importance>,
    losses: Result<Losses, String>,
    efforts: Vec<Effort>,
}

impl SearchReport {
    /// Reads the search in `folder`. Of the options, only the bootstrap matters: it makes the intervals of the verdict, and its seed
    /// shuffles for tests.
    ///
    /// # Errors
    /// If `resolved.toml` or the journal cannot be read; the message names the file.
    pub fn read(folder: &Path, options: &ReportOptions) -> Result<SearchReport, String> {
        let results = read::read(folder, options)?;
        let importances = importances(&results, options.bootstrap.seed);
        let (losses, efforts) = (losses(&results), efforts(&results));
        Ok(SearchReport { results, importances, losses, efforts })
    }

    /// The table, the settings and warnings for a terminal of `width` columns. Only names may be longer.
    pub fn text_within(&self, width: usize) -> String {
        terminal::text(&self.results, width)
    }

    /// Whether search and verdict are over.
    pub fn is_over(&self) -> bool {
        self.results.stage == Stage::Over
    }

    /// Writes the page, and each figure as SVG, PNG and CSV in the folder `figures`, into the folder `out`.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, out: &Path) -> io::Result<()> {
        let folder = out.join("figures");
        fs::create_dir_all(&folder)?;
        let SearchReport { results, importances, losses, efforts } = self;
        let tuned: Vec<Figure> = figures::tuned(results).into_iter().collect();
        let trials: Vec<Figure> = figures::trials(results).into_iter().collect();
        let hyperparameters: Vec<Figure> =
            figures::coordinates(results).into_iter().chain(figures::slices(results)).collect();
        let effort = [figures::expected_best(results, efforts), figures::best_so_far(results, efforts)];
        let effort: Vec<Figure> = effort.into_iter().flatten().collect();
        let all: Vec<&Figure> = [&tuned, &trials, &hyperparameters, &effort].into_iter().flatten().collect();
        let rasterizer = Rasterizer::new();
        let files = on_all_cores(&all, |figure| figure.chart.files(&figure.title, &rasterizer));
        for (figure, files) in all.iter().zip(files) {
            for (kind, content) in files.map_err(io::Error::other)? {
                write_atomically(&folder.join(format!("{PREFIX}-{}.{kind}", figure.id)), &content)?;
            }
        }
        let content = PageContent {
            results,
            tuned: &tuned,
            trials: &trials,
            hyperparameters: &hyperparameters,
            effort: &effort,
            importances,
            losses,
            efforts,
        };
        write_atomically(&out.join("index.html"), page::html(&content).as_bytes())
    }
}
