//! `tilde status`.

use std::path::PathBuf;
use std::time::Duration;

use super::{Failure, in_columns, json, print, program};
use crate::experiment::in_words;
use crate::text::{Alignment, WIDTH, shell_quoted, text_table, three_digits, wrapped};
use crate::watch::{Status, StatusOfRun, status};

/// Say how far an experiment is: which runs are finished, running, interrupted, failed or waiting
#[derive(clap::Args)]
pub struct Args {
    /// Folder of an experiment, of one of its variants or of a run [examples: runs/smoke, runs/smoke/shallow/seed-0]
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the status.
pub fn run(args: &Args) -> Result<(), Failure> {
    let read = status(&args.folder).map_err(|why| Failure::Usage(in_columns(&why)))?;
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

/// How an experiment goes on that nobody works at.
fn advice(status: &Status) -> Option<String> {
    let is_open = |run: &StatusOfRun| ["interrupted", "waiting"].contains(&run.state);
    (status.worked_in == Some(false) && status.runs.iter().any(is_open)).then(|| {
        let folder = shell_quoted(&status.folder.display().to_string());
        format!("No process works in this folder. To go on:\n  {} work {folder}\n", program())
    })
}
