//! A program with parts of its own, `examples/your_own`, is Tilde with these parts: all commands, messages and files.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

/// The program.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let (mut build, built) = common::cargo_build(Path::new(env!("CARGO_MANIFEST_DIR")));
    let output = build.args(["--locked", "--example", "your_own"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    built.join("examples/your_own")
});

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/your_own/your_own.toml");

/// Exit code, standard output and standard error.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(&*PROGRAM).args(arguments).env_remove("RUST_LOG").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// What the program prints.
fn printed(arguments: &[&str]) -> String {
    let (code, stdout, stderr) = run(arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {stderr}");
    stdout
}

/// Every result file of an experiment that does not depend on the machine, by its path.
fn results(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if path.is_dir() && name != "checkpoint" {
            found.extend(results(&path));
        } else if path.is_file() && name != "manifest.json" && name != ".lock" {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

#[test]
fn both_algorithms_learn_the_way_along_the_ridge() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let table = printed(&["train", CONFIG, "--out", &out]);
    assert!(table.contains("mellowmax") && table.contains("double-q"), "{table}");
    let experiment = folder.path().join("your-own");
    for variant in ["mellowmax", "double-q"] {
        for seed in 0..5 {
            let run = experiment.join(format!("{variant}/seed-{seed}"));
            let returns: Vec<f64> = fs::read_to_string(run.join("evaluations.csv"))
                .unwrap()
                .lines()
                .skip(1)
                .map(|row| row.split(',').nth(2).unwrap().parse().unwrap())
                .collect();
            let last = returns[returns.len() - 10..].iter().sum::<f64>() / 10.0;
            // A walk takes 19 steps, and the best policy 16.5 on average; gusts make a few episodes longer.
            assert!(last > -21.0, "{variant}, seed {seed}: {returns:?}");
            // Of the discounted return, −14.2; the worst of 20 seeds of an independent simulation had a regret of about 0.8.
            let summary: Value = serde_json::from_slice(&fs::read(run.join("summary.json")).unwrap()).unwrap();
            assert!(summary["distance"]["regret"].as_f64().unwrap() < 1.5, "{summary}");
        }
    }
    let report = printed(&["report", &experiment.display().to_string()]);
    assert!(report.contains("mellowmax") && report.contains("double-q"), "{report}");
    assert!(fs::read_to_string(experiment.join("report/index.html")).unwrap().contains("double-q"));
}

/// Half of a run and then the rest, from its checkpoint, is the whole run.
#[test]
fn a_resumed_run_ends_with_the_same_bytes() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [whole, halves] = folders.each_ref().map(|folder| folder.path().display().to_string());
    let train = |out: &str, steps: &str, more: &[&str]| {
        let steps = format!("budget.steps={steps}");
        printed(&[&["train", CONFIG, "--seeds", "0..2", "--quiet", "--out", out, "--set", &steps], more].concat());
    };
    train(&whole, "8_000", &[]);
    train(&halves, "4_000", &[]);
    train(&halves, "8_000", &["--resume"]);
    let [whole, halves] = folders.each_ref().map(|folder| {
        let path = folder.path().join("your-own");
        let inside = |(file, bytes): (PathBuf, Vec<u8>)| (file.strip_prefix(&path).unwrap().to_owned(), bytes);
        results(&path).into_iter().map(inside).collect::<BTreeMap<_, _>>()
    });
    assert!(whole.len() > 3 * 2 * 4, "{:?}", whole.keys());
    assert_eq!(whole.keys().collect::<Vec<_>>(), halves.keys().collect::<Vec<_>>());
    for (path, bytes) in &whole {
        assert!(halves[path] == *bytes, "{} differs", path.display());
    }
}

#[test]
fn every_command_knows_the_parts() {
    let check = printed(&["check", CONFIG]);
    assert!(check.contains("windy-ridge") && check.contains("double_q"), "{check}");
    let envs = printed(&["envs"]);
    assert!(envs.contains("windy-ridge\n  walk or run along a ridge") && envs.contains("cart-pole"), "{envs}");
    assert!(printed(&["envs", "windy-ridge"]).contains("places = 20\nwind = 0.3"));
    let schema: Value = serde_json::from_str(&printed(&["schema"])).unwrap();
    let wind = &schema["$defs"]["WindyRidge"]["properties"]["wind"];
    assert!(wind["description"].as_str().unwrap().starts_with("Probability of a gust"), "{wind}");
    let steps = printed(&["rollout", "windy-ridge", "--set", "places=5", "--steps", "3"]);
    assert_eq!(steps.lines().next().unwrap().matches("\"observation\":[0.0]").count(), 1, "{steps}");
    assert!(printed(&["--help"]).contains("your_own train"));
}

#[test]
fn a_mistake_in_a_part_is_a_message_with_its_remedy() {
    for (set, words) in [
        ("env.windy_ridge.widn=0.1", "did you mean `wind`?"),
        ("env.windy_ridge.wind=1.5", "env.windy_ridge.wind: must be at least 0 and below 1, not 1.5"),
        ("algorithm.mellowmax.omega=-1.0", "algorithm.mellowmax.omega: must be a finite number above 0, not -1"),
        ("variant.double-q.algorithm.double_q.gama=0.5", "did you mean `gamma`?"),
        ("env={ windy_rigde = {} }", "did you mean `windy_ridge`?"),
    ] {
        let (code, _, message) = run(&["check", CONFIG, "--set", set]);
        assert_eq!(code, Some(2), "{set}: {message}");
        assert!(message.contains(words), "{set}: no `{words}` in: {message}");
    }
}
