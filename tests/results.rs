//! Result files are a function of config and seed: not of the number of jobs, of company, or of interruptions.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TILDE: &str = env!("CARGO_BIN_EXE_tilde");

/// Long enough for a few checkpoints, short enough to be made many times.
const CONFIG: &str = r#"
name = "small"
seeds = { first = 0, count = 3 }

[budget]
steps = 1_500
evaluate_every = 400
evaluation_episodes = 2
checkpoint_every = 100

[env.cart_pole]
time_limit = 60

[algorithm.dqn]
buffer_size = 300
learning_starts = 100
train_freq = 2
target_update_interval = 50
tau = 0.5
double = true

[approximator]
hidden = [8]

[optimizer.adam]
learning_rate = { linear = { initial = 1e-2, final = 1e-3, fraction = 0.5 } }
max_grad_norm = 1.0

[[variant]]
name = "one"

[[variant]]
name = "lockstep"
[variant.algorithm.dqn]
num_envs = 7
buffer_size = 300
learning_starts = 100
train_freq = 3
exploration = { initial = 1.0, final = 0.1, steps = 700 }

[[variant]]
name = "slippery"
[variant.env.gridworld]
map = "4x4"
slip = 0.5
[variant.approximator]
features = "scaled"
hidden = [8]

[[variant]]
name = "online"
[variant.env.gridworld]
map = "4x4"
slip = 0.5
[variant.algorithm.sarsa]
[variant.approximator]
features = { tiles = { tilings = 4, tiles = 2 } }
[variant.optimizer.momentum]
learning_rate = 0.01

[[variant]]
name = "trace"
[variant.env.gridworld]
map = "4x4"
slip = 0.5
[variant.algorithm.td_prediction]
lambda = 0.8
policy = { epsilon_greedy = { epsilon = 0.3 } }
[variant.approximator]
features = "one_hot"

[[variant]]
name = "actor"
[variant.algorithm.actor_critic]
num_envs = 3
n_steps = 7
critic_approximator = { features = "identity", hidden = [4] }

[[variant]]
name = "burn"
engine = "burn"

[[variant]]
name = "conv"
[variant.env.catch]
[variant.approximator]
network = { conv = { filters = [3], layer_norm = true } }
hidden = [8]

[[variant]]
name = "replayed"
device = "ndarray"
[variant.env.gridworld]
map = "4x4"
slip = 0.5
[variant.algorithm.td_prediction]
replay = { buffer_size = 300, learning_starts = 100, target_update_interval = 50, tau = 0.5 }
[variant.approximator]
features = "one_hot"
hidden = [8]

[[variant]]
name = "wrapped"
[variant.env.cart_pole]
[variant.wrappers]
time_limit = 25
action_repeat = 2
frame_stack = 3
normalize_observation = true
normalize_reward = { clip = 5.0 }
scale_reward = 0.5
clip_reward = [-1.0, 1.0]
[variant.algorithm.dqn]
num_envs = 2
buffer_size = 300
learning_starts = 100
train_freq = 3
exploration = { initial = 1.0, final = 0.1, steps = 700 }

[[variant]]
name = "random"
[variant.algorithm.random]
"#;

fn write_config(folder: &Path) -> String {
    let path = folder.join("small.toml");
    fs::write(&path, CONFIG).unwrap();
    path.display().to_string()
}

fn tilde(arguments: &[&str]) -> Command {
    let mut command = Command::new(TILDE);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn train(config: &str, out: &Path, more: &[&str]) {
    let out = out.display().to_string();
    let status = tilde(&[&["train", config, "--out", &out], more].concat()).status().unwrap();
    assert!(status.success(), "{more:?}");
}

/// Every result file by its path, but for what knows of the machine.
fn results(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap().to_str().unwrap().to_owned();
            if entry.is_dir() && name != "checkpoint" {
                folders.push(entry);
            } else if entry.is_file() && name != "manifest.json" && name != ".lock" && !name.starts_with("events.") {
                let path = entry.strip_prefix(folder).unwrap().display().to_string();
                found.insert(path, fs::read_to_string(&entry).unwrap());
            }
        }
    }
    found
}

/// The last checkpoint of every run: weights, optimizer, replay, traces, streams, counters. Then the best one, where there is one.
fn last_checkpoints(experiment: &Path) -> Vec<Vec<u8>> {
    let folders = |folder: &Path| {
        let mut found: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        found.retain(|path| path.is_dir());
        found.sort();
        found
    };
    let runs = folders(experiment).into_iter().flat_map(|variant| folders(&variant));
    let read = |run: PathBuf| {
        let [last, best] = ["state.bin", "best.bin"].map(|name| fs::read(run.join("checkpoint").join(name)));
        [Some(last.unwrap()), best.ok()]
    };
    runs.flat_map(read).flatten().collect()
}

