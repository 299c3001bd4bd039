//! `tilde evaluate`, as a user meets it: what it prints, what it refuses, and that it changes no file.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use common::{stderr, stdout, tilde};
use serde_json::Value;

/// Two variants × two seeds.
const CONFIG: &str = r#"
name = "small"
seeds = [0, 1]
[budget]
steps = 2_000
evaluate_every = 250
evaluation_episodes = 4
checkpoint_every = 500
[env.gridworld]
slip = 0.3
[algorithm.q_learning]
exploration = { initial = 0.5, final = 0.5, fraction = 1.0 }
[optimizer.sgd]
learning_rate = 0.3
[[variant]]
name = "table"
[variant.approximator]
features = "one_hot"
[[variant]]
name = "network"
[variant.approximator]
features = "one_hot"
hidden = [8]
[variant.optimizer.sgd]
learning_rate = 0.05
"#;

/// Trains, with these settings changed; the experiment's folder.
fn trained(out: &Path, sets: &[&str]) -> PathBuf {
    let config = out.join("small.toml");
    fs::write(&config, CONFIG).unwrap();
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    let (config, runs) = (config.display().to_string(), out.display().to_string());
    let output = tilde(&[&["train", &config, "--out", &runs, "--quiet"], &sets[..]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    out.join("small")
}

fn evaluate(folder: &Path, more: &[&str]) -> Output {
    tilde(&[&["evaluate", folder.to_str().unwrap()], more].concat())
}

/// What is printed for a folder that can be evaluated.
fn text(folder: &Path, more: &[&str]) -> String {
    let output = evaluate(folder, more);
    assert!(output.status.success(), "{more:?}: {}", stderr(&output));
    assert_eq!(stderr(&output), "");
    let text = stdout(&output);
    assert!(text.lines().filter(|line| !line.contains('/')).all(|line| line.chars().count() <= 80), "{text}");
    text
}

fn json(folder: &Path, more: &[&str]) -> Value {
    serde_json::from_str(&text(folder, &[&["--json"], more].concat())).unwrap()
}

/// The message for a folder that cannot be evaluated, in one line.
fn refused(folder: &Path, more: &[&str], words: &[&str]) {
    let output = evaluate(folder, more);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert_eq!(stdout(&output), "");
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(line.contains(word), "no `{word}` in: {line}");
    }
    assert!(!message.contains("panicked"), "{message}");
}

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| {
        if path.is_dir() { files(&path) } else { [(path.clone(), fs::read(path).unwrap())].into() }
    };
    entries.flat_map(below).collect()
}

/// The rows of `evaluations.csv` at a step: returns and lengths.
fn rows(run: &Path, step: u64) -> Vec<(f64, u64)> {
    let rows = fs::read_to_string(run.join("evaluations.csv")).unwrap();
    let of_step = rows.lines().map(|row| row.split(',').collect::<Vec<_>>()).filter(|row| row[0] == step.to_string());
    of_step.map(|row| (row[2].parse().unwrap(), row[3].parse().unwrap())).collect()
}

fn episodes(evaluation: &Value) -> Vec<(f64, u64)> {
    let episodes = evaluation["episodes"].as_array().unwrap().iter();
    episodes.map(|episode| (episode["return"].as_f64().unwrap(), episode["length"].as_u64().unwrap())).collect()
}

