//! Normalisation by running moments: its settings, and what brings observations to mean 0 and deviation 1.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::{Space, StateError};

use super::RunningMoments;
use crate::invalid_value::{InvalidValue, all, positive, require};

/// How numbers are normalised with their running moments.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NormalizeConfig {
    /// Normalised numbers are cut off at this distance from 0.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub clip: f64,
    /// ε, added to the variance.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub epsilon: f64,
}

impl Default for NormalizeConfig {
    /// Stable-Baselines3's.
    fn default() -> Self {
        NormalizeConfig { clip: 10.0, epsilon: 1e-8 }
    }
}

impl NormalizeConfig {
    /// Checks both ranges.
    ///
    /// # Errors
    /// If one is not positive and finite.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let single = self.clip as f32;
        let clip = require(single > 0.0 && single.is_finite(), "clip", || {
            format!("must be a positive number, not {}", self.clip)
        });
        all([clip, positive("epsilon", self.epsilon)])
    }
}

/// Normalises observations: clip((x − mean) / √(variance + ε)), component by component, with the moments of all observations that
/// it was shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalizer {
    config: NormalizeConfig,
    moments: RunningMoments,
    /// √(variance + ε).
    deviations: Vec<f64>,
}

impl Normalizer {
    /// For observations of `components` numbers, before the first one.
    pub fn new(config: NormalizeConfig, components: usize) -> Normalizer {
        let mut normalizer =
            Normalizer { config, moments: RunningMoments::new(components), deviations: vec![0.0; components] };
        normalizer.find_deviations();
        normalizer
    }

    fn find_deviations(&mut self) {
        let variances = self.moments.variance().iter();
        self.deviations
            .iter_mut()
            .zip(variances)
            .for_each(|(d, variance)| *d = (variance + self.config.epsilon).sqrt());
    }

    /// Merges a batch of observations `[B · C]` into the moments.
    pub fn update(&mut self, observations: &[f32]) {
        self.moments.update(observations);
        self.find_deviations();
    }

    /// Writes the normalised rows of a batch of observations `[B · C]` in place of `normalized`.
    pub fn normalize(&self, observations: &[f32], normalized: &mut Vec<f32>) {
        assert!(observations.len().is_multiple_of(self.deviations.len()), "whole observations");
        let clip = self.config.clip;
        normalized.clear();
        for observation in observations.chunks_exact(self.deviations.len()) {
            let components = observation.iter().zip(self.moments.mean()).zip(&self.deviations);
            let components = components.map(|((&x, mean), deviation)| (f64::from(x) - mean) / deviation);
            normalized.extend(components.map(|x| x.clamp(-clip, clip) as f32));
        }
    }

    /// Whether a component of these observations `[B · C]` is cut off.
    pub fn clips(&self, observations: &[f32]) -> bool {
        let mut normalized = Vec::new();
        self.normalize(observations, &mut normalized);
        normalized.iter().any(|&x| f64::from(x.abs()) >= f64::from(self.config.clip as f32))
    }

    /// The settings.
    pub fn config(&self) -> &NormalizeConfig {
        &self.config
    }

    /// The moments.
    pub fn moments(&self) -> &RunningMoments {
        &self.moments
    }

    /// √(variance + ε) of each component.
    pub fn deviations(&self) -> &[f64] {
        &self.deviations
    }

    /// Goes on with other moments.
    ///
    /// # Errors
    /// If they are of other observations.
    pub fn set_moments(&mut self, moments: RunningMoments) -> Result<(), StateError> {
        moments.check(self.deviations.len())?;
        self.moments = moments;
        self.find_deviations();
        Ok(())
    }
}

/// The normaliser that an agent and all of its functions share: the agent shows it observations, the functions normalise with it.
#[derive(Clone, Debug)]
pub struct SharedNormalizer {
    config: NormalizeConfig,
    normalizer: Arc<Mutex<Normalizer>>,
}

impl SharedNormalizer {
    /// For observations of `components` numbers, before the first one.
    pub fn new(config: NormalizeConfig, components: usize) -> SharedNormalizer {
        SharedNormalizer { config, normalizer: Arc::new(Mutex::new(Normalizer::new(config, components))) }
    }

    /// The normaliser, for as long as nobody else needs it.
    pub fn lock(&self) -> MutexGuard<'_, Normalizer> {
        self.normalizer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where normalised observations of this space lie.
    pub fn space(&self, space: &Space) -> Space {
        let clip = self.config.clip as f32;
        Space::Box { low: vec![-clip; space.len()], high: vec![clip; space.len()] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn observations_are_normalised_as_worked_out_by_hand() {
        let mut normalizer = Normalizer::new(NormalizeConfig { clip: 2.0, epsilon: 0.5 }, 2);
        let mut normalized = vec![9.0];
        // Mean 0 and variance 1 to begin with.
        normalizer.normalize(&[3.0, -1.0], &mut normalized);
        assert_eq!(normalized, [2.0, (-1.0 / 1.5_f64.sqrt()) as f32]);
        assert!(normalizer.clips(&[0.0, 0.0, 3.0, 0.0]) && !normalizer.clips(&[1.0, -1.0]));
        // Means 2 and 0, variances 1 and 0.
        normalizer.update(&[1.0, 0.0, 3.0, 0.0]);
        normalizer.normalize(&[3.0, 0.5, 2.0, -9.0], &mut normalized);
        let expected = [1.0 / 1.5_f32.sqrt(), 0.5 / 0.5_f32.sqrt(), 0.0, -2.0];
        assert!(normalized.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3), "{normalized:?}");
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let with = |clip, epsilon| NormalizeConfig { clip, epsilon }.check().map_err(|invalid| invalid.key);
        assert_eq!(NormalizeConfig::default().check(), Ok(()));
        assert_eq!(with(0.0, 1e-8), Err("clip".to_owned()));
        assert_eq!(with(f64::INFINITY, 1e-8), Err("clip".to_owned()));
        assert_eq!(with(10.0, 0.0), Err("epsilon".to_owned()));
    }
}
