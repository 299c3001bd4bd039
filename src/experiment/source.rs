//! The experiment from whose weights a new one begins.

use std::path::{Path, PathBuf};

use super::{FolderError, Job, manifest};
use crate::config::{Experiment, parse};
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
        let text = std::fs::read_to_string(folder.join(EXPERIMENT)).map_err(|error| {
            FolderError(format!(
                "--from {shown}: its {EXPERIMENT} cannot be read: {error}; give an experiment's folder"
            ))
        })?;
        let experiment = parse(&text, EXPERIMENT, &[])
            .map_err(|error| FolderError(format!("--from {shown}: {error}: another version wrote it")))?;
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

    /// What a new experiment that begins from this one is, in a sentence.
    pub fn told(&self) -> String {
        format!(
            "a new experiment from the weights of {}: its steps count on from there, its schedules are those of the config",
            self.folder.display()
        )
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
    /// If a run has nothing to begin from; nothing was written then.
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
        missing.into_iter().try_for_each(|job| {
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

    fn run(&self, job: &Job) -> PathBuf {
        self.folder.join(&job.config.variant).join(format!("seed-{}", job.seed))
    }
}
