//! `tilde evaluate`.

use std::path::{Path, PathBuf};

use super::{Failure, checkpoints, in_columns, json, print};
use crate::evaluation::{Evaluation, EvaluationOptions, evaluate, evaluation_table, evaluation_text, open, setting};
use crate::experiment::default_jobs;
use crate::parallel::on_threads;
use crate::render::{RenderError, record};
use crate::run::{Checkpoint, run_folders};
use crate::text::{WIDTH, wrapped};

/// Play episodes with what a run has learned, or all runs of an experiment: returns, lengths, a histogram
#[derive(clap::Args)]
pub struct Args {
    /// Folders of runs or of experiments [examples: runs/smoke/shallow/seed-0, runs/smoke]
    #[arg(value_name = "RUN_DIR", required = true)]
    folders: Vec<PathBuf>,

    /// Episodes of each run
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    episodes: u64,

    /// Seed of the episodes, the same for all runs [default: the run's, so that the first episodes are those of its own evaluation]
    #[arg(long, value_name = "S")]
    seed: Option<u64>,

    /// The parameters of the evaluation with the highest mean return, or the newest ones [default: best, or last if there is no best]
    #[arg(long, value_name = "WHICH", value_parser = checkpoints())]
    checkpoint: Option<Checkpoint>,

    /// Follow the policy of training, exploration included
    #[arg(long)]
    stochastic: bool,

    /// Change one value of the environment, such as env.slip=0.5; may be given several times
    #[arg(long = "set", value_name = "env.KEY=VALUE")]
    set: Vec<String>,

    /// Print JSON with every episode: an object for one run, an array for several
    #[arg(long)]
    json: bool,

    /// Write the first episode as an animated GIF; for one run, whose environment can be drawn
    #[arg(long, value_name = "FILE", conflicts_with = "stochastic")]
    gif: Option<PathBuf>,

    /// Write each step of the first episode as a PNG file: frame-0001.png and so on
    #[arg(long, value_name = "DIR", conflicts_with = "stochastic")]
    frames: Option<PathBuf>,
}

/// Evaluates the runs and prints the result.
pub fn run(args: &Args) -> Result<(), Failure> {
    let options = EvaluationOptions {
        episodes: args.episodes,
        seed: args.seed,
        checkpoint: args.checkpoint,
        stochastic: args.stochastic,
        changes: args.set.clone(),
    };
    let mut runs = Vec::new();
    for folder in &args.folders {
        runs.extend(run_folders(folder).map_err(|error| Failure::Usage(in_columns(&error.to_string())))?);
    }
    if let ([run], true) = (&runs[..], runs == args.folders) {
        let drawn = draw(run, args, &options)?;
        let evaluation = evaluate(run, &options).map_err(|why| Failure::Usage(in_columns(&why)))?;
        return print(&if args.json { json(&evaluation) } else { evaluation_text(&evaluation) + &drawn });
    }
    if args.gif.is_some() || args.frames.is_some() {
        let run = runs.first().map_or(String::new(), |run| format!(", such as {}", run.display()));
        return Err(Failure::Usage(in_columns(&format!("--gif and --frames draw one run: name its folder{run}"))));
    }
    let (mut evaluations, mut failures) = (Vec::new(), Vec::new());
    for result in on_threads(default_jobs(), &runs, |run| evaluate(run, &options)) {
        match result {
            Ok(evaluation) => evaluations.push(evaluation),
            Err(why) => failures.push(why),
        }
    }
    if args.json {
        print(&json(&evaluations))?;
    } else if !evaluations.is_empty() {
        let head = format!("{} In each row: mean ± standard deviation.", setting(&evaluations));
        print(&format!("{}\n{}", wrapped(&head, WIDTH), tables(&evaluations)))?;
    }
    if failures.is_empty() {
        return Ok(());
    }
    let message = format!("{} of {} runs cannot be evaluated:\n{}", failures.len(), runs.len(), failures.join("\n"));
    Err(if evaluations.is_empty() {
        Failure::Usage(in_columns(&message))
    } else {
        Failure::Running(in_columns(&message))
    })
}

/// Draws the first episode of the evaluation into the files that `args` name. Returns what was written, as lines of text.
fn draw(folder: &Path, args: &Args, options: &EvaluationOptions) -> Result<String, Failure> {
    if args.gif.is_none() && args.frames.is_none() {
        return Ok(String::new());
    }
    let wrong = |why: String| Failure::Usage(in_columns(&why));
    let failed = |error: RenderError| Failure::Running(in_columns(&error.to_string()));
    let mut subject = open(folder, options).map_err(wrong)?;
    let (mut rng, step) = (subject.stream(), subject.run.step);
    let agent = subject.run.agent.as_mut();
    let recording = record(agent, &subject.env, &mut rng, step).map_err(|error| wrong(error.to_string()))?;
    let mut written = String::from("\n");
    if let Some(path) = &args.gif {
        let animation = recording.write_gif(path).map_err(failed)?;
        let size = animation.bytes.len().div_ceil(1_000);
        let faster = match animation.speed {
            1 => String::new(),
            speed => format!(", {speed} times faster so that the file stays small"),
        };
        written += &format!("First episode: {} ({} frames, {size} kB{faster})\n", path.display(), animation.frames);
    }
    if let Some(folder) = &args.frames {
        let frames = recording.write_frames(folder).map_err(failed)?;
        written += &format!("First episode: {} ({frames} PNG files)\n", folder.display());
    }
    Ok(written)
}

/// A table for each experiment, with the notes on its runs.
fn tables(evaluations: &[Evaluation]) -> String {
    let experiment = |evaluation: &Evaluation| evaluation.run.ancestors().nth(2).map(PathBuf::from);
    let one = |group: &[Evaluation]| {
        let name = experiment(&group[0]).unwrap_or_default();
        let notes = group.iter().flat_map(|evaluation| {
            evaluation.notes.iter().map(|note| wrapped(&format!("note: {}: {note}", evaluation.run.display()), WIDTH))
        });
        format!("{}\n{}{}", name.display(), evaluation_table(group), notes.collect::<String>())
    };
    let groups = evaluations.chunk_by(|one, other| experiment(one) == experiment(other));
    groups.map(one).collect::<Vec<_>>().join("\n")
}
