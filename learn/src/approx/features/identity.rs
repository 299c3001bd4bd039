//! `identity`: the observation as it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::{DenseMap, FeatureMap, FeatureSettings};
use crate::invalid_value::InvalidValue;
use crate::registry::Part;

/// Settings of the feature map `identity`: it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityConfig {}

impl Part for IdentityConfig {
    const ID: &'static str = "identity";
    const SUMMARY: &'static str = "the observation as it is";
}

impl FeatureSettings for IdentityConfig {
    fn fit(&self, space: &Space) -> Result<FeatureMap, InvalidValue> {
        Ok(FeatureMap::dense(Identity { components: space.len() }))
    }

    fn keeps_shape(&self) -> bool {
        true
    }
}

/// φ(x) = x.
#[derive(Clone, Debug)]
struct Identity {
    components: usize,
}

impl DenseMap for Identity {
    fn len(&self) -> usize {
        self.components
    }

    fn encode(&self, observation: &[f32], features: &mut [f32]) {
        features.copy_from_slice(observation);
    }

    /// All rows at once.
    fn encode_all(&self, observations: &[f32], _: usize, features: &mut [f32]) {
        features.copy_from_slice(observations);
    }
}
