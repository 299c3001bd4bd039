//! Many processes make one experiment: each run is made once, and its files are those of a single process, whoever is killed.

#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};

const TILDE: &str = env!("CARGO_BIN_EXE_tilde");

/// Runs that take milliseconds, with all kinds of files.
fn config(folder: &Path, seeds: usize, steps: u64) -> String {
    let path = folder.join("tiny.toml");
    let text = format!(
        "name = 'tiny'\nseeds = {{ first = 0, count = {seeds} }}\n[budget]\nsteps = {steps}\nevaluate_every = {}\n\
         evaluation_episodes = 2\ncheckpoint_every = {}\nlog_every = {}\n[env.gridworld]\nslip = 0.5\n\
         [approximator]\nfeatures = 'one_hot'\n[optimizer.sgd]\nlearning_rate = 0.5\n\
         [[variant]]\nname = 'q'\n[variant.algorithm.q_learning]\n\
         [[variant]]\nname = 'dqn'\n[variant.algorithm.dqn]\nlearning_starts = 20\nbuffer_size = 100\nbatch_size = 8\n",
        steps / 4 + 1,
        steps / 7 + 1,
        steps / 300 + 1,
    );
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn start(arguments: &[&str]) -> Child {
    Command::new(TILDE).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn run(arguments: &[&str]) -> Output {
    Command::new(TILDE).args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The words of a message, whose lines are of no matter.
fn flat(output: &Output) -> String {
    stderr(output).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn done(arguments: &[&str]) -> Output {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    output
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The files of a run that do not depend on the machine. The checkpoint before the last is not among them: it is for an emergency.
const FILES: [&str; 6] =
    ["episodes.csv", "evaluations.csv", "updates.csv", "values.csv", "summary.json", "checkpoint/state.bin"];

/// The files of every run that has its manifest, which is written last.
fn finished(experiment: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let folders = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect()
    };
    let mut found = BTreeMap::new();
    for run in folders(experiment).iter().flat_map(|variant| folders(variant)) {
        if run.join("manifest.json").is_file() {
            for name in FILES.into_iter().chain(["checkpoint/best.bin"]) {
                let path = run.join(name);
                let content = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                found.insert(path.strip_prefix(experiment).unwrap().to_owned(), content);
            }
        }
    }
    found
}

/// How often each run was finished, by the log of the processes.
fn count_finished(outputs: &[Output]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for output in outputs {
        for line in stderr(output).lines().filter(|line| line.contains(" steps in ")) {
            let name = line.split_whitespace().find(|word| word.contains("/seed-")).unwrap();
            *counts.entry(name.to_owned()).or_insert(0) += 1;
        }
    }
    counts
}

/// How many trials a test makes that looks for rare events; `TILDE_TRIALS` makes more.
fn trials(usual: usize) -> usize {
    std::env::var("TILDE_TRIALS").map_or(usual, |trials| trials.parse().unwrap())
}

#[test]
fn workers_make_each_run_once_with_the_bytes_of_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), 250, 60);
    let whole = folder.path().join("whole");
    done(&["train", &config, "--out", text(&whole), "--quiet"]);
    let expected = finished(&whole.join("tiny"));
    assert_eq!(expected.len(), 500 * 7);
    for workers in [2, 4, 8] {
        let out = folder.path().join(format!("by-{workers}"));
        let first = done(&["train", &config, "--out", text(&out), "--part", "0/500"]);
        let experiment = out.join("tiny");
        let children: Vec<Child> = (0..workers).map(|_| start(&["work", text(&experiment), "--jobs", "1"])).collect();
        let mut outputs: Vec<Output> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        assert!(outputs.iter().all(|output| output.status.success()), "{}", stderr(&outputs[0]));
        outputs.push(first);
        let counts = count_finished(&outputs);
        assert_eq!(counts.len(), 500);
        assert!(counts.values().all(|count| *count == 1), "{counts:?}");
        assert!(finished(&experiment) == expected, "{workers} workers");
    }
}

#[test]
fn a_worker_beside_train_makes_the_runs_that_train_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), 10, 100_000);
    let train = start(&["train", &config, "--out", text(folder.path()), "--jobs", "1"]);
    let experiment = folder.path().join("tiny");
    while !experiment.join("q/seed-0/episodes.csv").is_file() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let worker = start(&["work", text(&experiment), "--jobs", "1"]);
    let outputs = [train, worker].map(|child| child.wait_with_output().unwrap());
    assert!(outputs.iter().all(|output| output.status.success()), "{}", stderr(&outputs[0]));
    let counts = count_finished(&outputs);
    assert_eq!(counts.len(), 20);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    let of_worker = count_finished(&outputs[1..]).len();
    assert!(of_worker > 0 && of_worker < 20, "the worker made {of_worker} of 20");
}

