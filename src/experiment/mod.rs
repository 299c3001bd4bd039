//! A whole experiment: variants × seeds, in parallel, into one folder.

mod contradictions;
mod folder;
mod line;
mod manifest;
mod progress;
mod source;
mod version;
mod workers;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub use folder::{FolderError, IfExists};
pub use progress::Progress;
pub use workers::{RunResult, default_jobs};

use crate::config::{Experiment, RunConfig, extended, parse};
use crate::results::EXPERIMENT;
use source::Source;

/// How an experiment is run; nothing here changes a result.
pub struct Options {
    /// Folder that holds the experiments' folders.
    pub out: PathBuf,
    /// What to do where results are already there.
    pub existing: IfExists,
    /// The folder of the experiment from whose weights a new one is to begin.
    pub from: Option<PathBuf>,
    /// Runs at the same time.
    pub jobs: usize,
    /// Whether TensorBoard is to look on.
    pub tensorboard: bool,
    /// The command line, for the manifests.
    pub command_line: Vec<String>,
    /// Set from outside to end early: running runs write a checkpoint, others are not begun.
    pub stop: Arc<AtomicBool>,
}

/// One run to make.
#[derive(Clone, Debug)]
pub struct Job {
    /// The variant's place in the experiment.
    pub variant_index: usize,
    /// The variant.
    pub config: RunConfig,
    /// The seed.
    pub seed: u64,
    /// Where its files go.
    pub folder: PathBuf,
    /// The experiment's text, where TensorBoard is to look on.
    pub board: Option<Arc<str>>,
}

/// An experiment whose folder is ready.
pub struct Prepared {
    /// The experiment's folder.
    pub folder: PathBuf,
    /// How it goes on from earlier results, if it does, in a sentence.
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

/// Makes the experiment's folder and writes `experiment.toml` there. Where results are to be resumed, that file is of all
/// variants and seeds, those that are there and those that are asked for; only the latter are run.
///
/// # Errors
/// If results are in the way, those to go on with are of another version of the program, another process is at work there, the
/// weights to begin from are missing or of another environment or algorithm, or the folder cannot be written. Nothing was run
/// then.
pub fn prepare(experiment: &Experiment, options: &Options) -> Result<Prepared, FolderError> {
    let from = options.from.as_deref().map(Source::read).transpose()?;
    let asked = from.as_ref().map_or_else(|| Ok(experiment.clone()), |source| source.renamed(experiment))?;
    let folder = options.out.join(&asked.name);
    let resume = options.existing == IfExists::Resume;
    let origin = from.as_ref().map(|source| &source.origin);
    // An origin without an experiment is what is left of an attempt that was killed.
    let goes_on = resume && from.is_none() && folder.join(EXPERIMENT).is_file();
    let begun = if goes_on { folder::origin_of(&folder)?.map(Source::of) } else { None };
    let source = from.as_ref().or(begun.as_ref());
    if let Some(source) = source {
        source.check_apart_from(&folder)?;
        source.check(&jobs(&asked, &asked, &folder, None), resume)?;
    }

    let complete = resume && version::is_complete_of_another(&folder, &asked)?;
    let mut continuation = from.as_ref().map(|source| source.told(&asked)).transpose()?;
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
        Err(_) => Ok(None), // what another version wrote is another experiment
    };
    let (lock, resolved) = folder::prepare(&folder, &asked.to_toml(), origin, options.existing, extend)?;
    let whole = parse(&resolved, EXPERIMENT, &[]).expect("a resolved experiment reads back");
    let board = options.tensorboard.then(|| resolved.as_str().into());
    let jobs = jobs(&whole, &asked, &folder, board);
    source.map_or(Ok(()), |source| source.copy(&jobs))?;
    Ok(Prepared { jobs, continuation, config_hash: manifest::hash(&resolved), folder, _lock: lock })
}

/// The runs of the experiment `whole` in `folder` whose variants and seeds are among those of `asked`.
fn jobs(whole: &Experiment, asked: &Experiment, folder: &Path, board: Option<Arc<str>>) -> Vec<Job> {
    let names: BTreeSet<String> = asked.variants().into_iter().map(|config| config.variant).collect();
    let seeds: BTreeSet<u64> = asked.seeds.list().into_iter().collect();
    let variants = whole.variants();
    let mut jobs = Vec::new();
    // Seed by seed: while an experiment runs, its variants can already be compared.
    for seed in whole.seeds.list().into_iter().filter(|seed| seeds.contains(seed)) {
        for (variant_index, config) in variants.iter().enumerate().filter(|(_, config)| names.contains(&config.variant))
        {
            let folder = folder.join(&config.variant).join(format!("seed-{seed}"));
            jobs.push(Job { variant_index, config: config.clone(), seed, folder, board: board.clone() });
        }
    }
    jobs
}

/// What an experiment has more than the one it extends, in a sentence; nothing where that is nothing.
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
        .then(|| format!("an exact extension by {}: every file is what it is from scratch", added.join(" and ")))
}

/// Makes all runs, and returns how each of them ended, in the order of variants and seeds; of those that were interrupted,
/// nothing.
pub fn run(prepared: Prepared, options: &Options, progress: &Progress) -> Vec<RunResult> {
    let manifest = manifest::Common::new(options.command_line.clone(), prepared.config_hash);
    let resume = options.existing == IfExists::Resume;
    let mut results = workers::run(prepared.jobs, options.jobs, resume, &manifest, progress, &options.stop);
    results.sort_by_key(|result| result.variant_index); // stable: seeds stay in their order
    results
}
