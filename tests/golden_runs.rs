//! Short runs of every shipped config, and of every algorithm, optimizer and kind of features, are what they were, to the bit.
//!
//! `golden/runs/NAME.csv` has the checksum and the last line of each result file. Where a change of results is meant, write
//! them anew with `TILDE_GOLDEN=write cargo test --release --test golden_runs`, and say in the commit what changed and why.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const FILES: [&str; 4] = ["episodes.csv", "evaluations.csv", "updates.csv", "values.csv"];

/// FNV-1a, 64 bits (Fowler, Noll & Vo).
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What the runs of a config left behind, a row for each file, as CSV.
fn results(config: &Path, overrides: &[&str]) -> String {
    let out = tempfile::tempdir().unwrap();
    let mut train = Command::new(env!("CARGO_BIN_EXE_tilde"));
    train.args(["train", "--quiet", "--seeds", "0..1", "--out"]).arg(out.path()).arg(config);
    for set in overrides {
        train.args(["--set", set]);
    }
    let output = train.output().unwrap();
    assert!(output.status.success(), "{config:?}: {}", String::from_utf8_lossy(&output.stderr));
    let folders = |path: &Path| -> Vec<PathBuf> {
        let mut all: Vec<_> = fs::read_dir(path).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
        all.sort();
        all
    };
    let mut table = "variant,file,lines,checksum,last line\n".to_owned();
    for experiment in folders(out.path()) {
        for variant in folders(&experiment) {
            let name = variant.file_name().unwrap().to_str().unwrap();
            for file in FILES.iter().filter(|file| variant.join("seed-0").join(file).exists()) {
                let text = fs::read_to_string(variant.join("seed-0").join(file)).unwrap();
                let (lines, last) = (text.lines().count(), text.lines().last().unwrap_or_default());
                table += &format!("{name},{file},{lines},{:016x},\"{last}\"\n", checksum(text.as_bytes()));
            }
        }
    }
    table
}

fn check(config: &Path, overrides: &[&str]) {
    // Without fused multiply-add every product rounds once more.
    #[cfg(target_arch = "x86_64")]
    if !std::arch::is_x86_feature_detected!("fma") {
        return;
    }
    let golden = root().join("tests/golden/runs").join(config.file_stem().unwrap()).with_extension("csv");
    let found = results(config, overrides);
    assert!(found.lines().count() > 3, "{config:?} left nothing behind");
    if std::env::var("TILDE_GOLDEN").is_ok_and(|value| value == "write") {
        fs::write(&golden, &found).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap();
    for (expected, found) in expected.lines().zip(found.lines()) {
        assert_eq!(found, expected, "{config:?}");
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{config:?}");
}

#[test]
#[cfg(target_arch = "x86_64")] // the exponential and the logarithm of initialisation are the system's
fn every_shipped_config_gives_what_it_gave() {
    let dqn = "algorithm.dqn.learning_starts=300";
    let shipped: [(&str, &[&str]); 22] = [
        ("acrobot", &["budget.steps=3000"]),
        ("actor_critic", &["budget.steps=3000"]),
        ("approximators_acrobot", &["budget.steps=1000", dqn]),
        ("approximators_cart_pole", &["budget.steps=1000", dqn]),
        ("approximators_gridworld", &["budget.steps=2000"]),
        ("approximators_mountain_car", &["budget.steps=1000", dqn]),
        ("blackjack", &["budget.steps=2000"]),
        ("cart_pole", &["budget.steps=4000", dqn]),
        ("catch", &["budget.steps=1500"]),
        ("cliff_walking", &["budget.steps=2000"]),
        ("dc_motor", &["budget.steps=2000", dqn]),
        ("environments", &["budget.steps=600", dqn]),
        ("frozen_lake", &["budget.steps=2000"]),
        ("gridworld", &["budget.steps=2500"]),
        ("inverted_pendulum", &["budget.steps=2000"]),
        ("mountain_car", &["budget.steps=2000"]),
        ("pendulum", &["budget.steps=2000", dqn]),
        ("prediction", &["budget.steps=2000"]),
        ("random_walk", &["budget.steps=2000"]),
        ("smoke", &[]),
        ("taxi", &["budget.steps=2000"]),
        ("windy_gridworld", &["budget.steps=2000"]),
    ];
    let folder = root().join("configs");
    // Sums over the units of a layer, for `deep`, are burn's: their bits differ between processors with other vectors.
    // `tune_…` are searches: `tests/tune.rs` makes one.
    let searches = ["acrobot", "cart_pole", "frozen_lake", "gridworld", "mountain_car"];
    let count = fs::read_dir(&folder).unwrap().count();
    assert_eq!(count, shipped.len() + 1 + searches.len(), "every other config has its golden results");
    for (name, overrides) in shipped {
        check(&folder.join(name).with_extension("toml"), overrides);
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn every_part_gives_what_it_gave() {
    check(&root().join("tests/golden/runs/parts.toml"), &[]);
}
