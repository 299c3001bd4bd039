//! The experiment from whose weights a new one begins.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use toml::Value;

use super::{FolderError, Job, manifest};
use crate::config::{Experiment, RunConfig, parse};
use crate::results::{EXPERIMENT, Origin};
use crate::run::{check_start, copy_start, has_start};

/// An experiment whose runs others go on from.
pub struct Source {
    folder: PathBuf,
    /// What the new experiment keeps of it.
    pub origin: Origin,
}

impl Source {
    /// The experiment in `folder`.
    ///
    /// # Errors
    /// If there is none.
    pub fn read(folder: &Path) -> Result<Source, FolderError> {
        let shown = folder.display();
        let (text, experiment) = read_experiment(folder)?;
        let earlier = Origin::read(folder).map_err(|error| FolderError(format!("--from {shown}: {error}")))?;
        let mut experiments = earlier.map_or(Vec::new(), |origin| origin.experiments);
        experiments.push(experiment.name);
        let config_hash = manifest::hash(&text);
        Ok(Source { folder: folder.to_owned(), origin: Origin { experiments, folder: folder.to_owned(), config_hash } })
    }

    /// The experiment that is named in the `origin.json` of results.
    pub fn of(origin: Origin) -> Source {
        Source { folder: origin.folder.clone(), origin }
    }

    /// The new experiment, under a name of its own: that of the old one with `-extended`, where its config has the name of the
    /// old one, or of one before that.
    ///
    /// # Errors
    /// If that is no name any more.
    pub fn renamed(&self, experiment: &Experiment) -> Result<Experiment, FolderError> {
        let mut renamed = experiment.clone();
        if self.origin.experiments.contains(&experiment.name) {
            renamed.name = format!("{}-extended", self.origin.experiments.last().unwrap_or(&experiment.name));
            let checked = renamed.check();
            checked
                .map_err(|e| FolderError(format!("{} {}; give a shorter one with --set name=…", e.key, e.message)))?;
        }
        Ok(renamed)
    }

    /// What a new experiment that begins from this one is, in a sentence, with all settings that are others in it.
    ///
    /// # Errors
    /// If the old experiment cannot be read.
    pub fn told(&self, asked: &Experiment) -> Result<String, FolderError> {
        let changes = changes(&read_experiment(&self.folder)?.1, asked);
        let changed = if changes.is_empty() { String::new() } else { format!("; changed: {}", changes.join(", ")) };
        Ok(format!(
            "a new experiment from the weights of {}: its steps, counters and running episodes go on from there, its \
             schedules are those of the config{changed}",
            self.folder.display()
        ))
    }

    /// Checks that the new experiment does not stand in the place of the old one.
    ///
    /// # Errors
    /// If it does.
    pub fn check_apart_from(&self, folder: &Path) -> Result<(), FolderError> {
        let same = folder.canonicalize().is_ok_and(|there| self.folder.canonicalize().is_ok_and(|here| here == there));
        if !same {
            return Ok(());
        }
        Err(FolderError(format!(
            "--from {}: the new experiment would stand in the same folder: give it another name with --set name=…, or \
             choose another --out",
            self.folder.display()
        )))
    }

    /// Checks that every run can begin where the one of its variant and seed ended; those that go on, with `resume`, have
    /// what they began from already.
    ///
    /// # Errors
    /// If a run has nothing to begin from, or that is of another environment or algorithm; nothing was written then.
    pub fn check(&self, jobs: &[Job], resume: bool) -> Result<(), FolderError> {
        let missing: Vec<&Job> = jobs.iter().filter(|job| !(resume && has_start(&job.folder))).collect();
        if missing.is_empty() {
            return Ok(());
        }
        if !Source::read(&self.folder)?.origin.is_that_of(&self.origin) {
            let shown = self.folder.display();
            return Err(FolderError(format!(
                "{shown}: is another experiment than the one whose weights these runs need"
            )));
        }
        let old = read_experiment(&self.folder)?.1.variants();
        missing.into_iter().try_for_each(|job| {
            if let Some(old) = old.iter().find(|old| old.variant == job.config.variant) {
                self.check_same_task(old, &job.config)?;
            }
            let run = self.run(job);
            check_start(&job.config, job.seed, &run).map_err(|why| {
                let remedy = "choose variants and seeds with --only and --seeds, or change the config";
                FolderError(format!("--from {}: {why}; nothing was written: {remedy}", run.display()))
            })
        })
    }

