//! Weights that leave the program, and runs that begin with weights of a file.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{stderr, tilde};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde::approx::{FeatureMap, ModuleConfig, Network, NetworkSetup, Weights, networks};
use tilde::burn; // by this name in the derived code
use tilde::burn::module::Module;
use tilde::burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use tilde::burn::tensor::{Device, Tensor, activation};
use tilde::config::{RunConfig, load, parse};
use tilde::export::{Format, export};
use tilde::registry::{Entry, Part};
use tilde::run::{Checkpoint, Training, train};
use tilde::safetensors::{Tensors, decode};

/// The text of a short experiment.
fn text(env: &str, algorithm: &str, approximator: &str, more: &str) -> String {
    format!(
        "name = 'x'\nseeds = [3]\nbudget = {{ steps = 400, evaluate_every = 200, evaluation_episodes = 2 }}\nenv = '{env}'\n\
         {more}\n[algorithm.{algorithm}]\n[approximator]\n{approximator}\n[optimizer.adam]\nlearning_rate = 1e-2\n"
    )
}

/// DQN that has learned a little after 400 steps.
fn dqn(env: &str, approximator: &str, more: &str) -> String {
    text(env, "dqn", approximator, more)
        .replace("[algorithm.dqn]", "[algorithm.dqn]\nlearning_starts = 50\ntarget_update_interval = 100")
}

/// Trains the run of a config without variants, and returns its folder.
fn trained(out: &Path, text: &str) -> (RunConfig, PathBuf) {
    let experiment = parse(text, "x", &[]).unwrap();
    let config = experiment.variants().remove(0);
    fs::create_dir_all(out).unwrap();
    fs::write(out.join("experiment.toml"), experiment.to_toml()).unwrap();
    let folder = out.join("default/seed-3");
    train(&config, 3, &folder, false, None, &Default::default(), &false.into()).unwrap();
    (config, folder)
}

fn weights(run: &Path) -> Tensors {
    decode(&export(run, Some(Checkpoint::Last), Format::Safetensors).unwrap().file).unwrap()
}

fn shapes(weights: &Tensors) -> Vec<(&str, &[usize])> {
    weights.iter().map(|(name, tensor)| (name.as_str(), &tensor.shape[..])).collect()
}

/// Observations of random play.
fn observations(config: &RunConfig, count: usize) -> Vec<Vec<f32>> {
    let mut env = config.env.build().unwrap();
    let mut rng = tilde::rng::env_stream(5, 0);
    let mut observation = vec![0.0; env.observation_space().len()];
    env.reset(&mut rng, &mut observation);
    let mut all = Vec::new();
    for step in 0..count {
        all.push(observation.clone());
        let action = (step / 2) % env.actions();
        if env.step(action, &mut rng, &mut observation).ending.is_over() {
            env.reset(&mut rng, &mut observation);
        }
    }
    all
}

/// A multilayer perceptron in plain loops over exported tensors, with tanh between its layers.
fn computed(weights: &Tensors, features: &[f32]) -> Vec<f64> {
    let mut a: Vec<f64> = features.iter().map(|&feature| f64::from(feature)).collect();
    for layer in 0.. {
        let Some(weight) = weights.get(&format!("q.layers.{layer}.weight")) else { break };
        let &[outputs, inputs] = &weight.shape[..] else { panic!("{:?}", weight.shape) };
        assert_eq!(inputs, a.len());
        if layer > 0 {
            a.iter_mut().for_each(|a| *a = a.tanh());
        }
        let bias = weights.get(&format!("q.layers.{layer}.bias"));
        let output = |output: usize| {
            let row = &weight.values[output * inputs..][..inputs];
            let sum: f64 = row.iter().zip(&a).map(|(&w, a)| f64::from(w) * a).sum();
            sum + bias.map_or(0.0, |bias| f64::from(bias.values[output]))
        };
        a = (0..outputs).map(output).collect();
    }
    a
}

