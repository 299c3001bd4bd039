//! `rbf`: radial basis functions, Gaussian bumps on a grid of centres.
//!
//! Sutton & Barto 2018, section 9.5.5: φ(x) = exp(−‖x − c‖² / 2σ²), with distances in units of the distance between
//! centres along each component. A value outside its range counts as the range's nearest end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::counts::Counts;
use super::feature_map::constants;
use super::grid::{count_features, fill};
use super::ranges::{ComponentScale, Ranges};
use super::{DenseMap, FeatureMap, FeatureSettings};
use crate::invalid_value::{InvalidValue, require};
use crate::registry::Part;

/// Settings of the feature map `rbf`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RbfConfig {
    /// How many centres lie along a component, from one end of its range to the other: one number, or a list with one
    /// per component. A single centre lies in the middle; a component that cannot vary has one, at its value.
    pub centres: Counts,
    /// The bumps' standard deviation σ, in units of the distance between centres; of the whole range for a single
    /// centre.
    #[schemars(range(min = 1e-6, max = 1e6))]
    pub width: f64,
    /// Whether the features are divided by their sum.
    pub normalized: bool,
    /// Lower end of each component's range; the observation space's where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<Vec<f64>>,
    /// Upper end of each component's range; the observation space's where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<Vec<f64>>,
}

impl Default for RbfConfig {
    fn default() -> Self {
        RbfConfig { centres: Counts::All(5), width: 1.0, normalized: false, low: None, high: None }
    }
}

impl Part for RbfConfig {
    const ID: &'static str = "rbf";
    const SUMMARY: &'static str = "Gaussian bumps on a grid of centres";
}

impl FeatureSettings for RbfConfig {
    fn fit(&self, space: &Space) -> Result<FeatureMap, InvalidValue> {
        Rbf::new(self, space).map(FeatureMap::dense)
    }
}

/// The bumps, row-major by centre.
#[derive(Clone, Debug, Serialize)]
struct Rbf {
    /// In distances between centres: centre j lies at j.
    axes: Vec<ComponentScale>,
    centres: Vec<u32>,
    width: f32,
    normalized: bool,
    len: usize,
}

impl Rbf {
    fn new(config: &RbfConfig, space: &Space) -> Result<Rbf, InvalidValue> {
        let ranges = Ranges::new(&config.low, &config.high, space)?;
        let centres = ranges.one_where_constant(config.centres.of_each(space.len(), "centres")?);
        require((1e-6..=1e6).contains(&config.width), "width", || {
            format!("must lie between 0.000001 and 1000000 distances between centres, not at {}", config.width)
        })?;
        let len = count_features(&centres, 1, "centres", "choose fewer centres")?;
        let distances: Vec<u32> = centres.iter().map(|centres| (centres - 1).max(1)).collect();
        let axes = ranges.axes(&distances);
        Ok(Rbf { axes, centres, width: config.width as f32, normalized: config.normalized, len })
    }

    /// exp(−δ² / 2σ²) at a distance δ from the centre. When normalized, the δ² of the nearest
    /// centre is subtracted first. The division by the sum cancels that factor; without it, narrow bumps would all be 0
    /// between two centres.
    #[inline]
    fn bump(&self, component: usize, centre: u32, value: f32) -> f32 {
        let position = self.axes[component].position(value);
        let squared = |centre: u32| {
            let distance = (position - self.place(component, centre)) / self.width;
            distance * distance
        };
        let nearest = || squared(((position + 0.5) as u32).min(self.centres[component] - 1));
        let least = if self.normalized { nearest() } else { 0.0 };
        (-0.5 * (squared(centre) - least)).exp()
    }

    #[inline]
    fn place(&self, component: usize, centre: u32) -> f32 {
        if self.centres[component] == 1 { 0.5 } else { centre as f32 }
    }

    fn sum(&self, observation: &[f32]) -> f32 {
        let of_component = |(component, &value): (usize, &f32)| -> f32 {
            (0..self.centres[component]).map(|centre| self.bump(component, centre, value)).sum()
        };
        observation.iter().enumerate().map(of_component).product()
    }
}

impl DenseMap for Rbf {
    fn constants(&self) -> serde_json::Value {
        constants(self)
    }

    fn len(&self) -> usize {
        self.len
    }