    /// Gives every run a copy of the state that it begins from, so that it depends on no other folder.
    ///
    /// # Errors
    /// If one cannot be read or written.
    pub fn copy(&self, jobs: &[Job]) -> Result<(), FolderError> {
        let missing = jobs.iter().filter(|job| !has_start(&job.folder));
        missing.into_iter().try_for_each(|job| {
            copy_start(&self.run(job), &job.folder)
                .map_err(|error| FolderError(format!("{}: {error}; --resume tries again", job.folder.display())))
        })
    }

    /// Refuses to go on in another environment or with another algorithm: its weights, its running episodes and its agent's
    /// state would be taken for what they are not.
    fn check_same_task(&self, old: &RunConfig, new: &RunConfig) -> Result<(), FolderError> {
        let refuse = |difference: String| {
            Err(FolderError(format!(
                "--from {}: variant `{}` is trained {difference}; a run goes on in the same environment with the same \
                 algorithm: change the config, or begin with new weights; nothing was written",
                self.folder.display(),
                new.variant
            )))
        };
        if old.env != new.env {
            let differences = differences(&slot("env", &old.env), &slot("env", &new.env)).join(", ");
            return refuse(format!("in another environment there: {differences}"));
        }
        let (there, here) = (old.algorithm.id(), new.algorithm.id());
        if there != here { refuse(format!("by another algorithm there: {there} → {here}")) } else { Ok(()) }
    }

    fn run(&self, job: &Job) -> PathBuf {
        self.folder.join(&job.config.variant).join(format!("seed-{}", job.seed))
    }
}

/// The text of the experiment in `folder`, and what it says.
fn read_experiment(folder: &Path) -> Result<(String, Experiment), FolderError> {
    let shown = folder.display();
    let text = std::fs::read_to_string(folder.join(EXPERIMENT)).map_err(|error| {
        FolderError(format!("--from {shown}: its {EXPERIMENT} cannot be read: {error}; give an experiment's folder"))
    })?;
    let experiment = parse(&text, EXPERIMENT, &[])
        .map_err(|error| FolderError(format!("--from {shown}: {error}: another version wrote it")))?;
    Ok((text, experiment))
}

/// What is set otherwise in variants of the same name, as `key old → new`, with their names where it is not so in all of them.
pub fn changes(old: &Experiment, new: &Experiment) -> Vec<String> {
    let before: BTreeMap<String, RunConfig> =
        old.variants().into_iter().map(|run| (run.variant.clone(), run)).collect();
    let mut changed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut shared = 0;
    for (old, new) in new.variants().iter().filter_map(|new| Some((before.get(&new.variant)?, new))) {
        shared += 1;
        for difference in differences(&settings(old), &settings(new)) {
            changed.entry(difference).or_default().push(new.variant.clone());
        }
    }
    let told = |(difference, of): (String, Vec<String>)| match of.len() {
        count if count == shared => difference,
        1..=3 => format!("{difference} ({})", of.join(", ")),
        count => format!("{difference} ({count} variants)"),
    };
    changed.into_iter().map(told).collect()
}

/// Settings by their dotted keys.
pub type Settings = BTreeMap<String, String>;

fn settings(run: &RunConfig) -> Settings {
    let mut all = slot("budget", &run.budget);
    all.extend(slot("env", &run.env));
    all.extend(slot("algorithm", &run.algorithm));
    all.extend(slot("approximator", &run.approximator));
    all.extend(slot("optimizer", &run.optimizer));
    all.extend(slot("device", &run.backend.device));
    all.extend(slot("engine", &run.backend.engine));
    all
}

/// The settings of a part of an experiment, which is called `key`.
pub fn slot(key: &str, value: &impl serde::Serialize) -> Settings {
    let mut flat = Settings::new();
    flatten(key, &Value::try_from(value).expect("settings are plain numbers, names and tables"), &mut flat);
    flat
}

fn flatten(key: &str, value: &Value, into: &mut Settings) {
    match value {
        Value::Table(table) if !table.is_empty() => {
            table.iter().for_each(|(inner, value)| flatten(&format!("{key}.{inner}"), value, into));
        }
        value => _ = into.insert(key.to_owned(), value.to_string()),
    }
}

/// `key old → new` of every setting that is not the same.
pub fn differences(old: &Settings, new: &Settings) -> Vec<String> {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let shown = |value: Option<&String>| value.map_or("none", String::as_str).to_owned();
    let changed = keys.into_iter().filter(|&key| old.get(key) != new.get(key));
    changed.map(|key| format!("{key} {} → {}", shown(old.get(key)), shown(new.get(key)))).collect()
}
