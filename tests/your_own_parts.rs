//! The feature map and the network of `examples/your_own` stand in a config like any others.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

#[path = "../examples/your_own/features.rs"]
mod features;
#[path = "../examples/your_own/network.rs"]
mod network;

mod common;

use std::sync::Once;

use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};
use common::{BACKENDS, train};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde::approx::{Detail, FeatureMap, ModuleConfig, Network, NetworkSetup, feature_maps, networks};
use tilde::config::{RunConfig, parse};
use tilde::registry::{Entry, Part};
use tilde::run::ExactSolution;

use features::HatsConfig;
use network::DuelingConfig;

fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        feature_maps().add(Entry::of::<HatsConfig>());
        networks().add(Entry::of::<DuelingConfig>());
        networks().add(Entry::of::<BrokenConfig>());
    });
}

/// An experiment with this approximator.
fn experiment(approximator: &str) -> Result<RunConfig, String> {
    register();
    let text = format!(
        "name = 'own'\nseeds = [0]\nbudget = {{ steps = 20_000 }}\n[env.gridworld]\nmap = '4x4'\n[algorithm.dqn]\n\
         learning_starts = 200\ngamma = 0.9\n[optimizer.adam]\nlearning_rate = 3e-3\n[approximator]\n{approximator}"
    );
    let experiment = parse(&text, "own.toml", &[]).map_err(|errors| errors.to_string())?;
    let again = parse(&experiment.to_toml(), "experiment.toml", &[]).map_err(|errors| errors.to_string())?;
    assert_eq!(again, experiment, "what is written reads back");
    Ok(experiment.variants().remove(0))
}

#[test]
fn a_network_of_ones_own_learns_by_its_name_in_a_config() {
    let config = experiment("network = { dueling = { units = 32 } }\ninitialization = 'he'").unwrap();
    assert_eq!(config.engine(), "burn");
    let mut agent = train(&config.env, &config.algorithm, &config.agent_setup(0), |_, _| {});
    assert_eq!(agent.parameters(), (16 + 1) * 32 + (32 + 1) + (32 + 1) * 4);
    let truth = ExactSolution::new(config.env.build().unwrap().model().unwrap(), 0.9);
    let found = truth.distance(agent.as_mut(), 20_000);
    assert!(found.regret.unwrap() < 1e-9, "{found:?}");
}

#[test]
fn a_feature_map_of_ones_own_is_a_part_of_any_approximator() {
    for more in ["", "hidden = [8]", "network = 'dueling'"] {
        let config = experiment(&format!("features = {{ hats = {{ knots = 4 }} }}\n{more}")).unwrap();
        let env = config.env.build().unwrap();
        let features = FeatureMap::new(&config.approximator.features, env.observation_space()).unwrap();
        // Rows and columns 0 to 3 have a hat each; 1.5 lies between two.
        assert_eq!(features.encode_batch(&[0.0, 1.5], 1), [1.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.0]);
        let setup = config.approximator.network_setup(&features, env.observation_space(), 4);
        let parameters = config.approximator.network.parameters(&setup);
        assert_eq!(config.algorithm.build(&config.agent_setup(0)).parameters(), parameters, "{more}");
        let told = config.approximator.network.summary(&setup, Detail::ALL[0]);
        assert_eq!(
            told,
            if more.contains("dueling") {
                "8-dueling-4"
            } else if more.is_empty() {
                "8-4"
            } else {
                "8-8-4"
            }
        );
    }
    assert!(feature_maps().find("hats").is_some_and(|entry| entry.has_defaults()));
}

#[test]
fn what_does_not_fit_is_refused_with_the_key_and_a_remedy() {
    for (approximator, parts) in [
        (
            "network = 'dueling'\nhidden = [8]",
            &["hidden", "has no effect on the network `dueling`", "leave it out"][..],
        ),
        ("network = 'dueling'\nactivation = 'tanh'", &["activation", "has no effect", "`mlp`"]),
        ("network = 'dueling'\ninitialization = 'zero'", &["initialization", "hidden layer"]),
        ("network = 'duelling'", &["unknown name `duelling`", "did you mean `dueling`?"]),
        ("network = { dueling = { unit = 8 } }", &["unknown key `unit`", "did you mean `units`?"]),
        ("network = { dueling = { units = 0 } }", &["network.dueling.units", "at least 1"]),
        ("network = { dueling = { units = 100_000_000 } }", &["parameters are more than an approximator may have"]),
        ("network = { broken = { kind = 'dropout' } }", &["network.broken", "dropout"]),
        ("network = { broken = { kind = 'batch_norm' } }", &["network.broken", "batch normalisation"]),
        ("network = { broken = { kind = 'narrow' } }", &["network.broken", "the shape [3, 3], where [3, 4]"]),
        (
            "network = 'dueling'\nfeatures = { fourier = { scale_learning_rate = true } }",
            &["features.fourier", "`dueling`"],
        ),
        ("features = { hats = { knots = 1 } }", &["features.hats.knots", "between 2 and 1000"]),
        ("features = { hat = {} }", &["did you mean `hats`?"]),
    ] {
        let message = experiment(approximator).unwrap_err();
        for part in parts {
            assert!(message.contains(part), "{approximator}: {message}");
        }
    }
}

#[test]
fn first_weights_come_from_the_runs_seed_the_same_on_every_device() {
    let config = experiment("network = 'dueling'").unwrap();
    let first = |backend, seed| {
        let setup = tilde::agents::AgentSetup { backend, ..config.agent_setup(seed) };
        config.algorithm.build(&setup).save()
    };
    assert!(first(BACKENDS[1], 3) == first(BACKENDS[2], 3));
    assert!(first(BACKENDS[1], 3) == first(BACKENDS[0], 3), "burn computes it, whatever the engine");
    assert!(first(BACKENDS[1], 3) != first(BACKENDS[1], 4));
}

/// Networks whose outputs are no function of the observation, or have another shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BrokenConfig {
    /// `dropout`, `batch_norm` or `narrow`.
    kind: String,
}

impl Part for BrokenConfig {
    const ID: &'static str = "broken";
    const SUMMARY: &'static str = "networks that are refused";
}

#[derive(Module, Debug)]
struct Broken {
    dropout: Option<Dropout>,
    norm: Option<BatchNorm>,
    layer: Linear,
}

impl Network for Broken {
    fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let x = self.dropout.as_ref().map_or(features.clone(), |dropout| dropout.forward(features));
        let x = self.norm.as_ref().map_or(x.clone(), |norm| norm.forward(x));
        self.layer.forward(x)
    }
}

impl ModuleConfig for BrokenConfig {
    type Module = Broken;

    fn init(&self, setup: &NetworkSetup, device: &Device) -> Broken {
        let inputs = setup.features.len();
        let outputs = if self.kind == "narrow" { setup.outputs - 1 } else { setup.outputs };
        Broken {
            dropout: (self.kind == "dropout").then(|| DropoutConfig::new(0.5).init()),
            norm: (self.kind == "batch_norm").then(|| BatchNormConfig::new(inputs).init(device)),
            layer: LinearConfig::new(inputs, outputs).init(device),
        }
    }
}
