//! A crate outside the workspace makes a program with parts of its own from the public interface alone.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use toml::{Table, Value};

/// The crate's manifest: the library by its path, and the release profile of this workspace, so that dependencies which are
/// built already are not built again. What is built, the crates of this workspace, is built without optimisation.
fn manifest(root: &Path) -> String {
    let own: Table = fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
    let mut manifest: Table = toml::from_str(
        "workspace = {}\n\
         [package]\nname = 'outside'\nversion = '0.0.0'\nedition = '2024'\n\
         [dependencies]\nserde = { version = '1', features = ['derive'] }\n\
         schemars = { version = '1', default-features = false, features = ['derive', 'std'] }",
    )
    .unwrap();
    let library = Table::from_iter([("path".to_owned(), root.display().to_string().into())]);
    manifest["dependencies"].as_table_mut().unwrap().insert("tilde-rl".to_owned(), library.into());
    let mut release = own["profile"]["release"].clone();
    for name in ["outside", "tilde-rl", "tilde-envs", "tilde-learn", "tilde-report"] {
        let unoptimised = Table::from_iter([("opt-level".to_owned(), 0.into())]);
        release["package"].as_table_mut().unwrap().insert(name.to_owned(), unoptimised.into());
    }
    manifest.insert("profile".to_owned(), Table::from_iter([("release".to_owned(), release)]).into());
    toml::to_string(&Value::Table(manifest)).unwrap()
}

#[test]
fn a_crate_outside_the_workspace_trains_with_parts_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let outside = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside");
    let _ = fs::remove_dir_all(&outside);
    fs::create_dir_all(outside.join("src")).unwrap();
    fs::write(outside.join("Cargo.toml"), manifest(root)).unwrap();
    fs::copy(root.join("Cargo.lock"), outside.join("Cargo.lock")).unwrap(); // the same versions
    for file in fs::read_dir(root.join("examples/your_own")).unwrap() {
        let file = file.unwrap().path();
        if file.extension().is_some_and(|extension| extension == "rs") {
            fs::copy(&file, outside.join("src").join(file.file_name().unwrap())).unwrap();
        }
    }
    let (mut build, built) = common::cargo_build(&outside);
    let output = build.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let config = root.join("examples/your_own/your_own.toml");
    let mut train = Command::new(built.join("outside"));
    train.arg("train").arg(config).arg("--out").arg(outside.join("runs")).args(["--quiet", "--overwrite"]);
    let output = train.args(["--seeds", "0", "--set", "budget.steps=4_000"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for variant in ["mellowmax", "double-q"] {
        assert!(outside.join("runs/your-own").join(variant).join("seed-0/summary.json").is_file());
    }
}
