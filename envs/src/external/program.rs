//! Environments that a program in any language serves.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::client::describe;
use super::description::Description;
use super::env::build;
use super::process::Start;
use super::timeout;
use crate::registry::Part;
use crate::{ConfigError, Env, EnvConfig, Environment};

/// The settings of an environment that a program of your own serves over its standard input and output, in the frames that
/// `docs/environment-protocol.md` describes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgramConfig {
    /// The program and its arguments: `["python3", "my_env.py"]`.
    #[schemars(length(min = 1))]
    pub command: Vec<String>,
    /// Settings, which the program gets in the first frame.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
    /// Seconds to wait for an answer; longer ones end the process, and the run fails.
    #[serde(default = "timeout::default")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub timeout: f64,
    /// The return at which the environment counts as solved; by default what the environment itself says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward_threshold: Option<f64>,
}

impl ProgramConfig {
    fn start(&self) -> Result<Start, ConfigError> {
        if self.command.is_empty() {
            return Err(ConfigError::new("command", "must have a program, such as [\"python3\", \"my_env.py\"]"));
        }
        let settings = json!({"protocol": 1, "settings": self.settings}).to_string();
        Ok(Start { command: self.command.clone(), script: "", settings, timeout: timeout::checked(self.timeout)? })
    }

    /// What the environment says of itself, if it can be made.
    fn description(&self) -> Option<Arc<Description>> {
        describe(&self.start().ok()?).ok()
    }
}

impl Part for ProgramConfig {
    const ID: &'static str = "program";
    const SUMMARY: &'static str = "an environment in a program of your own, in any language";
}

impl Environment for ProgramConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        self.build_all(1).map(|mut envs| envs.remove(0))
    }

    fn build_all(&self, count: usize) -> Result<Vec<Box<dyn Env>>, ConfigError> {
        let shown = self.command.join(" ");
        build(&self.start()?, &shown, count).map_err(|error| match error.key.is_empty() {
            true => ConfigError::new("command", format!("`{shown}` {}", error.message)),
            false => ConfigError { key: "settings".to_owned(), message: format!("{}: {}", error.key, error.message) },
        })
    }

    /// The last argument: the interpreter's script, or the program.
    fn name(&self) -> String {
        self.command.last().cloned().unwrap_or_default()
    }

    fn reward_threshold(&self) -> Option<f64> {
        self.reward_threshold
    }

    fn has_time_limit(&self) -> bool {
        self.description().is_none_or(|description| description.time_limit)
    }

    fn completed(&self) -> Option<EnvConfig> {
        let reward_threshold = self.reward_threshold.or(self.description()?.reward_threshold);
        Some(ProgramConfig { reward_threshold, ..self.clone() }.into())
    }
}
