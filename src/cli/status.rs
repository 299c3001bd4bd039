//! `tilde status`.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::{Failure, in_columns, json, print, program};
use crate::experiment::in_words;
use crate::report::is_search;
use crate::results::EXPERIMENT;
use crate::text::{Alignment, WIDTH, counted, shell_quoted, text_table, three_digits, wrapped};
use crate::tune::{self, SearchStatus, VariantStatus};
use crate::watch::{Status, StatusOfRun, status};

/// Say how far an experiment or a search is: which runs are finished, running, interrupted, failed or waiting
#[derive(clap::Args)]
pub struct Args {
    /// Folder of an experiment, of one of its variants or of a run, or of a search [examples: runs/smoke,
    /// runs/smoke/shallow/seed-0]
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the status.
pub fn run(args: &Args) -> Result<(), Failure> {
    let usage = |why: String| Failure::Usage(in_columns(&why));
    if is_search(&args.folder) {
        let search = tune::status(&args.folder).map_err(usage)?;
        let has_verdict = search.verdict.join(EXPERIMENT).is_file();
        let verdict = has_verdict.then(|| status(&search.verdict)).transpose().map_err(usage)?;
        let whole = WholeSearch { search, verdict };
        return print(&if args.json { json(&whole) } else { whole.text() });
    }
    let read = status(&args.folder).map_err(usage)?;
    print(&if args.json { json(&read) } else { text(&read) })
}

fn text(status: &Status) -> String {
    let share = 100.0 * status.steps as f64 / status.budget.max(1) as f64;
    let left = status.seconds_left.and_then(|left| Duration::try_from_secs_f64(left).ok());
    let left = left.map_or(String::new(), |left| format!(", about {} left", in_words(left)));
    let head = format!("{}: {}, {:.0} %{left}", status.name, status.counts(), share.floor());
    let columns = [
        ("variant", Alignment::Left),
        ("seed", Alignment::Right),
        ("state", Alignment::Left),
        ("step", Alignment::Right),
        ("of", Alignment::Right),
        ("steps/s", Alignment::Right),
        ("last", Alignment::Right),
    ];
    let names_workers = status.runs.iter().any(|run| run.worker.is_some());
    let columns: Vec<_> = columns.into_iter().chain(names_workers.then_some(("where", Alignment::Left))).collect();
    let or_dash = |number: Option<f64>, write: fn(f64) -> String| number.map_or("–".to_owned(), write);
    let row = |run: &StatusOfRun| {
        let cells = [
            run.variant.clone(),
            run.seed.to_string(),
            run.state.to_owned(),
            run.step.to_string(),
            run.budget.to_string(),
            or_dash(run.steps_per_second, |speed| format!("{speed:.0}")),
            or_dash(run.last, three_digits),
        ];
        let worker = names_workers.then(|| run.worker.clone().unwrap_or_default());
        cells.into_iter().chain(worker).collect()
    };
    let rows: Vec<Vec<String>> = status.runs.iter().map(row).collect();
    let failed = status.runs.iter().filter_map(|run| {
        let reason = run.reason.as_ref()?;
        Some(wrapped(&format!("note: {}, seed {}: {reason}", run.variant, run.seed), WIDTH))
    });
    let notes: String = failed.chain(advice(status)).collect();
    format!("{}\n{}{notes}", wrapped(&head, WIDTH), text_table(&columns, &rows))
}

/// A search with its verdict, if that has begun.
#[derive(Serialize)]
struct WholeSearch {
    #[serde(flatten)]
    search: SearchStatus,
    #[serde(rename = "verdict_runs")]
    verdict: Option<Status>,
}

impl WholeSearch {
    fn text(&self) -> String {
        let SearchStatus { name, folder, driven, driver, chosen, variants, running, .. } = &self.search;
        let is_over = *chosen && self.verdict.as_ref().is_some_and(|verdict| verdict.runs.iter().all(is_over));
        let state = match (is_over, driven, driver) {
            (true, ..) => "over".to_owned(),
            (_, Some(true), Some(driver)) => format!("in progress, driven by {driver}"),
            (_, Some(false), _) => "not over, and no process drives it".to_owned(),
            _ => "in progress".to_owned(),
        };
        let columns = [
            ("variant", Alignment::Left),
            ("trials", Alignment::Right),
            ("measured", Alignment::Right),
            ("failed", Alignment::Right),
            ("best", Alignment::Right),
        ];
        // Of a search with rungs: how many were measured at each.
        let measured = |counts: &[usize]| counts.iter().map(usize::to_string).collect::<Vec<_>>().join(" → ");
        let row = |variant: &VariantStatus| {
            vec![
                variant.name.clone(),
                variant.trials.to_string(),
                measured(&variant.measured),
                variant.failed.to_string(),
                variant.best.map_or("–".to_owned(), three_digits),
            ]
        };
        let mut text = wrapped(&format!("{name}: a search, {state}"), WIDTH) + "\n";
        text += &text_table(&columns, &variants.iter().map(row).collect::<Vec<_>>());
        if !running.is_empty() {
            text += &format!("\n{} of trials in progress:\n", counted(running.len(), "run"));
        }
        for run in running {
            let worker = run.worker.as_ref().map_or(String::new(), |worker| format!(", {worker}"));
            text += &format!("  {}, seed {}{worker}\n", run.trial, run.seed);
        }
        let verdict = self.verdict.as_ref().map_or("not begun".to_owned(), Status::counts);
        text += &format!("\nverdict: {verdict}\n");
        if !is_over && *driven == Some(false) {
            let folder = shell_quoted(&folder.display().to_string());
            text += &format!("To go on:\n  {} work {folder} --wait\n", program());
        }
        text
    }
}

/// Whether a run has nothing left to do.
fn is_over(run: &StatusOfRun) -> bool {
    ["finished", "diverged", "failed"].contains(&run.state)
}

/// How an experiment goes on that nobody works at.
fn advice(status: &Status) -> Option<String> {
    let is_open = |run: &StatusOfRun| ["interrupted", "waiting"].contains(&run.state);
    (status.worked_in == Some(false) && status.runs.iter().any(is_open)).then(|| {
        let folder = shell_quoted(&status.folder.display().to_string());
        format!("No process works in this folder. To go on:\n  {} work {folder}\n", program())
    })
}
