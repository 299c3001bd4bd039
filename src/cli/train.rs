//! `tilde train`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::flags::{how_to_go_on, if_exists, jobs};
use super::selection::Selection;
use super::signals::Stop;
use super::{Failure, in_columns, logging, print, program};
use crate::experiment::{self, Options, Part, Prepared, Progress, RunResult};
use crate::report::{Report, ReportOptions};
use crate::text::{WIDTH, shell_quoted, wrapped};

/// Train every variant × seed of an experiment, in parallel, and write the results to files
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    experiment: Selection,

    /// Runs at the same time [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    jobs: Option<u64>,

    /// Folder for the results; the experiment gets a folder with its name in it
    #[arg(long, value_name = "DIR", default_value = "runs")]
    out: PathBuf,

    /// Continue an experiment: finish its runs from their checkpoints, and add variants, seeds, or steps if no schedule depends
    /// on the budget. Every file ends as it would from scratch. Results of another version of the program are not continued
    #[arg(long, conflicts_with = "overwrite")]
    resume: bool,

    /// Begin a new experiment from the checkpoints of the one in this folder, for changes that --resume refuses: each run
    /// continues the one of its variant and seed there, in the same environment and wrappers with the same algorithm. Steps, counters and
    /// running episodes continue; schedules are the config's. If both have the same name, the new one is called NAME-extended
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,

    /// Make part K of N of the runs, K from 0: each of N processes or machines makes another part, with the same command else.
    /// They know nothing of each other. Without --resume, only the first to come may begin
    #[arg(long, value_name = "K/N", value_parser = str::parse::<Part>)]
    part: Option<Part>,

    /// Delete the results of an earlier experiment of this name
    #[arg(long, conflicts_with = "part")]
    overwrite: bool,

    /// Write event files beside the results, for `tensorboard --logdir DIR`
    #[arg(long)]
    tensorboard: bool,

    /// Show no progress, and log errors only
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the experiment, prints its table, and fails if a run failed.
pub fn train(args: &Args) -> Result<(), Failure> {
    let experiment = args.experiment.load(args.quiet)?;
    let progress = Progress::new(args.quiet);
    logging::start(&progress, args.quiet);
    let stop = Stop::on_signals()?;
    let options = Options {
        existing: if_exists(args.resume, args.overwrite),
        from: args.from.clone(),
        jobs: jobs(args.jobs),
        part: args.part,
        tensorboard: args.tensorboard,
        command_line: std::env::args().collect(),
        stop: Arc::clone(&stop.flag),
        ..Options::new(&args.out)
    };
    let prepared =
        experiment::prepare(&experiment, &options).map_err(|error| Failure::Usage(in_columns(&error.to_string())))?;
    // Before the runs, which may take long: the user reads at once which settings differ.
    prepared.continuation.iter().try_for_each(|sentence| print(&wrapped(&format!("This is {sentence}."), WIDTH)))?;
    make_runs(prepared, &options, &progress, &stop, how_to_go_on(args.overwrite), false)
}

/// Makes the runs, prints the table of the experiment if it is complete and how far it is otherwise, and fails if a run failed.
/// `how` says how a command that was interrupted goes on; with `only_own`, a run that was over before is no failure.
pub fn make_runs(
    prepared: Prepared,
    options: &Options,
    progress: &Progress,
    stop: &Stop,
    how: &str,
    only_own: bool,
) -> Result<(), Failure> {
    let (folder, runs) = (prepared.folder.clone(), prepared.runs());
    let ended = experiment::run_all(vec![prepared], options, progress).remove(0);
    let mut results = ended.results;
    if results.len() + ended.elsewhere < runs {
        let what = format!("{} of {runs} runs are over", results.len());
        return Err(stop.failure(&what, how));
    }
    if options.part.is_some() || ended.elsewhere > 0 {
        print(&wrapped(&so_far(&folder, runs, options.part, ended.elsewhere), WIDTH))?;
    } else {
        print_report(&folder, "")?;
    }
    if only_own {
        results.retain(|run| !run.was_over);
    }
    if let Some(warning) = nothing_learned(&results) {
        let _ = writeln!(io::stderr(), "warning: {warning}"); // also with --quiet
    }
    all_finished(&results)
}

/// Prints the tables of an experiment that is over, where its results are, and `more`.
pub(super) fn print_report(folder: &Path, more: &str) -> Result<(), Failure> {
    let (shown, program) = (shell_quoted(&folder.display().to_string()), program());
    match Report::read(&[folder.to_owned()], ReportOptions::default()) {
        Ok(report) => print(&format!(
            "\n{}\nResults: {shown}\nFigures, intervals and tests: {program} report {shown}\n{more}",
            report.text()
        )),
        Err(why) => {
            tracing::error!("the results cannot be read back: {why}");
            Ok(())
        }
    }
}

