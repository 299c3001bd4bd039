//! A search by many processes, killed at any moment, and a search that is extended: every file ends as it would in one process from
//! scratch. What one process does is in `tune.rs`.

#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use common::{stderr, stdout, tilde};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// Three rounds and two rungs of runs that take milliseconds.
const CONFIG: &str = r#"
name = "walk"
seeds = [0, 1]

[budget]
steps = 3_000
evaluate_every = 100
evaluation_episodes = 10
checkpoint_every = 250

[env.gridworld]
map = "4x4"
slip = 0.2

[algorithm.q_learning]
exploration = { initial = 1.0, final = 0.1, steps = 500 }

[approximator]

[optimizer.sgd]
learning_rate = 1e-3

[[variant]]
name = "table"

[[variant]]
name = "tiles"
[variant.approximator]
features = "tiles"

[search]
seeds = [100, 101]
trials = 6
sampler = { tpe = { n_startup_trials = 2, round = 2 } }
pruner = { successive_halving = { rungs = 2 } }
objective = "auc"

[search.space]
optimizer = { choice = [{ sgd = {} }, { adam = {} }] }
"optimizer.sgd.learning_rate" = { log_uniform = [1e-3, 1.0] }
"optimizer.adam.learning_rate" = { log_uniform = [1e-4, 1.0] }
"algorithm.q_learning.gamma" = { choice = [0.8, 0.99] }
"#;

/// The same without rungs.
fn flat() -> String {
    CONFIG.replace("pruner = { successive_halving = { rungs = 2 } }\n", "")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn write_config(folder: &Path, config: &str) -> String {
    fs::create_dir_all(folder).unwrap();
    let path = folder.join("walk.toml");
    fs::write(&path, config).unwrap();
    path.display().to_string()
}

fn done(arguments: &[&str]) -> Output {
    let output = tilde(arguments);
    assert!(output.status.success(), "{arguments:?}: {}{}", stdout(&output), stderr(&output));
    output
}

/// The message of a command that ends with exit code 2, its words in one line.
fn refused(arguments: &[&str]) -> String {
    let output = tilde(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
    stderr(&output).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn start(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tilde"));
    command.args(arguments).env_remove("RUST_LOG").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Makes the search of a config in `folder/name`, and returns its folder.
fn searched(folder: &Path, name: &str, config: &str, more: &[&str]) -> PathBuf {
    let out = folder.join(name);
    done(&[&["tune", config, "--out", text(&out), "--quiet"], more].concat());
    out.join("walk")
}

/// Every file of a search by its path, but for what knows of the machine or of the jobs, and the binary part of checkpoints.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    common::files(folder, &["checkpoint", "logs", "report", "manifest.json", ".lock", "submit.sh"])
}

fn assert_same(found: &Path, expected: &BTreeMap<String, Vec<u8>>) {
    let found = files(found);
    let names = found.keys().chain(expected.keys());
    let differing: Vec<&String> = names.filter(|name| found.get(*name) != expected.get(*name)).collect();
    assert!(differing.is_empty(), "these files differ: {differing:?}");
    assert!(found.contains_key("tuned.toml"));
}

/// A search of equal trials would hide that another one was chosen.
fn assert_measures_something(files: &BTreeMap<String, Vec<u8>>) {
    let journal = String::from_utf8(files["journal.jsonl"].clone()).unwrap();
    let lines = journal.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let objectives: BTreeSet<String> = lines.map(|line| line["objective"].to_string()).collect();
    assert!(objectives.len() > 4, "{objectives:?}");
}

/// How many kills a test makes; `TILDE_TRIALS` makes more.
fn kills(usual: usize) -> usize {
    std::env::var("TILDE_TRIALS").map_or(usual, |trials| trials.parse().unwrap())
}

#[test]
fn a_search_that_is_killed_at_any_moment_ends_with_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), CONFIG);
    let expected = files(&searched(folder.path(), "whole", &config, &[]));
    assert_measures_something(&expected);
    let mut rng = SmallRng::seed_from_u64(7);
    let (mut killed, mut searches) = (0, 0);
    while killed < kills(12) {
        searches += 1;
        let out = folder.path().join(searches.to_string());
        loop {
            let mut child = start(&["tune", &config, "--out", text(&out), "--resume", "--jobs", "2", "--quiet"]);
            // Enough kills: the search may end.
            let patience = if killed < kills(12) { rng.random_range(5..400) } else { 600_000 };
            for _ in 0..patience {
                std::thread::sleep(Duration::from_millis(1));
                if child.try_wait().unwrap().is_some() {
                    break;
                }
            }
            if child.try_wait().unwrap().is_some() {
                let output = child.wait_with_output().unwrap();
                assert!(output.status.success(), "{}", stderr(&output));
                break;
            }
            child.kill().unwrap(); // SIGKILL: nothing is tidied up
            child.wait().unwrap();
            killed += 1;
        }
        assert_same(&out.join("walk"), &expected);
    }
    println!("{killed} kills in {searches} searches");
}

