//! The wrappers between an environment and an agent.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use tilde_envs::{Env, EnvConfig, EnvWrappers, Space};
use toml::{Table, Value};

use crate::agents::{Agent, RewardTransform, RewardWrappers, WrappedAgent};
use crate::approx::{NormalizeConfig, SharedNormalizer};
use crate::invalid_value::{InvalidValue, all, require};

/// Wrappers between an environment and an agent, with the names of Gymnasium and Stable-Baselines3. They apply in this order:
/// `time_limit`, `action_repeat`, `frame_stack`, `normalize_observation`, `normalize_reward`, `scale_reward`, `clip_reward`.
///
/// The first three are around the environment: all that steps it, evaluations and steps of the budget included, sees their
/// episodes, observations and rewards. The others are around the agent: returns in results are sums of the environment's rewards.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Wrappers {
    /// Steps of the environment after which an episode is cut off, at most as many as its own `time_limit`. Repeated actions are
    /// several steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub time_limit: Option<u32>,
    /// How often each action is taken, or until the episode ends. Rewards are added up. The run counts it as one step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub action_repeat: Option<u32>,
    /// How many of the latest observations are seen together, the oldest first, boards and images as more channels. At the start of
    /// an episode the first one is repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000))]
    pub frame_stack: Option<usize>,
    /// Whether functions see observations with mean 0 and deviation 1 by the running moments of those seen in training: `true`, or a
    /// table. For observations of real numbers. Evaluations leave the moments as they are.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "switch")]
    #[schemars(with = "Option<Switch>")]
    pub normalize_observation: Option<NormalizeConfig>,
    /// Whether the agent learns from rewards divided by the running deviation of the discounted return: `true`, or a table.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "switch")]
    #[schemars(with = "Option<Switch>")]
    pub normalize_reward: Option<NormalizeConfig>,
    /// What the rewards that the agent learns from are multiplied by.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub scale_reward: Option<f64>,
    /// The lowest and the highest reward that the agent learns from, such as `[-1.0, 1.0]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(equal = 2))]
    pub clip_reward: Option<Vec<f64>>,
}

/// `true` for the defaults, `false` for nothing, or a table.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Switch {
    Is(bool),
    With(NormalizeConfig),
}

fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NormalizeConfig>, D::Error> {
    Ok(match Switch::deserialize(deserializer)? {
        Switch::Is(on) => on.then(NormalizeConfig::default),
        Switch::With(config) => Some(config),
    })
}

