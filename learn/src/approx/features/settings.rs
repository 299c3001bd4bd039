//! The feature slot: what a config file can name after `features`.

use std::sync::{Arc, LazyLock};

use tilde_envs::Space;

use super::{
    BinsConfig, FeatureMap, FourierConfig, IdentityConfig, OneHotConfig, PolynomialConfig, RbfConfig, ScaledConfig,
    TilesConfig,
};
use crate::invalid_value::InvalidValue;
use crate::registry::{AnyPart, DefaultPart, Entry, Part, Registry, Slot, SlotKind, Takes};

/// The settings of a feature map. They are what a config file has of it; [`FeatureMap`] is the map itself, fitted to a
/// space.
///
/// ```
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
/// use tilde::approx::{DenseMap, FeatureMap, FeatureSettings};
/// use tilde::envs::Space;
/// use tilde::invalid_value::InvalidValue;
/// use tilde::registry::Part;
///
/// /// In a config: `features = "signs"`.
/// #[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
/// struct SignsConfig {}
///
/// impl Part for SignsConfig {
///     const ID: &'static str = "signs";
///     const SUMMARY: &'static str = "the sign of each component";
/// }
///
/// impl FeatureSettings for SignsConfig {
///     fn fit(&self, space: &Space) -> Result<FeatureMap, InvalidValue> {
///         Ok(FeatureMap::dense(Signs { components: space.len() }))
///     }
/// }
///
/// #[derive(Debug)]
/// struct Signs {
///     components: usize,
/// }
///
/// impl DenseMap for Signs {
///     fn len(&self) -> usize {
///         self.components
///     }
///
///     fn encode(&self, observation: &[f32], features: &mut [f32]) {
///         observation.iter().zip(features).for_each(|(x, feature)| *feature = x.signum());
///     }
/// }
///
/// let map = FeatureMap::new(&SignsConfig {}.into(), &Space::Box { low: vec![-1.0; 2], high: vec![1.0; 2] })?;
/// assert_eq!(map.encode_batch(&[-0.5, 0.25], 1), [-1.0, 1.0]);
/// tilde::App::new().features::<SignsConfig>(); // `.main()` is the whole program
/// # Ok::<(), InvalidValue>(())
/// ```
pub trait FeatureSettings: AnyPart {
    /// Fits the map to observations of a space.
    ///
    /// # Errors
    /// If a setting is out of reach, has the wrong length or gives too many features, or the space is not one that the
    /// map is for, such as one without a finite range. The key is relative to the map's own table; it is empty for the
    /// map as a whole.
    fn fit(&self, space: &Space) -> Result<FeatureMap, InvalidValue>;

    /// Whether there is one feature for each component of an observation, in the same order, so that a network over the
    /// features sees the observation's shape.
    fn keeps_shape(&self) -> bool {
        false
    }
}

/// A feature map with its settings, as a config file has it: `features = "tiles"`, or `{ tiles = { tilings = 8 } }`.
pub type FeatureConfig = Slot<dyn FeatureSettings>;

/// Every feature map: one line each.
static FEATURE_MAPS: LazyLock<Registry<dyn FeatureSettings>> = LazyLock::new(|| {
    Registry::new([
        Entry::of::<IdentityConfig>(),
        Entry::of::<ScaledConfig>(),
        Entry::of::<OneHotConfig>(),
        Entry::of::<BinsConfig>(),
        Entry::of::<TilesConfig>(),
        Entry::of::<RbfConfig>(),
        Entry::of::<FourierConfig>(),
        Entry::of::<PolynomialConfig>(),
    ])
});

/// The feature maps by name.
pub fn feature_maps() -> &'static Registry<dyn FeatureSettings> {
    &FEATURE_MAPS
}

impl SlotKind for dyn FeatureSettings {
    const NAME: &'static str = "FeatureConfig";
    const NOUN: &'static str = "a feature map";

    fn registry() -> &'static Registry<dyn FeatureSettings> {
        &FEATURE_MAPS
    }
}

impl<P: Part + FeatureSettings> Takes<P> for dyn FeatureSettings {
    fn erase(part: P) -> Arc<Self> {
        Arc::new(part)
    }
}

impl DefaultPart for dyn FeatureSettings {
    /// The observation as it is.
    fn default_part() -> FeatureConfig {
        IdentityConfig {}.into()
    }
}
