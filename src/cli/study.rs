//! `tilde study`.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::{Failure, in_columns, print, program};
use crate::config::{nearest, with_settings};
use crate::registry::Entry;
use crate::study::{Study, StudyConfig, studies};
use crate::text::{WIDTH, wrapped};

/// Measure a claim about function approximation: figures, numbers, and whether it holds
#[derive(clap::Args)]
pub struct Args {
    /// A study by its name, `all` for every study, or `list` to see them
    #[arg(value_name = "NAME")]
    name: String,

    /// Folder for the results; with `all`, each study has one below it [default: studies/NAME, or studies]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Set one value of the study, such as range=6; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,

    /// Seed of everything that is drawn
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

type StudyEntry = Entry<dyn Study>;

/// Lists the studies, or runs one or all of them.
pub fn study(args: &Args) -> Result<(), Failure> {
    match args.name.as_str() {
        "list" => print(&list()),
        "all" => all(args),
        name => {
            let entry = known(name)?;
            let out = args.out.clone().unwrap_or_else(|| Path::new("studies").join(entry.name()));
            if run(entry, args, &out)? { Ok(()) } else { Err(Failure::Running("the claim does not hold".to_owned())) }
        }
    }
}

fn all(args: &Args) -> Result<(), Failure> {
    if !args.set.is_empty() {
        return Err(Failure::Usage("--set: is for one study: name it instead of `all`".to_owned()));
    }
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("studies"));
    let mut failed = Vec::new();
    for entry in studies().all() {
        if !run(entry, args, &out.join(entry.name()))? {
            failed.push(entry.name());
        }
    }
    match &failed[..] {
        [] => Ok(()),
        _ => Err(Failure::Running(format!("claims that do not hold: {}", failed.join(", ")))),
    }
}

/// The study of this name.
fn known(name: &str) -> Result<&'static StudyEntry, Failure> {
    studies().find(name).ok_or_else(|| {
        let names: Vec<String> = studies().all().iter().map(|entry| entry.name()).collect();
        let hint = nearest(name, names.iter().map(String::as_str)).map(|name| format!("; did you mean `{name}`?"));
        let hint = hint.unwrap_or_default();
        let names = names.join(", ");
        Failure::Usage(in_columns(&format!(
            "unknown study `{name}`, expected one of {names}, or `all` or `list`{hint}"
        )))
    })
}

/// Runs a study into the folder `out` and prints what it found. Returns whether its claim holds.
fn run(entry: &'static StudyEntry, args: &Args, out: &Path) -> Result<bool, Failure> {
    let study: StudyConfig = with_settings(entry, &args.set).map_err(|why| Failure::Usage(in_columns(&why)))?;
    study.check().map_err(|wrong| Failure::Usage(in_columns(&format!("--set {}: {}", wrong.key, wrong.message))))?;
    let name = entry.name();
    let findings = study.run(args.seed, &|next| progress(&name, next));
    progress(&name, "");
    let command = command(&name, args);
    let failed = |error: std::io::Error| {
        Failure::Running(in_columns(&format!("{}: {error}; choose another folder with --out", out.display())))
    };
    findings.write(out, &study, &command).map_err(failed)?;
    let lines = findings.checks.iter().map(|check| {
        let mark = if check.holds { "holds" } else { "DOES NOT HOLD" };
        wrapped(&format!("- {mark}: {}: {}", check.claim, check.measured), WIDTH)
    });
    let lines = lines.collect::<String>();
    print(&format!("{name}: {}\n{lines}{}\n", study.title(), out.join("study.md").display()))?;
    Ok(findings.hold())
}

/// What a study does at the moment, in one line that the next one replaces, where somebody watches.
fn progress(name: &str, next: &str) {
    let mut err = std::io::stderr();
    if err.is_terminal() {
        let text = if next.is_empty() { String::new() } else { format!("{name}: {next} …") };
        let _ = write!(err, "\r\x1b[2K{text}").and_then(|()| err.flush()); // what nobody sees is not missed
    }
}

/// The command that makes the same files.
fn command(name: &str, args: &Args) -> String {
    let sets: String = args.set.iter().map(|set| format!(" --set '{set}'")).collect();
    format!("{} study {name}{sets} --seed {}", program(), args.seed)
}

fn list() -> String {
    let entry = |entry: &'static StudyEntry| {
        let summary: String = wrapped(entry.summary, WIDTH - 2).lines().map(|line| format!("  {line}\n")).collect();
        format!("{}\n{summary}", entry.name())
    };
    studies().all().into_iter().map(entry).collect()
}