/// The process that drives a search, as it noted in the folder.
fn driver(search: &Path) -> Option<u32> {
    fs::read_to_string(search.join(".lock")).ok()?.rsplit_once("process ")?.1.trim().parse().ok()
}

#[test]
fn workers_make_the_same_search_whoever_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), CONFIG);
    let expected = files(&searched(folder.path(), "whole", &config, &[]));
    let mut rng = SmallRng::seed_from_u64(8);
    let (mut killed, mut drivers, mut searches) = (0, 0, 0);
    while killed < kills(12) {
        searches += 1;
        let search = folder.path().join(searches.to_string()).join("walk");
        fs::create_dir_all(&search).unwrap();
        fs::copy(folder.path().join("whole/walk/search.toml"), search.join("search.toml")).unwrap();
        let worker = || start(&["work", text(&search), "--jobs", "1", "--wait", "--quiet"]);
        let mut workers: Vec<Child> = (0..2 + searches % 3).map(|_| worker()).collect();
        while killed < kills(12) {
            std::thread::sleep(Duration::from_millis(rng.random_range(5..500)));
            if workers.iter_mut().any(|worker| worker.try_wait().unwrap().is_some()) {
                break; // the search is over
            }
            let driving = driver(&search).and_then(|id| workers.iter().position(|worker| worker.id() == id));
            let victim = driving.filter(|_| rng.random_bool(0.7));
            drivers += usize::from(victim.is_some());
            let victim = victim.unwrap_or_else(|| rng.random_range(0..workers.len()));
            workers[victim].kill().unwrap(); // SIGKILL
            workers[victim].wait().unwrap();
            workers[victim] = worker();
            killed += 1;
        }
        for worker in workers {
            let output = worker.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", stderr(&output));
        }
        assert_same(&search, &expected);
    }
    println!("{killed} kills, {drivers} of them of the driver, in {searches} searches");
    assert!(drivers > 0, "no driver was killed");
}

#[test]
fn workers_share_the_runs_and_one_without_a_search_to_drive_ends() {
    let folder = tempfile::tempdir().unwrap();
    // Long enough that nobody makes the runs of a round alone.
    let config = CONFIG.replace("steps = 3_000", "steps = 180_000").replace("every = 100", "every = 60_000");
    // No run diverges: one that does is told of in other words.
    let config = config.replace("every = 250", "every = 20_000").replace("[1e-3, 1.0]", "[1e-3, 0.1]");
    let config = write_config(folder.path(), &config.replace("[1e-4, 1.0]", "[1e-4, 0.1]"));
    let whole = searched(folder.path(), "whole", &config, &[]);
    let search = folder.path().join("shared/walk");
    fs::create_dir_all(&search).unwrap();
    fs::copy(whole.join("search.toml"), search.join("search.toml")).unwrap();
    let logs: Vec<String> = (0..3)
        .map(|_| start(&["work", text(&search), "--jobs", "1", "--wait"]))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|child| child.wait_with_output().unwrap())
        .map(|output| {
            assert!(output.status.success(), "{}", stderr(&output));
            stderr(&output)
        })
        .collect();
    assert_same(&search, &files(&whole));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let made = |log: &&String| log.lines().filter(|line| line.contains(" steps in ")).count();
    for line in logs.iter().flat_map(|log| log.lines()).filter(|line| line.contains(" steps in ")) {
        *counts.entry(line.split_whitespace().find(|word| word.contains("/seed-")).unwrap()).or_default() += 1;
    }
    // Two trials of each variant go on, with both of their seeds; every other run is made once.
    let twice = counts.values().filter(|count| **count == 2).count();
    assert_eq!((counts.len(), twice, counts.values().max()), (2 * 6 * 2 + 4, 2 * 2 * 2, Some(&2)), "{counts:?}");
    let shares: Vec<usize> = logs.iter().map(|log| made(&log)).collect();
    assert!(shares.iter().all(|share| *share > 0), "a worker made no run: {shares:?}");

    // Somebody drives the search, so there is nothing to do for one that does not wait.
    let lock = fs::OpenOptions::new().write(true).open(search.join(".lock")).unwrap();
    lock.lock().unwrap();
    let output = done(&["work", text(&search)]);
    assert!(stdout(&output).contains("0 runs made"), "{}", stdout(&output));
    assert!(refused(&["tune", &config, "--out", text(search.parent().unwrap()), "--resume"]).contains("tilde work"));
}

