//! Tells the program the commit that it is built from, for the manifests of its runs.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What the program is made from, beside its dependencies.
const INPUTS: [&str; 10] = [
    "build.rs",
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "envs/Cargo.toml",
    "envs/src",
    "learn/Cargo.toml",
    "learn/src",
    "report/Cargo.toml",
    "report/src",
];

fn main() {
    // Cargo would otherwise run this whenever any file of the package changes, results included.
    INPUTS.iter().for_each(|input| println!("cargo::rerun-if-changed={input}"));
    println!("cargo::rustc-env=TILDE_COMMIT={}", commit().unwrap_or_default());
}

/// The commit, with `-dirty` where the inputs differ from it. Nothing where the package is not the root of a repository: then
/// it was unpacked from an archive, and a repository around it is somebody else's.
fn commit() -> Option<String> {
    let root = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR")?).canonicalize().ok()?;
    let repository = PathBuf::from(git(&root, &["rev-parse", "--show-toplevel"])?);
    if repository.canonicalize().ok()? != root {
        return None;
    }
    // Every commit and checkout adds a line to the log of HEAD, whatever HEAD names and wherever that is kept.
    for name in ["HEAD", "logs/HEAD"] {
        let path = root.join(git(&root, &["rev-parse", "--git-path", name])?);
        // A file that is missing would have Cargo run this at every build.
        if path.is_file() {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    let head = git(&root, &["rev-parse", "HEAD"])?;
    let changed = git(&root, &[&["status", "--porcelain", "--"], &INPUTS[..]].concat())?;
    Some(if changed.is_empty() { head } else { format!("{head}-dirty") })
}

/// What git answers about the repository of `root`, whatever repository the environment names.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    command.arg("--no-optional-locks").args(arguments).current_dir(root);
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(variable);
    }
    let output = command.output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
