//! A feature map fitted to an observation space.

use std::fmt::Debug;
use std::sync::Arc;

use tilde_envs::Space;

use super::FeatureConfig;
use crate::invalid_value::InvalidValue;

/// A map φ to any numbers, fitted to an observation space.
#[allow(clippy::len_without_is_empty)] // there is always at least one
pub trait DenseMap: Debug + Send + Sync {
    /// How many features there are, at least one.
    fn len(&self) -> usize;

    /// Writes φ(`observation`) to `features`, which is [`DenseMap::len`] long.
    fn encode(&self, observation: &[f32], features: &mut [f32]);

    /// Writes the features `[B · len]` of observations `[B · components]`, one row after another.
    fn encode_all(&self, observations: &[f32], components: usize, features: &mut [f32]) {
        let rows = features.chunks_exact_mut(self.len());
        observations.chunks_exact(components).zip(rows).for_each(|(from, to)| self.encode(from, to));
    }

    /// Weights `[len]` with which the sum of the features is 1 everywhere, where there are such. A linear function of
    /// such features gets no bias: it would be a second weight for the same thing.
    fn constant_one(&self) -> Option<Vec<f32>> {
        None
    }

    /// By what the learning rate of each feature's weights is multiplied, `[len]`, where the map asks for that.
    fn learning_rate_factors(&self) -> Option<&[f32]> {
        None
    }