#[test]
fn the_first_episodes_are_those_of_training_and_no_file_changes() {
    let folder = tempfile::tempdir().unwrap();
    let experiment = trained(folder.path(), &[]);
    let before = files(folder.path());
    for name in ["table/seed-0", "network/seed-1"] {
        let run = experiment.join(name);
        let last = json(&run, &["--checkpoint", "last", "--episodes", "4"]);
        assert_eq!((&last["checkpoint"], last["step"].as_u64()), (&Value::from("last"), Some(2_000)));
        let expected = rows(&run, 2_000);
        assert_eq!(episodes(&last), expected);
        let mean = expected.iter().map(|(total, _)| total).sum::<f64>() / 4.0;
        assert_eq!(last["returns"]["mean"].as_f64(), Some(mean));
        assert_eq!(last["terminated"].as_u64().unwrap() + last["truncated"].as_u64().unwrap(), 4);

        let best = json(&run, &[]);
        let step = best["step"].as_u64().unwrap();
        assert_eq!((&best["checkpoint"], best["episodes"].as_array().unwrap().len()), (&Value::from("best"), 100));
        assert_eq!(episodes(&best)[..4], rows(&run, step));
        let means: Vec<f64> =
            (0..=8).map(|at| rows(&run, 250 * at).iter().map(|(total, _)| total).sum::<f64>() / 4.0).collect();
        let highest = means.iter().copied().fold(0.0, f64::max);
        let latest = means.iter().rposition(|mean| *mean == highest).unwrap() as u64;
        assert_eq!((step, best["best_return"].as_f64()), (250 * latest, Some(highest)));
        let shown = text(&run, &["--checkpoint", "best"]);
        assert!(shown.split_whitespace().collect::<Vec<_>>().join(" ").contains(&format!("of step {step} of 2000")));
        assert!(shown.contains("Ended: ") && shown.contains("█"), "{shown}");
    }
    text(&experiment, &["--stochastic"]);
    assert!(files(folder.path()) == before, "a file was changed");
}

#[test]
fn the_seed_the_policy_and_the_environment_can_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    // Without slipping, nothing but exploration is random.
    let experiment = trained(folder.path(), &["env.gridworld.slip=0", "seeds=[0]", "budget.steps=8_000"]);
    let run = experiment.join("table/seed-0");
    let slips = |more: &[&str]| json(&run, &[&["--set", "env.slip=0.5", "--episodes", "20"], more].concat());
    assert_eq!(slips(&["--seed", "7"])["episodes"], slips(&["--seed", "7"])["episodes"]);
    assert_ne!(slips(&["--seed", "7"])["episodes"], slips(&["--seed", "8"])["episodes"]);
    let changed = slips(&[]);
    assert_eq!(changed["env"]["gridworld"]["slip"].as_f64(), Some(0.5));
    assert_eq!(changed["changes"], serde_json::json!(["env.slip=0.5"]));
    assert!(text(&run, &["--set", "env.gridworld.slip=0.5"]).contains("changed: env.gridworld.slip=0.5"));

    let greedy = json(&run, &["--episodes", "20"]);
    assert_eq!((greedy["lengths"]["sd"].as_f64(), greedy["returns"]["mean"].as_f64()), (Some(0.0), Some(1.0)));
    let stochastic = json(&run, &["--episodes", "20", "--stochastic"]);
    assert!(stochastic["lengths"]["sd"].as_f64().unwrap() > 0.0, "it explores");
    assert!(text(&run, &["--stochastic"]).contains("with the exploration of training"));

    refused(
        &run,
        &["--set", "env.map=8x8"],
        &["MultiDiscrete([4, 4])", "MultiDiscrete([8, 8])", "leave out the --set"],
    );
    refused(&run, &["--set", "env.slop=1"], &["env.gridworld.slop", "did you mean `slip`?"]);
    refused(&run, &["--set", "env.slip=2"], &["env.gridworld.slip", "from 0 to 1"]);
    refused(&run, &["--set", "budget.steps=1"], &["only the environment", "env.KEY=VALUE"]);
    refused(&run, &["--set", "env"], &["--set env"]);
    refused(&run, &["--episodes", "0"], &["--episodes"]);
    refused(&run, &["--checkpoint", "worst"], &["best, last"]);
}

