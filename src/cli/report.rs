//! `tilde report`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Failure, print};
use crate::media;
use crate::report::{Media, Report, ReportOptions, SearchReport, is_search};
use crate::results::{REPORT, VERDICT};
use crate::stats::Bootstrap;
use crate::text::WIDTH;

/// How long nothing is said of the progress of drawing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Compare the results of experiments, or show those of a search: a table here, a page with figures in a file
#[derive(clap::Args)]
pub struct Args {
    /// Folders of experiments, or folders that contain some; or the folder of one search [example: runs/cart-pole]
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,

    /// Folder for the report [default: `report` in DIR, or here if several are given]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// The return that counts as solved, in every environment, instead of its own
    #[arg(long, value_name = "RETURN", allow_negative_numbers = true)]
    threshold: Option<f64>,

    /// Test every other variant against this one, and none against each other: fewer tests need fewer seeds
    #[arg(long, value_name = "VARIANT")]
    baseline: Option<String>,

    /// Leave out pictures of what was learned: an episode of the best run of each variant, and maps of its values
    #[arg(long)]
    no_media: bool,

    /// Also write runs.jsonl and evaluations.jsonl, with a JSON object per line, for data frames and other tools
    #[arg(long, value_name = "FORMAT")]
    export: Option<Export>,

    /// Resamples of each bootstrap interval
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(100..=10_000_000))]
    resamples: u64,

    /// Seed of the bootstrap
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// The formats of `--export`.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Export {
    /// One JSON object per line.
    Jsonl,
}

/// Reads, compares, writes the report and prints its tables.
pub fn report(args: &Args) -> Result<(), Failure> {
    if args.threshold.is_some_and(|threshold| !threshold.is_finite()) {
        return Err(Failure::Usage("--threshold: must be a finite number".to_owned()));
    }
    let resamples = usize::try_from(args.resamples).unwrap_or(usize::MAX);
    let bootstrap = Bootstrap { resamples, seed: args.seed, ..Bootstrap::default() };
    let options = ReportOptions { bootstrap, threshold: args.threshold, baseline: args.baseline.clone() };
    if let [folder] = &args.folders[..]
        && is_search(folder)
    {
        return report_search(folder, args, &options);
    }
    let report = Report::read(&args.folders, options).map_err(Failure::Usage)?;
    let out = args.out.clone().unwrap_or_else(|| match &args.folders[..] {
        [folder] => folder.join(REPORT),
        _ => PathBuf::from(REPORT),
    });
    print(&report.text_within(width()))?;
    let shown = out.display();
    let pictures = if args.no_media { Media::default() } else { pictures(&report) };
    let written = report.write_with(&out, &pictures).and_then(|()| match args.export {
        Some(Export::Jsonl) => report.write_lines(&out),
        None => Ok(()),
    });
    written.map_err(|error| Failure::Running(format!("{shown}: {error}; choose another folder with --out")))?;
    print(&format!("\nReport: {}\n", out.join("index.html").display()))
}

/// The same for a search.
fn report_search(folder: &Path, args: &Args, options: &ReportOptions) -> Result<(), Failure> {
    let refused = [
        ("--threshold", args.threshold.is_some()),
        ("--baseline", args.baseline.is_some()),
        ("--export", args.export.is_some()),
    ];
    if let Some((flag, _)) = refused.iter().find(|(_, is_given)| *is_given) {
        let verdict = folder.join(VERDICT);
        return Err(Failure::Usage(format!(
            "{flag}: is for experiments, and {} has a search: leave it out, or give the experiment in {}",
            folder.display(),
            verdict.display()
        )));
    }
    let report = SearchReport::read(folder, options).map_err(Failure::Usage)?;
    let out = args.out.clone().unwrap_or_else(|| folder.join(REPORT));
    print(&report.text_within(width()))?;
    write_search_report(&report, &out)?;
    print(&format!("\nReport: {}\n", out.join("index.html").display()))
}

/// Writes the report of a search into a folder.
pub(super) fn write_search_report(report: &SearchReport, out: &Path) -> Result<(), Failure> {
    report
        .write(out)
        .map_err(|error| Failure::Running(format!("{}: {error}; choose another folder with --out", out.display())))
}

/// Draws the best runs. If that takes a while, a line on standard error says how many are done; it is removed at the end.
fn pictures(report: &Report) -> Media {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    bar.set_style(ProgressStyle::with_template("drawing the best runs: {pos} of {len}").expect("a valid template"));
    let began = Instant::now();
    let media = media::draw(&report.best_runs(), &|done, total| {
        if began.elapsed() > PATIENCE && bar.is_hidden() {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    media
}

/// Columns of the terminal: `COLUMNS` if the shell sets it to more than [`WIDTH`], else that.
fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns.filter(|columns| *columns >= WIDTH).unwrap_or(WIDTH)
}