#[test]
fn plain_loops_over_the_exported_tensors_compute_the_same() {
    let cases = [
        "features = { fourier = { order = 2, low = [-2.4, -3.0, -0.3, -3.0], high = [2.4, 3.0, 0.3, 3.0] } }",
        "features = { tiles = { tilings = 4, tiles = 3, low = [-2.4, -3.0, -0.3, -3.0], high = [2.4, 3.0, 0.3, 3.0] } }",
        "hidden = [16]\nactivation = 'tanh'",
        "hidden = [24, 8, 16]\nactivation = 'tanh'",
    ];
    for approximator in cases {
        let out = tempfile::tempdir().unwrap();
        let (config, folder) = trained(out.path(), &dqn("cart_pole", approximator, ""));
        let weights = weights(&folder);
        let mut loaded = tilde::run::load(&folder, Some(Checkpoint::Last)).unwrap();
        let space = config.env.build().unwrap().observation_space().clone();
        let features = FeatureMap::new(&config.approximator.features, &space).unwrap();
        for observation in observations(&config, 200) {
            let expected = loaded.values(&observation);
            let found = computed(&weights, &features.encode_batch(&observation, 1));
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                let difference = (found - f64::from(expected)).abs();
                assert!(difference <= 1e-6 * (1.0 + found.abs()), "{approximator}: {found}, not {expected}");
            }
        }
    }
}

#[test]
fn normalised_observations_are_described() {
    let out = tempfile::tempdir().unwrap();
    let wrappers = "wrappers = { normalize_observation = { clip = 1.5 } }";
    let (config, folder) = trained(out.path(), &dqn("cart_pole", "hidden = [8]\nactivation = 'tanh'", wrappers));
    let description = export(&folder, Some(Checkpoint::Last), Format::Onnx).unwrap().description;
    let description: serde_json::Value = serde_json::from_str(&description).unwrap();
    let normalization = &description["normalization"];
    let numbers = |key: &str| -> Vec<f64> { serde_json::from_value(normalization[key].clone()).unwrap() };
    let (mean, deviation) = (numbers("mean"), numbers("deviation"));
    assert_eq!(
        (mean.len(), &normalization["clip"], &description["observations"]["space"]),
        (4, &1.5.into(), &"box".into())
    );
    let (weights, mut clipped) = (weights(&folder), 0);
    let mut loaded = tilde::run::load(&folder, Some(Checkpoint::Last)).unwrap();
    for observation in observations(&config, 200) {
        let components = observation.iter().zip(mean.iter().zip(&deviation));
        let normalised = components.map(|(&x, (mean, deviation))| (f64::from(x) - mean) / deviation);
        let normalised: Vec<f32> = normalised.map(|x| x.clamp(-1.5, 1.5) as f32).collect();
        clipped += normalised.iter().filter(|x| x.abs() == 1.5).count();
        for (found, expected) in computed(&weights, &normalised).iter().zip(loaded.values(&observation)) {
            let difference = (found - f64::from(expected)).abs();
            assert!(difference <= 1e-6 * (1.0 + found.abs()), "{found}, not {expected}");
        }
    }
    assert!(clipped > 10);
}

#[test]
fn both_engines_export_the_same_names_and_shapes() {
    let expected: [(&str, &[usize]); 4] = [
        ("q.layers.0.bias", &[8]),
        ("q.layers.0.weight", &[8, 4]),
        ("q.layers.1.bias", &[2]),
        ("q.layers.1.weight", &[2, 8]),
    ];
    for engine in ["auto", "burn"] {
        let out = tempfile::tempdir().unwrap();
        let more = format!("engine = '{engine}'");
        let (_, folder) = trained(out.path(), &dqn("cart_pole", "hidden = [8]", &more));
        assert_eq!(shapes(&weights(&folder)), expected, "{engine}");
    }
}

#[test]
fn convolutions_and_normalisations_have_pytorchs_names_and_order() {
    let out = tempfile::tempdir().unwrap();
    let approximator =
        "network = { conv = { filters = [4, 6], kernel_size = [3, 2], layer_norm = true } }\nhidden = [8]";
    let (_, folder) = trained(out.path(), &dqn("catch", approximator, ""));
    let weights = weights(&folder);
    let found = shapes(&weights);
    let expected: [(&str, &[usize]); 14] = [
        ("q.convolutions.0.bias", &[4]),
        ("q.convolutions.0.weight", &[4, 1, 3, 3]),
        ("q.convolutions.1.bias", &[6]),
        ("q.convolutions.1.weight", &[6, 4, 2, 2]),
        ("q.head.layers.0.bias", &[8]),
        ("q.head.layers.0.weight", &[8, 6 * 7 * 2]),
        ("q.head.layers.1.bias", &[3]),
        ("q.head.layers.1.weight", &[3, 8]),
        ("q.head.norms.0.bias", &[8]),
        ("q.head.norms.0.weight", &[8]),
        ("q.norms.0.bias", &[4]),
        ("q.norms.0.weight", &[4]),
        ("q.norms.1.bias", &[6]),
        ("q.norms.1.weight", &[6]),
    ];
    assert_eq!(found, expected);
}