#[test]
fn jobs_and_company_do_not_change_a_byte() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let at = |name: &str| folder.path().join(name);
    for (name, options) in [
        ("one", vec!["--jobs", "1"]),
        ("two", vec!["--jobs", "2", "--quiet"]),
        ("eight", vec!["--jobs", "8", "--tensorboard"]),
        ("shuffled", vec!["--jobs", "2", "--seeds", "2,0,1"]),
        ("alone", vec!["--seeds", "1", "--only", "slippery"]),
    ] {
        train(&config, &at(name), &options);
    }
    let one = results(&at("one/small"));
    assert_eq!(one.len(), 1 + 6 * 3 * 4 + 5 * 3 * 5, "{:?}", one.keys());
    assert_eq!(one, results(&at("two/small")));
    assert_eq!(one, results(&at("eight/small")));
    let runs = |mut files: BTreeMap<String, String>| {
        files.remove("experiment.toml"); // which has the seeds in their order
        files
    };
    assert_eq!(runs(one), runs(results(&at("shuffled/small"))));
    let (together, alone) = (results(&at("one/small/slippery/seed-1")), results(&at("alone/small/slippery/seed-1")));
    assert_eq!(together, alone);
    assert!(together["updates.csv"].lines().count() > 100 && together["episodes.csv"].lines().count() > 10);
}

#[test]
fn tensorboard_gets_the_run_and_its_continuation() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let events = || {
        let run = fs::read_dir(folder.path().join("small/slippery/seed-0")).unwrap();
        let mut found: Vec<_> = run.map(|entry| entry.unwrap().path()).collect();
        found.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with("events.out.tfevents."));
        found
    };
    train(&config, folder.path(), &["--only", "slippery", "--tensorboard"]);
    let [only] = &events()[..] else { panic!("one event file, not {:?}", events()) };
    let bytes = fs::read(only).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    for tag in ["rollout/return", "eval/mean_return", "train/loss", "value/regret", "name = \"small\""] {
        assert!(holds(tag), "no {tag}");
    }
    // Schedules that do not ask for the budget.
    let fixed = [
        "optimizer.adam.learning_rate=0.01",
        "algorithm.dqn.exploration={ initial = 1.0, final = 0.1, steps = 700 }",
        "budget.evaluate_every=500",
    ];
    let options =
        [&["--only", "slippery", "--tensorboard"], &fixed.map(|value| ["--set", value]).concat()[..]].concat();
    fs::remove_dir_all(folder.path().join("small")).unwrap();
    train(&config, folder.path(), &options);
    train(&config, folder.path(), &[&options[..], &["--resume", "--set", "budget.steps=2_000"]].concat());
    assert_eq!(events().len(), 2, "a continuation has a file of its own");
}

#[test]
fn seeds_and_variants_differ() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    train(&config, folder.path(), &[]);
    let updates = |run: &str| fs::read_to_string(folder.path().join("small").join(run).join("updates.csv")).unwrap();
    assert_ne!(updates("one/seed-0"), updates("one/seed-1"));
    assert_ne!(updates("one/seed-0"), updates("slippery/seed-0"));
}

#[test]
fn the_resolved_experiment_repeats_the_results() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    train(&config, &first, &["--set", "algorithm.dqn.gamma=0.9", "--seeds", "5..7"]);
    let resolved = first.join("small/experiment.toml").display().to_string();
    train(&resolved, &second, &[]);
    assert_eq!(results(&first.join("small")), results(&second.join("small")));
}

/// Trains with these options and `--resume` until it is done, killing the process at random moments; returns how often.
fn train_through_kills(config: &str, out: &Path, options: &[&str], rng: &mut tilde_envs::Rng) -> usize {
    let out = out.display().to_string();
    for kills in 0.. {
        // A little later each time, so that it ends on a slow machine too.
        let patience = Duration::from_secs_f64(rng.uniform(0.002, 0.03) + 0.0005 * kills as f64);
        let arguments = [&["train", config, "--out", &out, "--resume"], options].concat();
        let mut child = tilde(&arguments).spawn().unwrap();
        let started = Instant::now();
        while started.elapsed() < patience && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            return kills;
        }
        child.kill().unwrap(); // SIGKILL: nothing is tidied up
        child.wait().unwrap();
    }
    unreachable!("patience grows until the run is done")
}

