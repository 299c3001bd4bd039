//! The command line: what can be asked for, and how an answer becomes an exit code.

mod check;
mod completions;
mod envs;
mod logging;
mod report;
mod rollout;
mod schema;
mod selection;
mod train;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::text::{WIDTH, wrapped};

/// Reinforcement-learning experiments with interchangeable function approximators, from one config file.
#[derive(Parser)]
#[command(name = "tilde", version, max_term_width = 100)]
#[command(after_help = "Examples:
  tilde train configs/cart_pole.toml
  tilde train configs/cart_pole.toml --seeds 100..120 \\
    --set algorithm.dqn.double=true --out /tmp/runs
  tilde check configs/gridworld.toml
  tilde report runs/cart-pole")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Train(train::Args),
    Check(check::Args),
    Report(report::Args),
    Envs(envs::Args),
    Rollout(rollout::Args),
    Schema(schema::Args),
    Completions(completions::Args),
}

/// Why a command did not do what it was asked.
pub enum Failure {
    /// The command line, the config or the output folder is wrong; nothing was written. Exit code 2.
    Usage(String),
    /// Something failed while running. Exit code 1.
    Running(String),
    /// It was stopped by a signal. Exit code 130.
    Interrupted(String),
}

/// The exit code of what was stopped by a signal: 128 + SIGINT, as shells have it.
const INTERRUPTED: u8 = 130;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Train(args) => train::train(&args),
        Command::Check(args) => check::check(&args),
        Command::Report(args) => report::report(&args),
        Command::Envs(args) => envs::envs(&args),
        Command::Rollout(args) => rollout::rollout(&args),
        Command::Schema(args) => schema::schema(&args),
        Command::Completions(args) => completions::completions(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Running(message)) => failed(&message, 1),
        Err(Failure::Usage(message)) => failed(&message, 2),
        Err(Failure::Interrupted(message)) => failed(&message, INTERRUPTED),
    }
}

fn failed(message: &str, code: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "error: {message}"); // nobody is left to tell if that fails
    ExitCode::from(code)
}

/// What the user reads first of a failure.
const ERROR: &str = "error:\u{a0}";

/// A message in lines of at most [`WIDTH`] columns, of which [`failed`] takes some for the word before it. A line that begins
/// with a space is shown as it is.
fn in_columns(message: &str) -> String {
    let line = |line: &str| if line.starts_with(' ') { format!("{line}\n") } else { wrapped(line, WIDTH) };
    let text = format!("{ERROR}{message}").lines().map(line).collect::<String>();
    text.trim_end().chars().skip(ERROR.chars().count()).collect()
}

/// Writes the answer to standard output.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// What became of writing to standard output. A reader that has gone away, such as `head`, has read enough.
fn printed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Running(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}