    /// A Gaussian is the product of its components' Gaussians, so that only these are computed; and the sum over a grid
    /// of products is the product of the components' sums.
    fn encode(&self, observation: &[f32], features: &mut [f32]) {
        let first = if self.normalized { 1.0 / self.sum(observation) } else { 1.0 };
        fill(
            features,
            &self.centres,
            first,
            |a, b| a * b,
            |component, centre| self.bump(component, centre, observation[component]),
        );
    }

    /// Normalized features sum to one everywhere.
    fn constant_one(&self) -> Option<Vec<f32>> {
        self.normalized.then(|| vec![1.0; self.len])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(config: &RbfConfig, observation: &[f32]) -> Vec<f32> {
        let ends = (vec![0.0; observation.len()], vec![4.0; observation.len()]);
        let rbf = Rbf::new(config, &Space::Box { low: ends.0, high: ends.1 }).unwrap();
        let mut features = vec![f32::NAN; rbf.len()];
        rbf.encode(observation, &mut features);
        features
    }

    fn assert_near(features: &[f32], expected: &[f32]) {
        let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-6;
        assert!(features.len() == expected.len() && features.iter().zip(expected).all(near), "{features:?}");
    }

    const AT_ONE: f32 = 0.606_530_66; // exp(-1/2)
    const AT_TWO: f32 = 0.135_335_28; // exp(-2)

    #[test]
    fn centres_lie_from_one_end_to_the_other() {
        let config = RbfConfig { centres: Counts::All(3), ..RbfConfig::default() }; // at 0, 2 and 4
        assert_near(&encode(&config, &[0.0]), &[1.0, AT_ONE, AT_TWO]);
        assert_near(&encode(&config, &[2.0]), &[AT_ONE, 1.0, AT_ONE]);
        assert_near(&encode(&config, &[9.0]), &[AT_TWO, AT_ONE, 1.0]); // as at 4
    }

    #[test]
    fn twice_the_width_quarters_the_exponent() {
        let config = RbfConfig { centres: Counts::All(3), width: 2.0, ..RbfConfig::default() };
        assert_near(&encode(&config, &[0.0]), &[1.0, 0.882_496_9, AT_ONE]); // exp(-1/8), exp(-4/8)
    }

    #[test]
    fn a_single_centre_lies_in_the_middle_and_reaches_over_the_range() {
        let config = RbfConfig { centres: Counts::All(1), ..RbfConfig::default() };
        assert_near(&encode(&config, &[2.0]), &[1.0]);
        assert_near(&encode(&config, &[4.0]), &[0.882_496_9]); // half a range away: exp(-1/8)
    }

    #[test]
    fn along_two_components_squared_distances_add() {
        let config = RbfConfig { centres: Counts::Each(vec![2, 3]), ..RbfConfig::default() };
        let [both, far] = [(-1.0_f32).exp(), (-2.5_f32).exp()]; // 1/2 + 1/2, 1/2 + 4/2
        assert_near(&encode(&config, &[0.0, 0.0]), &[1.0, AT_ONE, AT_TWO, AT_ONE, both, far]);
    }

    #[test]
    fn normalized_features_are_shares() {
        let config = RbfConfig { centres: Counts::All(3), normalized: true, ..RbfConfig::default() };
        let sum = 1.0 + AT_ONE + AT_TWO;
        assert_near(&encode(&config, &[0.0]), &[1.0 / sum, AT_ONE / sum, AT_TWO / sum]);
        let narrow = RbfConfig { width: 1e-3, ..config };
        assert_near(&encode(&narrow, &[1.0]), &[0.5, 0.5, 0.0]); // each bump alone is exp(-125000) = 0 here
    }

    #[test]
    fn numbers_out_of_reach_are_refused() {
        let space = Space::Box { low: vec![0.0; 6], high: vec![1.0; 6] };
        let error = |config: RbfConfig| Rbf::new(&config, &space).unwrap_err();
        for width in [0.0, -1.0, f64::NAN, 1e-40] {
            assert_eq!(error(RbfConfig { width, ..RbfConfig::default() }).key, "width");
        }
        let many = error(RbfConfig { centres: Counts::All(100), ..RbfConfig::default() });
        assert!(many.to_string().starts_with("centres: 1000000000000 features"), "{many}");
    }
}