impl Wrappers {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Wrappers::default()
    }

    /// The environment in those that are around it. It has the name and the settings of the one inside.
    pub fn around_env(&self, env: &EnvConfig) -> EnvConfig {
        self.of_env().wrap(env)
    }

    fn of_env(&self) -> EnvWrappers {
        let Wrappers { time_limit, action_repeat, frame_stack, .. } = *self;
        EnvWrappers { time_limit, action_repeat, frame_stack }
    }

    fn of_rewards(&self) -> RewardWrappers {
        let clip = self.clip_reward.as_ref().and_then(|bounds| bounds[..].try_into().ok());
        RewardWrappers { normalize: self.normalize_reward, scale: self.scale_reward, clip }
    }

    /// What observations of this space are normalised with, if they are.
    pub fn normalizer(&self, space: &Space) -> Option<SharedNormalizer> {
        Some(SharedNormalizer::new(self.normalize_observation?, space.len()))
    }

    /// An agent that was made with this normaliser, in the wrappers that are around agents. Returns are discounted by `gamma`.
    pub fn around_agent(
        &self,
        agent: Box<dyn Agent>,
        normalizer: Option<SharedNormalizer>,
        gamma: f64,
        num_envs: usize,
    ) -> Box<dyn Agent> {
        let rewards = self.of_rewards();
        if normalizer.is_none() && rewards == RewardWrappers::default() {
            return agent;
        }
        Box::new(WrappedAgent::new(agent, normalizer, RewardTransform::new(rewards, gamma, num_envs)))
    }

    /// Checks every range, and every combination with the environment: `env` has been built with these settings. Returns the
    /// wrapped one, and the space of the observations that functions see.
    ///
    /// # Errors
    /// If a wrapper cannot be used; the error names its key.
    pub fn check(&self, config: &EnvConfig, env: Box<dyn Env>) -> Result<(Box<dyn Env>, Space), InvalidValue> {
        let of_env = self.of_env().check().map_err(|error| InvalidValue::new(error.key, error.message));
        let normalize = self.normalize_observation.map_or(Ok(()), |normalize| normalize.check());
        all([
            of_env,
            self.check_time_limit(config),
            normalize.map_err(|e| e.within("normalize_observation")),
            self.check_bounds(),
            self.of_rewards().check(),
        ])?;
        let env = self.of_env().wrap_built(env);
        let space = env.observation_space().clone();
        let Some(normalizer) = self.normalizer(&space) else { return Ok((env, space)) };
        require(matches!(space, Space::Box { .. }), "normalize_observation", || {
            format!(
                "is for observations of real numbers, and those of `{}` are {space}: leave it out; the features `scaled` bring \
                 every component into the same range",
                config.id()
            )
        })?;
        let normalized = normalizer.space(&space);
        Ok((env, normalized))
    }

    fn check_bounds(&self) -> Result<(), InvalidValue> {
        let Some(bounds) = &self.clip_reward else { return Ok(()) };
        require(bounds.len() == 2, "clip_reward", || {
            format!("takes two numbers, the lower bound and the upper one, such as [-1.0, 1.0], not {bounds:?}")
        })
    }

    /// A limit that never ends an episode was most likely meant for the environment.
    fn check_time_limit(&self, config: &EnvConfig) -> Result<(), InvalidValue> {
        let settings = Table::try_from(config).ok();
        let own = settings.and_then(|settings| settings.get(config.id())?.get("time_limit")?.as_integer());
        let (Some(limit), Some(own)) = (self.time_limit, own) else { return Ok(()) };
        require(i64::from(limit) <= own, "time_limit", || {
            format!(
                "of {limit} steps never ends an episode, as the environment's own {own} do before: lower it, or raise \
                 `env.{}.time_limit` instead",
                config.id()
            )
        })
    }

    /// Each wrapper with its settings as a config has them, in the order in which they apply.
    pub fn described(&self) -> Vec<String> {
        let table = Table::try_from(self).expect("wrappers are plain numbers and tables");
        let defaults = Value::try_from(NormalizeConfig::default()).expect("two numbers");
        let shown = |value: &Value| if *value == defaults { "true".to_owned() } else { value.to_string() };
        ORDER.iter().filter_map(|&key| Some(format!("{key} = {}", shown(table.get(key)?)))).collect()
    }

    /// Why learned values cannot be compared with exact ones and with returns, if they cannot.
    pub fn without_comparison(&self) -> Option<String> {
        let keys = [("normalize_reward", self.normalize_reward.is_some()), ("clip_reward", self.clip_reward.is_some())];
        let keys: Vec<&str> = keys.into_iter().filter(|(_, is_there)| *is_there).map(|(key, _)| key).collect();
        (!keys.is_empty())
            .then(|| format!("of rewards changed by {}, so not compared with exact ones", keys.join(" and ")))
    }
}

/// The keys in the order in which the wrappers apply.
const ORDER: [&str; 7] = [
    "time_limit",
    "action_repeat",
    "frame_stack",
    "normalize_observation",
    "normalize_reward",
    "scale_reward",
    "clip_reward",
];

/// An environment's observation space in the wrappers of a config's table, where both can be read.
pub fn wrapped_space(env: &Value, wrappers: Option<&Value>) -> Option<Space> {
    let env = EnvConfig::deserialize(env.clone()).ok()?;
    // Wrappers that cannot be read are refused elsewhere.
    let wrappers = wrappers.and_then(|table| Wrappers::deserialize(table.clone()).ok()).unwrap_or_default();
    let built = wrappers.around_env(&env).build().or_else(|_| env.build()).ok()?;
    Some(built.observation_space().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Wrappers, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn a_switch_stands_for_the_defaults_and_a_table_changes_them() {
        let of = |text| read(text).unwrap().normalize_observation;
        assert_eq!(of("normalize_observation = true"), Some(NormalizeConfig::default()));
        assert_eq!(of("normalize_observation = false"), None);
        let five = NormalizeConfig { clip: 5.0, ..NormalizeConfig::default() };
        assert_eq!(of("normalize_observation = { clip = 5 }"), Some(five));
        assert!(read("normalize_observation = { clap = 5 }").is_err());
    }

    #[test]
    fn what_is_written_is_read_again_and_nothing_is_written_of_what_is_off() {
        let text = "normalize_reward = true\nclip_reward = [-1, 1]\ntime_limit = 7\nnormalize_observation = false";
        let wrappers = read(text).unwrap();
        let written = toml::to_string(&wrappers).unwrap();
        assert_eq!(read(&written).unwrap(), wrappers);
        assert!(!written.contains("observation"), "{written}");
        let expected = ["time_limit = 7", "normalize_reward = true", "clip_reward = [-1.0, 1.0]"];
        assert_eq!(wrappers.described(), expected);
        assert_eq!(toml::to_string(&Wrappers::default()).unwrap(), "");
    }
}
