//! A search is a function of its config: not of the number of jobs, and not of interruptions; and it makes no step twice.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{stderr, stdout, tilde};
use serde_json::Value as Json;

const CONFIG: &str = r#"
name = "walk"
seeds = [0, 1]

[budget]
steps = 3_000
evaluate_every = 500
evaluation_episodes = 1
checkpoint_every = 500

[env.gridworld]
map = "4x4"
slip = 0.0

[algorithm.q_learning]
gamma = 0.0

[approximator]

[optimizer.sgd]
learning_rate = 1e-3

[[variant]]
name = "table"

[[variant]]
name = "tiles"
[variant.approximator]
features = "tiles"

[[variant]]
name = "chance"
algorithm = "random"

[search]
seeds = { first = 100, count = 3 }
trials = 7
sampler = { tpe = { n_startup_trials = 3, round = 2 } }
pruner = { successive_halving = { rungs = 2 } }
objective = "auc"

[search.space]
optimizer = { choice = [{ sgd = {} }, { adam = {} }] }
"optimizer.sgd.learning_rate" = { log_uniform = [1e-3, 1.0] }
"optimizer.adam.learning_rate" = { log_uniform = [1e-4, 1.0] }
"algorithm.q_learning.gamma" = { choice = [0.0, 0.9] }

[search.variant.tiles]
"approximator.features.tiles.tilings" = { integer = [2, 8], quantized = 2 }
"#;

fn write_config(folder: &Path, text: &str) -> String {
    let path = folder.join("walk.toml");
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// Makes a search, which has to succeed; returns what it printed.
fn tune(config: &str, out: &Path, more: &[&str]) -> String {
    let out = out.display().to_string();
    let output = tilde(&[&["tune", config, "--out", &out], more].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

/// Every file by its path, but for what knows of the machine, and the binary part of checkpoints.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    common::files(folder, &["checkpoint", "manifest.json", ".lock"])
}

fn journal(folder: &Path) -> Vec<Json> {
    let text = fs::read_to_string(folder.join("journal.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_search_is_the_same_with_any_number_of_jobs_and_after_kills() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), CONFIG);
    let (one, two, killed) = (folder.path().join("one"), folder.path().join("two"), folder.path().join("killed"));
    tune(&config, &one, &["--jobs", "1"]);
    tune(&config, &two, &["--jobs", "2"]);
    let expected = files(&one.join("walk"));
    assert!(expected.contains_key("tuned.toml") && expected.contains_key("trials/table-003/experiment.toml"));
    assert!(expected == files(&two.join("walk")), "the number of jobs changed a file");

    let mut kills = 0;
    for patience in 0.. {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tilde"));
        command.args(["tune", &config, "--out", killed.to_str().unwrap(), "--resume", "--jobs", "2"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(60 + 30 * patience));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            break;
        }
        if patience % 2 == 0 {
            child.kill().unwrap(); // SIGKILL: nothing is tidied up
            child.wait().unwrap();
        } else {
            assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
            let code = child.wait().unwrap().code();
            // Before signals are caught the process dies of it; after the last run it finishes all the same.
            assert!(matches!(code, Some(130 | 0) | None), "{code:?}");
        }
        kills += 1;
    }
    println!("{kills} kills");
    let found = files(&killed.join("walk"));
    let names: Vec<&String> = expected.keys().filter(|name| found.get(*name) != expected.get(*name)).collect();
    assert!(names.is_empty() && found.len() == expected.len(), "{names:?} differ after {kills} kills");
}

#[test]
fn a_promotion_continues_the_same_runs_and_every_variant_has_the_same_budget() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), CONFIG);
    let log = {
        let out = folder.path().display().to_string();
        stderr(&tilde(&["tune", &config, "--out", &out, "--jobs", "1"]))
    };
    let walk = folder.path().join("walk");
    let of = |event: &str| journal(&walk).into_iter().filter(|line| line["event"] == event).collect::<Vec<_>>();
    for variant in ["table", "tiles"] {
        let count = |event: &str| of(event).iter().filter(|line| line["variant"] == variant).count();
        // Seven trials with 1000 steps, of which two go on to 3000.
        assert_eq!((count("proposed"), count("measured"), count("promoted"), count("chosen")), (7, 9, 1, 1));
    }
    let promoted = of("promoted");
    assert!(promoted.iter().all(|line| line["trials"].as_array().unwrap().len() == 2));
    // What a manifest counts are the steps that its process made: in the second rung 2000 more.
    let trial = promoted[0]["trials"][0].as_u64().unwrap();
    let name = format!("{}-{trial:03}", promoted[0]["variant"].as_str().unwrap());
    let manifest = fs::read_to_string(walk.join(format!("trials/{name}/{name}/seed-100/manifest.json"))).unwrap();
    let manifest: Json = serde_json::from_str(&manifest).unwrap();
    let steps = manifest["wall_seconds"].as_f64().unwrap() * manifest["steps_per_second"].as_f64().unwrap();
    assert_eq!(steps.round(), 2_000.0, "{manifest}");
    let alone = fs::read_to_string(walk.join(format!("trials/{name}/experiment.toml"))).unwrap();
    assert!(alone.contains("steps = 3000"), "{alone}");
    // Trials are experiments: training one from scratch has the same rows.
    let again = folder.path().join("again");
    let copy = folder.path().join("copy.toml");
    fs::write(&copy, alone).unwrap();
    assert!(tilde(&["train", copy.to_str().unwrap(), "--out", again.to_str().unwrap()]).status.success());
    assert!(files(&again.join(&name)) == files(&walk.join(format!("trials/{name}"))), "{log}");
}

#[test]
fn the_tuned_config_trains_to_the_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let config =
        write_config(folder.path(), &CONFIG.replace("name = \"table\"", "name = \"table\"\nmethod = \"one-hot\""));
    let printed = tune(&config, folder.path(), &[]);
    for said in ["7 trials × 3 seeds", "no hyperparameters, judged as they are: chance", "optimizer", "tuned.toml"] {
        assert!(printed.contains(said), "{said:?} is missing:\n{printed}");
    }
    let walk = folder.path().join("walk");
    let again = folder.path().join("again");
    let tuned = walk.join("tuned.toml").display().to_string();
    assert!(tilde(&["train", &tuned, "--out", again.to_str().unwrap()]).status.success());
    assert!(files(&again.join("walk-tuned")) == files(&walk.join("verdict/walk-tuned")));
    // With γ = 0, the config's own, only the steps into the goal are worth anything, so no episode finds it from the start.
    let chosen: Vec<Json> = journal(&walk).into_iter().filter(|line| line["event"] == "chosen").collect();
    let is_right = |line: &Json| {
        line["settings"]["algorithm.q_learning.gamma"] == 0.9
            && line["objective"].as_f64().is_some_and(|value| value > 0.3)
    };
    assert!(chosen.len() == 2 && chosen.iter().all(is_right), "{chosen:?}");
    let text = fs::read_to_string(&tuned).unwrap();
    assert!(text.contains("gamma = 0.9") && text.matches("method = \"one-hot\"").count() == 1, "{text}");
    // Once it is over, it only prints again what it found.
    let (before, once_more) = (files(&walk), tune(&config, folder.path(), &["--resume"]));
    assert!(before == files(&walk));
    assert_eq!(once_more, printed);
}