#[test]
fn where_there_are_no_locks_one_process_makes_a_search() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("no_locks.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/no_locks.c");
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).status();
    if !compiled.is_ok_and(|status| status.success()) {
        eprintln!("skipped: there is no C compiler");
        return;
    }
    let config = write_config(folder.path(), CONFIG);
    let search = searched(folder.path(), "whole", &config, &["--set", "search.trials=1"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_tilde"));
    let output = command.args(["work", text(&search), "--wait"]).env("LD_PRELOAD", &library).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("no locks"), "{}", stderr(&output));
}

#[test]
fn the_file_in_the_folder_repeats_the_search() {
    let folder = tempfile::tempdir().unwrap();
    // A deep network in one variant, whose defaults depend on what a trial sets, and a file of weights in the other.
    let weights = "[[variant]]\nname = 'begun'\n[variant.approximator]\nfeatures = 'scaled'\nhidden = [4]\n\
                   initialization = { file = 'w.safetensors' }\n[search]";
    let config =
        CONFIG.replace("[search]", weights).replace("[[variant]]\nname = \"tiles\"", "[[variant]]\nname = \"deep\"");
    let config = config.replace("features = \"tiles\"", "features = \"scaled\"");
    let config = config + "[search.variant.deep]\n\"approximator.hidden\" = { choice = [[], [4], [4, 4]] }\n";
    let first = config.replace("initialization = { file = 'w.safetensors' }\n", "");
    let first = first.split("[search]").next().unwrap();
    let plain = write_config(folder.path(), first);
    done(&["train", &plain, "--out", text(&folder.path().join("plain")), "--only", "begun", "--quiet"]);
    let run = folder.path().join("plain/walk/begun/seed-0");
    let file = folder.path().join("w.safetensors");
    done(&["export", text(&run), "--format", "safetensors", "--out", text(&file)]);

    let written = write_config(folder.path(), &config);
    let more =
        ["--set", "search.trials=4", "--set", "variant.deep.optimizer.sgd.learning_rate=0.01", "--seeds", "3..5"];
    let more = [&more[..], &["--only", "deep", "--only", "begun"]].concat();
    let search = searched(folder.path(), "whole", &written, &more);
    let expected = files(&search);
    fs::remove_file(&file).unwrap();
    fs::remove_file(&written).unwrap();
    let copy = expected.keys().find(|name| name.starts_with("initial-")).unwrap();
    assert!(expected["search.toml"].windows(copy.len()).any(|name| name == copy.as_bytes()));

    // From scratch elsewhere; in its own folder by the file there; and by a worker.
    let own = text(&search).to_owned() + "/search.toml";
    assert_same(&searched(folder.path(), "again", &own, &[]), &expected);
    let forget = || {
        for name in ["trials", "verdict"] {
            fs::remove_dir_all(search.join(name)).unwrap();
        }
        for name in ["journal.jsonl", "tuned.toml"] {
            fs::remove_file(search.join(name)).unwrap();
        }
    };
    forget();
    assert_same(&searched(folder.path(), "whole", &own, &["--resume"]), &expected);
    forget();
    done(&["work", text(&search), "--quiet"]);
    assert_same(&search, &expected);
}