/// The soak: `TILDE_KILLS=500 cargo test --release --test results killed` kills each variant that often at least.
#[test]
fn killed_runs_of_every_kind_resume_to_the_same_bytes() {
    let wanted = std::env::var("TILDE_KILLS").map_or(10, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let mut rng = tilde_envs::Rng::from_seed(1);
    for variant in ["one", "lockstep", "slippery", "online", "trace", "actor", "burn", "conv", "replayed", "random"] {
        let whole = folder.path().join(variant);
        // With diagnostics at the steps of evaluations, of checkpoints, and at others.
        let options = ["--only", variant, "--set", "diagnostics={ every = 50, states = 30 }"];
        let options = if variant == "random" { &options[..2] } else { &options[..] };
        train(&config, &whole, options);
        let (expected, checkpoints) = (results(&whole.join("small")), last_checkpoints(&whole.join("small")));
        let learns_policy = !["trace", "replayed", "random"].contains(&variant);
        assert_eq!(checkpoints.len(), if learns_policy { 3 + 3 } else { 3 });
        let (mut kills, mut round) = (0, 0);
        while kills < wanted {
            round += 1;
            let killed = folder.path().join(format!("{variant}-{round}"));
            kills += train_through_kills(&config, &killed, options, &mut rng);
            assert_eq!(expected, results(&killed.join("small")), "{variant}, round {round}");
            assert!(
                checkpoints == last_checkpoints(&killed.join("small")),
                "{variant}, round {round}: last checkpoints"
            );
        }
        println!("{variant}: {kills} kills in {round} rounds");
    }
}

/// Sends a signal to a process.
#[cfg(unix)]
fn signal(name: &str, process: u32) {
    assert!(Command::new("kill").args([format!("-{name}"), process.to_string()]).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_stopped_experiment_says_how_to_go_on_and_does() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let (whole, stopped) = (folder.path().join("whole"), folder.path().join("stopped"));
    let longer = ["budget.steps=40_000", "budget.evaluate_every=9_999", "budget.checkpoint_every=9_000"];
    let longer = longer.map(|assignment| ["--set", assignment]).concat();
    train(&config, &whole, &longer);
    for (name, flag, goes_on) in [
        ("INT", "--quiet", "the same command with --resume goes on"),
        ("TERM", "--overwrite", "the same command with --resume in place of --overwrite goes on"),
    ] {
        let out = stopped.join(name).display().to_string();
        let arguments = [&["train", &config, "--out", &out, flag], &longer[..]].concat();
        let child = Command::new(TILDE).args(&arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        while !stopped.join(name).join("small/one/seed-0/episodes.csv").exists() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(50));
        signal(name, child.id());
        let output = child.wait_with_output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{message}");
        assert!(message.replace('\n', " ").contains(goes_on), "{message}");
        assert!(flag == "--quiet" || message.contains("interrupted after step"), "{message}");
        assert!(stopped.join(name).join("small/one/seed-0/checkpoint/state.bin").is_file());
        let status = || {
            let folder = stopped.join(name).join("small");
            let output = Command::new(TILDE).arg("status").arg(folder).output().unwrap();
            assert_eq!(output.status.code(), Some(0));
            String::from_utf8(output.stdout).unwrap()
        };
        let text = status();
        assert!(text.contains(" interrupted") && text.contains("No process works in this folder"), "{text}");
        let command = text.lines().find(|line| line.contains(" work ")).unwrap();
        let resumed = Command::new(TILDE).args(command.split_whitespace().skip(1)).output().unwrap();
        assert!(resumed.status.success(), "{command}: {}", String::from_utf8_lossy(&resumed.stderr));
        assert!(!status().contains("To go on"), "{}", status());
        assert_eq!(results(&whole.join("small")), results(&stopped.join(name).join("small")));
    }
}

/// An evaluation of many long episodes is broken off at once, and made once where the run goes on.
#[cfg(unix)]
#[test]
fn an_evaluation_obeys_a_request_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("evaluating.toml");
    let text = "name = 'evaluating'\nseeds = [0]\n[budget]\nsteps = 100\nevaluation_episodes = 400_000\n[env.cart_pole]\n\
                [algorithm.random]\n";
    fs::write(&config, text).unwrap();
    let config = config.display().to_string();
    let (whole, stopped) = (folder.path().join("whole"), folder.path().join("stopped"));
    train(&config, &whole, &[]);
    // Too long to finish in this test.
    let endless = folder.path().join("endless");
    let arguments = |out: &Path| ["train", &config, "--out", &out.display().to_string()].map(str::to_owned);
    let start = |out: &Path, more: &[&str]| {
        let arguments: Vec<String> =
            arguments(out).into_iter().chain(more.iter().map(|&word| word.to_owned())).collect();
        let child = Command::new(TILDE).args(&arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        while !out.join("evaluating/default/seed-0/evaluations.csv").exists() {
            std::thread::sleep(Duration::from_millis(1));
        }
        child
    };
    let child =
        start(&endless, &["--set", "budget.evaluation_episodes=1_000_000", "--set", "env.cart_pole.time_limit=500"]);
    std::thread::sleep(Duration::from_millis(20));
    let asked = Instant::now();
    signal("INT", child.id());
    let output = child.wait_with_output().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(1), "it took {:?}", asked.elapsed());
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));

    let child = start(&stopped, &[]);
    signal("INT", child.id());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    let rows = fs::read_to_string(stopped.join("evaluating/default/seed-0/evaluations.csv")).unwrap();
    assert_eq!(rows.lines().count(), 1, "half an evaluation is none");
    train(&config, &stopped, &["--resume"]);
    assert!(results(&whole.join("evaluating")) == results(&stopped.join("evaluating")));
}

