//! The experiment whose weights a new one begins with.

use std::path::{Path, PathBuf};

use super::differences::{changes, differences, flat_settings, wrapper_settings};
use super::{FolderError, Job};
use crate::checksum::checksum_text;
use crate::config::{Experiment, RunConfig, parse};
use crate::results::{EXPERIMENT, Origin};
use crate::run::{check_start, copy_start, has_start};

/// An experiment whose weights the runs of another one begin with.
pub struct Source {
    folder: PathBuf,
    /// The content of the new experiment's `origin.json`.
    pub origin: Origin,
}

impl Source {
    /// Reads the experiment in `folder`.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn read(folder: &Path) -> Result<Source, FolderError> {
        let shown = folder.display();
        let (text, experiment) = read_experiment(folder)?;
        let earlier = Origin::read(folder).map_err(|error| FolderError(format!("--from {shown}: {error}")))?;
        let mut experiments = earlier.map_or(Vec::new(), |origin| origin.experiments);
        experiments.push(experiment.name);
        let config_hash = checksum_text(text.as_bytes());
        Ok(Source { folder: folder.to_owned(), origin: Origin { experiments, folder: folder.to_owned(), config_hash } })
    }

    /// The experiment that an `origin.json` names.
    pub fn of(origin: Origin) -> Source {
        Source { folder: origin.folder.clone(), origin }
    }

    /// The new experiment with a name of its own: where its config has the name of the old experiment, or of one before that, the
    /// old name with `-extended`.
    ///
    /// # Errors
    /// If that name is too long.
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

    /// What a new experiment that begins with these weights is, in words that follow "This is", with all settings that differ.
    ///
    /// # Errors
    /// If the old experiment cannot be read.
    pub fn description(&self, asked: &Experiment) -> Result<String, FolderError> {
        let changes = changes(&read_experiment(&self.folder)?.1, asked);
        let changed = if changes.is_empty() { String::new() } else { format!("; changed: {}", changes.join(", ")) };
        Ok(format!(
            "a new experiment from the weights of {}: its steps, counters and unfinished episodes continue from there; its \
             schedules are those of the config{changed}",
            self.folder.display()
        ))
    }

    /// Checks that the new experiment has another folder than the old one.
    ///
    /// # Errors
    /// If it has not.
    pub fn check_apart_from(&self, folder: &Path) -> Result<(), FolderError> {
        let same = folder.canonicalize().is_ok_and(|there| self.folder.canonicalize().is_ok_and(|here| here == there));
        if !same {
            return Ok(());
        }
        Err(FolderError(format!(
            "--from {}: the new experiment would be in the same folder: give it another name with --set name=…, or choose \
             another --out",
            self.folder.display()
        )))
    }

    /// Checks that every run can begin where the old run of its variant and seed ended. Runs that are resumed have a copy of what
    /// they began with and are not checked.
    ///
    /// # Errors
    /// If an old run is missing, or has another environment, other wrappers or another algorithm; nothing has been written then.
    pub fn check(&self, jobs: &[Job], resume: bool) -> Result<(), FolderError> {
        let missing: Vec<&Job> = jobs.iter().filter(|job| !(resume && has_start(&job.folder))).collect();
        if missing.is_empty() {
            return Ok(());
        }
        if !Source::read(&self.folder)?.origin.is_that_of(&self.origin) {
            let shown = self.folder.display();
            return Err(FolderError(format!("{shown}: this is not the experiment whose weights these runs need")));
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

    /// Gives every run a copy of the state that it begins with, so that it does not depend on another folder.
    ///
    /// # Errors
    /// If a state cannot be read or written.
    pub fn copy(&self, jobs: &[Job]) -> Result<(), FolderError> {
        let missing = jobs.iter().filter(|job| !has_start(&job.folder));
        missing.into_iter().try_for_each(|job| {
            copy_start(&self.run(job), &job.folder)
                .map_err(|error| FolderError(format!("{}: {error}; --resume tries again", job.folder.display())))
        })
    }

    /// Refuses another environment, other wrappers and another algorithm: weights, unfinished episodes and the agent's state would not fit.
    fn check_same_task(&self, old: &RunConfig, new: &RunConfig) -> Result<(), FolderError> {
        let refuse = |difference: String| {
            Err(FolderError(format!(
                "--from {}: variant `{}` {difference}; a run continues in the same environment and wrappers with the same algorithm: \
                 change the config, or begin with new weights; nothing was written",
                self.folder.display(),
                new.variant
            )))
        };
        if old.env != new.env {
            let differences = differences(&flat_settings("env", &old.env), &flat_settings("env", &new.env)).join(", ");
            return refuse(format!("has another environment there: {differences}"));
        }
        if old.wrappers != new.wrappers {
            let [there, here] = [old, new].map(wrapper_settings);
            return refuse(format!("has other wrappers there: {}", differences(&there, &here).join(", ")));
        }
        let (there, here) = (old.algorithm.id(), new.algorithm.id());
        if there != here { refuse(format!("has another algorithm there: {there} → {here}")) } else { Ok(()) }
    }

    fn run(&self, job: &Job) -> PathBuf {
        self.folder.join(&job.config.variant).join(format!("seed-{}", job.seed))
    }
}

/// The text of the experiment in `folder`, and the experiment.
fn read_experiment(folder: &Path) -> Result<(String, Experiment), FolderError> {
    let shown = folder.display();
    let text = std::fs::read_to_string(folder.join(EXPERIMENT)).map_err(|error| {
        FolderError(format!(
            "--from {shown}: its {EXPERIMENT} cannot be read: {error}; give the folder of an experiment"
        ))
    })?;
    let experiment = parse(&text, EXPERIMENT, &[])
        .map_err(|error| FolderError(format!("--from {shown}: {error}: another version of tilde wrote it")))?;
    Ok((text, experiment))
}
