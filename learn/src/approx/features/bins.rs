//! `bins`: state aggregation. Each component's range is cut into equal parts; what lies in one joint cell is one state.
//!
//! Sutton & Barto 2018, section 9.3.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::cells::Cells;
use super::counts::Counts;
use super::grid::count_features;
use super::ranges::Ranges;
use super::{FeatureMap, FeatureSettings};
use crate::invalid_value::InvalidValue;
use crate::registry::Part;

/// Settings of the feature map `bins`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BinsConfig {
    /// Into how many parts a component's range is cut: one number, or a list with one per component.
    pub bins: Counts,
    /// Lower end of each component's range; the observation space's where absent, and half a step below the smallest
    /// integer of a discrete component, so that as many bins as integers are the one-hot features.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<Vec<f64>>,
    /// Upper end of each component's range; where absent, chosen like `low`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<Vec<f64>>,
}

impl Default for BinsConfig {
    fn default() -> Self {
        BinsConfig { bins: Counts::All(8), low: None, high: None }
    }
}

impl Part for BinsConfig {
    const ID: &'static str = "bins";
    const SUMMARY: &'static str = "state aggregation: one feature per cell of a grid";
}

impl FeatureSettings for BinsConfig {
    /// The joint cells, row-major. Values outside a range fall into its outermost part.
    fn fit(&self, space: &Space) -> Result<FeatureMap, InvalidValue> {
        let ranges = Ranges::of_cells(&self.low, &self.high, space)?;
        let bins = self.bins.of_each(space.len(), "bins")?;
        let len = count_features(&bins, 1, "bins", "choose fewer bins, or `tiles` with a `memory`")?;
        Ok(FeatureMap::sparse(Cells::new(ranges.axes(&bins), &bins, len)))
    }
}

#[cfg(test)]
mod tests {
    use crate::approx::OneHotConfig;

    use super::*;

    fn build(bins: Counts, space: &Space) -> Result<FeatureMap, InvalidValue> {
        FeatureMap::new(&BinsConfig { bins, ..BinsConfig::default() }.into(), space)
    }

    fn number(map: &FeatureMap, observation: &[f32]) -> u32 {
        let mut active = [0];
        map.encode_active(observation, &mut active);
        active[0]
    }

    #[test]
    fn a_box_is_cut_into_equal_joint_cells() {
        // four parts of 0.5 from -1 to 1, two parts of 5 from 0 to 10
        let map = build(Counts::Each(vec![4, 2]), &Space::Box { low: vec![-1.0, 0.0], high: vec![1.0, 10.0] }).unwrap();
        assert_eq!(map.len(), 8);
        let numbers = [[-1.0, 0.0], [-0.6, 4.9], [-0.4, 5.0], [0.0, 0.0], [0.7, 9.0]].map(|at| number(&map, &at));
        assert_eq!(numbers, [0, 0, 3, 4, 7]);
    }

    #[test]
    fn values_outside_fall_into_the_outermost_cells() {
        let map = build(Counts::All(4), &Space::Box { low: vec![0.0], high: vec![1.0] }).unwrap();
        let numbers = [-7.0, 0.0, 1.0, 7.0, f32::INFINITY].map(|value| number(&map, &[value]));
        assert_eq!(numbers, [0, 0, 3, 3, 3]);
    }

    #[test]
    fn as_many_bins_as_integers_are_the_one_hot_features() {
        let space = Space::MultiDiscrete { sizes: vec![3, 7] };
        let bins = build(Counts::Each(vec![3, 7]), &space).unwrap();
        let one_hot = FeatureMap::new(&OneHotConfig {}.into(), &space).unwrap();
        for state in 0..21 {
            let observation = [(state / 7) as f32, (state % 7) as f32];
            assert_eq!(bins.encode_batch(&observation, 1), one_hot.encode_batch(&observation, 1));
        }
    }

    #[test]
    fn fewer_bins_than_integers_hold_neighbours_together() {
        let map = build(Counts::All(2), &Space::Discrete { n: 4 }).unwrap();
        assert_eq!([0.0, 1.0, 2.0, 3.0].map(|value| number(&map, &[value])), [0, 0, 1, 1]);
    }

    #[test]
    fn too_many_cells_are_refused_with_their_number() {
        let space = Space::Box { low: vec![0.0; 4], high: vec![1.0; 4] };
        let error = build(Counts::All(1000), &space).unwrap_err();
        assert!(error.to_string().starts_with("bins.bins: 1000000000000 features"), "{error}");
        assert_eq!(build(Counts::Each(vec![8, 8, 0, 8]), &space).unwrap_err().key, "bins.bins.2");
        assert_eq!(build(Counts::Each(vec![8]), &space).unwrap_err().key, "bins.bins");
    }
}