#[test]
fn a_longer_search_goes_on_from_a_shorter_one_as_if_it_had_been_longer_from_the_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let mut changed_choices = 0;
    for sampler in ["'random'", "'sobol'", "{ tpe = { n_startup_trials = 2, round = 2 } }"] {
        let config = flat().replace("{ tpe = { n_startup_trials = 2, round = 2 } }", sampler);
        let config = write_config(folder.path(), &config);
        let name =
            |what: &str| format!("{}-{what}", sampler.split_whitespace().nth(1).unwrap_or(sampler).trim_matches('\''));
        // 3 trials cut a round of the estimator short.
        let search = searched(folder.path(), &name("short"), &config, &["--set", "search.trials=3"]);
        let before = fs::read_to_string(search.join("tuned.toml")).unwrap();
        let longer = searched(folder.path(), &name("short"), &config, &["--set", "search.trials=9", "--resume"]);
        let fresh = searched(folder.path(), &name("long"), &config, &["--set", "search.trials=9"]);
        let expected = files(&fresh);
        assert_same(&longer, &expected);
        changed_choices += usize::from(fs::read_to_string(longer.join("tuned.toml")).unwrap() != before);
        if !sampler.contains("tpe") {
            continue;
        }
        // More judging seeds; and a budget in steps that buys a tenth trial: 10 × 2 seeds × 3000 steps.
        let more = ["--seeds", "0..4", "--set", "search.trials=9"];
        assert_same(
            &searched(folder.path(), &name("short"), &config, &[&more[..], &["--resume"]].concat()),
            &files(&searched(folder.path(), &name("judged"), &config, &more)),
        );
        let by_steps = flat().replace("{ tpe = { n_startup_trials = 2, round = 2 } }", sampler);
        let by_steps = write_config(&folder.path().join("by"), &by_steps.replace("trials = 6", "steps = 60_000"));
        assert_same(
            &searched(folder.path(), &name("short"), &by_steps, &["--resume", "--seeds", "0..4"]),
            &files(&searched(folder.path(), &name("steps"), &by_steps, &["--seeds", "0..4"])),
        );
        let out = folder.path().join(name("short"));
        let fewer = refused(&["tune", &config, "--out", text(&out), "--resume", "--seeds", "0..4"]);
        assert!(fewer.contains("it has 10 trials of each variant, and 6 are fewer"), "{fewer}");
    }
    assert!(changed_choices > 0, "no choice changed, so no verdict was made again");
}

#[test]
fn an_extension_that_is_killed_ends_with_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), &flat());
    let short = searched(folder.path(), "short", &config, &["--set", "search.trials=3"]);
    let expected = files(&searched(folder.path(), "long", &config, &["--set", "search.trials=8", "--seeds", "0..3"]));
    let out = short.parent().unwrap();
    let mut rng = SmallRng::seed_from_u64(9);
    for attempt in 0.. {
        let more = ["--set", "search.trials=8", "--seeds", "0..3", "--resume", "--quiet"];
        let mut child = start(&[&["tune", &config, "--out", text(out)], &more[..]].concat());
        std::thread::sleep(Duration::from_millis(rng.random_range(5..100) * (1 + attempt)));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            child.wait().unwrap();
            continue;
        }
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        break;
    }
    assert_same(&short, &expected);
}

#[test]
fn halving_and_other_changes_are_no_extension() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), CONFIG);
    let search = searched(folder.path(), "short", &config, &["--only", "table", "--set", "search.trials=3"]);
    let before = files(&search);
    let out = search.parent().unwrap();
    let resume = ["tune", &config, "--out", text(out), "--resume", "--only", "table"];
    let message = refused(&[&resume[..], &["--set", "search.trials=6"]].concat());
    assert!(message.contains("3 → 6 trials") && message.contains("successive halving"), "{message}");
    let message = refused(&[&resume[..], &["--set", "search.trials=3", "--set", "search.seed=4"]].concat());
    assert!(message.contains("search.seed 0 → 4"), "{message}");
    assert_same(&search, &before);
    done(&[&resume[..], &["--set", "search.trials=3", "--seeds", "0..3"]].concat()); // it judges only
}

#[test]
fn processes_on_this_machine_make_the_same_search() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), CONFIG);
    let expected = files(&searched(folder.path(), "whole", &config, &[]));
    let out = folder.path().join("local");
    let local = ["tune", &config, "--out", text(&out), "--engine", "local", "--workers", "3"];
    let said = stdout(&done(&local));
    assert!(said.contains("3 workers on this machine"), "{said}");
    let search = out.join("walk");
    assert_same(&search, &expected);
    assert!(search.join("submit.sh").is_file() && search.join("logs/local-2.log").is_file());
    assert!(refused(&local).contains("--resume"));
    done(&[&local[..], &["--resume"]].concat());
    assert_same(&search, &expected);
}

