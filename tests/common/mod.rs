//! What several tests share: setups, and the loop without files.

#![allow(dead_code)] // not every test uses all of it

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rand::RngExt;
use tilde::agents::{Agent, AgentSetup, AlgorithmConfig};
use tilde::approx::{ApproximatorConfig, FeatureConfig, Function, FunctionSetup, Initialization};
use tilde::device::{Backend, DeviceName, EngineName};
use tilde::optim::{AdamConfig, OptimizerConfig, SgdConfig};
use tilde::replay::Transition;
use tilde::rng::{Stream, stream};
use tilde::run::VecEnv;
use tilde::schedule::{LearningRate, Linear};
use tilde_envs::{Env, EnvConfig, Rng, Space};

/// The loops on the processor, and burn on both of its devices for the processor.
pub const BACKENDS: [Backend; 3] = [
    Backend { device: DeviceName::Flex, engine: EngineName::Auto },
    Backend { device: DeviceName::Flex, engine: EngineName::Burn },
    Backend { device: DeviceName::Ndarray, engine: EngineName::Burn },
];

/// Every algorithm of the registry, with its defaults.
pub fn algorithms() -> Vec<AlgorithmConfig> {
    tilde::agents::algorithms().all().iter().map(|entry| entry.default().unwrap()).collect()
}

/// Whether an algorithm learns to act; else it learns the values of a policy that is given, or nothing.
pub fn is_control(algorithm: &AlgorithmConfig) -> bool {
    algorithm.functions(2).iter().any(|function| function.outputs == 2)
}

/// The settings of an algorithm, as its table in a config file has them.
pub fn settings(algorithm: &AlgorithmConfig) -> toml::Table {
    let table = toml::Table::try_from(algorithm).unwrap();
    table[algorithm.id()].as_table().unwrap().clone()
}

/// The algorithm with those of these settings, lines of TOML, that it has at all.
pub fn with_settings(algorithm: &AlgorithmConfig, changes: &str) -> AlgorithmConfig {
    let mut settings = settings(algorithm);
    let changes: toml::Table = toml::from_str(changes).unwrap();
    let known: Vec<_> = changes.into_iter().filter(|(key, _)| settings.contains_key(key)).collect();
    settings.extend(known);
    toml::Table::from_iter([(algorithm.id().to_owned(), settings.into())]).try_into().unwrap()
}

#[derive(serde::Deserialize)]
struct Slot {
    features: FeatureConfig,
}

/// The name of every listed feature map.
pub fn feature_maps() -> Vec<String> {
    tilde::approx::feature_maps().all().into_iter().map(|entry| entry.id.to_owned()).collect()
}

/// An approximator over features by their text in a config.
pub fn approximator(features: &str, hidden: &[usize]) -> ApproximatorConfig {
    let features = toml::from_str::<Slot>(&format!("features = {features}")).unwrap().features;
    let initialization = if hidden.is_empty() { Initialization::Zero } else { Initialization::Pytorch };
    ApproximatorConfig { features, hidden: hidden.to_vec(), initialization, ..ApproximatorConfig::default() }
}

pub fn sgd(learning_rate: f64) -> OptimizerConfig {
    SgdConfig::constant(learning_rate).into()
}

/// Adam whose step size falls along a line.
pub fn adam(initial: f64, end: f64) -> OptimizerConfig {
    OptimizerConfig::from(AdamConfig {
        learning_rate: LearningRate::Linear(Linear { initial, end, fraction: Some(1.0), steps: None }),
        beta_1: 0.9,
        beta_2: 0.999,
        epsilon: 1e-8,
        epsilon_inside_root: false,
        lazy: false,
        max_grad_norm: Some(10.0),
    })
}

/// A function of observations of that space, drawn from the stream of a seed.
pub fn function(
    approximator: &ApproximatorConfig,
    optimizer: &OptimizerConfig,
    space: &Space,
    outputs: usize,
    backend: Backend,
    seed: u64,
) -> Box<dyn Function> {
    let setup = FunctionSetup { optimizer, space, outputs, budget: 100, backend };
    approximator.build(&setup, &mut stream(seed, Stream::Init))
}

