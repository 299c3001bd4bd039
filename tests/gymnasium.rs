//! Gymnasium's environments through their Python process. `TILDE_PYTHON` names a Python that has Gymnasium with Box2D; without one,
//! nothing is tested, and that is said. `.ci/gymnasium` installs it.

#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The Python with Gymnasium, if there is one.
static PYTHON: LazyLock<Option<String>> = LazyLock::new(|| {
    let python = std::env::var("TILDE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = |module: &str| {
        let imported = Command::new(&python).args(["-c", &format!("import {module}")]).stderr(Stdio::null()).status();
        imported.is_ok_and(|status| status.success())
    };
    let found = has("gymnasium") && has("Box2D");
    if !found {
        eprintln!(
            "NOT TESTED: {python} has no Gymnasium with Box2D; TILDE_PYTHON names one that has, and .ci/gymnasium makes one"
        );
    }
    found.then_some(python)
});

macro_rules! python_or_return {
    () => {
        match PYTHON.as_deref() {
            Some(python) => python,
            None => return,
        }
    };
}

/// A folder with the modules and the configs of a test, and a mark by which its processes are found.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("own_envs.py"), OWN_ENVS).unwrap();
        Place { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn mark(&self) -> String {
        self.folder.path().display().to_string()
    }

    fn tilde(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tilde"));
        command.args(args).current_dir(self.folder.path()).env_remove("RUST_LOG").env("TILDE_TEST_MARK", self.mark());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.tilde(args).output().unwrap()
    }

    /// The IDs of running Python processes of this test.
    fn workers(&self) -> Vec<String> {
        let mark = format!("TILDE_TEST_MARK={}", self.mark());
        let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
        let has = |path: &Path, file: &str, text: &str| {
            fs::read(path.join(file)).is_ok_and(|content| String::from_utf8_lossy(&content).contains(text))
        };
        processes
            .filter(|path| has(path, "environ", &mark) && has(path, "cmdline", "tilde-worker"))
            .map(|path| path.display().to_string())
            .collect()
    }

    /// Waits until all Python processes have ended.
    fn assert_no_worker_is_left(&self) {
        let clock = Instant::now();
        while !self.workers().is_empty() {
            assert!(clock.elapsed() < Duration::from_secs(5), "still there: {:?}", self.workers());
            sleep(Duration::from_millis(50));
        }
    }
}

/// Environments of one's own, with spaces of every kind and with faults.
const OWN_ENVS: &str = r#"
import os, random, time
import numpy as np
import gymnasium as gym
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Tuple

SPACES = {
    "Box": Box(-1, 1, (3,), np.float64),
    "Board": Box(0, 1, (2, 3), bool),
    "Image": Box(0, 255, (4, 5, 3), np.uint8),
    "Grey": Box(0, 255, (4, 5), np.uint8),
    "Discrete": Discrete(5, start=3),
    "MultiDiscrete": MultiDiscrete([3, 4], start=[1, -1]),
    "MultiBinary": MultiBinary(4),
    "Tuple": Tuple([Discrete(3), Discrete(4)]),
    "Dict": Dict({"b": Box(0, 1, (2,), np.float32), "a": Discrete(3)}),
    "Text": gym.spaces.Text(5),
}

class Any(gym.Env):
    def __init__(self, space, fault=None):
        self.observation_space, self.action_space, self.fault = SPACES[space], Discrete(2, start=5), fault

    def observation(self):
        self.observation_space._np_random = self.np_random
        for space in getattr(self.observation_space, "spaces", []):
            part = self.observation_space.spaces[space] if isinstance(space, str) else space
            part._np_random = self.np_random
        return self.observation_space.sample()

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        print("a line that is no frame")
        self.steps = 0
        return self.observation(), {}

    def step(self, action):
        assert action in (5, 6)
        self.steps += 1
        if self.steps == 20:
            if self.fault == "raise":
                raise RuntimeError("the motor is hot")
            if self.fault == "die":
                os.abort()
            if self.fault == "hang":
                time.sleep(1000)
        return self.observation(), 0.5, False, self.steps == 25, {}

gym.register("own/Any-v0", Any)
"#;

