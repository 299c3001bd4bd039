//! The command line: the commands, and how their results become exit codes.

mod check;
mod completions;
mod envs;
mod evaluate;
mod export;
mod flags;
mod inspect;
mod jobs;
mod logging;
mod report;
mod rollout;
mod schema;
mod selection;
mod signals;
mod status;
mod study;
mod submit;
mod train;
mod tune;
mod watch;
mod work;

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};
use tilde_envs::EnvFailure;

use crate::run::Checkpoint;
use crate::text::{WIDTH, wrapped};

/// Reinforcement-learning experiments with interchangeable function approximators, from one config file.
#[derive(Parser)]
#[command(name = "tilde", version, max_term_width = 100)]
#[command(after_help = examples(&program()))]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Train(train::Args),
    Tune(tune::Args),
    Work(work::Args),
    Check(check::Args),
    Report(report::Args),
    Evaluate(evaluate::Args),
    Inspect(inspect::Args),
    Watch(watch::Args),
    Status(status::Args),
    Submit(submit::Args),
    Export(export::Args),
    Study(study::Args),
    Envs(envs::Args),
    Rollout(rollout::Args),
    Schema(schema::Args),
    Completions(completions::Args),
}

/// Why a command failed.
pub enum Failure {
    /// The command line, the config or the output folder is wrong; nothing was written. Exit code 2.
    Usage(String),
    /// Something failed while running. Exit code 1.
    Running(String),
    /// A signal stopped the command. Exit code 130.
    Interrupted(String),
    /// The time of a cluster's job is nearly up: the same command goes on. Exit code 75, the "temporary failure" of sysexits.h.
    TimeIsUp(String),
}

/// The exit code after a signal: 128 + SIGINT, as in shells.
const INTERRUPTED: u8 = 130;
/// The exit code when the time of a cluster's job is nearly up. A job that is asked to end has another one.
const TIME_IS_UP: u8 = 75;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let command = Cli::parse().command;
    let done = catch_unwind(AssertUnwindSafe(|| run(command))).unwrap_or_else(|panic| match panic.downcast() {
        Ok(failure) => Err(Failure::Running(EnvFailure::to_string(&failure))),
        Err(panic) => resume_unwind(panic),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Running(message)) => failed(&message, 1),
        Err(Failure::Usage(message)) => failed(&message, 2),
        Err(Failure::Interrupted(message)) => failed(&message, INTERRUPTED),
        Err(Failure::TimeIsUp(message)) => failed(&message, TIME_IS_UP),
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Train(args) => train::train(&args),
        Command::Tune(args) => tune::tune(&args),
        Command::Work(args) => work::run(&args),
        Command::Check(args) => check::check(&args),
        Command::Report(args) => report::report(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Watch(args) => watch::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Submit(args) => submit::run(&args),
        Command::Export(args) => export::export(&args),
        Command::Study(args) => study::study(&args),
        Command::Envs(args) => envs::envs(&args),
        Command::Rollout(args) => rollout::rollout(&args),
        Command::Schema(args) => schema::schema(&args),
        Command::Completions(args) => completions::completions(&args),
    }
}

/// The values of `--checkpoint`.
fn checkpoints() -> impl TypedValueParser<Value = Checkpoint> {
    let all = [Checkpoint::Best, Checkpoint::Last];
    PossibleValuesParser::new(all.map(Checkpoint::name)).map(move |name| if name == "best" { all[0] } else { all[1] })
}

/// The name of the program, which is `tilde`, or that of a program with parts of a user's own.
fn program() -> String {
    let file = std::env::args_os().next().map(PathBuf::from);
    let name = file.as_deref().and_then(Path::file_stem).map(|name| name.to_string_lossy().into_owned());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "tilde".to_owned())
}

fn examples(program: &str) -> String {
    format!(
        "Examples:
  {program} train configs/cart_pole.toml
  {program} train configs/cart_pole.toml --seeds 100..120 \\
    --set algorithm.dqn.double=true --out /tmp/runs
  {program} check configs/gridworld.toml
  {program} tune configs/tune_gridworld.toml
  {program} watch runs/cart-pole
  {program} report runs/cart-pole
  {program} evaluate runs/cart-pole/default/seed-0"
    )
}

fn failed(message: &str, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "error: {message}"); // a failure to write an error cannot be reported
    ExitCode::from(code)
}

/// The start of a message about a failure.
const ERROR: &str = "error:\u{a0}";

/// A message in lines of at most [`WIDTH`] columns, the word `error:` before it included. A line that begins with a space is
/// left as it is.
fn in_columns(message: &str) -> String {
    let line = |line: &str| if line.starts_with(' ') { format!("{line}\n") } else { wrapped(line, WIDTH) };
    let text = format!("{ERROR}{message}").lines().map(line).collect::<String>();
    text.trim_end().chars().skip(ERROR.chars().count()).collect()
}

/// As JSON for another program.
fn json(content: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(content).expect("it is plain numbers, names and lists") + "\n"
}

/// Writes a text to standard output.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// The result of writing to standard output. It is no failure if the reader has closed the pipe, as `head` does.
fn printed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Running(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}
