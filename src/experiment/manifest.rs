//! Writing `manifest.json`: the program, the machine and the time of a run.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Job;
use crate::results::Manifest;
use crate::run::PROGRAM;

/// Writes the manifests of an experiment's runs.
pub struct ManifestWriter {
    command_line: Vec<String>,
    config_hash: String,
}

impl ManifestWriter {
    /// For runs of an experiment whose `experiment.toml` has the checksum `config_hash`.
    pub fn new(command_line: Vec<String>, config_hash: String) -> ManifestWriter {
        ManifestWriter { command_line, config_hash }
    }

    /// Writes the manifest of a run that began or was resumed at `started` and then made `steps` environment steps in `took`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, job: &Job, started: SystemTime, took: Duration, steps: u64) -> std::io::Result<()> {
        let manifest = Manifest {
            tilde: PROGRAM.to_owned(),
            burn: locked_version("burn").unwrap_or("unknown").to_owned(),
            git_commit: Some(env!("TILDE_COMMIT").to_owned()).filter(|commit| !commit.is_empty()),
            command_line: self.command_line.clone(),
            config_hash: self.config_hash.clone(),
            variant: job.config.variant.clone(),
            seed: job.seed,
            device: job.config.backend.device.name().to_owned(),
            engine: job.config.engine().to_owned(),
            os: std::env::consts::OS.to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            started_unix: started.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            wall_seconds: Some(took.as_secs_f64()),
            steps_per_second: Some(steps as f64 / took.as_secs_f64()),
        };
        manifest.write(&job.folder)
    }
}

/// The version of the program that made the run in `folder`; `None` without a readable manifest.
pub fn program_of(folder: &Path) -> Option<String> {
    let manifest = Manifest::read(folder).ok().flatten()?;
    Some(manifest.tilde).filter(|version| !version.is_empty())
}

/// The version of a dependency in this program's lock file.
fn locked_version(package: &str) -> Option<&'static str> {
    const LOCK: &str = include_str!("../../Cargo.lock");
    let (_, version) = LOCK.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    version.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_has_the_version_of_burn() {
        assert!(locked_version("burn").is_some_and(|version| version.starts_with("0.22.")));
        assert_eq!(locked_version("no-such-package"), None);
    }
}