/// The values of a walk at random over ten thousand cells take thousands of sweeps.
#[test]
fn the_exact_solution_obeys_a_request_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = vec![format!("S{}", "F".repeat(99))];
    rows.extend(vec!["F".repeat(100); 98]);
    rows.push(format!("{}G", "F".repeat(99)));
    let config = folder.path().join("open.toml");
    let text = format!(
        "name = 'open'\nseeds = [0]\nbudget = {{ steps = 20, evaluation_episodes = 1 }}\n[env.gridworld]\nmap = {rows:?}\n\
         [algorithm.td_prediction]\ngamma = 1.0\npolicy = 'random'\n[approximator]\nfeatures = 'one_hot'\n\
         [optimizer.sgd]\nlearning_rate = 0.1\n"
    );
    fs::write(&config, text).unwrap();
    let arguments = ["train", &config.display().to_string(), "--out", &folder.path().display().to_string()];
    let child = Command::new(TILDE).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let values = folder.path().join("open/default/seed-0/values.csv");
    while !values.exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(Duration::from_millis(300)); // an episode of 40,000 steps at most is over by then
    let asked = Instant::now();
    signal("INT", child.id());
    let output = child.wait_with_output().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(1), "it took {:?}", asked.elapsed());
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(values).unwrap().lines().count(), 1, "half a comparison is none");
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)
        } else {
            fs::copy(entry.path(), target).map(|_| ()).unwrap()
        }
    }
}

/// `tests/data/format-3` was written when checkpoints had format 3. A version that cannot read it any more has to say so, and
/// then makes the runs again, from the same experiment.
#[test]
fn results_of_an_older_format_are_told_of_and_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/format-3"), &old.join("format-3"));
    let config = folder.path().join("format.toml");
    fs::copy(old.join("format-3/experiment.toml"), &config).unwrap();
    let longer = ["--set", "budget.steps=300"];
    let config = config.display().to_string();
    let out = old.display().to_string();
    let output = tilde(&[&["train", &config, "--out", &out, "--resume"], &longer[..]].concat())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    for words in ["another format than version 6", "no checkpoint can be used, so the run begins again"] {
        assert!(output.status.success() && message.contains(words), "{message}");
    }
    train(&config, &new, &longer);
    assert_eq!(results(&old.join("format-3")), results(&new.join("format-3")));
}

/// What another version made is not mixed with results of this one.
#[test]
fn results_of_another_version_are_shown_and_not_added_to() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let out = folder.path();
    let only = ["--only", "one", "--only", "random", "--set", "budget.evaluate_every=500"];
    let fixed = [
        "--set",
        "algorithm.dqn.exploration={ initial = 1.0, final = 0.1, steps = 700 }",
        "--set",
        "optimizer.adam.learning_rate=0.01",
    ];
    let all = [&only[..], &fixed].concat();
    let only = [&all[..], &["--seeds", "0..2"]].concat();
    train(&config, out, &only);
    let small = out.join("small");
    let this = env!("CARGO_PKG_VERSION");
    for run in ["one/seed-0", "one/seed-1", "random/seed-0", "random/seed-1"] {
        let path = small.join(run).join("manifest.json");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(&format!("\"tilde\": \"{this}\"")), "{text}");
        fs::write(&path, text.replace(this, "0.1.0")).unwrap();
    }
    // As a version wrote it that did not know a setting.
    let resolved = small.join("experiment.toml");
    let text = fs::read_to_string(&resolved).unwrap();
    let older = text.replace("lazy = false\n", "");
    assert_ne!(older, text);
    fs::write(&resolved, &older).unwrap();
    let before = results(&small);

    let (code, stdout, stderr) = outcome(&config, out, &[&only[..], &["--resume"]].concat());
    assert!(code == Some(0) && stderr.contains("one/seed-1: already finished"), "{stderr}");
    assert!(stdout.contains("random") && !stdout.contains("extension"), "{stdout}");
    assert_eq!(results(&small), before);

    let more: [&[&str]; 3] = [
        &["--seeds", "0..3"],
        &["--seeds", "0..2", "--only", "actor"],
        &["--seeds", "0..2", "--set", "budget.steps=2_000"],
    ];
    for more in more {
        let (code, _, stderr) = outcome(&config, out, &[&all[..], more, &["--resume"]].concat());
        assert_eq!(code, Some(2), "{more:?}: {stderr}");
        for words in ["tilde 0.1.0", &format!("tilde {this}"), "--out", "--overwrite"] {
            assert!(stderr.contains(words), "{more:?}: {stderr}");
        }
        assert_eq!(results(&small), before, "{more:?}");
    }
    train(&config, out, &[&only[..], &["--overwrite"]].concat());
    train(&config, out, &[&all[..], &["--seeds", "0..3", "--resume"]].concat());
}

#[test]
fn a_folder_that_vanishes_under_a_run_is_an_error_and_not_a_result() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let out = folder.path().join("out");
    let run = out.join("small/one/seed-0");
    let arguments = ["train", &config, "--out", &out.display().to_string(), "--only", "one", "--seeds", "0..1"];
    let longer = ["--set", "budget.steps=200_000", "--set", "budget.checkpoint_every=20_000"];
    let arguments = [&arguments[..], &longer].concat();
    let child = Command::new(TILDE).args(&arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while !run.join("episodes.csv").exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    while fs::remove_dir_all(&run).is_err() {} // files may still come into being
    let output = child.wait_with_output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("one/seed-0") && message.contains("No such file"), "{message}");
    assert!(!run.exists(), "half a result is none");
}

