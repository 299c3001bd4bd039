//! Writing `manifest.json`: the program, the machine and the time of a run.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Job;
use super::damage::marks;
use crate::results::Manifest;
use crate::run::PROGRAM;

/// Writes the manifests of runs.
pub struct ManifestWriter {
    command_line: Vec<String>,
}

impl ManifestWriter {
    /// For the runs that this command makes.
    pub fn new(command_line: Vec<String>) -> ManifestWriter {
        ManifestWriter { command_line }
    }

    /// Writes the manifest of a run that began or was resumed at `started` and then made `steps` environment steps in `took`.
    ///
    /// # Errors
    /// If the file cannot be written, or a file of the run cannot be read.
    pub fn write(&self, job: &Job, started: SystemTime, took: Duration, steps: u64) -> std::io::Result<()> {
        let manifest = Manifest {
            tilde: PROGRAM.to_owned(),
            burn: locked_version("burn").unwrap_or("unknown").to_owned(),
            git_commit: Some(env!("TILDE_COMMIT").to_owned()).filter(|commit| !commit.is_empty()),
            command_line: self.command_line.clone(),
            config_hash: job.config_hash.to_string(),
            variant: job.config.variant.clone(),
            seed: job.seed,
            device: job.config.backend.device.name().to_owned(),
            engine: job.config.engine().to_owned(),
            os: std::env::consts::OS.to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            started_unix: started.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            wall_seconds: Some(took.as_secs_f64()),
            steps_per_second: Some(steps as f64 / took.as_secs_f64()),
            host: host(),
            files: marks(&job.folder)?,
        };
        manifest.write(&job.folder)
    }
}

/// The name of this machine; empty where that is unknown.
pub fn host() -> String {
    let of_kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    of_kernel.or_else(|| std::env::var("HOSTNAME").ok()).map_or(String::new(), |name| name.trim().to_owned())
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