#[test]
fn a_search_ends_with_a_report_that_its_files_alone_make_again() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), CONFIG);
    let printed = tune(&config, folder.path(), &["--quiet"]);
    assert!(printed.contains("Report of the search: "), "{printed}");
    let walk = folder.path().join("walk");
    let made = files(&walk.join("report"));
    // Tuned against default, over trials, two for each variant, and two of the effort; each as SVG, PNG and CSV.
    assert_eq!(made.len(), 1 + 3 * (1 + 1 + 2 * 2 + 2), "{:?}", made.keys());
    let again = folder.path().join("again");
    let [walk_text, again_text] = [&walk, &again].map(|path| path.display().to_string());
    let output = tilde(&["report", &walk_text, "--out", &again_text]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(files(&again) == made, "the report is not a function of the files");
    let text = stdout(&output);
    let chosen: Vec<Json> = journal(&walk).into_iter().filter(|line| line["event"] == "chosen").collect();
    for line in &chosen {
        let variant = line["variant"].as_str().unwrap();
        let row = text.lines().find(|row| row.starts_with(variant)).unwrap();
        let best = format!("{:.3}", line["objective"].as_f64().unwrap());
        assert!(row.contains("  7  ") && row.contains(&best), "{row} without {best}");
    }
    // The verdict is that of the experiment's own report.
    let verdict = folder.path().join("verdict");
    let [from, to] = [walk.join("verdict/walk-tuned"), verdict.clone()].map(|path| path.display().to_string());
    assert!(tilde(&["report", &from, "--out", &to, "--no-media"]).status.success());
    let scores = fs::read_to_string(verdict.join("scores.csv")).unwrap();
    let dumbbells = String::from_utf8(made["figures/search-tuned.csv"].clone()).unwrap();
    let judged = |name: &str| -> f64 {
        let row = dumbbells.lines().find(|row| row.starts_with(&format!("{name},"))).unwrap();
        row.split(',').nth(3).unwrap().parse().unwrap()
    };
    let areas = |name: &str| -> Vec<f64> {
        let cells = scores.lines().map(|row| row.split(',').collect::<Vec<_>>());
        cells.filter(|row| row[1] == name && row[3] == "area_under_curve").map(|row| row[4].parse().unwrap()).collect()
    };
    for name in ["table", "tiles", "chance"] {
        let areas = areas(name);
        // Of two runs, the interquartile mean is the mean.
        assert!(areas.len() == 2 && (judged(name) - 0.5 * (areas[0] + areas[1])).abs() < 1e-9, "{name}: {areas:?}");
    }
    // It does not stay when the search begins again.
    fs::write(walk.join("report/old"), "").unwrap();
    tune(&config, folder.path(), &["--quiet", "--overwrite"]);
    assert!(files(&walk.join("report")) == made);
}

