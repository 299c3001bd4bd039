//! The environment slot: the environments that a config file can name after `env`.

use std::sync::{Arc, LazyLock};

use crate::registry::{AnyPart, Entry, Part, Registry, Slot, SlotKind, Takes};
use crate::render::Render;
use crate::{
    CartPoleConfig, CatchConfig, ConfigError, Env, GridworldConfig, ProbeActionRewardConfig, ProbeConstantRewardConfig,
    ProbeObservationRewardConfig, ProbeTruncationConfig, ProbeTwoStepConfig,
};

/// The settings of an environment, as a config file has them; [`Env`] is the environment itself.
pub trait Environment: AnyPart {
    /// Makes the environment.
    ///
    /// # Errors
    /// If a setting is out of range or a map cannot be played; the error names the key.
    fn build(&self) -> Result<Box<dyn Env>, ConfigError>;

    /// The undiscounted return at which the environment counts as solved, if there is one. Environments with a Gymnasium name
    /// have Gymnasium's `reward_threshold`.
    fn reward_threshold(&self) -> Option<f64> {
        None
    }

    /// What draws the environment, if it can be drawn.
    fn renderer(&self) -> Option<Box<dyn Render>> {
        None
    }
}

/// An environment with its settings, as a config file has it: `[env.cart_pole]` and its keys.
pub type EnvConfig = Slot<dyn Environment>;

/// Every environment: one line each.
static ENVIRONMENTS: LazyLock<Registry<dyn Environment>> = LazyLock::new(|| {
    Registry::new([
        Entry::of::<CartPoleConfig>(),
        Entry::of::<CatchConfig>(),
        Entry::of::<GridworldConfig>(),
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
