//! Preparing an experiment's folder, and running the experiment.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::job::{Job, jobs};
use super::manifest::ManifestWriter;
use super::source::Source;
use super::{FolderError, IfExists, Progress, RunResult, contradictions, folder, version, workers};
use crate::checksum::checksum_text;
use crate::config::{Experiment, extended, parse, parse_in};
use crate::results::{EXPERIMENT, write_atomically};

/// How an experiment is run. No result depends on it.
pub struct Options {
    /// The folder of the experiments' folders.
    pub out: PathBuf,
    /// What to do if there are results already.
    pub existing: IfExists,
    /// The folder of the experiment whose weights a new one begins with.
    pub from: Option<PathBuf>,
    /// How many runs are made at the same time.
    pub jobs: usize,
    /// Whether runs write event files for TensorBoard.
    pub tensorboard: bool,
    /// The command line, for the manifests.
    pub command_line: Vec<String>,
    /// Set by a signal handler to end early: runs in progress write a checkpoint, no other run begins.
    pub stop: Arc<AtomicBool>,
}

impl Options {
    /// Runs into a folder of its own in `out`, one on each core; earlier results there are left alone.
    pub fn new(out: impl Into<PathBuf>) -> Options {
        Options {
            out: out.into(),
            existing: IfExists::Refuse,
            from: None,
            jobs: workers::default_jobs(),
            tensorboard: false,
            command_line: Vec::new(),
            stop: Arc::default(),
        }
    }
}

/// An experiment whose folder is ready.
pub struct Prepared {
    /// The experiment's folder.
    pub folder: PathBuf,
    /// How the experiment continues earlier results, in words that follow "This is"; `None` where it does not.
    pub continuation: Option<String>,
    jobs: Vec<Job>,
    config_hash: String,
    /// Held until the experiment ends.
    _lock: File,
}

impl Prepared {
    /// How many runs there are to make.
    pub fn runs(&self) -> usize {
        self.jobs.len()
    }
}

/// Creates the experiment's folder and writes `experiment.toml` there. When results are resumed, that file covers all variants and
/// seeds, the ones with results and the ones that are asked for; only the latter are run.
///
/// # Errors
/// If the experiment has a search; if there are results that may not be replaced or resumed; if another version of the program made the results that are to be
/// resumed; if another process works in the folder; if the weights to begin with are missing or belong to another environment or
/// algorithm; or if the folder cannot be written. Nothing has been run then.
pub fn prepare(experiment: &Experiment, options: &Options) -> Result<Prepared, FolderError> {
    if experiment.search.is_some() {
        return Err(FolderError(format!(
            "{}: the config has a [search], which `tilde tune` makes; to train its own settings without one, leave it out",
            experiment.name
        )));
    }
    let from = options.from.as_deref().map(Source::read).transpose()?;
    let asked = from.as_ref().map_or_else(|| Ok(experiment.clone()), |source| source.renamed(experiment))?;
    if let Some(file) = asked.weights_files().iter().find(|file| file.checksum().is_none()) {
        let shown = file.path();
        return Err(FolderError(format!("{shown} was not read: read the config with `config::load` or `parse_in`")));
    }
    let folder = options.out.join(&asked.name);
    let resume = options.existing == IfExists::Resume;
    let origin = from.as_ref().map(|source| &source.origin);
    // An origin without an experiment is left over from an attempt that was killed.
    let goes_on = resume && from.is_none() && folder.join(EXPERIMENT).is_file();
    let begun = if goes_on { folder::origin_of(&folder)?.map(Source::of) } else { None };
    let source = from.as_ref().or(begun.as_ref());
    if let Some(source) = source {
        source.check_apart_from(&folder)?;
        source.check(&jobs(&asked, &asked, &folder, None), resume)?;
    }

    let complete = resume && version::is_complete_of_another(&folder, &asked)?;
    let mut continuation = from.as_ref().map(|source| source.description(&asked)).transpose()?;
    let extend = |text: &str| match parse(text, EXPERIMENT, &[]) {
        Ok(before) => {
            let both = extended(&before, &asked).map_err(|why| {
                format!(
                    "{why}\nto go on from their weights in a new experiment, --from {} in place of --resume\n",
                    folder.display()
                )
            })?;
            if both.is_none() {
                let found = contradictions::contradictions(&before, &asked);
                return Err(found.iter().map(|line| format!("  {line}\n")).collect());
            }
            if complete {
                return Ok(both.map(|_| text.to_owned()));
            }
            continuation = both.as_ref().and_then(|both| additions(&before, both));
            Ok(both.map(|both| both.to_toml()))
        }
        Err(_) => Ok(None), // a file that this version cannot read is another experiment
    };
    let (lock, resolved) = folder::prepare(&folder, &asked.to_toml(), origin, options.existing, extend)?;
    copy_weights(&asked, &folder)?;
    let whole = parse_in(&folder, &resolved, EXPERIMENT)
        .map_err(|error| FolderError(format!("{}: {error}", folder.display())))?;
    let board = options.tensorboard.then(|| resolved.as_str().into());
    let jobs = jobs(&whole, &asked, &folder, board);
    source.map_or(Ok(()), |source| source.copy(&jobs))?;
    Ok(Prepared { jobs, continuation, config_hash: checksum_text(resolved.as_bytes()), folder, _lock: lock })
}

/// Copies the files of weights that the runs begin with into the experiment's folder, so that it does not depend on others.
fn copy_weights(experiment: &Experiment, folder: &Path) -> Result<(), FolderError> {
    for file in experiment.weights_files() {
        let Some(copy) = file.copy_name().map(|name| folder.join(name)).filter(|copy| !copy.is_file()) else {
            continue;
        };
        let written =
            file.read().and_then(|(bytes, _)| write_atomically(&copy, &bytes).map_err(|error| error.to_string()));
        written.map_err(|error| FolderError(format!("{}: {error}; --resume tries again", copy.display())))?;
    }
    Ok(())
}

/// What an experiment has beyond the one that it extends, in words that follow "This is"; `None` where that is nothing.
fn additions(before: &Experiment, after: &Experiment) -> Option<String> {
    let more = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 more {what}")),
        count => Some(format!("{count} more {what}s")),
    };
    let steps = after.budget.steps - before.budget.steps;
    let added = [
        more(after.variants().len().saturating_sub(before.variants().len()), "variant"),
        more(after.seeds.list().len().saturating_sub(before.seeds.list().len()), "seed"),
        (steps > 0).then(|| format!("{steps} more steps")),
    ];
    let added: Vec<String> = added.into_iter().flatten().collect();
    (!added.is_empty())
        .then(|| format!("an exact extension by {}: every file is the same as from scratch", added.join(" and ")))
}

/// Makes all runs. Returns how each of them ended, in the order of variants and seeds, without those that were interrupted.
pub fn run(prepared: Prepared, options: &Options, progress: &Progress) -> Vec<RunResult> {
    let manifests = ManifestWriter::new(options.command_line.clone(), prepared.config_hash);
    let resume = options.existing == IfExists::Resume;
    let mut results = workers::run(prepared.jobs, options.jobs, resume, &manifests, progress, &options.stop);
    results.sort_by_key(|result| result.variant_index); // stable: seeds stay in their order
    results
}