#[test]
fn several_runs_are_a_table_and_what_fails_among_them_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let experiment = trained(folder.path(), &[]);
    let table = text(&experiment, &["--episodes", "5"]);
    let begins: Vec<Vec<&str>> = table
        .lines()
        .skip_while(|line| !line.starts_with('─'))
        .skip(1)
        .map(|row| row.split_whitespace().take(2).collect())
        .collect();
    assert_eq!(begins, [["table", "0"], ["table", "1"], ["network", "0"], ["network", "1"]], "{table}");
    let array = json(&experiment, &["--episodes", "5"]);
    let alone = json(&experiment.join("network/seed-0"), &["--episodes", "5"]);
    assert_eq!(array[2], alone, "a run in company is as alone");
    let two = tilde(&[
        "evaluate",
        experiment.join("table/seed-1").to_str().unwrap(),
        experiment.join("network/seed-0").to_str().unwrap(),
        "--json",
        "--episodes",
        "5",
    ]);
    assert_eq!(
        serde_json::from_slice::<Value>(&two.stdout).unwrap(),
        Value::from(array.as_array().unwrap()[1..3].to_vec())
    );

    fs::remove_dir_all(experiment.join("table/seed-1/checkpoint")).unwrap();
    let output = evaluate(&experiment, &["--episodes", "5"]);
    assert_eq!((output.status.code(), stdout(&output).lines().count()), (Some(1), table.lines().count() - 1));
    assert!(stderr(&output).contains("1 of 4 runs cannot be evaluated"), "{}", stderr(&output));
}

#[test]
fn what_is_wrong_with_a_folder_is_said_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let experiment = trained(folder.path(), &["seeds=[0]"]);
    let run = experiment.join("table/seed-0");
    let (state, previous, best) =
        ["state.bin", "previous.bin", "best.bin"].map(|name| run.join("checkpoint").join(name)).into();
    let good = [&state, &previous, &best].map(|path| fs::read(path).unwrap());
    let said = |more: &[&str]| text(&run, more).split_whitespace().collect::<Vec<_>>().join(" ");

    // The best checkpoint is damaged, then missing.
    fs::write(&best, &good[2][..40]).unwrap();
    let shown = said(&[]);
    assert!(shown.contains("the last checkpoint, of step 2000") && shown.contains("it is damaged"), "{shown}");
    refused(&run, &["--checkpoint", "best"], &["best.bin cannot be used: it is damaged", "--checkpoint last"]);
    fs::remove_file(&best).unwrap();
    assert!(said(&[]).contains("the last checkpoint, of step 2000") && !said(&[]).contains("note"), "{}", said(&[]));
    refused(&run, &["--checkpoint", "best"], &["has no best checkpoint", "--checkpoint last"]);

    // The newest checkpoint is damaged, then both.
    fs::write(&state, &good[0][..good[0].len() - 1]).unwrap();
    let shown = said(&[]);
    for words in ["state.bin cannot be used: it is damaged", "checkpoint that can be used is of step 1500 of 2000"] {
        assert!(shown.contains(words), "{shown}");
    }
    fs::write(&previous, "nonsense").unwrap();
    refused(&run, &[], &["previous.bin cannot be used", "delete this folder and train", "--resume --out"]);

    // Another format.
    for (version, wrote) in [(7_u32, "a newer program"), (5, "an older program")] {
        for (path, content) in [(&state, &good[0]), (&previous, &good[1])] {
            let mut other = content.clone();
            other[16..20].copy_from_slice(&version.to_le_bytes());
            fs::write(path, other).unwrap();
        }
        let program = format!("if another version made it, version {}, use that one", env!("CARGO_PKG_VERSION"));
        refused(&run, &[], &["another format than version 6", &format!("version {version}, of {wrote}"), &program]);
    }

    // A run that goes on to a larger budget, and one that has just begun.
    fs::write(&state, &good[0]).unwrap();
    let settings = experiment.join("experiment.toml");
    let text_before = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text_before.replace("steps = 2000", "steps = 5000")).unwrap();
    assert!(
        said(&[]).contains("the run is unfinished: its newest checkpoint is of step 2000 of 5000"),
        "{}",
        said(&[])
    );
    fs::remove_dir_all(run.join("checkpoint")).unwrap();
    refused(&run, &[], &["has no checkpoint yet", "the first, at step 500", "--resume --out"]);

    // Not of this experiment, or no run at all.
    fs::write(&settings, "name = 3").unwrap();
    refused(&run, &[], &["was written by another version of the program"]);
    refused(&experiment, &[], &["was written by another version of the program"]);
    fs::remove_file(&settings).unwrap();
    refused(&run, &[], &["experiment.toml", "copy that file too"]);
    refused(folder.path(), &[], &["is not the folder of a run", "EXPERIMENT/VARIANT/seed-0"]);
    refused(&folder.path().join("nowhere"), &[], &["nowhere", "name the folder of a run"]);
}