fn assert_success(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A config of a short DQN run in `env`, the slot's text; several environments at once.
fn config(name: &str, env: &str, steps: u64) -> String {
    format!(
        "name = '{name}'\nseeds = [0, 1]\n[budget]\nsteps = {steps}\nevaluate_every = {every}\nevaluation_episodes = 2\n\
         checkpoint_every = 170\n[diagnostics]\nevery = {every}\nstates = 20\n{env}\n[algorithm.dqn]\nnum_envs = 3\n\
         buffer_size = 1000\n[approximator]\nhidden = [16]\n[optimizer.adam]\nlearning_rate = 1e-3\n",
        every = steps / 3
    )
}

fn gymnasium(python: &str, id: &str) -> String {
    format!("[env.gymnasium]\nid = '{id}'\npython = '{python}'")
}

/// The files of an experiment that do not depend on the machine, with their contents.
fn results(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = ["episodes.csv", "evaluations.csv", "updates.csv", "diagnostics.csv", "summary.json"];
    let read = |seed: u64, name: &str| fs::read(folder.join(format!("default/seed-{seed}/{name}"))).unwrap();
    let all = (0..2).flat_map(|seed| names.map(|name| (format!("{seed}/{name}"), read(seed, name))));
    all.collect()
}

/// The classics that this library has too, and Gymnasium's own. The pendulum's torques are no Discrete actions there: it has golden
/// data.
const CLASSICS: [(&str, &str); 7] = [
    ("cart-pole", "CartPole-v1"),
    ("mountain-car", "MountainCar-v0"),
    ("acrobot", "Acrobot-v1"),
    ("taxi", "Taxi-v4"),
    ("cliff-walking", "CliffWalking-v1"),
    ("frozen-lake", "FrozenLake-v1"),
    ("blackjack", "Blackjack-v1"),
];

#[test]
fn classics_are_gymnasiums_to_the_bit() {
    let (python, place) = (python_or_return!(), Place::new());
    for (own, id) in CLASSICS {
        for seed in ["0", "7", "4294967301"] {
            let common = ["--seed", seed, "--steps", "2500"];
            let of_own = place.tilde(&["rollout", own]).args(common).output().unwrap();
            let set = [format!("id={id}"), format!("python={python}")];
            let mut bridge = vec!["rollout", "gymnasium", "--set", &set[0], "--set", &set[1]];
            if id == "CliffWalking-v1" {
                bridge.extend(["--set", "kwargs={max_episode_steps=1000}"]); // it has no time limit of its own
            }
            let bridge = place.tilde(&bridge).args(common).output().unwrap();
            assert_success(&of_own);
            assert_success(&bridge);
            let of_own = String::from_utf8(of_own.stdout).unwrap();
            let resets = of_own.lines().filter(|line| line.contains("\"reward\":null")).count();
            assert!(resets > 2, "{id}: several episodes");
            assert!(of_own.as_bytes() == bridge.stdout, "{id} with seed {seed}");
        }
    }
}

#[test]
fn cart_pole_through_the_bridge_has_the_results_of_cart_pole() {
    let (python, place) = (python_or_return!(), Place::new());
    fs::write(place.path("bridge.toml"), config("bridge", &gymnasium(python, "CartPole-v1"), 3_000)).unwrap();
    fs::write(place.path("own.toml"), config("own", "[env.cart_pole]", 3_000)).unwrap();
    for name in ["bridge", "own"] {
        assert_success(&place.run(&["train", &format!("{name}.toml"), "--quiet"]));
    }
    assert!(results(&place.path("runs/bridge")) == results(&place.path("runs/own")));
    let resolved = fs::read_to_string(place.path("runs/bridge/experiment.toml")).unwrap();
    assert!(resolved.contains("reward_threshold = 475.0"), "{resolved}");
    place.assert_no_worker_is_left();
}

fn seconds(range: std::ops::Range<f64>, draw: &mut tilde::rng::Rng) -> Duration {
    Duration::from_secs_f64(draw.uniform(range.start, range.end))
}

/// The number of kills of each test: `TILDE_KILLS=100` for the claim of the README.
fn kills() -> usize {
    std::env::var("TILDE_KILLS").map_or(3, |kills| kills.parse().unwrap())
}

#[test]
fn killed_runs_resume_to_the_same_bytes_and_leave_no_process() {
    let (python, place) = (python_or_return!(), Place::new());
    let mut draw = tilde::rng::Rng::from_seed(1);
    for (id, steps) in [("CartPole-v1", 6_000), ("LunarLander-v3", 4_000)] {
        let _ = fs::remove_dir_all(place.path("whole"));
        fs::write(place.path("x.toml"), config("x", &gymnasium(python, id), steps)).unwrap();
        let clock = Instant::now();
        assert_success(&place.run(&["train", "x.toml", "--quiet", "--out", "whole"]));
        let whole = clock.elapsed().as_secs_f64();
        let expected = results(&place.path("whole/x"));
        let mut killed = 0;
        while killed < kills() {
            let _ = fs::remove_dir_all(place.path("killed"));
            let train = ["train", "x.toml", "--quiet", "--out", "killed", "--resume"];
            loop {
                let mut child = place.tilde(&train).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
                sleep(seconds(0.0..0.7 * whole, &mut draw));
                let over = child.try_wait().unwrap();
                child.kill().unwrap();
                child.wait().unwrap();
                if let Some(status) = over {
                    assert!(status.success());
                    break;
                }
                killed += 1;
                if killed >= kills() {
                    assert_success(&place.run(&train));
                    break;
                }
            }
            assert!(results(&place.path("killed/x")) == expected, "{id} after {killed} kills");
        }
    }
    place.assert_no_worker_is_left();
}

fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn an_interrupted_run_resumes_to_the_same_bytes() {
    let (python, place) = (python_or_return!(), Place::new());
    fs::write(place.path("x.toml"), config("x", &gymnasium(python, "LunarLander-v3"), 6_000)).unwrap();
    assert_success(&place.run(&["train", "x.toml", "--quiet", "--out", "whole"]));
    let mut child = place.tilde(&["train", "x.toml", "--quiet", "--out", "cut"]).stdout(Stdio::null()).spawn().unwrap();
    while place.workers().is_empty() {
        sleep(Duration::from_millis(20));
    }
    sleep(Duration::from_millis(500));
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    place.assert_no_worker_is_left();
    assert_success(&place.run(&["train", "x.toml", "--quiet", "--out", "cut", "--resume"]));
    assert!(results(&place.path("cut/x")) == results(&place.path("whole/x")));
}

/// `tilde rollout` in an environment of `OWN_ENVS`.
fn rollout(place: &Place, python: &str, space: &str) -> Output {
    let set =
        ["id='own/Any-v0'", &format!("python={python}"), "import=own_envs", &format!("kwargs={{space='{space}'}}")]
            .map(|set| format!("--set={set}"));
    let mut args = vec!["rollout", "gymnasium", "--steps", "60"];
    args.extend(set.iter().map(String::as_str));
    place.run(&args)
}

#[test]
fn observations_of_every_space_become_numbers() {
    let (python, place) = (python_or_return!(), Place::new());
    for (space, length, low, high) in [
        ("Box", 3, -1.0, 1.0),
        ("Board", 6, 0.0, 1.0),
        ("Image", 60, 0.0, 255.0),
        ("Grey", 20, 0.0, 255.0),
        ("Discrete", 1, 0.0, 4.0),
        ("MultiDiscrete", 2, 0.0, 3.0),
        ("MultiBinary", 4, 0.0, 1.0),
        ("Tuple", 2, 0.0, 3.0),
        ("Dict", 5, 0.0, 1.0), // one-hot for the three states, then the box
    ] {
        let output = rollout(&place, python, space);
        assert_success(&output);
        let text = String::from_utf8(output.stdout).unwrap();
        let mut all = Vec::new();
        for line in text.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let observation: Vec<f64> = serde_json::from_value(line["observation"].clone()).unwrap();
            assert_eq!(observation.len(), length, "{space}");
            all.extend(observation);
        }
        assert!(all.iter().all(|value| (low..=high).contains(value)), "{space}: {all:?}");
        assert!(all.iter().any(|value| *value != all[0]), "{space} is drawn");
    }
    let refused = rollout(&place, python, "Text");
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("choose a wrapper"), "{refused:?}");
}