/// A module of a user's own.
#[derive(Module, Debug)]
struct Dueling {
    body: Linear,
    norms: Vec<LayerNorm>,
    value: Linear,
    advantages: Linear,
}

impl Network for Dueling {
    fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let hidden = activation::relu(self.norms[0].forward(self.body.forward(features)));
        let advantages = self.advantages.forward(hidden.clone());
        self.value.forward(hidden) + advantages.clone() - advantages.mean_dim(1)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct DuelingConfig {}

impl Part for DuelingConfig {
    const ID: &'static str = "exported_dueling";
    const SUMMARY: &'static str = "a module of a user's own";
}

impl ModuleConfig for DuelingConfig {
    type Module = Dueling;

    fn init(&self, setup: &NetworkSetup, device: &Device) -> Dueling {
        let linear = |inputs, outputs| LinearConfig::new(inputs, outputs).init(device);
        Dueling {
            body: linear(setup.features.len(), 8),
            norms: vec![LayerNormConfig::new(8).init(device)],
            value: linear(8, 1),
            advantages: linear(8, setup.outputs),
        }
    }
}

#[test]
fn a_module_of_a_users_own_exports_its_record_and_takes_it_back() {
    networks().add(Entry::of::<DuelingConfig>());
    let out = tempfile::tempdir().unwrap();
    let (config, folder) = trained(out.path(), &dqn("cart_pole", "network = 'exported_dueling'", ""));
    let weights = weights(&folder);
    let expected: [(&str, &[usize]); 8] = [
        ("q.advantages.bias", &[2]),
        ("q.advantages.weight", &[2, 8]),
        ("q.body.bias", &[8]),
        ("q.body.weight", &[8, 4]),
        ("q.norms.0.bias", &[8]),
        ("q.norms.0.weight", &[8]),
        ("q.value.bias", &[1]),
        ("q.value.weight", &[1, 8]),
    ];
    assert_eq!(shapes(&weights), expected);
    same_after_the_way_through_a_file(&config, &folder, "network = 'exported_dueling'", "cart_pole", "");
}

/// A run that begins with the exported weights has the values of the trained agent.
fn same_after_the_way_through_a_file(config: &RunConfig, run: &Path, approximator: &str, env: &str, more: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("w.safetensors"),
        export(run, Some(Checkpoint::Last), Format::Safetensors).unwrap().file,
    )
    .unwrap();
    let file = folder.path().join("x.toml");
    let begun = format!("{approximator}\ninitialization = {{ file = 'w.safetensors' }}");
    fs::write(&file, dqn(env, &begun, more)).unwrap();
    let begun = load(&file, &[]).unwrap_or_else(|error| panic!("{error}")).variants().remove(0);
    let mut training = Training::new(&begun, 77).unwrap();
    let mut loaded = tilde::run::load(run, Some(Checkpoint::Last)).unwrap();
    for observation in observations(config, 50) {
        let expected = loaded.values(&observation);
        let function = &mut training.agent().functions_mut()[0];
        assert_eq!(function.outputs(Weights::Online, &observation), expected, "{approximator} {more}");
        assert_eq!(function.outputs(Weights::Target, &observation), expected, "{approximator} {more}");
    }
}

#[test]
fn a_run_begins_with_the_weights_of_a_file_on_every_engine() {
    let cases = [
        ("cart_pole", "hidden = [8, 6]", ""),
        ("cart_pole", "hidden = [8, 6]", "engine = 'burn'"),
        ("cart_pole", "hidden = [8, 8]\nnetwork = { mlp = { layer_norm = true, residual = true } }", ""),
        ("gridworld", "features = 'one_hot'", ""),
        ("catch", "network = 'conv'\nhidden = [8]", ""),
        ("catch", "network = 'conv'\nhidden = [8]", "device = 'ndarray'"),
    ];
    for (env, approximator, more) in cases {
        let out = tempfile::tempdir().unwrap();
        let (config, folder) = trained(out.path(), &dqn(env, approximator, more));
        same_after_the_way_through_a_file(&config, &folder, approximator, env, more);
    }
}

