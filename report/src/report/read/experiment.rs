//! The results of an experiment.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::folders::{experiments_in, names_in, runs_in};
use super::plan::{self, Plan};
use super::run::{RunRecord, read_run};
use super::warnings::Warnings;
use crate::results::{EXPERIMENT, ORIGIN, Origin};

/// The results of an experiment.
#[derive(Clone, Debug)]
pub struct ExperimentResults {
    /// The experiment's name, or its folder if another experiment has the same name.
    pub name: String,
    /// The experiment's folder.
    pub folder: PathBuf,
    /// What was to be run.
    pub plan: Plan,
    /// The experiment whose weights the runs began with; `None` for new weights.
    pub origin: Option<Origin>,
    /// The runs of each variant, in the order of the plan's variants and seeds.
    pub runs: Vec<Vec<RunRecord>>,
    /// What is wrong with the files.
    pub warnings: Vec<String>,
}

/// Reads the experiments in `folders`: each is an experiment's folder or contains some. Returns them with messages about those
/// that cannot be read.
///
/// # Errors
/// If a folder contains no experiment, or no `experiment.toml` can be read.
pub fn read(folders: &[PathBuf]) -> Result<(Vec<ExperimentResults>, Vec<String>), String> {
    let mut found: BTreeMap<PathBuf, PathBuf> = BTreeMap::new(); // by the canonical path: a folder may have several names
    for folder in folders {
        for experiment in experiments_in(folder)? {
            let canonical = experiment.canonicalize().unwrap_or_else(|_| experiment.clone());
            found.entry(canonical).or_insert(experiment);
        }
    }
    let (mut experiments, mut unreadable) = (Vec::new(), Vec::new());
    for folder in found.into_values() {
        match plan::read_plan(&folder) {
            Ok(plan) => experiments.push(read_experiment(folder, plan)),
            Err(why) => unreadable.push(why),
        }
    }
    if experiments.is_empty() {
        return Err(format!("{}; train the experiment again, or restore the file", unreadable.join("; ")));
    }
    let names: Vec<String> = experiments.iter().map(|experiment| experiment.name.clone()).collect();
    for experiment in &mut experiments {
        if names.iter().filter(|name| **name == experiment.name).count() > 1 {
            experiment.name = experiment.folder.display().to_string();
        }
    }
    Ok((experiments, unreadable))
}

fn read_experiment(folder: PathBuf, plan: Plan) -> ExperimentResults {
    let mut warnings = Warnings::default();
    let mut runs = Vec::new();
    for variant in &plan.variants {
        let variant_folder = folder.join(&variant.name);
        let read_one = |&seed: &u64| {
            let (name, mut problems) = (format!("seed-{seed}"), Vec::new());
            let run = read_run(&variant_folder.join(&name), &variant.name, seed, &plan, &mut problems);
            problems.into_iter().for_each(|problem| warnings.add(format!("{}/{name}", variant.name), problem));
            run
        };
        runs.push(plan.seeds.iter().map(read_one).collect());
        let planned = |name: &str| plan.seeds.iter().any(|seed| name == format!("seed-{seed}"));
        for name in runs_in(&variant_folder).into_iter().filter(|name| !planned(name)) {
            let problem = format!("is not among the seeds of {EXPERIMENT} and is left out");
            warnings.add(format!("{}/{name}", variant.name), problem);
        }
    }
    let planned = |name: &str| plan.variants.iter().any(|variant| variant.name == name);
    for name in names_in(&folder).into_iter().filter(|name| !planned(name) && !runs_in(&folder.join(name)).is_empty()) {
        warnings.add(name, format!("is not among the variants of {EXPERIMENT} and is left out"));
    }
    let origin = Origin::read(&folder).unwrap_or_else(|error| {
        warnings.add(ORIGIN.to_owned(), format!("cannot be read, so it is unknown what its runs began with: {error}"));
        None
    });
    ExperimentResults { name: plan.name.clone(), origin, folder, plan, runs, warnings: warnings.messages() }
}
