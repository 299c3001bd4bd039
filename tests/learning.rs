//! Whole runs that must learn.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Trains a shipped config; returns the folder of its results in `out`.
fn train(config: &str, name: &str, out: &Path, more: &[&str]) -> PathBuf {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(config);
    let mut train = Command::new(env!("CARGO_BIN_EXE_tilde"));
    let output = train.arg("train").arg(config).arg("--out").arg(out).args(more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    out.join(name)
}

/// Mean returns of a run's evaluations, in their order.
fn mean_returns(run: &Path) -> Vec<f64> {
    let text = fs::read_to_string(run.join("evaluations.csv")).unwrap();
    let mut means: Vec<(&str, Vec<f64>)> = Vec::new();
    for fields in text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>()) {
        let value: f64 = fields[2].parse().unwrap();
        match means.last_mut() {
            Some((step, values)) if *step == fields[0] => values.push(value),
            _ => means.push((fields[0], vec![value])),
        }
    }
    means.iter().map(|(_, values)| values.iter().sum::<f64>() / values.len() as f64).collect()
}

#[test]
fn the_gridworld_experiment_finds_the_shortest_way_with_every_seed() {
    let folder = tempfile::tempdir().unwrap();
    let results = train("gridworld.toml", "gridworld", folder.path(), &[]);
    for seed in 0..10 {
        let text = fs::read_to_string(results.join(format!("default/seed-{seed}/evaluations.csv"))).unwrap();
        // From (0, 0) to (3, 3) is 6 steps at least, and the reward of the goal is 1.
        assert_eq!(text.lines().last(), Some("10000,1,1,6,terminated"), "seed {seed}");
    }
}

#[test]
fn forty_layers_learn_with_normalisation_and_residual_connections_and_nothing_without() {
    let folder = tempfile::tempdir().unwrap();
    let results = train("deep.toml", "deep", folder.path(), &["--seeds", "0..2", "--only", "plain", "--only", "both"]);
    for seed in 0..2 {
        let plain = mean_returns(&results.join(format!("plain/seed-{seed}")));
        let both = mean_returns(&results.join(format!("both/seed-{seed}")));
        // A pole that is always pushed the same way falls after 9 or 10 steps.
        assert!(plain.len() == 7 && plain.iter().all(|mean| *mean < 15.0), "plain, seed {seed}: {plain:?}");
        assert!(both.iter().any(|mean| *mean >= 150.0), "both, seed {seed}: {both:?}");
        assert!(both.iter().sum::<f64>() / 7.0 >= 75.0, "both, seed {seed}: {both:?}");
    }
}

#[test]
fn dqn_with_a_convolutional_network_catches_every_ball_with_every_seed() {
    let folder = tempfile::tempdir().unwrap();
    let results = train("catch.toml", "catch", folder.path(), &[]);
    for seed in 0..10 {
        let returns = mean_returns(&results.join(format!("default/seed-{seed}")));
        assert_eq!(returns.last(), Some(&1.0), "seed {seed}: {returns:?}");
    }
}
