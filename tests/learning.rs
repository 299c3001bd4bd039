//! Whole runs that must learn.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_gridworld_experiment_finds_the_shortest_way_with_every_seed() {
    let folder = tempfile::tempdir().unwrap();
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/gridworld.toml");
    let train = Command::new(env!("CARGO_BIN_EXE_tilde"))
        .arg("train")
        .arg(config)
        .args(["--out", &folder.path().display().to_string()])
        .output()
        .unwrap();
    assert!(train.status.success(), "{}", String::from_utf8_lossy(&train.stderr));
    for seed in 0..10 {
        let file = folder.path().join(format!("gridworld/default/seed-{seed}/evaluations.csv"));
        let text = fs::read_to_string(file).unwrap();
        // From (0, 0) to (3, 3) is 6 steps at least, and the reward of the goal is 1.
        assert_eq!(text.lines().last(), Some("10000,1,1,6,terminated"), "seed {seed}");
    }
}
