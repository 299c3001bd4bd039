//! What another program needs beside the weights, as JSON.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use tilde_envs::Space;

use crate::agents::prefixes;
use crate::approx::{ApproximatorConfig, FeatureMap, Function};
use crate::checksum::checksum_text;
use crate::results::EXPERIMENT;
use crate::run::{LoadedRun, PROGRAM, program_of};

/// The document.
#[derive(Serialize)]
pub struct Description {
    /// The version of the program that exported.
    tilde: &'static str,
    run: RunDescription,
    environment: Part,
    observations: Observations,
    /// How observations are normalised before features are made of them, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    normalization: Option<Normalization>,
    /// How many actions there are; they are numbered from 0.
    actions: usize,
    algorithm: Part,
    functions: Vec<FunctionDescription>,
    /// The text of `experiment.toml`.
    config: String,
}

/// Which run it was, and when in it.
#[derive(Serialize)]
struct RunDescription {
    variant: String,
    seed: u64,
    /// `best` or `last`.
    checkpoint: &'static str,
    /// Environment steps that the agent was trained for.
    step: u64,
    /// The version of the program that trained.
    tilde: Option<String>,
    /// The checksum of `experiment.toml`, as in the run's manifest.
    config_hash: String,
}

/// A part of the experiment, with all its settings.
#[derive(Serialize)]
struct Part {
    name: String,
    settings: Value,
}

/// Where observations lie. A bound that is infinite is `null`.
#[derive(Serialize)]
struct Observations {
    space: &'static str,
    /// Of the array that is an observation, channels last. Functions take its numbers row-major, as one row.
    shape: Vec<usize>,
    low: Vec<Option<f32>>,
    high: Vec<Option<f32>>,
}

/// clip((x − mean) / deviation, −clip, clip), component by component.
#[derive(Serialize)]
struct Normalization {
    mean: Vec<f64>,
    deviation: Vec<f64>,
    clip: f64,
}

/// A function that was learned.
#[derive(Serialize)]
struct FunctionDescription {
    name: &'static str,
    /// The names of its tensors begin with this and a dot.
    prefix: String,
    outputs: usize,
    features: Features,
    network: Part,
    hidden: Vec<usize>,
    activation: Value,
    parameters: usize,
    tensors: Vec<TensorDescription>,
}

/// The feature map, with its settings and the constants that follow from them and from the space.
#[derive(Serialize)]
struct Features {
    name: String,
    settings: Value,
    count: usize,
    /// How many of them are one for any observation while all others are zero; `null` for other maps.
    active: Option<usize>,
    constants: Value,
}

#[derive(Serialize)]
struct TensorDescription {
    name: String,
    shape: Vec<usize>,
}

impl Description {
    /// Of the run that was loaded from the folder `run`.
    ///
    /// # Errors
    /// If the experiment's text cannot be read, or the agent's functions are not those of its algorithm.
    pub fn of(loaded: &LoadedRun, run: &Path) -> Result<Description, String> {
        let LoadedRun { config, seed, checkpoint, step, agent, .. } = loaded;
        let folder = run.canonicalize().map_err(|error| format!("{}: {error}", run.display()))?;
        let path = folder.join("../..").join(EXPERIMENT);
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let setup = config.agent_setup(*seed);
        let space = setup.function_space();
        let approximators = config.approximators_of(agent.as_ref(), setup.actions)?;
        let functions = agent.functions();
        let described = functions.into_iter().zip(approximators).zip(prefixes(agent.as_ref()));
        let described = described.map(|(((name, function), (outputs, approximator)), prefix)| {
            FunctionDescription::of(name, prefix, function, outputs, approximator, &space)
        });
        Ok(Description {
            tilde: PROGRAM,
            run: RunDescription {
                variant: config.variant.clone(),
                seed: *seed,
                checkpoint: checkpoint.name(),
                step: *step,
                tilde: program_of(&folder),
                config_hash: checksum_text(text.as_bytes()),
            },
            environment: part(config.env.id(), &config.env),
            observations: Observations::of(&setup.space),
            normalization: agent.normalizer().map(|normalizer| Normalization {
                mean: normalizer.moments().mean().to_vec(),
                deviation: normalizer.deviations().to_vec(),
                clip: normalizer.config().clip,
            }),
            actions: setup.actions,
            algorithm: part(config.algorithm.id(), &config.algorithm),
            functions: described.collect(),
            config: text,
        })
    }
}

impl Observations {
    fn of(space: &Space) -> Observations {
        let bounds = (0..space.len()).map(|component| space.bounds(component));
        let finite = |bound: f32| Some(bound).filter(|bound| bound.is_finite());
        let (low, high) = bounds.map(|(low, high)| (finite(low), finite(high))).unzip();
        let name = match space {
            Space::Discrete { .. } => "discrete",
            Space::MultiDiscrete { .. } => "multi_discrete",
            Space::Box { .. } => "box",
            Space::MultiBinary { .. } => "multi_binary",
            Space::Image { .. } => "image",
        };
        Observations { space: name, shape: space.shape(), low, high }
    }
}

impl FunctionDescription {
    fn of(
        name: &'static str,
        prefix: String,
        function: &dyn Function,
        outputs: usize,
        approximator: &ApproximatorConfig,
        space: &Space,
    ) -> FunctionDescription {
        let ApproximatorConfig { features, network, hidden, activation, .. } = approximator;
        let map = FeatureMap::new(features, space).expect("checked features fit the space");
        let Part { name: id, settings } = part(features.id(), features);
        let tensors = function.tensors().into_iter();
        let tensors =
            tensors.map(|tensor| TensorDescription { name: format!("{prefix}.{}", tensor.name), shape: tensor.shape });
        FunctionDescription {
            name,
            outputs,
            features: Features {
                name: id,
                settings,
                count: map.len(),
                active: map.active(),
                constants: map.constants(),
            },
            network: part(network.id(), network),
            hidden: hidden.clone(),
            activation: json(activation),
            parameters: function.parameters(),
            tensors: tensors.collect(),
            prefix,
        }
    }
}

/// A part of the experiment: in a config, its table has the one key `name`.
fn part(name: &str, slot: &impl Serialize) -> Part {
    let mut table = json(slot);
    Part { name: name.to_owned(), settings: table.get_mut(name).map(Value::take).unwrap_or_default() }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("settings are plain numbers, names and tables")
}
