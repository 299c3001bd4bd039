//! The runs of an experiment.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;
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
    /// The checksum of `experiment.toml`, for the manifest.
    pub config_hash: Arc<str>,
}

/// One of several equal parts of an experiment's runs, for processes that know nothing of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    index: usize,
    count: usize,
}

impl Part {
    /// The runs of this part: those whose index, divided by the number of parts, leaves the index of the part.
    pub fn of<T>(self, runs: Vec<T>) -> Vec<T> {
        runs.into_iter().enumerate().filter(|(run, _)| run % self.count == self.index).map(|(_, run)| run).collect()
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Part, String> {
        let numbers = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((index, count)) if index < count => Ok(Part { index, count }),
            Some((_, count)) if count > 0 => {
                Err(format!("the parts of {count} are 0/{count} to {}/{count}", count - 1))
            }
            _ => Err("a part is `K/N`, such as `0/4` for the first of four".to_owned()),
        }
    }
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
            let (board, config_hash) = (board.clone(), Arc::from(""));
            jobs.push(Job { variant_index, config: config.clone(), seed, folder, board, config_hash });
        }
    }
    jobs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_is_in_one_part() {
        let part = |text: &str| text.parse::<Part>().unwrap().of((0..7).collect::<Vec<_>>());
        assert_eq!([part("0/3"), part("1/3"), part("2/3")], [vec![0, 3, 6], vec![1, 4], vec![2, 5]]);
        assert_eq!(part("0/1").len(), 7);
        assert_eq!(part("8/9"), [0; 0]);
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for text in ["", "1", "a/2", "0/0", "-1/2", "1/2/3"] {
            assert!(text.parse::<Part>().unwrap_err().contains("`0/4` for the first of four"), "{text}");
        }
        assert_eq!("4/4".parse::<Part>().unwrap_err(), "the parts of 4 are 0/4 to 3/4");
        assert_eq!("2/3".parse::<Part>().unwrap().to_string(), "2/3");
    }
}