#[test]
fn a_run_whose_environment_fails_is_recorded_and_the_others_go_on() {
    let (python, place) = (python_or_return!(), Place::new());
    let variant = |fault: &str| {
        format!(
            "[[variant]]\nname = '{fault}'\n[variant.env.gymnasium]\nid = 'own/Any-v0'\npython = '{python}'\n\
             import = 'own_envs'\ntimeout = 3.0\nkwargs = {{ space = 'Box', fault = '{fault}' }}\n"
        )
    };
    let variants = ["raise", "die", "hang", "none"].map(variant).concat();
    fs::write(place.path("x.toml"), config("x", "", 300) + &variants).unwrap();
    let output = place.run(&["train", "x.toml", "--seeds", "0"]);
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{log}");
    let summary = |variant: &str| {
        let text = fs::read_to_string(place.path(&format!("runs/x/{variant}/seed-0/summary.json"))).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["outcome"].clone()
    };
    assert_eq!(summary("none")["status"], "finished", "{log}");
    for (variant, expected) in [
        ("raise", "RuntimeError: the motor is hot"),
        ("die", "ended with signal: 6"),
        ("hang", "gave no answer within 3 s"),
    ] {
        let outcome = summary(variant);
        let reason = outcome["reason"].as_str().unwrap();
        assert!(outcome["status"] == "failed" && outcome["step"] == 0, "{outcome}");
        assert!(reason.contains(expected), "{variant}: {reason}");
        assert!(log.contains(expected), "{variant}: {log}");
    }
    let traceback = summary("raise")["reason"].as_str().unwrap().to_owned();
    assert!(traceback.contains("own_envs.py\", line "), "{traceback}");
    place.assert_no_worker_is_left();
}

