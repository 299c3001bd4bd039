//! From folders to results. Whatever is wrong with a file becomes a warning; no run is left out silently.

mod columns;
mod plan;
mod run;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use plan::{Environment, Plan, PlannedVariant};
pub use run::{Distance, Manifest, RunRecord, State};

use crate::results::{EXPERIMENT, ORIGIN, Origin, most_like};

/// An experiment's results.
#[derive(Clone, Debug)]
pub struct Results {
    /// Its name among those that were read: its own, or its folder where another one has the same.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What was to be run.
    pub plan: Plan,
    /// The experiment from whose weights its runs began, if not from new ones.
    pub origin: Option<Origin>,
    /// The runs of each variant, in the order of the plan's variants and seeds.
    pub runs: Vec<Vec<RunRecord>>,
    /// What is wrong with its files.
    pub warnings: Vec<String>,
}

/// Reads the experiments in `folders`: each is an experiment's folder, or holds some.
///
/// # Errors
/// If a folder holds no experiment, or none whose `experiment.toml` can be read.
pub fn read(folders: &[PathBuf]) -> Result<(Vec<Results>, Vec<String>), String> {
    let mut found: BTreeMap<PathBuf, PathBuf> = BTreeMap::new(); // one folder may have several names
    for folder in folders {
        for experiment in experiments_in(folder)? {
            let place = experiment.canonicalize().unwrap_or_else(|_| experiment.clone());
            found.entry(place).or_insert(experiment);
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

/// The experiments that a path means: the folder itself, or those that stand in it.
fn experiments_in(path: &Path) -> Result<Vec<PathBuf>, String> {
    let is_experiment = |folder: &Path| folder.join(EXPERIMENT).is_file();
    let shown = path.display();
    if path.is_file() && path.file_name().is_some_and(|name| name == EXPERIMENT) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        return Err(format!("{shown}: is a file: give the folder it lies in, {}", folder.display()));
    }
    if is_experiment(path) {
        return Ok(vec![path.to_owned()]);
    }
    if let Some(above) = path.ancestors().skip(1).take(2).find(|above| is_experiment(above)) {
        return Err(format!("{shown}: is a part of the experiment in {0}: give {0}", above.display()));
    }
    let entries = fs::read_dir(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{shown}: there is no such folder{}", nearest_beside(path)),
        _ => format!("{shown}: {error}"),
    })?;
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

/// The folder beside a missing one whose name is most like its own, or what to do where there is none.
fn nearest_beside(path: &Path) -> String {
    let wanted = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let beside = parent.unwrap_or(Path::new("."));
    let names = names_in(beside);
    let folders = names.iter().map(String::as_str).filter(|name| beside.join(name).is_dir());
    match most_like(&wanted, folders) {
        Some((name, _)) => {
            format!("; the nearest name is {}", parent.map_or(name.into(), |parent| parent.join(name)).display())
        }
        None => ": give the folder that `tilde train` named, such as runs/cart-pole".to_owned(),
    }
}

fn read_experiment(folder: PathBuf, plan: Plan) -> Results {
    let mut warnings = Warnings::default();
    let mut runs = Vec::new();
    for variant in &plan.variants {
        let place = folder.join(&variant.name);
        let read_one = |&seed: &u64| {
            let (name, mut problems) = (format!("seed-{seed}"), Vec::new());
            let run = run::read_run(&place.join(&name), &variant.name, seed, &plan, &mut problems);
            problems.into_iter().for_each(|problem| warnings.add(format!("{}/{name}", variant.name), problem));
            run
        };
        runs.push(plan.seeds.iter().map(read_one).collect());
        let planned = |name: &str| plan.seeds.iter().any(|seed| name == format!("seed-{seed}"));
        for name in runs_in(&place).into_iter().filter(|name| !planned(name)) {
            let problem = format!("is not among the seeds of {EXPERIMENT} and is left out");
            warnings.add(format!("{}/{name}", variant.name), problem);
        }
    }
    let planned = |name: &str| plan.variants.iter().any(|variant| variant.name == name);
    for name in names_in(&folder).into_iter().filter(|name| !planned(name) && !runs_in(&folder.join(name)).is_empty()) {
        warnings.add(name, format!("is not among the variants of {EXPERIMENT} and is left out"));
    }
    let origin = Origin::read(&folder).unwrap_or_else(|error| {
        let problem = format!("cannot be read, so nobody knows what its runs began from: {error}");
        warnings.add(ORIGIN.to_owned(), problem);
        None
    });
    Results { name: plan.name.clone(), origin, folder, plan, runs, warnings: warnings.told() }
}

/// The names of what is in a folder, in their order.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

/// The names of the runs in a variant's folder.
fn runs_in(folder: &Path) -> Vec<String> {
    names_in(folder).into_iter().filter(|name| name.starts_with("seed-")).collect()
}

/// Problems with those that have them: what is wrong with many runs is said once.
#[derive(Default)]
struct Warnings(Vec<(String, Vec<String>)>);

impl Warnings {
    fn add(&mut self, whose: String, problem: String) {
        match self.0.iter_mut().find(|(known, _)| *known == problem) {
            Some((_, all)) => all.push(whose),
            None => self.0.push((problem, vec![whose])),
        }
    }

    fn told(self) -> Vec<String> {
        let one = |(problem, whose): (String, Vec<String>)| match &whose[..] {
            [first, second, rest @ ..] if !rest.is_empty() => {
                format!("{first}, {second} and {} more: {problem}", rest.len())
            }
            few => format!("{}: {problem}", few.join(", ")),
        };
        self.0.into_iter().map(one).collect()
    }
}
