//! A whole experiment: variants × seeds, in parallel, into one folder.

mod folder;
mod manifest;
mod progress;
mod workers;

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub use folder::{Existing, FolderError};
pub use progress::Progress;
pub use workers::{RunResult, default_jobs};

use crate::config::{Experiment, RunConfig, extended, parse};

/// How an experiment is run; nothing here changes a result.
pub struct Options {
    /// Folder that holds the experiments' folders.
    pub out: PathBuf,
    /// What to do where results are already there.
    pub existing: Existing,
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

/// Makes the experiment's folder and writes `experiment.toml` there.
///
/// # Errors
/// If results are in the way, another process is at work there, or the folder cannot be written. Nothing was run then.
pub fn prepare(experiment: &Experiment, options: &Options) -> Result<Prepared, FolderError> {
    let resolved = experiment.to_toml();
    let folder = options.out.join(&experiment.name);
    let extend = |before: &str| match parse(before, "experiment.toml", &[]) {
        Ok(before) => Ok(extended(&before, experiment)?.map(|longer| longer.to_toml())),
        Err(_) => Ok(None), // what another version wrote is another experiment
    };
    let (lock, resolved) = folder::prepare(&folder, &resolved, options.existing, extend)?;
    let experiment = parse(&resolved, "experiment.toml", &[]).expect("a resolved experiment reads back");
    let variants = experiment.variants();
    // Seed by seed: while an experiment runs, its variants can already be compared.
    let board: Option<Arc<str>> = options.tensorboard.then(|| resolved.as_str().into());
    let mut jobs = Vec::new();
    for seed in experiment.seeds.list() {
        for (variant_index, config) in variants.iter().enumerate() {
            let folder = folder.join(&config.variant).join(format!("seed-{seed}"));
            jobs.push(Job { variant_index, config: config.clone(), seed, folder, board: board.clone() });
        }
    }
    Ok(Prepared { jobs, config_hash: manifest::hash(&resolved), folder, _lock: lock })
}

/// Makes all runs, and returns how each of them ended, in the order of variants and seeds; of those that were interrupted,
/// nothing.
pub fn run(prepared: Prepared, options: &Options, progress: &Progress) -> Vec<RunResult> {
    let manifest = manifest::Common::new(options.command_line.clone(), prepared.config_hash);
    let resume = options.existing == Existing::Resume;
    let mut results = workers::run(prepared.jobs, options.jobs, resume, &manifest, progress, &options.stop);
    results.sort_by_key(|result| result.variant_index); // stable: seeds stay in their order
    results
}