/// Faults in one run's folder (`tests/faults.rs` has those of single calls): the run fails with a message, its neighbours finish, and once the fault is gone
/// `--resume` ends with the bytes of an undisturbed experiment.
#[cfg(target_os = "linux")]
#[test]
fn a_fault_of_the_disk_fails_one_run_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let whole = folder.path().join("whole");
    let only = ["--only", "one", "--only", "trace"];
    train(&config, &whole, &only);
    let expected = results(&whole.join("small"));

    type Act<'a> = &'a dyn Fn(&Path);
    // Folders in place of files, which cannot be deleted as files are.
    let blocked = |run: &Path| fs::create_dir_all(run.join("checkpoint/best.bin/x")).unwrap();
    let heal_blocked = |run: &Path| fs::remove_dir_all(run.join("checkpoint/best.bin")).unwrap();
    let rows = |run: &Path| fs::create_dir_all(run.join("updates.csv/x")).unwrap();
    let heal_rows = |run: &Path| fs::remove_dir_all(run.join("updates.csv")).unwrap();
    let summary = |run: &Path| fs::create_dir_all(run.join("summary.json")).unwrap();
    let heal_summary = |run: &Path| fs::remove_dir(run.join("summary.json")).unwrap();
    // A file cannot take the place of a folder: the second checkpoint cannot put the first one aside.
    let rename = |run: &Path| fs::create_dir_all(run.join("checkpoint/previous.bin/x")).unwrap();
    let heal_rename = |run: &Path| {
        assert!(run.join("checkpoint/state.bin").is_file(), "the good checkpoint is still there");
        fs::remove_dir_all(run.join("checkpoint/previous.bin")).unwrap();
    };
    let faults: [(&str, Act<'_>, Act<'_>); 4] = [
        ("checkpoint", &blocked, &heal_blocked),
        ("rows", &rows, &heal_rows),
        ("summary", &summary, &heal_summary),
        ("rename", &rename, &heal_rename),
    ];
    for (name, break_it, heal_it) in faults {
        let out = folder.path().join(name);
        let run = out.join("small/trace/seed-1");
        fs::create_dir_all(&run).unwrap();
        fs::copy(whole.join("small/experiment.toml"), out.join("small/experiment.toml")).unwrap();
        break_it(&run);
        let shown = out.display().to_string();
        let arguments = [&["train", &config, "--out", &shown, "--resume"], &only[..]].concat();
        let output = tilde(&arguments).stderr(Stdio::piped()).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {message}");
        assert!(message.contains("trace/seed-1"), "{name}: {message}");
        assert!(message.contains("1 of 6 runs failed") && !message.contains("panic"), "{name}: {message}");
        heal_it(&run);
        train(&config, &out, &[&only[..], &["--resume"]].concat());
        assert_eq!(results(&out.join("small")), expected, "{name}");
    }
}

#[test]
fn an_extended_experiment_is_the_longer_one_from_scratch() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let (extended, whole) = (folder.path().join("extended"), folder.path().join("whole"));
    let steps = |steps: &str| [steps.to_owned(), "budget.evaluate_every=500".to_owned()];
    // Schedules that do not ask for the budget, in every variant.
    let fixed = [
        "optimizer.adam.learning_rate=0.01",
        "algorithm.dqn.exploration={ initial = 1.0, final = 0.1, steps = 700 }",
        "diagnostics={ every = 250, states = 30 }",
    ];
    let options = |budget: &str, seeds: &'static str| {
        let assignments = steps(budget).into_iter().chain(fixed.map(str::to_owned));
        let set = assignments.flat_map(|assignment| ["--set".to_owned(), assignment]);
        set.chain(["--seeds".to_owned(), seeds.to_owned()]).collect::<Vec<String>>()
    };
    let run = |out: &Path, arguments: &[String], more: &[&str]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
        train(&config, out, &arguments);
    };
    run(&extended, &options("budget.steps=1_000", "0..1"), &[]);
    run(&extended, &options("budget.steps=1_000", "0..2"), &["--resume"]);
    run(&extended, &options("budget.steps=1_500", "0..2"), &["--resume"]);
    let resolved = extended.join("small/experiment.toml").display().to_string();
    train(&resolved, &whole, &[]);
    assert_eq!(results(&whole.join("small")), results(&extended.join("small")));
    assert!(last_checkpoints(&whole.join("small")) == last_checkpoints(&extended.join("small")));
    assert_eq!(last_checkpoints(&whole.join("small")).len(), (11 + 8) * 2); // eight variants learn a policy
}

