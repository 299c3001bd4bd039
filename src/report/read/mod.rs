//! From folders to results. Whatever is wrong with a file becomes a warning; no run is left out silently.

mod columns;
mod plan;
mod run;

use std::fs;
use std::path::{Path, PathBuf};

pub use plan::{Environment, Plan};
pub use run::{Manifest, Run, State};

use crate::results::EXPERIMENT;

/// An experiment's results.
#[derive(Clone, Debug)]
pub struct Results {
    /// Its folder.
    pub folder: PathBuf,
    /// What was to be run.
    pub plan: Plan,
    /// The runs of each variant, in the order of the plan's variants and seeds.
    pub runs: Vec<Vec<Run>>,
    /// What is wrong with its files.
    pub warnings: Vec<String>,
}

/// Reads the experiments in `folders`: each is an experiment's folder, or holds some.
///
/// # Errors
/// If a folder holds no experiment, or none whose `experiment.toml` can be read.
pub fn read(folders: &[PathBuf]) -> Result<(Vec<Results>, Vec<String>), String> {
    let (mut experiments, mut unreadable) = (Vec::new(), Vec::new());
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in folders {
        found.extend(experiments_in(folder)?);
    }
    found.sort();
    found.dedup();
    for folder in found {
        match plan::read_plan(&folder) {
            Ok(plan) => experiments.push(read_experiment(folder, plan)),
            Err(why) => unreadable.push(why),
        }
    }
    if experiments.is_empty() {
        return Err(format!("{}; train the experiment again, or restore the file", unreadable.join("; ")));
    }
    Ok((experiments, unreadable))
}

fn experiments_in(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let is_experiment = |folder: &Path| folder.join(EXPERIMENT).is_file();
    if is_experiment(folder) {
        return Ok(vec![folder.to_owned()]);
    }
    let shown = folder.display();
    let entries = fs::read_dir(folder).map_err(|error| format!("{shown}: {error}"))?;
    let inside: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_experiment(path)).collect();
    if inside.is_empty() {
        return Err(format!(
            "{shown}: neither it nor a folder in it has {EXPERIMENT}: give the folder that `tilde train` named, such as \
             runs/cart-pole"
        ));
    }
    Ok(inside)
}

fn read_experiment(folder: PathBuf, plan: Plan) -> Results {
    let (mut runs, mut warnings) = (Vec::new(), Vec::new());
    for variant in &plan.variants {
        let place = folder.join(&variant.name);
        let read_one = |&seed: &u64| {
            let mut problems = Vec::new();
            let run = run::read_run(&place.join(format!("seed-{seed}")), seed, &plan, &mut problems);
            let named = problems.into_iter().map(|problem| format!("{}/seed-{seed}: {problem}", variant.name));
            (run, named.collect::<Vec<_>>())
        };
        let (read, problems): (Vec<Run>, Vec<Vec<String>>) = plan.seeds.iter().map(read_one).unzip();
        runs.push(read);
        warnings.extend(problems.into_iter().flatten());
        warnings
            .extend(unplanned(&place, &plan.seeds).map(|name| {
                format!("{}/{name}: is not among the seeds of {EXPERIMENT} and is left out", variant.name)
            }));
    }
    Results { folder, plan, runs, warnings }
}

/// Runs in a variant's folder that the plan knows nothing of.
fn unplanned(place: &Path, seeds: &[u64]) -> impl Iterator<Item = String> {
    let planned =
        |name: &str| name.strip_prefix("seed-").is_some_and(|seed| seeds.iter().any(|s| s.to_string() == seed));
    let entries = fs::read_dir(place).into_iter().flatten();
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    let mut names: Vec<String> = names.filter(|name| name.starts_with("seed-") && !planned(name)).collect();
    names.sort();
    names.into_iter()
}
