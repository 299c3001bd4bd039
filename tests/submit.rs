//! `tilde submit`: what it refuses, what it writes, and what its workers make. Real clusters are in `.ci/slurm` and `.ci/hyperqueue`.

#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{stderr, stdout};

fn config() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/smoke.toml").display().to_string()
}

/// A folder with programs of its own in front of the path.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn program(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Submits the smoke experiment in the folder `my runs`.
    fn submit(&self, arguments: &[&str]) -> Output {
        let path = format!("{}:{}", self.folder.path().display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_tilde"));
        command.args(["submit", &config(), "--out"]).arg(self.path("my runs")).args(arguments);
        command.env("PATH", path).env_remove("RUST_LOG").env_remove("COLUMNS").output().unwrap()
    }

    fn writes_nothing(&self, arguments: &[&str], code: i32) -> Output {
        let output = self.submit(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", stderr(&output));
        assert!(!self.path("my runs").exists(), "{arguments:?} wrote something");
        output
    }
}

#[test]
fn a_dry_run_prints_the_script_and_writes_nothing() {
    let place = Place::new();
    let output = place.writes_nothing(&["--engine", "slurm", "--dry-run", "--option=--partition=gpu", "--time=90m"], 0);
    let script = stdout(&output);
    assert!(script.starts_with("#!/bin/bash\n"), "{script}");
    for words in ["--array=0-3 ", " --time=1:30:00 ", " --partition=gpu ", "/my runs/smoke' --jobs"] {
        assert!(script.contains(words), "no `{words}` in: {script}");
    }
    let output = place.writes_nothing(&["--engine", "hyperqueue", "--dry-run", "--workers", "99"], 0);
    assert!(stdout(&output).contains("--array=1-3 "), "there are four runs: {}", stdout(&output));
}

#[test]
fn what_cannot_be_submitted_is_refused_before_anything_is_written() {
    let place = Place::new();
    let output = place.writes_nothing(&["--engine", "hyperqueue"], 2);
    assert!(stderr(&output).contains("`hq`") && stderr(&output).contains("--dry-run"), "{}", stderr(&output));
    let output = place.writes_nothing(&["--engine", "slurm", "--time", "soon"], 2);
    assert!(stderr(&output).contains("1h30m"), "{}", stderr(&output));
    let output = place.writes_nothing(&["--engine", "local", "--time", "2h"], 2);
    assert!(stderr(&output).contains("--resume"), "{}", stderr(&output));
    let output = place.writes_nothing(&["--engine", "slurm", "--set", "algorithm.dqn.gama=1", "--dry-run"], 2);
    assert!(stderr(&output).contains("gamma"), "{}", stderr(&output));
}

#[test]
fn a_refusal_of_sbatch_is_shown_and_the_experiment_can_be_submitted_again() {
    let place = Place::new();
    place.program("sbatch", "#!/bin/bash\necho 'sbatch: error: invalid partition specified: gpu' >&2\nexit 1\n");
    let output = place.submit(&["--engine", "slurm"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("  sbatch: error: invalid partition specified: gpu\n") && said.contains("--resume"),
        "{said}"
    );

    let here = place.path("").display().to_string();
    place.program("sbatch", &format!("#!/bin/bash\ncat > /dev/null\necho \"$@\" >> '{here}calls'\necho 7\n"));
    assert_eq!(place.submit(&["--engine", "slurm"]).status.code(), Some(2), "there are results already");
    let output = place.submit(&["--engine", "slurm", "--resume", "--workers", "2"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stdout(&output);
    for words in ["workers: job 7\n", "report:  job 7\n", "squeue --me", "scancel JOB", "smoke/submit.sh'\n"] {
        assert!(said.contains(words), "no `{words}` in: {said}");
    }
    let calls = fs::read_to_string(place.path("calls")).unwrap();
    assert!(calls.contains("--array=0-1 ") && calls.contains("--dependency=afterany:7 "), "{calls}");
    assert!(place.path("my runs/smoke/logs").is_dir() && place.path("my runs/smoke/submit.sh").is_file());
}

/// All result files below a folder, by their path, without those of the machine and of the workers.
fn results(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for path in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if ["manifest.json", "checkpoint", ".lock", "logs", "report", "submit.sh"].contains(&name) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn workers_on_this_machine_write_the_same_bytes_as_one_process_and_a_report() {
    let place = Place::new();
    let output = place.submit(&["--engine", "local", "--workers", "3"]);
    let said = stdout(&output);
    assert!(output.status.success(), "{said}{}", stderr(&output));
    assert!(said.contains("3 workers") && said.contains("shallow") && said.contains("report/index.html"), "{said}");
    let folder = place.path("my runs/smoke");
    assert!(folder.join("report/index.html").is_file());
    let alone = place.path("alone").display().to_string();
    assert!(common::tilde(&["train", &config(), "--out", &alone, "--quiet"]).status.success());
    let (shared, alone) = (results(&folder), results(&place.path("alone/smoke")));
    assert!(shared.len() > 12, "{} files", shared.len());
    assert!(shared == alone, "the results differ");

    let again = place.submit(&["--engine", "local", "--resume"]);
    assert!(again.status.success() && stdout(&again).contains("All runs are over"), "{}", stdout(&again));
}