/// The message of a search that is refused with exit code 2, before anything is written.
fn refused(folder: &Path, text: &str, more: &[&str]) -> String {
    let (config, out) = (write_config(folder, text), folder.join("out").display().to_string());
    let output = tilde(&[&["tune", &config, "--out", &out], more].concat());
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    stderr(&output)
}

#[test]
fn what_is_wrong_with_a_search_is_said_with_its_line_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    for (from, to, said) in [
        ("first = 100", "first = 1", "seed 1 of the search also judges its result"),
        ("first = 100", "firt = 100", "did you mean `first`?"),
        ("trials = 7", "trals = 7", "did you mean `trials`?"),
        ("trials = 7", "trials = 0", "must be at least 1"),
        ("n_startup_trials", "startup_trials", "did you mean `n_startup_trials`?"),
        ("quantized", "quantised", "did you mean `quantized`?"),
        ("[1e-3, 1.0]", "[0.0, 1.0]", "above 0"),
        ("\"optimizer.sgd.learning_rate\"", "\"optimizer.sgd.learning_rat\"", "did you mean `learning_rate`?"),
        ("\"optimizer.sgd.learning_rate\"", "\"optimizer.sdg.learning_rate\"", "did you mean `optimizer.sgd`?"),
        ("\"optimizer.sgd.learning_rate\"", "\"env.gridworld.slip\"", "none of the slots"),
        (
            "[search.space]",
            "[search.space]\n\"algorithm.q_learning.exploration.initial\" = { uniform = [0.5, 2.0] }",
            "2.0 is refused",
        ),
        ("{ adam = {} }", "{ rmsprop = {} }", "`learning_rate` is missing"),
        ("[search.variant.tiles]", "[search.variant.tile]", "did you mean `tiles`?"),
        ("rungs = 2", "rungs = 4", "do not divide"),
        ("evaluate_every = 500", "evaluate_every = 300", "not a multiple of `budget.evaluate_every`"),
        (
            "learning_rate = 1e-3",
            "learning_rate = { linear = { initial = 0.1, final = 0.01, fraction = 1.0 } }",
            "fraction",
        ),
        ("sampler = { tpe = { n_startup_trials = 3, round = 2 } }", "sampler = 'grid'", "levels"),
    ] {
        assert!(CONFIG.contains(from), "{from}");
        let message = refused(folder.path(), &CONFIG.replace(from, to), &[]);
        assert!(message.contains(said), "{to}: {said:?} is missing:\n{message}");
        assert!(message.contains("walk.toml:"), "{to}: without its line:\n{message}");
    }
    assert!(refused(folder.path(), CONFIG, &["--seeds", "99..101"]).contains("seed 100 of the search"));
    let no_search = CONFIG.split("[search]").next().unwrap();
    assert!(refused(folder.path(), no_search, &[]).contains("there is no [search]"));
    assert!(!folder.path().join("out").exists(), "something was written");
    let config = write_config(folder.path(), CONFIG);
    let output = tilde(&["train", &config, "--out", folder.path().to_str().unwrap()]);
    assert!(output.status.code() == Some(2) && stderr(&output).contains("tilde tune"), "{}", stderr(&output));
}

