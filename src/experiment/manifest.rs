//! `manifest.json`: what of this machine and this moment went into a run. No other file knows of either.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::Job;
use crate::results::{MANIFEST, checksum, write_atomically};
use crate::run::PROGRAM;

/// What the manifests of all runs share.
pub struct Common {
    command_line: Vec<String>,
    config_hash: String,
}

#[derive(Serialize)]
struct Manifest<'a> {
    tilde: &'a str,
    burn: &'a str,
    /// The commit that the program was built from, with `-dirty` where its sources had been changed; nothing where it was not
    /// built in its own repository.
    git_commit: Option<&'a str>,
    command_line: &'a [String],
    config_hash: &'a str,
    variant: &'a str,
    seed: u64,
    device: &'a str,
    engine: &'a str,
    os: &'a str,
    arch: &'a str,
    /// Seconds since 1970 at which this stretch of the run began.
    started_unix: u64,
    /// Seconds it took; a run that was resumed tells of its last stretch.
    wall_seconds: f64,
    steps_per_second: f64,
}

impl Common {
    /// Gathers what is the same for all runs of this command.
    pub fn new(command_line: Vec<String>, config_hash: String) -> Common {
        Common { command_line, config_hash }
    }

    /// Writes the manifest of a run that made `steps` environment steps in `took`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, job: &Job, started: SystemTime, took: Duration, steps: u64) -> std::io::Result<()> {
        let manifest = Manifest {
            tilde: PROGRAM,
            burn: locked_version("burn").unwrap_or("unknown"),
            git_commit: Some(env!("TILDE_COMMIT")).filter(|commit| !commit.is_empty()),
            command_line: &self.command_line,
            config_hash: &self.config_hash,
            variant: &job.config.variant,
            seed: job.seed,
            device: job.config.backend.device.name(),
            engine: job.config.engine(),
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
            started_unix: started.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            wall_seconds: took.as_secs_f64(),
            steps_per_second: steps as f64 / took.as_secs_f64(),
        };
        let text = serde_json::to_string_pretty(&manifest).map_err(std::io::Error::other)?;
        write_atomically(&path(&job.folder), format!("{text}\n").as_bytes())
    }
}

/// Where the manifest of the run in `folder` stands.
pub fn path(folder: &Path) -> PathBuf {
    folder.join(MANIFEST)
}

/// The version of the program that made the run in `folder`, if its manifest tells.
pub fn program_of(folder: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Maker {
        tilde: String,
    }
    let maker: Maker = serde_json::from_slice(&std::fs::read(path(folder)).ok()?).ok()?;
    Some(maker.tilde)
}

/// A name for a resolved experiment: equal experiments have equal hashes.
pub fn hash(resolved: &str) -> String {
    format!("{:016x}", checksum(resolved.as_bytes()))
}

/// The version of a dependency that this program was built with, as its lock file has it.
fn locked_version(package: &str) -> Option<&'static str> {
    const LOCK: &str = include_str!("../../Cargo.lock");
    let (_, entry) = LOCK.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    entry.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_knows_burn() {
        assert!(locked_version("burn").is_some_and(|version| version.starts_with("0.22.")));
        assert_eq!(locked_version("no-such-package"), None);
    }
}
