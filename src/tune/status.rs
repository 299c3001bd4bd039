//! How far a search is, from its journal and the locks of its runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::folder::{TRIALS, plan_of};
use super::plan::{Plan, VariantPlan, trial_name};
use crate::experiment::{is_locked, worker};
use crate::results::{Entry, JOURNAL, VERDICT};

/// How far a search is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SearchStatus {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Whether a process drives it; `None` where the file system does not tell.
    pub driven: Option<bool>,
    /// The machine and the process that drive it.
    pub driver: Option<String>,
    /// Whether all settings are chosen.
    pub chosen: bool,
    /// The variants that are searched.
    pub variants: Vec<VariantStatus>,
    /// The runs of trials that are in progress.
    pub running: Vec<RunningTrial>,
    /// The folder of the verdict's experiment.
    pub verdict: PathBuf,
}

/// How far the search of a variant is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariantStatus {
    /// The variant's name.
    pub name: String,
    /// How many trials it gets.
    pub trials: usize,
    /// How many of them were measured at each rung.
    pub measured: Vec<usize>,
    /// How many of those at the first rung failed.
    pub failed: usize,
    /// The largest objective at the highest rung so far; `None` if all failed.
    pub best: Option<f64>,
}

/// A run of a trial that a process makes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunningTrial {
    /// The trial's name.
    pub trial: String,
    /// The seed.
    pub seed: u64,
    /// The machine and the process.
    pub worker: Option<String>,
}

/// Reads how far the search in `folder` is.
///
/// # Errors
/// If it is not the folder of a search of this version, or cannot be read.
pub fn status(folder: &Path) -> Result<SearchStatus, String> {
    let plan = plan_of(folder).map_err(|error| error.0)?;
    // Damaged lines are the business of the process that drives the search.
    let (entries, _) = Entry::read_all(folder).map_err(|error| format!("{}: {JOURNAL}: {error}", folder.display()))?;
    let driven = is_locked(folder);
    let is_chosen = |plan: &&VariantPlan| {
        entries.iter().any(|entry| matches!(entry, Entry::Chosen { variant, .. } if *variant == plan.name))
    };
    Ok(SearchStatus {
        name: plan.experiment.name.clone(),
        folder: folder.to_owned(),
        driven,
        driver: worker(folder).filter(|_| driven == Some(true)),
        chosen: plan.variants.iter().filter(is_chosen).count() == plan.variants.len(),
        variants: plan.variants.iter().map(|variant| VariantStatus::of(variant, &plan, &entries)).collect(),
        running: running(folder, &plan, &entries),
        verdict: folder.join(VERDICT).join(format!("{}-tuned", plan.experiment.name)),
    })
}

impl VariantStatus {
    fn of(plan: &VariantPlan, search: &Plan, entries: &[Entry]) -> VariantStatus {
        // The objectives of its trials at each rung.
        let mut rungs: Vec<Vec<Option<f64>>> = vec![Vec::new(); search.rung_steps.len()];
        for entry in entries {
            if let Entry::Measured { variant, rung, objective, .. } = entry
                && *variant == plan.name
                && let Some(at_rung) = rungs.get_mut(*rung)
            {
                at_rung.push(*objective);
            }
        }
        let highest = rungs.iter().rev().find(|objectives| !objectives.is_empty());
        VariantStatus {
            name: plan.name.clone(),
            trials: plan.trials,
            measured: rungs.iter().map(Vec::len).collect(),
            failed: rungs[0].iter().filter(|objective| objective.is_none()).count(),
            best: highest.and_then(|objectives| objectives.iter().flatten().copied().max_by(f64::total_cmp)),
        }
    }
}

/// The runs in progress of trials that were proposed or promoted and are not yet measured.
fn running(folder: &Path, plan: &Plan, entries: &[Entry]) -> Vec<RunningTrial> {
    // The rung that each trial is at, until it is measured there.
    let mut open: BTreeMap<(&str, usize), usize> = BTreeMap::new();
    let mut measured: BTreeSet<(&str, usize, usize)> = BTreeSet::new();
    for entry in entries {
        match entry {
            Entry::Proposed { variant, trial, .. } => _ = open.insert((variant, *trial), 0),
            Entry::Promoted { variant, rung, trials } => {
                open.extend(trials.iter().map(|trial| ((variant.as_str(), *trial), *rung)));
            }
            Entry::Measured { variant, trial, rung, .. } => _ = measured.insert((variant, *trial, *rung)),
            Entry::Chosen { .. } => {}
        }
    }
    open.retain(|(variant, trial), rung| !measured.contains(&(*variant, *trial, *rung)));
    let mut running = Vec::new();
    for (variant, trial) in open.into_keys() {
        let trial = trial_name(variant, trial);
        let runs = folder.join(TRIALS).join(&trial).join(&trial);
        for seed in plan.search.seeds.list() {
            let run = runs.join(format!("seed-{seed}"));
            if is_locked(&run) == Some(true) {
                running.push(RunningTrial { trial: trial.clone(), seed, worker: worker(&run) });
            }
        }
    }
    running
}
