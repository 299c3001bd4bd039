//! `scaled`: the observation, each component's range mapped to [−1, 1].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::feature_map::constants;
use super::ranges::Ranges;
use super::{DenseMap, FeatureMap, FeatureSettings};
use crate::invalid_value::InvalidValue;
use crate::registry::Part;

/// Settings of the feature map `scaled`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScaledConfig {
    /// Lower end of each component's range; the observation space's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<Vec<f64>>,
    /// Upper end of each component's range; the observation space's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<Vec<f64>>,
}

impl Part for ScaledConfig {
    const ID: &'static str = "scaled";
    const SUMMARY: &'static str = "each component scaled linearly, its range to [−1, 1]";
}

impl FeatureSettings for ScaledConfig {
    fn fit(&self, space: &Space) -> Result<FeatureMap, InvalidValue> {
        let Ranges { low, high, .. } = Ranges::new(&self.low, &self.high, space)?;
        Ok(FeatureMap::dense(Scaled {
            centre: low.iter().zip(&high).map(|(low, high)| (0.5 * (low + high)) as f32).collect(),
            factor: low.iter().zip(&high).map(|(low, high)| (2.0 / (high - low)) as f32).collect(),
        }))
    }

    fn keeps_shape(&self) -> bool {
        true
    }
}

/// φᵢ(x) = (xᵢ − centreᵢ) · factorᵢ. A value outside its range stays outside [−1, 1]. A component that cannot vary is
/// 0.
#[derive(Clone, Debug, Serialize)]
struct Scaled {
    centre: Vec<f32>,
    factor: Vec<f32>,
}

impl DenseMap for Scaled {
    fn constants(&self) -> serde_json::Value {
        constants(self)
    }

    /// One feature per component.
    fn len(&self) -> usize {
        self.centre.len()
    }

    fn encode(&self, observation: &[f32], features: &mut [f32]) {
        for (component, feature) in features.iter_mut().enumerate() {
            *feature = (observation[component] - self.centre[component]) * self.factor[component];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(low: Option<Vec<f64>>, high: Option<Vec<f64>>) -> Result<FeatureMap, InvalidValue> {
        let space = Space::Box { low: vec![-2.0, 0.0], high: vec![2.0, f32::INFINITY] };
        FeatureMap::new(&ScaledConfig { low, high }.into(), &space)
    }

    #[test]
    fn each_range_becomes_minus_one_to_one() {
        let map = build(None, Some(vec![2.0, 10.0])).unwrap();
        assert_eq!(map.encode_batch(&[-2.0, 0.0, 2.0, 10.0, 0.0, 7.5], 3), [-1.0, -1.0, 1.0, 1.0, 0.0, 0.5]);
        assert_eq!(map.encode_batch(&[4.0, 20.0], 1), [2.0, 3.0]); // nothing is cut off
    }

    #[test]
    fn bytes_become_minus_one_to_one() {
        let image = Space::Image { shape: [1, 1, 3] };
        let map = FeatureMap::new(&ScaledConfig::default().into(), &image).unwrap();
        assert_eq!(map.encode_batch(&[0.0, 255.0, 51.0], 1), [-1.0, 1.0, -0.6]);
        let board = Space::MultiBinary { shape: vec![2] };
        let map = FeatureMap::new(&ScaledConfig::default().into(), &board).unwrap();
        assert_eq!(map.encode_batch(&[0.0, 1.0], 1), [-1.0, 1.0]);
    }

    #[test]
    fn a_component_that_cannot_vary_is_zero() {
        let map = |space| FeatureMap::new(&ScaledConfig::default().into(), &space).unwrap();
        let row = map(Space::MultiDiscrete { sizes: vec![1, 5] });
        assert_eq!(row.encode_batch(&[0.0, 0.0, 0.0, 3.0], 2), [0.0, -1.0, 0.0, 0.5]);
        let column = map(Space::MultiDiscrete { sizes: vec![5, 1] });
        assert_eq!(column.encode_batch(&[4.0, 0.0], 1), [1.0, 0.0]);
    }

    #[test]
    fn ranges_are_asked_for_where_the_space_is_infinite() {
        let error = build(None, None).unwrap_err();
        assert!(error.message.contains("component 1") && error.message.contains("`low` and `high`"), "{error}");
    }

    #[test]
    fn ranges_of_the_wrong_length_or_without_extent_are_refused() {
        assert_eq!(build(Some(vec![0.0]), None).unwrap_err().key, "scaled.low");
        assert!(build(None, Some(vec![-2.0, 1.0])).unwrap_err().message.contains("empty"));
    }
}
