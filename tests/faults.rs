//! Failing calls to the file system, one after another: no good checkpoint and no good row is lost.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Several checkpoints, all kinds of files, and a replay buffer in the checkpoint.
const CONFIG: &str = r#"
name = "faulty"
seeds = [3]
[budget]
steps = 600
evaluate_every = 150
evaluation_episodes = 2
checkpoint_every = 100
log_every = 1
[diagnostics]
every = 75
states = 20
[env.gridworld]
slip = 0.5
[algorithm.dqn]
buffer_size = 100
learning_starts = 50
batch_size = 8
train_freq = 2
target_update_interval = 50
[approximator]
features = "one_hot"
[optimizer.adam]
learning_rate = 1e-2
"#;

/// At most this many calls of each kind fail, evenly spread; with `TILDE_FAULTS=1000` all of them do.
fn places() -> usize {
    std::env::var("TILDE_FAULTS").map_or(12, |places| places.parse().unwrap())
}

/// The library that makes calls fail; `None` without a C compiler.
fn library(folder: &Path) -> Option<PathBuf> {
    let library = folder.join("inject.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/inject.c");
    let compiled =
        Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).args(["-ldl"]).status();
    compiled.is_ok_and(|status| status.success()).then_some(library)
}

struct Fault<'a> {
    library: &'a Path,
    call: &'a str,
    at: usize,
    stays: bool,
}

fn train(config: &Path, out: &Path, resume: bool, fault: Option<&Fault>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tilde"));
    command.arg("train").arg(config).arg("--out").arg(out).args(["--quiet", "--jobs", "1"]).env_remove("RUST_LOG");
    if resume {
        command.arg("--resume");
    }
    if let Some(fault) = fault {
        command.env("LD_PRELOAD", fault.library).env("FAULT_FOLDER", out.join("faulty/default"));
        command.env("FAULT_CALL", fault.call).env("FAULT_AT", fault.at.to_string());
        if fault.stays {
            command.env("FAULT_STAYS", "1");
        }
    }
    command.output().unwrap()
}

/// The files of the run that do not depend on the machine.
fn files(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let run = out.join("faulty/default/seed-3");
    let (state, best) = ("checkpoint/state.bin", "checkpoint/best.bin");
    let rows = ["episodes.csv", "evaluations.csv", "updates.csv", "values.csv", "diagnostics.csv"];
    let names = rows.into_iter().chain(["summary.json", state, best]);
    names.map(|name| (name.to_owned(), fs::read(run.join(name)).unwrap())).collect()
}

/// Environment steps since the run began or was resumed, by its manifest.
fn steps_made(out: &Path) -> f64 {
    let text = fs::read_to_string(out.join("faulty/default/seed-3/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    (manifest["steps_per_second"].as_f64().unwrap() * manifest["wall_seconds"].as_f64().unwrap()).round()
}

#[test]
fn whichever_call_fails_nothing_good_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let Some(library) = library(folder.path()) else {
        println!("skipped: no C compiler `cc` here");
        return;
    };
    let config = folder.path().join("faulty.toml");
    fs::write(&config, CONFIG).unwrap();
    let whole = folder.path().join("whole");
    assert!(train(&config, &whole, false, None).status.success());
    let expected = files(&whole);

    for call in ["write", "sync", "open", "truncate"] {
        // Only a run that is resumed truncates its files, so truncation fails in such a run.
        let interrupted =
            (call == "truncate").then_some(Fault { library: &library, call: "sync", at: 12, stays: true });
        let begin = |out: &Path| {
            interrupted.as_ref().map(|fault| train(&config, out, false, Some(fault)));
        };
        let counting = folder.path().join(format!("{call}-counting"));
        begin(&counting);
        let calls = count(&train(
            &config,
            &counting,
            interrupted.is_some(),
            Some(&Fault { library: &library, call, at: 0, stays: false }),
        ));
        for stays in [false, true] {
            let (mut tried, mut continued) = (0, 0);
            for at in (1..=calls).step_by(calls.div_ceil(places())) {
                let out = folder.path().join(format!("{call}-{stays}-{at}"));
                begin(&out);
                let fault = Fault { library: &library, call, at, stays };
                let output = train(&config, &out, interrupted.is_some(), Some(&fault));
                let message = String::from_utf8_lossy(&output.stderr);
                assert!(message.contains("[fault injected]"), "{call} {at}: {message}");
                assert_eq!(output.status.code(), Some(1), "{call} {at}: {message}");
                assert!(message.contains("seed-3") && !message.contains("panic"), "{call} {at}: {message}");
                let had_checkpoint = out.join("faulty/default/seed-3/checkpoint/state.bin").exists();

                let healed = train(&config, &out, true, None);
                assert!(healed.status.success(), "{call} {at}: {}", String::from_utf8_lossy(&healed.stderr));
                assert!(files(&out) == expected, "{call} {at}: other bytes after the disk worked again");
                if had_checkpoint {
                    assert!(steps_made(&out) < 600.0, "{call} {at}: the checkpoint was lost");
                    continued += 1;
                }
                tried += 1;
                fs::remove_dir_all(out).unwrap();
            }
            let how = if stays { "for good" } else { "once" };
            println!("{call}, {how}: {tried} of {calls} places, {continued} of them after a checkpoint");
            assert!(tried > 0);
        }
    }
}

/// How many calls were counted.
fn count(output: &Output) -> usize {
    let message = String::from_utf8_lossy(&output.stderr);
    let calls = message.lines().find_map(|line| line.strip_prefix('[')?.strip_suffix(" calls]"));
    calls.unwrap_or_else(|| panic!("no count in {message}")).parse().unwrap()
}