    /// The numbers of the fitted map with which another program can compute the features. By default none.
    fn constants(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

/// A map φ of which a fixed number of features are 1 and all others 0, fitted to an observation space: a layer adds up
/// a few rows of its weights instead of multiplying all of them.
#[allow(clippy::len_without_is_empty)] // there is always at least one
pub trait SparseMap: Debug + Send + Sync {
    /// How many features there are, at least one.
    fn len(&self) -> usize;

    /// How many features are active for any observation, 1 to [`MAX_ACTIVE`].
    fn active(&self) -> usize;

    /// Writes the numbers of the active features to `active`, which is [`SparseMap::active`] long. Where one of them
    /// stands there several times, as with hashed tiles, the feature is that number and not 1.
    fn encode_active(&self, observation: &[f32], active: &mut [u32]);

    /// Writes the active features `[B · active]` of observations `[B · components]`, one row after another.
    fn encode_active_all(&self, observations: &[f32], components: usize, active: &mut [u32]) {
        let rows = active.chunks_exact_mut(self.active());
        observations.chunks_exact(components).zip(rows).for_each(|(from, to)| self.encode_active(from, to));
    }

    /// The numbers of the fitted map with which another program can compute the features. By default none.
    fn constants(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

/// The most features that a sparse map may have active, so that a buffer for their numbers fits on the stack.
pub const MAX_ACTIVE: usize = 1024;

/// The fields of a fitted map as JSON.
pub(super) fn constants(map: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(map).expect("a fitted map is plain numbers and names")
}

/// A feature map fitted to an observation space. Copies share it.
#[derive(Clone, Debug)]
pub struct FeatureMap {
    map: Map,
    len: usize,
}

#[derive(Clone, Debug)]
enum Map {
    Dense(Arc<dyn DenseMap>),
    Sparse { map: Arc<dyn SparseMap>, active: usize },
}

impl FeatureMap {
    /// Fits the map of a config to a space.
    ///
    /// # Errors
    /// Those of [`FeatureSettings::fit`](super::FeatureSettings::fit), under keys that start with the map's name.
    pub fn new(config: &FeatureConfig, space: &Space) -> Result<FeatureMap, InvalidValue> {
        config.fit(space).map_err(|invalid| invalid.within(config.id()))
    }

    /// A fitted dense map.
    pub fn dense(map: impl DenseMap + 'static) -> FeatureMap {
        FeatureMap { len: map.len(), map: Map::Dense(Arc::new(map)) }
    }

    /// A fitted sparse map.
    ///
    /// # Panics
    /// If it has no active feature, or more than [`MAX_ACTIVE`].
    pub fn sparse(map: impl SparseMap + 'static) -> FeatureMap {
        let active = map.active();
        assert!((1..=MAX_ACTIVE).contains(&active), "a sparse map has 1 to {MAX_ACTIVE} active features, not {active}");
        FeatureMap { len: map.len(), map: Map::Sparse { map: Arc::new(map), active } }
    }

    /// How many features there are.
    #[allow(clippy::len_without_is_empty)] // there is always at least one
    pub fn len(&self) -> usize {
        self.len
    }

    /// How many features of a sparse map are active for any observation: those are 1 and all others 0. `None` for a
    /// dense map.
    #[inline]
    pub fn active(&self) -> Option<usize> {
        match self.map {
            Map::Dense(_) => None,
            Map::Sparse { active, .. } => Some(active),
        }
    }

    /// Writes φ(`observation`) to `features`, which is [`FeatureMap::len`] long.
    pub fn encode(&self, observation: &[f32], features: &mut [f32]) {
        match &self.map {
            Map::Dense(map) => map.encode(observation, features),
            Map::Sparse { map, active } => encode_sparse(&**map, *active, observation, features),
        }
    }

    /// Writes the features `[B · len]` of observations `[B · components]`, one row after another.
    pub fn encode_all(&self, observations: &[f32], components: usize, features: &mut [f32]) {
        match &self.map {
            Map::Dense(map) => map.encode_all(observations, components, features),
            Map::Sparse { map, active } => {
                let rows = observations.chunks_exact(components).zip(features.chunks_exact_mut(self.len));
                rows.for_each(|(from, to)| encode_sparse(&**map, *active, from, to));
            }
        }
    }

    /// The features of `batch` observations in a new vector.
    pub fn encode_batch(&self, observations: &[f32], batch: usize) -> Vec<f32> {
        let mut features = vec![0.0; batch * self.len];
        self.encode_all(observations, observations.len() / batch, &mut features);
        features
    }

    /// Writes the numbers of the active features to `active`, which is [`FeatureMap::active`] long.
    ///
    /// # Panics
    /// If the map is dense.
    pub fn encode_active(&self, observation: &[f32], active: &mut [u32]) {
        self.encode_active_all(observation, observation.len(), active);
    }

    /// Writes the active features `[B · active]` of observations `[B · components]`, one row after another.
    ///
    /// # Panics
    /// If the map is dense.
    #[inline]
    pub fn encode_active_all(&self, observations: &[f32], components: usize, active: &mut [u32]) {
        match &self.map {
            Map::Sparse { map, .. } => map.encode_active_all(observations, components, active),
            Map::Dense(map) => panic!("a dense map has no active features: {map:?}"),
        }
    }

    /// Whether a weighted sum of the features can be any constant, so that a bias would be a second weight for the same
    /// thing.
    pub fn spans_constants(&self) -> bool {
        match &self.map {
            Map::Dense(map) => map.constant_one().is_some(),
            Map::Sparse { .. } => true, // as many are active everywhere
        }
    }

    /// Weights `[len]` with which the sum of the features is 1 everywhere, where there are such.
    pub fn constant_one(&self) -> Option<Vec<f32>> {
        match &self.map {
            Map::Dense(map) => map.constant_one(),
            Map::Sparse { active, .. } => Some(vec![1.0 / *active as f32; self.len]),
        }
    }

    /// By what the learning rate of each feature's weights is multiplied, `[len]`, where the map asks for that.
    pub fn learning_rate_factors(&self) -> Option<&[f32]> {
        match &self.map {
            Map::Dense(map) => map.learning_rate_factors(),
            Map::Sparse { .. } => None,
        }
    }

    /// The numbers of the fitted map with which another program can compute the features; `null` where a map has none
    /// or does not tell them.
    pub fn constants(&self) -> serde_json::Value {
        match &self.map {
            Map::Dense(map) => map.constants(),
            Map::Sparse { map, .. } => map.constants(),
        }
    }
}

/// Writes the features of a sparse map one by one.
fn encode_sparse(map: &dyn SparseMap, active: usize, observation: &[f32], features: &mut [f32]) {
    let mut numbers = [0; MAX_ACTIVE];
    let numbers = &mut numbers[..active];
    map.encode_active(observation, numbers);
    features.fill(0.0);
    numbers.iter().for_each(|&feature| features[feature as usize] += 1.0);
}
