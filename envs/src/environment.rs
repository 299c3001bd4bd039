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