/// What this process has made of an experiment that others work at too.
fn so_far(folder: &Path, runs: usize, part: Option<Part>, elsewhere: usize) -> String {
    let of_part = part.map_or(String::new(), |part| format!(" of part {part}"));
    let over = match elsewhere {
        0 => format!("All {runs} runs{of_part} are over"),
        1 => format!("{} of {runs} runs{of_part} are over, and another process makes the other one", runs - 1),
        others => format!("{} of {runs} runs{of_part} are over, and other processes make {others}", runs - others),
    };
    let (shown, program) = (shell_quoted(&folder.display().to_string()), program());
    format!(
        "{over}. `{program} status {shown}` says how far the experiment is, `{program} report {shown}` what it shows."
    )
}

/// A warning about runs that made no update, if there are any, with the remedy.
pub(super) fn nothing_learned(results: &[RunResult]) -> Option<String> {
    const NAMED: usize = 5;
    let idle: Vec<String> = results
        .iter()
        .filter(|run| run.learned_nothing())
        .map(|run| format!("{}/seed-{}", run.variant, run.seed))
        .collect();
    let more = match idle.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named = idle.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    (!idle.is_empty()).then(|| {
        format!(
            "{} of {} runs made no update, so they learned nothing and their results are those of their initial weights: \
             {named}{more}; raise `budget.steps`, or lower the step of the first update, such as dqn's `learning_starts`",
            idle.len(),
            results.len()
        )
    })
}

/// The first failures are named here; the log has said all of them, and each run's `summary.json` has its own.
pub(super) fn all_finished(results: &[RunResult]) -> Result<(), Failure> {
    const NAMED: usize = 10;
    let failures: Vec<String> = results
        .iter()
        .filter_map(|run| Some(format!("\n  {}/seed-{}: {}", run.variant, run.seed, run.failure()?)))
        .collect();
    if failures.is_empty() {
        return Ok(());
    }
    let more = match failures.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    let named = failures[..failures.len().min(NAMED)].concat();
    Err(Failure::Running(format!("{} of {} runs failed:{named}{more}", failures.len(), results.len())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{RunStatus, Summary};

    fn run(variant: &str, learns: bool, updates: u64) -> RunResult {
        let summary = Summary {
            variant: variant.to_owned(),
            seed: 3,
            outcome: RunStatus::Finished,
            steps: 5_000,
            episodes: 10,
            updates,
            parameters: 10,
            training_return: None,
            final_evaluation: None,
            best_evaluation: None,
            distance: None,
        };
        RunResult {
            variant_index: 0,
            variant: variant.to_owned(),
            seed: 3,
            learns,
            updates_before: 0,
            was_over: false,
            summary: Ok(summary),
        }
    }

    #[test]
    fn runs_without_an_update_are_named_where_they_should_have_learned() {
        assert_eq!(nothing_learned(&[run("fine", true, 1), run("random", false, 0)]), None);
        let mut broken = run("broken", true, 0);
        broken.summary = Err("the disk is full".to_owned());
        let results: Vec<RunResult> =
            [run("fine", true, 1), broken].into_iter().chain((0..7).map(|_| run("idle", true, 0))).collect();
        let continued = |updates| RunResult { updates_before: 5, ..run("continued", true, updates) };
        assert_eq!(nothing_learned(&[continued(6)]), None);
        assert!(nothing_learned(&[continued(5)]).is_some(), "its counter goes on from another run's");
        let warning = nothing_learned(&results).unwrap();
        assert!(warning.starts_with("7 of 9 runs made no update"), "{warning}");
        assert!(warning.contains("idle/seed-3 and 2 more; raise `budget.steps`"), "{warning}");
    }

    #[test]
    fn the_first_failures_are_named_and_all_are_counted() {
        let failed = |seed| {
            let why = Err("the disk is full".to_owned());
            RunResult { seed, summary: why, ..run("wide", true, 1) }
        };
        let results: Vec<RunResult> = (0..12).map(failed).chain([run("fine", true, 1)]).collect();
        let Err(Failure::Running(message)) = all_finished(&results) else { panic!("twelve runs failed") };
        assert!(message.starts_with("12 of 13 runs failed:\n  wide/seed-0: the disk is full\n"), "{message}");
        assert!(message.ends_with("  wide/seed-9: the disk is full\n  and 2 more"), "{message}");
        assert!(all_finished(&[run("fine", true, 1)]).is_ok());
    }
}