/// Replaces θ.
pub fn set_parameters(function: &mut dyn Function, parameters: &[f32]) {
    function.set_weights(parameters.to_vec()).unwrap();
}

pub fn setup(
    env: &dyn Env,
    approximator: ApproximatorConfig,
    optimizer: OptimizerConfig,
    budget: u64,
    backend: Backend,
) -> AgentSetup {
    AgentSetup {
        approximator,
        optimizer,
        space: env.observation_space().clone(),
        normalizer: None,
        actions: env.actions(),
        model: env.model(),
        budget,
        backend,
        seed: 3,
    }
}

/// Trains for the setup's whole budget, calling `after` with each transition: the loop of a run, without evaluations.
pub fn train(
    config: &EnvConfig,
    algorithm: &AlgorithmConfig,
    setup: &AgentSetup,
    mut after: impl FnMut(&mut dyn Agent, Transition<'_>),
) -> Box<dyn Agent> {
    let mut agent = algorithm.build(setup);
    let mut envs = VecEnv::new(config.build_all(algorithm.num_envs()).unwrap(), setup.seed);
    for step in 0..setup.budget {
        let transition = envs.step(agent.as_mut(), step).transition;
        agent.observe(transition, step + 1);
        after(agent.as_mut(), transition);
    }
    agent
}

/// The action for a single observation after `step` environment steps.
pub fn act(agent: &mut dyn Agent, observation: &[f32], step: u64) -> usize {
    let mut action = [0];
    agent.act(observation, step, &mut action);
    action[0]
}

/// Cargo, for a build in the profile and the target folder of this test, from what is already on this machine; and the folder
/// for its results, such as `target/release`.
pub fn cargo_build(folder: &Path) -> (Command, PathBuf) {
    let test = std::env::current_exe().unwrap(); // target/release/deps/NAME-…
    let built = test.ancestors().nth(2).unwrap().to_owned();
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--offline"]).current_dir(folder).env("CARGO_TARGET_DIR", built.parent().unwrap());
    if built.ends_with("release") {
        command.arg("--release");
    }
    (command, built)
}

/// What the program did with these arguments, in 80 columns and with its usual log.
pub fn tilde(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tilde"));
    command.args(arguments).env_remove("RUST_LOG").env_remove("COLUMNS").output().unwrap()
}

/// What it wrote to standard output.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What it wrote to standard error.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// How often something is damaged; with `TILDE_DAMAGE=100_000` in the environment tests look longer.
pub fn rounds(usual: usize) -> usize {
    std::env::var("TILDE_DAMAGE").map_or(usual, |rounds| rounds.replace('_', "").parse().unwrap())
}

/// Damages bytes as disks, editors and interrupted copies do, and writes `nonsense` over some of them.
pub fn damage(bytes: &[u8], nonsense: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..4) {
        let at = rng.random_range(0..bytes.len().max(1));
        match rng.random_range(0..5) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at.min(bytes.len()), rng.random_range(0..=255)),
            2 => bytes.splice(at..(at + nonsense.len()).min(bytes.len()), nonsense.iter().copied()).for_each(drop),
            _ if at < bytes.len() => bytes[at] = rng.random_range(0..=255),
            _ => {}
        }
    }
    bytes
}

/// Every file below a folder by its path, without files and folders that have one of these names.
pub fn files(folder: &Path, left_out: &[&str]) -> BTreeMap<String, Vec<u8>> {
    fn collect(folder: &Path, above: &str, left_out: &[&str], into: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if left_out.contains(&&*name) {
                continue;
            }
            if path.is_dir() {
                collect(&path, &format!("{above}{name}/"), left_out, into);
            } else {
                into.insert(format!("{above}{name}"), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(folder, "", left_out, &mut found);
    found
}