#[test]
fn actor_and_critic_are_told_apart() {
    let out = tempfile::tempdir().unwrap();
    let (_, folder) = trained(out.path(), &text("cart_pole", "actor_critic", "hidden = [8]", ""));
    let weights = weights(&folder);
    assert_eq!(weights["actor.layers.1.weight"].shape, [2, 8]);
    assert_eq!(weights["critic.layers.1.weight"].shape, [1, 8]);
}

/// Every result file of a run, without the machine's.
fn results(run: &Path) -> Vec<(String, Vec<u8>)> {
    let names = ["episodes.csv", "evaluations.csv", "updates.csv", "summary.json"];
    names.map(|name| (name.to_owned(), fs::read(run.join(name)).unwrap())).into()
}

#[test]
fn an_experiment_keeps_a_copy_of_the_weights_that_it_began_with() {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path).display().to_string();
    let (_, run) = trained(&folder.path().join("before"), &dqn("cart_pole", "hidden = [8]", ""));
    let output = tilde(&[
        "export",
        &run.display().to_string(),
        "--format",
        "safetensors",
        "--out",
        &at("configs/weights/w.safetensors"),
        "--checkpoint",
        "last",
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let description = fs::read_to_string(at("configs/weights/w.safetensors.json")).unwrap();
    let description: serde_json::Value = serde_json::from_str(&description).unwrap();
    assert_eq!(description["functions"][0]["prefix"], "q");
    assert_eq!(description["run"]["step"], 400);
    assert_eq!(description["environment"]["name"], "cart_pole");
    assert_eq!(description["observations"]["low"][1], serde_json::Value::Null);

    let begun = "hidden = [8]\ninitialization = { file = 'weights/w.safetensors' }";
    fs::write(at("configs/x.toml"), dqn("cart_pole", begun, "")).unwrap();
    let trains = |config: &str, more: &[&str]| {
        let output = tilde(&[&["train", config, "--quiet"], more].concat());
        (output.status.code(), stderr(&output))
    };
    let (code, message) = trains(&at("configs/x.toml"), &["--out", &at("out")]);
    assert_eq!(code, Some(0), "{message}");
    let first = results(Path::new(&at("out/x/default/seed-3")));
    // Before it has learned, the agent acts as the trained one did at its end.
    let evaluated = |run: &Path, step: &str| {
        let rows = fs::read_to_string(run.join("evaluations.csv")).unwrap();
        rows.lines().filter(|row| row.starts_with(&format!("{step},"))).count()
    };
    assert!(evaluated(Path::new(&at("out/x/default/seed-3")), "0") == 2);

    // The same once more is the same experiment, and nothing depends on the original file any longer.
    let (code, message) = trains(&at("configs/x.toml"), &["--out", &at("out"), "--resume"]);
    assert_eq!(code, Some(0), "{message}");
    fs::remove_dir_all(at("out/x/default")).unwrap();
    fs::rename(at("configs/weights/w.safetensors"), at("configs/weights/elsewhere")).unwrap();
    let (code, message) = trains(&at("out/x/experiment.toml"), &["--out", &at("out"), "--resume"]);
    assert_eq!(code, Some(0), "{message}");
    assert_eq!(results(Path::new(&at("out/x/default/seed-3"))), first);
    assert!(tilde::run::load(Path::new(&at("out/x/default/seed-3")), Some(Checkpoint::Last)).is_ok());
    let (code, message) = trains(&at("configs/x.toml"), &["--out", &at("other")]);
    assert_eq!(code, Some(2));
    assert!(message.contains("x.toml:") && message.contains("w.safetensors cannot be read"), "{message}");

    // Other weights under the same name are another experiment.
    let mut other = fs::read(at("configs/weights/elsewhere")).unwrap();
    *other.last_mut().unwrap() ^= 1;
    fs::write(at("configs/weights/w.safetensors"), other).unwrap();
    let (code, message) = trains(&at("configs/x.toml"), &["--out", &at("out"), "--resume"]);
    assert_eq!(code, Some(2));
    assert!(message.contains("approximator.initialization.file.checksum"), "{message}");

    // A copy that is damaged is refused.
    let copy = fs::read_dir(at("out/x")).unwrap().map(|entry| entry.unwrap().path());
    let copy = copy.into_iter().find(|path| path.extension().is_some_and(|end| end == "safetensors")).unwrap();
    fs::write(copy, "damaged").unwrap();
    let (code, message) = trains(&at("out/x/experiment.toml"), &["--out", &at("again")]);
    assert_eq!(code, Some(2));
    assert!(message.contains("it is another file now") && !Path::new(&at("again")).exists(), "{message}");
}

#[test]
fn weights_that_do_not_fit_are_refused_with_the_tensor_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path).display().to_string();
    let (_, run) = trained(&folder.path().join("before"), &dqn("cart_pole", "hidden = [8]", ""));
    fs::write(at("w.safetensors"), export(&run, Some(Checkpoint::Last), Format::Safetensors).unwrap().file).unwrap();
    fs::write(at("broken.safetensors"), "no tensors").unwrap();
    let refused = |text: &str, words: &[&str]| {
        fs::write(at("x.toml"), text).unwrap();
        let output = tilde(&["train", &at("x.toml"), "--out", &at("out")]);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{message}");
        let flat = message.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in ["x.toml:", "initialization.file"].iter().chain(words) {
            assert!(flat.contains(word), "no `{word}` in: {flat}");
        }
        assert!(!Path::new(&at("out")).exists());
    };
    let file = "initialization = { file = 'w.safetensors' }";
    let with = |hidden: &str| dqn("cart_pole", &format!("{hidden}\n{file}"), "");
    refused(
        &with("hidden = [9]"),
        &[
            "w.safetensors has the tensor `q.layers.0.weight` with the shape [8, 4], where [9, 4] is needed",
            "use the features",
        ],
    );
    refused(&with("hidden = [8, 8]"), &["`q.layers.1.weight` with the shape [2, 8], where [8, 8] is needed"]);
    refused(&with("hidden = []\nfeatures = 'identity'"), &["`q.layers.0.weight` with the shape [8, 4], where [2, 4]"]);
    let critic = text("cart_pole", "actor_critic", &format!("hidden = [8]\n{file}"), "");
    refused(&critic, &["lacks the tensor `actor.layers.0.weight` with the shape [8, 4]; it has `q.layers.0.bias`"]);
    let broken = "hidden = [8]\ninitialization = { file = 'broken.safetensors' }";
    refused(&dqn("cart_pole", broken, ""), &["broken.safetensors is not a whole safetensors file"]);
    let of_variant =
        format!("{}[[variant]]\nname = 'a'\n[variant.approximator]\nhidden = [7]\n{file}\n", with("hidden = [8]"));
    refused(&of_variant, &["variant.0.approximator.initialization.file", "where [7, 4] is needed"]);
    let wrong = "hidden = [8]\ninitialization = { file = 3 }";
    refused(&dqn("cart_pole", wrong, ""), &["text in quotes"]);
}

#[test]
fn runs_that_cannot_be_exported_are_told_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("w.safetensors").display().to_string();
    let refused = |run: &Path, words: &str| {
        let output = tilde(&["export", &run.display().to_string(), "--format", "safetensors", "--out", &out]);
        let message = stderr(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(words), "{message}");
        assert!(!Path::new(&out).exists());
    };
    let (_, tiles) = trained(&folder.path().join("tiles"), &dqn("gridworld", "features = 'tiles'\nhidden = []", ""));
    let onnx = export(&tiles, Some(Checkpoint::Last), Format::Onnx).err().unwrap();
    assert!(onnx.contains("the feature map `tiles` has no form in ONNX here: use --format safetensors"), "{onnx}");
    refused(&folder.path().join("nowhere"), "name the folder of a run");
    let random = "name = 'x'\nseeds = [3]\nbudget = { steps = 10 }\nenv = 'cart_pole'\nalgorithm = 'random'\n";
    let (_, run) = trained(&folder.path().join("x"), random);
    refused(&run, "the algorithm `random` learns nothing");
    fs::write(run.join("checkpoint/state.bin"), "damaged").unwrap();
    refused(&run, "has no checkpoint that this version can use");
}