/// Trains; returns the exit code, standard output and standard error.
fn outcome(config: &str, out: &Path, more: &[&str]) -> (Option<i32>, String, String) {
    let out = out.display().to_string();
    let mut command = tilde(&[&["train", config, "--out", &out], more].concat());
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn variants_and_seeds_one_after_another_are_all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    train(&config, &whole, &[]);
    train(&config, &parts, &["--only", "slippery", "--seeds", "1..3"]);
    let first = results(&parts.join("small/slippery"));
    let (code, stdout, stderr) = outcome(&config, &parts, &["--only", "one", "--seeds", "1..3", "--resume"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.starts_with("This is an exact extension by 1 more variant: every file"), "{stdout}");
    assert!(stdout.contains("from scratch; it keeps slippery of before, not asked for now."), "{stdout}");
    assert_eq!(format!("{stdout}{stderr}").matches("exact extension").count(), 1, "{stdout}{stderr}");
    assert_eq!(results(&parts.join("small")).keys().filter(|name| name.ends_with("summary.json")).count(), 4);
    let (code, stdout, stderr) = outcome(&config, &parts, &["--resume"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("exact extension by 9 more variants and 1 more seed"), "{stdout}");
    assert!(!stdout.contains("it keeps"), "{stdout}");
    assert!(stderr.contains("slippery/seed-1: already finished"), "{stderr}");
    assert_eq!(results(&whole.join("small")), results(&parts.join("small")));
    assert!(first.into_iter().all(|(name, text)| results(&parts.join("small/slippery"))[&name] == text));

    // Some of the runs again: nothing is left to do, and the experiment is still the whole one.
    train(&config, &parts, &["--only", "trace", "--seeds", "0", "--resume"]);
    assert_eq!(results(&whole.join("small")), results(&parts.join("small")));
    let (code, _, stderr) = outcome(&config, &parts, &["--resume", "--set", "approximator.hidden=[9]"]);
    assert_eq!(code, Some(2), "{stderr}");
    assert_eq!(results(&whole.join("small")), results(&parts.join("small")));
}

#[test]
fn a_larger_budget_begins_a_new_experiment_from_the_old_weights() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let out = folder.path();
    let variants = ["--only", "one", "--only", "actor", "--set", "budget.evaluate_every=500"];
    let only = [&variants[..], &["--seeds", "0..2"]].concat();
    let longer = [&only[..], &["--set", "budget.steps=2_500"]].concat();
    train(&config, out, &only);
    let before = results(&out.join("small"));

    let (code, _, stderr) = outcome(&config, out, &[&longer[..], &["--resume"]].concat());
    let from = out.join("small").display().to_string();
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("fraction of the budget") && stderr.contains(&format!("--from {from}")), "{stderr}");

    let longest = ["--set", "budget.steps=3_000"];
    // Nothing is written where weights are missing, too old or of another shape.
    let shorter = "env.cart_pole.time_limit=50";
    let refusals: [(&[&str], &str); 7] = [
        (&["--seeds", "1", "--set", shorter], "has another environment there: env.cart_pole.time_limit 60 → 50"),
        (
            &["--seeds", "1", "--set", "env={ gridworld = {} }", "--set", "approximator.features='scaled'"],
            "env.gridworld.map none →",
        ),
        (&["--seeds", "1", "--only", "one", "--set", "algorithm={ q_learning = {} }"], "dqn → q_learning"),
        (&["--seeds", "0..2", "--only", "random"], "has no checkpoint"),
        (&["--seeds", "0..3"], "seed-2"),
        (&["--seeds", "1", "--set", "budget.steps=1_500"], "1500 steps were made there"),
        (&["--seeds", "1", "--set", "approximator.hidden=[9]"], "does not fit this config"),
    ];
    for (change, words) in refusals {
        let (code, _, stderr) =
            outcome(&config, out, &[&variants[..], &longest[..], &["--from", &from], change].concat());
        assert_eq!(code, Some(2), "{change:?}: {stderr}");
        assert!(stderr.contains(words), "{change:?}: {stderr}");
        assert!(!out.join("small-extended").exists(), "{change:?}");
    }

    let (code, stdout, stderr) = outcome(&config, out, &[&longer[..], &["--from", &from]].concat());
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.starts_with(&format!("This is a new experiment from the weights of {from}")), "{stdout}");
    assert!(stdout.contains("changed: budget.log_every 1 → 2, budget.steps 1500 → 2500"), "{stdout}");
    assert!(!stderr.contains("new experiment from"), "once is enough: {stderr}");
    assert_eq!(results(&out.join("small")), before, "the old results stay as they are");
    let origin = fs::read_to_string(out.join("small-extended/origin.json")).unwrap();
    assert!(origin.contains("\"small\"") && origin.contains("config_hash"), "{origin}");
    let rows = fs::read_to_string(out.join("small-extended/one/seed-0/evaluations.csv")).unwrap();
    let steps: Vec<u64> = rows.lines().skip(1).map(|row| row.split(',').next().unwrap().parse().unwrap()).collect();
    assert_eq!(steps, [1_500, 1_500, 2_000, 2_000, 2_500, 2_500]);
    // The first evaluation is of the old weights: that of the end of the old run, on the same stream.
    let old = fs::read_to_string(out.join("small/one/seed-0/evaluations.csv")).unwrap();
    let at_the_end: Vec<&str> = old.lines().filter(|row| row.starts_with("1500,")).collect();
    assert_eq!(rows.lines().skip(1).take(2).collect::<Vec<_>>(), at_the_end);

    // Where it was stopped, the same command goes on.
    fs::remove_file(out.join("small-extended/actor/seed-0/manifest.json")).unwrap();
    let (code, _, stderr) = outcome(&config, out, &[&longer[..], &["--from", &from, "--resume"]].concat());
    assert!(code == Some(0) && stderr.contains("one/seed-0: already finished"), "{stderr}");

    // One more step is no update for either: the counters that go on from the old runs do not hide that.
    let idle = folder.path().join("idle");
    let rate = ["--set", "budget.steps=1_501", "--set", "optimizer.adam.max_grad_norm=2.0"];
    let (code, stdout, stderr) = outcome(&config, &idle, &[&only[..], &rate, &["--from", &from]].concat());
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(stderr.matches("warning: 4 of 4 runs made no update").count(), 1, "{stderr}");
    assert!(!stdout.contains("no update"), "{stdout}");
    assert!(stdout.contains("1500 → 1501, optimizer.adam.max_grad_norm 1.0 → 2.0."), "{stdout}");

    // The same again is refused, a chain gets a name of its own, and the copies are enough to go on with.
    assert_eq!(outcome(&config, out, &[&longer[..], &["--from", &from]].concat()).0, Some(2));
    let longest = [&only[..], &longest[..]].concat();
    let chained = out.join("small-extended").display().to_string();
    train(&config, out, &[&longest[..], &["--from", &chained]].concat());
    assert!(out.join("small-extended-extended/one/seed-0/summary.json").is_file());
    let expected = results(&out.join("small-extended"));
    fs::remove_dir_all(out.join("small")).unwrap();
    for run in ["one/seed-0", "actor/seed-1"] {
        let run = out.join("small-extended").join(run);
        fs::remove_file(run.join("summary.json")).unwrap();
        fs::remove_file(run.join("checkpoint/state.bin")).unwrap();
        fs::remove_file(run.join("checkpoint/previous.bin")).unwrap();
    }
    train(&out.join("small-extended/experiment.toml").display().to_string(), out, &["--resume"]);
    assert_eq!(results(&out.join("small-extended")), expected);
}