#[test]
fn a_worker_takes_over_from_one_that_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), 10, 3_000);
    let whole = folder.path().join("whole");
    done(&["train", &config, "--out", text(&whole), "--quiet"]);
    let expected = finished(&whole.join("tiny"));
    let mut rng = rand::rngs::SmallRng::seed_from_u64(5);
    for trial in 0..trials(3) {
        let out = folder.path().join(trial.to_string());
        done(&["train", &config, "--out", text(&out), "--part", "0/20", "--quiet"]);
        let experiment = out.join("tiny");
        let worker = || start(&["work", text(&experiment), "--jobs", "1", "--wait", "--quiet"]);
        let mut workers: Vec<Child> = (0..3).map(|_| worker()).collect();
        for _ in 0..8 {
            std::thread::sleep(Duration::from_millis(rng.random_range(5..60)));
            let killed = rng.random_range(0..workers.len());
            workers[killed].kill().unwrap(); // SIGKILL
            workers[killed].wait().unwrap();
            workers[killed] = worker();
        }
        for worker in workers {
            let output = worker.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", stderr(&output));
        }
        assert!(finished(&experiment) == expected, "trial {trial}");
    }
}

#[test]
fn parts_need_no_coordination() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), 4, 300);
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    done(&["train", &config, "--out", text(&whole), "--quiet"]);
    let part = |part: &str| ["train", &config, "--out", text(&parts), "--resume", "--part", part].map(str::to_owned);
    let started = |part: [String; 7]| start(&part.each_ref().map(String::as_str));
    let children = ["0/3", "1/3", "2/3"].map(|name| started(part(name))); // at the same time, in a folder that is not there yet
    let outputs = children.map(|child| child.wait_with_output().unwrap());
    assert!(outputs.iter().all(|output| output.status.success()), "{}", stderr(&outputs[0]));
    assert_eq!(outputs.each_ref().map(|output| count_finished(std::slice::from_ref(output)).len()), [3, 3, 2]);
    assert!(finished(&parts.join("tiny")) == finished(&whole.join("tiny")));
    for wrong in ["3/3", "1", "0/0"] {
        let output = run(&part(wrong).each_ref().map(String::as_str));
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn what_changes_an_experiment_waits_until_nobody_works_at_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), 2, 200_000_000);
    let out = text(folder.path());
    let worker = start(&["train", &config, "--out", out, "--jobs", "1", "--quiet"]);
    let experiment = folder.path().join("tiny");
    while !experiment.join("q/seed-0/episodes.csv").is_file() {
        std::thread::sleep(Duration::from_millis(5));
    }
    for change in [&["--overwrite"][..], &["--resume", "--seeds", "0..3"]] {
        let output = run(&[&["train", &config, "--out", out], change].concat());
        assert_eq!(output.status.code(), Some(2), "{change:?}");
        assert!(flat(&output).contains("another process works in this folder"), "{}", stderr(&output));
    }
    // The same experiment is not changed: a second process makes the runs that the first one does not.
    let helper = start(&["work", text(&experiment), "--jobs", "1"]);
    let second = experiment.join("dqn/seed-0/episodes.csv");
    let began = Instant::now();
    while !second.is_file() {
        assert!(began.elapsed() < Duration::from_secs(60), "the second worker does not begin");
        std::thread::sleep(Duration::from_millis(5));
    }
    let status = String::from_utf8(run(&["status", text(&experiment)]).stdout).unwrap();
    assert!(status.contains("2 running, 2 waiting"), "{status}");
    assert!(status.contains(&format!("process {}", helper.id())), "{status}");
    for mut child in [worker, helper] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let status = String::from_utf8(run(&["status", text(&experiment)]).stdout).unwrap();
    assert!(status.contains("2 interrupted, 2 waiting"), "{status}");
    assert!(status.contains(&format!("work {}", experiment.display())), "{status}");
}

