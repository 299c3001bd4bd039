//! Gymnasium's environments.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::client::{begin, describe};
use super::description::Description;
use super::env::build;
use super::process::Start;
use super::timeout;
use crate::registry::Part;
use crate::{ConfigError, Env, EnvConfig, Environment};

/// The settings of an environment of Gymnasium (Towers et al. 2024), which a Python process serves.
///
/// Observations of the spaces Box, Discrete, MultiDiscrete and MultiBinary, and of Tuple and Dict of them, become arrays of numbers:
/// a Tuple or Dict of Discrete spaces one number each, any other what `gymnasium.spaces.flatten` makes of it. Images of bytes keep
/// their shape. Actions must be Discrete.
///
/// The environment draws from the run's own stream: NumPy's generator has its state during an episode. An environment that seeds
/// something else gets another seed from that stream for each episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GymnasiumConfig {
    /// The environment's ID: `LunarLander-v3`.
    pub id: String,
    /// What `gymnasium.make` gets beside the ID.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub kwargs: Map<String, Value>,
    /// Wrappers around it, the innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrappers: Vec<GymnasiumWrapper>,
    /// A module to import first, which registers environments: `ale_py`; or several.
    #[serde(default, skip_serializing_if = "Import::is_none")]
    pub import: Import,
    /// The Python that has Gymnasium: a command or a path, such as `.venv/bin/python`.
    #[serde(default = "python")]
    pub python: String,
    /// Seconds to wait for an answer; longer ones end the process, and the run fails.
    #[serde(default = "timeout::default")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub timeout: f64,
    /// The return at which the environment counts as solved; by default what the environment itself says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward_threshold: Option<f64>,
}

/// A wrapper: `"gymnasium.wrappers.FlattenObservation"`, or a table with arguments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum GymnasiumWrapper {
    /// Its path.
    Path(String),
    /// Its path and arguments: `{ wrapper = "gymnasium.wrappers.FrameStackObservation", stack_size = 4 }`.
    With {
        /// Its path.
        wrapper: String,
        /// Its arguments.
        #[serde(flatten)]
        kwargs: Map<String, Value>,
    },
}

/// Modules to import.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Import {
    /// One of them.
    One(String),
    /// Any number of them.
    Several(Vec<String>),
}

impl Default for Import {
    fn default() -> Self {
        Import::Several(Vec::new())
    }
}

impl Import {
    fn is_none(&self) -> bool {
        self.modules().is_empty()
    }

    fn modules(&self) -> &[String] {
        match self {
            Import::One(module) => std::slice::from_ref(module),
            Import::Several(modules) => modules,
        }
    }
}

/// The default of `python`.
fn python() -> String {
    "python3".to_owned()
}

/// The Python program that serves the environments.
const WORKER: &str = include_str!("worker.py");

impl GymnasiumConfig {
    /// The environment with this ID, with all defaults.
    pub fn of_id(id: &str) -> GymnasiumConfig {
        GymnasiumConfig {
            id: id.to_owned(),
            kwargs: Map::new(),
            wrappers: Vec::new(),
            import: Import::default(),
            python: python(),
            timeout: timeout::default(),
            reward_threshold: None,
        }
    }

    /// The same after the import of this module.
    #[must_use]
    pub fn importing(self, module: &str) -> GymnasiumConfig {
        GymnasiumConfig { import: Import::One(module.to_owned()), ..self }
    }

    fn start(&self) -> Result<Start, ConfigError> {
        let wrapper = |wrapper: &GymnasiumWrapper| match wrapper {
            GymnasiumWrapper::Path(path) => json!({"wrapper": path, "kwargs": {}}),
            GymnasiumWrapper::With { wrapper, kwargs } => json!({"wrapper": wrapper, "kwargs": kwargs}),
        };
        let wrappers: Vec<Value> = self.wrappers.iter().map(wrapper).collect();
        let modules = self.import.modules();
        let settings = json!({"id": self.id, "kwargs": self.kwargs, "wrappers": wrappers, "import": modules});
        Ok(worker(&self.python, settings, timeout::checked(self.timeout)?))
    }

    /// What the environment says of itself, if it can be made.
    fn description(&self) -> Option<Arc<Description>> {
        describe(&self.start().ok()?).ok()
    }
}

/// How the Python process is started.
fn worker(python: &str, settings: Value, timeout: Duration) -> Start {
    // The script comes on standard input, so that a list of processes shows a short command.
    let read = format!("import sys; exec(compile(sys.stdin.buffer.read({}), 'tilde-worker', 'exec'))", WORKER.len());
    let command = vec![python.to_owned(), "-c".to_owned(), read];
    Start { command, script: WORKER, settings: settings.to_string(), timeout }
}

/// What is wrong, under the key of a setting.
fn of_python(python: &str, error: ConfigError) -> ConfigError {
    if !error.key.is_empty() {
        return error;
    }
    let remedy = "install Python, or name one with Gymnasium in it, such as .venv/bin/python";
    ConfigError::new("python", format!("`{python}` {}; {remedy}", error.message))
}

/// The IDs of all environments that are registered with the Gymnasium of this Python, after the import of `modules`.
///
/// # Errors
/// If there is no such Python, or no Gymnasium or module in it.
pub fn gymnasium_ids(python: &str, modules: &[String]) -> Result<Vec<String>, ConfigError> {
    #[derive(Deserialize)]
    struct Listed {
        ids: Vec<String>,
    }
    let start = worker(python, json!({"import": modules}), timeout::checked(timeout::default())?);
    let (_, listed) = begin(&start).map_err(|error| of_python(python, error))?;
    let listed: Listed = serde_json::from_slice(&listed)
        .map_err(|error| ConfigError::new("python", format!("`{python}` gave no list of environments: {error}")))?;
    Ok(listed.ids)
}

impl Part for GymnasiumConfig {
    const ID: &'static str = "gymnasium";
    const SUMMARY: &'static str = "any environment of Gymnasium with Discrete actions, in a Python process";
}

impl Environment for GymnasiumConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        self.build_all(1).map(|mut envs| envs.remove(0))
    }

    fn build_all(&self, count: usize) -> Result<Vec<Box<dyn Env>>, ConfigError> {
        build(&self.start()?, &self.id, count).map_err(|error| of_python(&self.python, error))
    }

    fn name(&self) -> String {
        self.id.clone()
    }

    fn reward_threshold(&self) -> Option<f64> {
        self.reward_threshold
    }

    fn has_time_limit(&self) -> bool {
        self.description().is_none_or(|description| description.time_limit)
    }

    fn completed(&self) -> Option<EnvConfig> {
        let reward_threshold = self.reward_threshold.or(self.description()?.reward_threshold);
        Some(GymnasiumConfig { reward_threshold, ..self.clone() }.into())
    }
}