/// Numbers of the columns of `updates.csv`, and nothing for empty fields.
fn updates(run: &Path) -> Vec<Vec<Option<f64>>> {
    let text = fs::read_to_string(run.join("updates.csv")).unwrap();
    let number = |field: &str| (!field.is_empty()).then(|| field.parse().unwrap());
    text.lines().skip(1).map(|row| row.split(',').map(number).collect()).collect()
}

#[test]
fn a_row_of_updates_has_the_means_of_its_interval() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let (each, means) = (folder.path().join("each"), folder.path().join("means"));
    let set = |every: &'static str| ["--set", every, "--seeds", "0..1"];
    train(&config, &each, &set("budget.log_every=1"));
    train(&config, &means, &set("budget.log_every=47"));
    for variant in ["one", "lockstep", "slippery", "online", "trace", "actor"] {
        let run = |out: &Path| out.join("small").join(variant).join("seed-0");
        let (rounds, rows) = (updates(&run(&each)), updates(&run(&means)));
        assert!(rows.len() >= 10 && rows.len() < rounds.len(), "{variant}: {} of {}", rows.len(), rounds.len());
        let mut rounds = rounds.into_iter().peekable();
        for row in rows {
            let mut interval = Vec::new();
            while let Some(round) = rounds.next_if(|round| round[0] <= row[0]) {
                interval.push(round);
            }
            let last = interval.last().unwrap();
            // step, update, ε and the step size are those of the last round; loss, mean Q and gradient norm are means.
            for column in [0, 1, 5, 6] {
                assert_eq!(row[column], last[column], "{variant}: {row:?}");
            }
            for column in [2, 3, 4] {
                let there: Vec<f64> = interval.iter().filter_map(|round| round[column]).collect();
                let mean = (!there.is_empty()).then(|| there.iter().sum::<f64>() / there.len() as f64);
                assert_eq!(row[column], mean, "{variant}: {row:?}");
            }
        }
        assert_eq!(rounds.next(), None, "{variant}: the last interval has a row, too");
    }
}