#[test]
fn a_worker_whose_time_is_up_says_that_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), 1, 600_000);
    let (whole, out) = (folder.path().join("whole"), folder.path().join("stopped"));
    done(&["train", &config, "--out", text(&whole), "--quiet"]);
    let signal = |name: &str, process: u32| {
        assert!(Command::new("kill").args([format!("-{name}"), process.to_string()]).status().unwrap().success());
    };
    let experiment = out.join("tiny");
    let mut arguments = vec!["train", &config, "--out", text(&out), "--jobs", "1"];
    for (name, code, words) in [("USR1", 75, "the time is up"), ("TERM", 130, "interrupted")] {
        let child = start(&arguments);
        while !experiment.join("q/seed-0/episodes.csv").is_file() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(30));
        signal(name, child.id());
        if name == "TERM" {
            signal(name, child.id()); // a shell may pass on what the process gets as well: no second request
        }
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(flat(&output).contains(words), "{}", stderr(&output));
        arguments = vec!["work", text(&experiment), "--jobs", "1"];
    }
    done(&arguments);
    assert!(finished(&experiment) == finished(&whole.join("tiny")));
    let twice = done(&arguments);
    assert!(flat(&twice).contains("already finished"), "{}", stderr(&twice));
}

#[test]
fn a_finished_run_with_damaged_files_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), 1, 300);
    done(&["train", &config, "--out", text(folder.path()), "--quiet"]);
    let experiment = folder.path().join("tiny");
    let expected = finished(&experiment);
    for name in FILES {
        let path = experiment.join("q/seed-0").join(name);
        let mut content = fs::read(&path).unwrap();
        content[20] = 0;
        fs::write(&path, content).unwrap();
        let output = done(&["train", &config, "--out", text(folder.path()), "--resume"]);
        let told = flat(&output).contains(&format!("{name} is not as the run wrote it: the run is made again"));
        assert!(told || name == "summary.json", "{}", stderr(&output));
        assert!(finished(&experiment) == expected, "{name}");
    }
}

/// The library that takes locks away; `None` without a C compiler.
fn without_locks(folder: &Path) -> Option<PathBuf> {
    let library = folder.join("no_locks.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/no_locks.c");
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).status();
    compiled.is_ok_and(|status| status.success()).then_some(library)
}

#[test]
fn two_writers_of_one_run_do_no_harm_where_there_are_no_locks() {
    let folder = tempfile::tempdir().unwrap();
    let Some(library) = without_locks(folder.path()) else {
        eprintln!("skipped: there is no C compiler");
        return;
    };
    let config = config(folder.path(), 1, 400_000);
    let whole = folder.path().join("whole");
    let only = ["--only", "dqn"];
    done(&[&["train", &config, "--out", text(&whole), "--quiet"], &only[..]].concat());
    let expected = finished(&whole.join("tiny"));
    assert_eq!(expected.len(), 7);
    let mut rng = rand::rngs::SmallRng::seed_from_u64(6);
    let (mut unfinished, mut both) = (0, 0);
    for trial in 0..trials(30) {
        let out = folder.path().join(trial.to_string());
        let arguments = [&["train", &config, "--out", text(&out), "--resume"], &only[..]].concat();
        let writer = || {
            let mut command = Command::new(TILDE);
            command.args(&arguments).env("LD_PRELOAD", &library).stdout(Stdio::null()).stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        let mut first = writer();
        std::thread::sleep(Duration::from_millis(rng.random_range(0..120)));
        let mut second = writer();
        // Each is killed in half of the trials.
        for writer in [&mut first, &mut second] {
            if rng.random_bool(0.5) {
                std::thread::sleep(Duration::from_millis(rng.random_range(0..150)));
                writer.kill().unwrap();
            }
        }
        let outputs = [first.wait_with_output().unwrap(), second.wait_with_output().unwrap()];
        both += usize::from(outputs.iter().all(|output| output.status.success()));
        for output in outputs.iter().filter(|output| output.status.code() != Some(0)) {
            assert_eq!(output.status.code(), None, "not killed, and failed: {}", stderr(output));
        }
        let experiment = out.join("tiny");
        let found = if experiment.is_dir() { finished(&experiment) } else { BTreeMap::new() };
        unfinished += usize::from(found.is_empty());
        assert!(found.is_empty() || found == expected, "trial {trial}: a finished run is damaged");
        done(&arguments);
        assert!(finished(&experiment) == expected, "trial {trial}");
    }
    assert!(both > 0 && unfinished > 0, "{both} trials with two that finished, {unfinished} without one");
}
