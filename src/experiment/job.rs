//! The runs of an experiment.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{Experiment, RunConfig};

/// One run to make.
#[derive(Clone, Debug)]
pub struct Job {
    /// The variant's index in the experiment.
    pub variant_index: usize,
    /// The variant.
    pub config: RunConfig,
    /// The seed.
    pub seed: u64,
    /// The folder of the run's files.
    pub folder: PathBuf,
    /// The experiment's text for TensorBoard; `None` where no event file is written.
    pub board: Option<Arc<str>>,
}

/// The runs of the experiment `whole` in `folder` whose variants and seeds are among those of `asked`.
pub fn jobs(whole: &Experiment, asked: &Experiment, folder: &Path, board: Option<Arc<str>>) -> Vec<Job> {
    let names: BTreeSet<String> = asked.variants().into_iter().map(|config| config.variant).collect();
    let seeds: BTreeSet<u64> = asked.seeds.list().into_iter().collect();
    let variants = whole.variants();
    let mut jobs = Vec::new();
    // Seed by seed, so that variants can be compared while the experiment still runs.
    for seed in whole.seeds.list().into_iter().filter(|seed| seeds.contains(seed)) {
        for (variant_index, config) in variants.iter().enumerate().filter(|(_, config)| names.contains(&config.variant))
        {
            let folder = folder.join(&config.variant).join(format!("seed-{seed}"));
            jobs.push(Job { variant_index, config: config.clone(), seed, folder, board: board.clone() });
        }
    }
    jobs
}