#[test]
fn finished_runs_get_their_event_files_later() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let only = ["--only", "slippery", "--seeds", "0..1"];
    train(&config, folder.path(), &only);
    let before = results(&folder.path().join("small"));
    let again = [&only[..], &["--resume", "--tensorboard"]].concat();
    let (code, _, stderr) = outcome(&config, folder.path(), &again);
    assert!(
        code == Some(0) && stderr.contains("the event file for TensorBoard was written from the result files"),
        "{stderr}"
    );
    let run = folder.path().join("small/slippery/seed-0");
    let is_events = |path: &std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with("events.");
    let events = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().path()).find(is_events).unwrap();
    let bytes = fs::read(&events).unwrap();
    for tag in ["rollout/return", "eval/mean_return", "train/loss", "value/regret", "name = \"small\""] {
        assert!(bytes.windows(tag.len()).any(|window| window == tag.as_bytes()), "no {tag}");
    }
    let (_, _, stderr) = outcome(&config, folder.path(), &again);
    assert!(stderr.contains("it already has an event file for TensorBoard"), "{stderr}");
    fs::remove_file(events).unwrap();
    // Damage that is not found, because an older version kept no checksums.
    let manifest = run.join("manifest.json");
    let mut kept: serde_json::Value = serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
    kept["files"] = serde_json::json!({});
    fs::write(&manifest, kept.to_string()).unwrap();
    let header = "step,update,loss,q_mean,grad_norm,epsilon,learning_rate,temperature";
    fs::write(run.join("updates.csv"), format!("{header}\n1,x,1,,1,,1,\n")).unwrap();
    let (code, _, stderr) = outcome(&config, folder.path(), &again);
    assert!(code == Some(0) && stderr.contains("the event file for TensorBoard cannot be made"), "{stderr}");
    assert!(stderr.contains("updates.csv, line 2"), "{stderr}");
    assert_eq!(results(&folder.path().join("small")).len(), before.len());
}

#[test]
fn the_manifest_has_the_commit_of_the_build_and_not_of_the_current_directory() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@b.c"]).args(arguments).current_dir(folder.path());
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    if !(git(&["init"]) && git(&["commit", "--allow-empty", "-m", "somebody else's"])) {
        println!("skipped: no git here");
        return;
    }
    let status = tilde(&["train", &config, "--only", "random", "--seeds", "0"]).current_dir(folder.path()).status();
    assert!(status.unwrap().success());
    let text = fs::read_to_string(folder.path().join("runs/small/random/seed-0/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let built = Some(env!("TILDE_COMMIT")).filter(|commit| !commit.is_empty());
    assert_eq!(manifest["git_commit"].as_str(), built);
}

#[test]
fn a_run_that_learned_nothing_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    // Fifty steps: fewer than DQN fills its buffer with, and more than the online methods wait for.
    let short = ["--only", "one", "--only", "online", "--only", "random", "--set", "budget.steps=50", "--quiet"];
    let (code, stdout, stderr) = outcome(&config, folder.path(), &short);
    if code == Some(2) {
        assert!(stderr.contains("learning_starts"), "refused, and why: {stderr}");
        return;
    }
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("warning: 3 of 9 runs made no update"), "{stderr}");
    assert!(stderr.contains("one/seed-0, one/seed-1, one/seed-2;") && stderr.contains("learning_starts"), "{stderr}");
    assert!(!stdout.contains("no update"), "said once: {stdout}");
}

#[test]
fn evaluations_and_checkpoints_leave_no_trace_in_training() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let (often, never) = (folder.path().join("often"), folder.path().join("never"));
    train(&config, &often, &["--set", "budget.evaluate_every=7"]);
    train(&config, &never, &["--set", "budget.evaluation_episodes=0", "--set", "budget.checkpoint_every=100_000"]);
    for run in ["one/seed-0", "slippery/seed-2", "online/seed-1", "trace/seed-0", "actor/seed-1", "random/seed-0"] {
        for file in ["episodes.csv", "updates.csv"] {
            let read = |out: &Path| fs::read_to_string(out.join("small").join(run).join(file)).unwrap();
            assert_eq!(read(&often), read(&never), "{run}/{file}");
        }
    }
}

#[test]
fn diagnostics_leave_every_other_file_as_it_would_be_without() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path());
    let (with, without) = (folder.path().join("with"), folder.path().join("without"));
    train(&config, &with, &["--set", "diagnostics={ every = 70, states = 40 }"]);
    train(&config, &without, &[]);
    let (mut with_them, mut plain) = (results(&with.join("small")), results(&without.join("small")));
    let mut measured = 0;
    with_them.retain(|path, text| {
        let is_measured = path.ends_with("diagnostics.csv");
        assert!(!is_measured || text.lines().count() > 1_500 / 70, "{path}");
        measured += usize::from(is_measured);
        !is_measured
    });
    assert_eq!(measured, 10 * 3, "every variant but the random one");
    assert_ne!(with_them.remove("experiment.toml"), plain.remove("experiment.toml"));
    assert_eq!(with_them, plain);
    // A checkpoint has the position and the policy loss behind the rest, and so another checksum.
    const HEADER: usize = 16 + 4 + 8;
    let (with_them, plain) = (last_checkpoints(&with.join("small")), last_checkpoints(&without.join("small")));
    assert_eq!(with_them.len(), plain.len());
    for (with_them, plain) in with_them.iter().zip(&plain) {
        assert_eq!(with_them[HEADER..plain.len()], plain[HEADER..]);
    }
}