#[test]
fn what_cannot_be_used_is_an_error_before_anything_is_written() {
    let (python, place) = (python_or_return!(), Place::new());
    let refused = |env: String| {
        fs::write(place.path("x.toml"), config("x", &env, 300)).unwrap();
        let output = place.run(&["train", "x.toml"]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(!place.path("runs").exists());
        String::from_utf8(output.stderr).unwrap()
    };
    for (env, expected) in [
        (gymnasium(python, "CartPol-v1"), vec!["x.toml:", "env.gymnasium.id", "CartPole-v1"]),
        (gymnasium(python, "Pendulum-v1"), vec!["env.gymnasium.id", "only Discrete actions"]),
        (gymnasium("/no/python", "CartPole-v1"), vec!["env.gymnasium.python", ".venv/bin/python"]),
        (
            gymnasium(python, "CartPole-v1") + "\nimport = 'no_such_module'",
            vec!["env.gymnasium.import", "no_such_module"],
        ),
        (gymnasium(python, "CartPole-v1") + "\nwrappers = ['gymnasium.no.Such']", vec!["env.gymnasium.wrappers"]),
        (gymnasium(python, "CartPole-v1") + "\nkwargs = { sutton = 1 }", vec!["env.gymnasium.kwargs", "sutton"]),
        (gymnasium(python, "CartPole-v1") + "\ntimeout = 0.0", vec!["env.gymnasium.timeout"]),
    ] {
        let message = refused(env);
        assert!(expected.iter().all(|expected| message.contains(expected)), "{message}");
    }
}

#[test]
fn an_environment_without_a_time_limit_is_warned_of() {
    let (python, place) = (python_or_return!(), Place::new());
    let warned = |more: &str| {
        let config = format!("{}\n{more}", config("x", &gymnasium(python, "CliffWalking-v1"), 300));
        fs::write(place.path("x.toml"), config).unwrap();
        let output = place.run(&["check", "x.toml"]);
        assert_success(&output);
        String::from_utf8(output.stderr).unwrap().contains("CliffWalking-v1 has no time limit")
    };
    assert!(warned(""));
    assert!(!warned("[wrappers]\ntime_limit = 50"));
    assert!(!warned("[env.gymnasium.kwargs]\nmax_episode_steps = 50"));
}

#[test]
fn the_environments_of_a_python_are_listed() {
    let (python, place) = (python_or_return!(), Place::new());
    let output = place.run(&["envs", "--gymnasium", "--python", python, "--import", "own_envs"]);
    assert_success(&output);
    let ids = String::from_utf8(output.stdout).unwrap();
    for id in ["CartPole-v1", "LunarLander-v3", "own/Any-v0"] {
        assert!(ids.lines().any(|line| line == id), "{ids}");
    }
    let output = place.run(&["envs", "--gymnasium", "--python", "/no/python"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_program_of_the_examples_is_learned() {
    let (python, place) = (python_or_return!(), Place::new());
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/environment_program.py");
    let config = format!(
        "name = 'x'\nseeds = [0]\nbudget = {{ steps = 3000 }}\n[env.program]\ncommand = ['{python}', '{}']\n\
         settings = {{ length = 6 }}\n[algorithm.q_learning]\n[approximator]\nfeatures = {{ bins = {{ bins = 6 }} }}\n\
         [optimizer.sgd]\nlearning_rate = 0.2\n",
        program.display()
    );
    fs::write(place.path("x.toml"), config).unwrap();
    assert_success(&place.run(&["train", "x.toml", "--quiet"]));
    let summary = fs::read_to_string(place.path("runs/x/default/seed-0/summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    // The start is drawn from the cells 0 to 4, and the goal is cell 5.
    let mean = summary["final_evaluation"]["mean"].as_f64().unwrap();
    assert!((-5.0..=-1.0).contains(&mean), "{mean}");
}
