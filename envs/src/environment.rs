//! The environment slot: the environments that a config file can name after `env`.

use std::sync::{Arc, LazyLock};

use crate::registry::{AnyPart, Entry, Part, Registry, Slot, SlotKind, Takes};
use crate::render::Render;
use crate::{
    AcrobotConfig, BairdConfig, BlackjackConfig, BoyanChainConfig, CartPoleConfig, CatchConfig, ChainConfig,
    CliffWalkingConfig, Component, ConfigError, DcMotorConfig, Env, FrozenLakeConfig, GridworldConfig, GymnasiumConfig,
    InvertedPendulumConfig, MountainCarConfig, PendulumConfig, ProbeActionRewardConfig, ProbeConstantRewardConfig,
    ProbeObservationRewardConfig, ProbeTruncationConfig, ProbeTwoStepConfig, ProgramConfig, RandomWalkConfig,
    TaxiConfig, WindyGridworldConfig,
};

/// The settings of an environment, as a config file has them; [`Env`] is the environment itself.
///
/// A part of the environment slot is a [`Part`] that implements this trait:
///
/// ```
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
/// use tilde_envs::registry::{Entry, Part};
/// use tilde_envs::{ConfigError, Env, EnvConfig, Environment, Outcome, Space, Tabular, TransitionModel};
/// use tilde_envs::{environments, value_iteration};
///
/// /// In a config: `env = "coin"`, or `[env.coin]` with its key. Guess 0 for tails or 1 for heads; a right guess is rewarded.
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
/// #[serde(deny_unknown_fields, default)]
/// struct Coin {
///     /// The probability of heads.
///     heads: f64,
/// }
///
/// impl Default for Coin {
///     fn default() -> Self {
///         Coin { heads: 0.6 }
///     }
/// }
///
/// impl Part for Coin {
///     const ID: &'static str = "coin";
///     const SUMMARY: &'static str = "guess how a coin falls";
/// }
///
/// impl Environment for Coin {
///     fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
///         if !(self.heads > 0.0 && self.heads < 1.0) {
///             return Err(ConfigError::new("heads", format!("must lie between 0 and 1, not at {}", self.heads)));
///         }
///         let outcomes = |_state, guess| {
///             let fall = |side, probability| {
///                 let reward = f64::from(u8::from(side == guess));
///                 Outcome { probability, next: 0, reward, terminated: true }
///             };
///             vec![fall(0, 1.0 - self.heads), fall(1, self.heads)]
///         };
///         let model = TransitionModel::new(2, vec![vec![0.0]], vec![(0, 1.0)], outcomes);
///         Ok(Box::new(Tabular::new(model, Space::Discrete { n: 1 })))
///     }
/// }
///
/// environments().add(Entry::of::<Coin>()); // `tilde::App::environment` does that in a program
/// let env = EnvConfig::from(Coin { heads: 0.7 });
/// let values = value_iteration(&env.build()?.model().expect("a table"), 0.9).expect("it ends");
/// assert_eq!(values.of(0), [1.0 - 0.7, 0.7]);
/// assert_eq!(Coin { heads: 2.0 }.build().err().map(|error| error.key), Some("heads".to_owned()));
/// # Ok::<(), ConfigError>(())
/// ```
pub trait Environment: AnyPart {
    /// Makes the environment.
    ///
    /// # Errors
    /// If a setting is out of range or a map cannot be played; the error names the key.
    fn build(&self) -> Result<Box<dyn Env>, ConfigError>;

    /// Makes the `count` environments of one run. Those in another process share it.
    ///
    /// # Errors
    /// As [`Environment::build`].
    fn build_all(&self, count: usize) -> Result<Vec<Box<dyn Env>>, ConfigError> {
        (0..count).map(|_| self.build()).collect()
    }

    /// What it is called in tables: `cart-pole`.
    fn name(&self) -> String {
        self.id().replace('_', "-")
    }

    /// The undiscounted return at which the environment counts as solved, if there is one. Environments with a Gymnasium name
    /// have Gymnasium's `reward_threshold`.
    fn reward_threshold(&self) -> Option<f64> {
        None
    }

    /// Whether each episode ends at some time whatever the agent does. Else an evaluation may never end.
    fn has_time_limit(&self) -> bool {
        true
    }

    /// The same settings with what only the environment itself can tell filled in; nothing if that is nothing.
    fn completed(&self) -> Option<EnvConfig> {
        None
    }

    /// What draws the environment, if it can be drawn.
    fn renderer(&self) -> Option<Box<dyn Render>> {
        None
    }

    /// The components of an observation in their order, if they have names. An array of cells or pixels has none.
    fn components(&self) -> Vec<Component> {
        Vec::new()
    }

    /// The names of the actions in their order, if they have any.
    fn action_names(&self) -> Vec<String> {
        Vec::new()
    }

    /// The two components, horizontal and vertical, over which a map of values says most. Without them, a map shows those that
    /// vary most along episodes.
    fn map_axes(&self) -> Option<[usize; 2]> {
        None
    }
}

/// An environment with its settings, as a config file has it: `[env.cart_pole]` and its keys.
pub type EnvConfig = Slot<dyn Environment>;

/// Every environment: one line each.
static ENVIRONMENTS: LazyLock<Registry<dyn Environment>> = LazyLock::new(|| {
    Registry::new([
        Entry::of::<CartPoleConfig>(),
        Entry::of::<MountainCarConfig>(),
        Entry::of::<AcrobotConfig>(),
        Entry::of::<PendulumConfig>(),
        Entry::of::<DcMotorConfig>(),
        Entry::of::<InvertedPendulumConfig>(),
        Entry::of::<CatchConfig>(),
        Entry::of::<GridworldConfig>(),
        Entry::of::<GymnasiumConfig>(),
        Entry::of::<ProgramConfig>(),
        Entry::of::<FrozenLakeConfig>(),
        Entry::of::<CliffWalkingConfig>(),
        Entry::of::<WindyGridworldConfig>(),
        Entry::of::<TaxiConfig>(),
        Entry::of::<BlackjackConfig>(),
        Entry::of::<RandomWalkConfig>(),
        Entry::of::<ChainConfig>(),
        Entry::of::<BoyanChainConfig>(),
        Entry::of::<BairdConfig>(),
        Entry::of::<ProbeConstantRewardConfig>(),
        Entry::of::<ProbeObservationRewardConfig>(),
        Entry::of::<ProbeTwoStepConfig>(),
        Entry::of::<ProbeActionRewardConfig>(),
        Entry::of::<ProbeTruncationConfig>(),
    ])
});

/// The environments by name.
pub fn environments() -> &'static Registry<dyn Environment> {
    &ENVIRONMENTS
}

impl SlotKind for dyn Environment {
    const NAME: &'static str = "EnvConfig";
    const NOUN: &'static str = "an environment";

    fn registry() -> &'static Registry<dyn Environment> {
        &ENVIRONMENTS
    }
}

impl<P: Part + Environment> Takes<P> for dyn Environment {
    fn erase(part: P) -> Arc<Self> {
        Arc::new(part)
    }
}