#[test]
fn the_script_for_slurm_makes_the_same_search() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), CONFIG);
    let expected = files(&searched(folder.path(), "whole", &config, &[]));
    // A stand-in that runs the tasks of an array at once, and the job after them.
    let sbatch = "#!/bin/bash\nscript=$(mktemp); cat > \"$script\"\necho \"$@\" >> \"$(dirname \"$0\")/calls\"\n\
                  export SLURM_ARRAY_JOB_ID=7\nlog=$(dirname \"$0\")/log\n\
                  case \"$*\" in *--array=0-2*) tasks='0 1 2' ;; *) tasks=0 ;; esac\n\
                  for task in $tasks; do SLURM_ARRAY_TASK_ID=$task bash \"$script\" >> \"$log\" 2>&1 & done\nwait\necho 7\n";
    let program = folder.path().join("sbatch");
    fs::write(&program, sbatch).unwrap();
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let out = folder.path().join("shared runs");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tilde"));
    command.args(["tune", &config, "--out", text(&out), "--engine", "slurm", "--workers", "3", "--time", "90m"]);
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let output = command.env("PATH", path).output().unwrap();
    let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
    assert!(output.status.success(), "{}{log}", stderr(&output));
    assert!(stdout(&output).contains("workers: job 7\nreport:  job 7\n"), "{}", stdout(&output));
    let calls = fs::read_to_string(folder.path().join("calls")).unwrap();
    assert!(calls.contains("--array=0-2 ") && calls.contains("--time=1:30:00"), "{calls}");
    assert_same(&out.join("walk"), &expected);
    assert_eq!(log.matches("The verdict, on the seeds of the experiment").count(), 3, "all see the end: {log}");
}

#[test]
fn a_dry_run_prints_the_script_of_a_search_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), CONFIG);
    let out = folder.path().join("out");
    let tune = ["tune", &config, "--out", text(&out)];
    let script = stdout(&done(&[&tune[..], &["--engine", "slurm", "--dry-run", "--workers", "99"]].concat()));
    assert!(script.starts_with("#!/bin/bash\n# Submits the search walk to Slurm"), "{script}");
    // No more workers than the runs of all trials: 2 variants × 6 trials × 2 seeds.
    for words in ["--array=0-23 ", "/out/walk --jobs \"${SLURM_CPUS_PER_TASK:-1}\" --wait &", "tilde report "] {
        assert!(script.contains(words), "no `{words}` in: {script}");
    }
    let script = stdout(&done(&[&tune[..], &["--engine", "hyperqueue", "--dry-run"]].concat()));
    assert!(script.contains("--jobs 1 --wait\n"), "{script}");
    for alone in [&["--workers", "2"][..], &["--dry-run"], &["--time", "2h"], &["--option=-p"]] {
        assert!(refused(&[&tune[..], alone].concat()).contains("--engine"), "{alone:?}");
    }
    assert!(refused(&[&tune[..], &["--engine", "local", "--jobs", "2"]].concat()).contains("--jobs"));
    let submit = refused(&["submit", &config, "--out", text(&out), "--engine", "slurm", "--dry-run"]);
    assert!(submit.contains("`tilde tune` makes, with --engine"), "{submit}");
    assert!(!out.exists(), "something was written");
}

#[test]
fn the_status_of_a_search_says_how_far_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let long = CONFIG.replace("steps = 3_000", "steps = 900_000_000").replace("every = 100", "every = 300_000_000");
    let config = write_config(folder.path(), &long);
    let search = folder.path().join("walk");
    let mut child = start(&["tune", &config, "--out", text(folder.path()), "--jobs", "2", "--quiet"]);
    while !search.join("trials/table-000/table-000/seed-101/.lock").is_file() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let status = || stdout(&done(&["status", text(&search)])).split_whitespace().collect::<Vec<_>>().join(" ");
    let said = status();
    for words in [
        &format!("process {}", child.id()),
        "table 6 0 → 0 0 –",
        "2 runs of trials in progress: table-000, seed 100,",
        "verdict: not begun",
    ] {
        assert!(said.contains(words), "no `{words}` in: {said}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let said = status();
    assert!(said.contains("not over, and no process drives it") && said.contains("--wait"), "{said}");

    let config = write_config(folder.path(), CONFIG);
    searched(folder.path(), "", &config, &["--overwrite"]);
    let said = status();
    assert!(said.contains("walk: a search, over") && said.contains("table 6 6 → 2 0 0."), "{said}");
    assert!(said.contains("verdict: 4 of 4 runs finished") && !said.contains("--wait"), "{said}");
    let json: serde_json::Value = serde_json::from_str(&stdout(&done(&["status", text(&search), "--json"]))).unwrap();
    assert_eq!((&json["chosen"], &json["variants"][1]["measured"][1]), (&true.into(), &2.into()), "{json}");
    assert_eq!(json["verdict_runs"]["runs"].as_array().unwrap().len(), 4);
}