#[test]
fn a_grid_tries_every_combination_once_and_a_step_budget_buys_trials() {
    let folder = tempfile::tempdir().unwrap();
    let grid = CONFIG
        .replace("sampler = { tpe = { n_startup_trials = 3, round = 2 } }", "sampler = 'grid'")
        .replace("pruner = { successive_halving = { rungs = 2 } }", "")
        .replace("trials = 7", "trials = 20")
        .replace("[1e-3, 1.0]", "[1e-3, 1.0], levels = 4")
        .replace("[1e-4, 1.0]", "[1e-4, 1.0], levels = 2");
    let message = refused(folder.path(), &grid, &["--only", "table", "--set", "search.trials=5"]);
    assert!(message.contains("12 trials, more than the budget of 5"), "{message}");
    let config = write_config(
        folder.path(),
        &grid
            .replace(
                "[search.variant.tiles]\n\"approximator.features.tiles.tilings\"",
                "[search.variant.tiles]\n\"approximator.hidden\"",
            )
            .replace("{ integer = [2, 8], quantized = 2 }", "{ choice = [[]] }"),
    );
    let printed = stdout(&tilde(&["check", &config]));
    // The config's own settings are one of the two times four and two combinations.
    assert!(
        printed.contains("search of table: 12 trials × 3 seeds = 36 runs, 108000 steps in all; the grid is smaller"),
        "{printed}"
    );
    let by_steps = write_config(folder.path(), &CONFIG.replace("trials = 7", "steps = 40_000"));
    // 13333 steps for each seed: nine trials with 1000 steps and three that go on for 2000 are 15000, eight and two are 12000.
    let printed = stdout(&tilde(&["check", &by_steps]));
    assert!(printed.contains("search of table: 8 trials × 3 seeds = 24 runs, 36000 steps in all"), "{printed}");
}

#[test]
fn only_the_same_search_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let small = CONFIG.replace("trials = 7", "trials = 2");
    let config = write_config(folder.path(), &small);
    let only = ["--only", "table"];
    tune(&config, folder.path(), &only);
    let out = folder.path().display().to_string();
    let again = |more: &[&str]| {
        let output = tilde(&[&["tune", &config, "--out", &out, "--only", "table"], more].concat());
        (output.status.code(), stderr(&output))
    };
    let (code, message) = again(&[]);
    assert!(code == Some(2) && message.contains("--resume") && message.contains("--overwrite"), "{message}");
    let (code, message) = again(&["--resume", "--set", "search.trials=3"]);
    assert!(code == Some(2) && message.contains("2 → 3 trials"), "{message}");
    let journal = fs::read(folder.path().join("walk/journal.jsonl")).unwrap();
    assert_eq!(again(&["--overwrite"]).0, Some(0));
    assert_eq!(journal, fs::read(folder.path().join("walk/journal.jsonl")).unwrap());
}

#[test]
fn a_combination_that_the_config_refuses_is_a_failed_trial() {
    let folder = tempfile::tempdir().unwrap();
    // Fewer transitions than a batch: either is fine, not both.
    let text = r#"
name = "odd"
seeds = [0]
env = "gridworld"
[budget]
steps = 200
evaluate_every = 100
evaluation_episodes = 1
[algorithm.dqn]
learning_starts = 10
[approximator]
[optimizer.sgd]
learning_rate = 0.1
[search]
seeds = [1]
trials = 4
sampler = "grid"
[search.space]
"algorithm.dqn.buffer_size" = { choice = [16, 1000] }
"algorithm.dqn.batch_size" = { choice = [8, 64] }
"#;
    let config = write_config(folder.path(), text);
    let output = tilde(&["tune", &config, "--out", folder.path().to_str().unwrap(), "--set", "search.trials=5"]);
    let lines = journal(&folder.path().join("odd"));
    let refused: Vec<&Json> = lines.iter().filter(|line| line.get("refused").is_some()).collect();
    assert_eq!(refused.len(), 1, "{lines:?}");
    assert_eq!(refused[0]["settings"]["algorithm.dqn.batch_size"], 64);
    let trial = &refused[0]["trial"];
    let measured = lines.iter().find(|line| line["event"] == "measured" && line["trial"] == *trial).unwrap();
    assert!(measured["objective"].is_null(), "{measured}");
    assert!(output.status.success(), "{}", stderr(&output));
}
