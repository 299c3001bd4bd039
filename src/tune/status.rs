//! How far a search is, from its journal and the locks of its runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::folder::{TRIALS, plan_of};
use super::plan::{Plan, VariantPlan, trial_name};
use crate::experiment::{is_locked, worker};
use crate::results::{JOURNAL, VERDICT};

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

/// What is read of a line of the journal.
#[derive(Deserialize)]
struct Line {
    event: String,
    variant: String,
    #[serde(default)]
    trial: usize,
    #[serde(default)]
    rung: usize,
    #[serde(default)]
    trials: Vec<usize>,
    objective: Option<f64>,
}

/// Reads how far the search in `folder` is.
///
/// # Errors
/// If it is not the folder of a search of this version, or cannot be read.
pub fn status(folder: &Path) -> Result<SearchStatus, String> {
    let plan = plan_of(folder).map_err(|error| error.0)?;
    let text = match fs::read_to_string(folder.join(JOURNAL)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        text => text.map_err(|error| format!("{}: {JOURNAL}: {error}", folder.display()))?,
    };
    // The last line may be half written.
    let lines: Vec<Line> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let driven = is_locked(folder);
    let is_chosen =
        |variant: &&VariantPlan| lines.iter().any(|line| line.event == "chosen" && line.variant == variant.name);
    Ok(SearchStatus {
        name: plan.experiment.name.clone(),
        folder: folder.to_owned(),
        driven,
        driver: worker(folder).filter(|_| driven == Some(true)),
        chosen: plan.variants.iter().filter(is_chosen).count() == plan.variants.len(),
        variants: plan.variants.iter().map(|variant| VariantStatus::of(variant, &plan, &lines)).collect(),
        running: running(folder, &plan, &lines),
        verdict: folder.join(VERDICT).join(format!("{}-tuned", plan.experiment.name)),
    })
}

impl VariantStatus {
    fn of(variant: &VariantPlan, plan: &Plan, lines: &[Line]) -> VariantStatus {
        let measured = |rung: usize| {
            let of_variant = lines.iter().filter(|line| line.event == "measured" && line.variant == variant.name);
            of_variant.filter(move |line| line.rung == rung).collect::<Vec<_>>()
        };
        let rungs: Vec<Vec<&Line>> = (0..plan.rung_steps.len()).map(measured).collect();
        let highest = rungs.iter().rev().find(|lines| !lines.is_empty());
        VariantStatus {
            name: variant.name.clone(),
            trials: variant.trials,
            measured: rungs.iter().map(Vec::len).collect(),
            failed: rungs[0].iter().filter(|line| line.objective.is_none()).count(),
            best: highest.and_then(|lines| lines.iter().filter_map(|line| line.objective).max_by(f64::total_cmp)),
        }
    }
}

/// The runs in progress of trials that were proposed or promoted and are not yet measured.
fn running(folder: &Path, plan: &Plan, lines: &[Line]) -> Vec<RunningTrial> {
    // The rung that each trial is at, until it is measured there.
    let mut open: BTreeMap<(&str, usize), usize> = BTreeMap::new();
    let measured: BTreeSet<(&str, usize, usize)> = lines
        .iter()
        .filter(|line| line.event == "measured")
        .map(|line| (line.variant.as_str(), line.trial, line.rung))
        .collect();
    for line in lines {
        match line.event.as_str() {
            "proposed" => _ = open.insert((&line.variant, line.trial), 0),
            "promoted" => line.trials.iter().for_each(|trial| _ = open.insert((&line.variant, *trial), line.rung)),
            _ => {}
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
