//! `fourier`: cosines of all whole frequencies up to an order.
//!
//! Konidaris, Osentoski & Thomas 2011, "Value Function Approximation in Reinforcement Learning Using the Fourier
//! Basis"; Sutton & Barto 2018, section 9.5.2: φ_c(x) = cos(π c·x) for c in {0, …, order}ᵈ, x scaled to [0, 1]ᵈ. A
//! value outside its range counts as the range's nearest end.

use std::f32::consts::PI;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::counts::count;
use super::feature_map::constants;
use super::grid::{count_features, fill, first_alone};
use super::ranges::{ComponentScale, Ranges};
use super::{DenseMap, FeatureMap, FeatureSettings};
use crate::invalid_value::InvalidValue;
use crate::registry::Part;

/// Settings of the feature map `fourier`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FourierConfig {
    /// The largest frequency along each component; (order + 1)ᵈ features, where d components can vary.
    #[schemars(range(min = 1, max = 16_777_216))]
    pub order: usize,
    /// Whether a feature's weights learn with the learning rate divided by ‖c‖₂, as the paper recommends.
    pub scale_learning_rate: bool,
    /// Lower end of each component's range; the observation space's where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<Vec<f64>>,
    /// Upper end of each component's range; the observation space's where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<Vec<f64>>,
}

impl Default for FourierConfig {
    fn default() -> Self {
        FourierConfig { order: 3, scale_learning_rate: false, low: None, high: None }
    }
}

impl Part for FourierConfig {
    const ID: &'static str = "fourier";
    const SUMMARY: &'static str = "cosines of all whole frequencies up to an order";
}

impl FeatureSettings for FourierConfig {
    fn fit(&self, space: &Space) -> Result<FeatureMap, InvalidValue> {
        Fourier::new(self, space).map(FeatureMap::dense)
    }
}

/// The cosines, row-major by frequency.
#[derive(Clone, Debug, Serialize)]
struct Fourier {
    /// The range as 0 to 1.
    axes: Vec<ComponentScale>,
    /// How many frequencies each component has.
    frequencies: Vec<u32>,
    #[serde(skip)]
    learning_rate_factors: Option<Vec<f32>>,
    len: usize,
}

impl Fourier {
    fn new(config: &FourierConfig, space: &Space) -> Result<Fourier, InvalidValue> {
        let ranges = Ranges::new(&config.low, &config.high, space)?;
        let axes = ranges.axes(&vec![1; space.len()]);
        let frequencies = ranges.one_where_constant(vec![count(config.order, "order")? + 1; space.len()]);
        let len = count_features(&frequencies, 1, "order", "choose a lower order")?;
        let learning_rate_factors = config.scale_learning_rate.then(|| factors(&frequencies, len));
        Ok(Fourier { axes, frequencies, learning_rate_factors, len })
    }
}

impl DenseMap for Fourier {
    fn constants(&self) -> serde_json::Value {
        constants(self)
    }

    fn len(&self) -> usize {
        self.len
    }

    /// The first feature is 1.
    fn constant_one(&self) -> Option<Vec<f32>> {
        Some(first_alone(self.len))
    }

    /// 1 / ‖c‖₂ of each feature, and 1 for c = 0; only where the config asks for it.
    fn learning_rate_factors(&self) -> Option<&[f32]> {
        self.learning_rate_factors.as_deref()
    }

    fn encode(&self, observation: &[f32], features: &mut [f32]) {
        fill(
            features,
            &self.frequencies,
            0.0,
            |a, b| a + b,
            |component, frequency| PI * frequency as f32 * self.axes[component].position(observation[component]),
        );
        features.iter_mut().for_each(|feature| *feature = feature.cos());
    }
}

fn factors(frequencies: &[u32], len: usize) -> Vec<f32> {
    let mut factors = vec![0.0; len];
    fill(&mut factors, frequencies, 0.0, |a, b| a + b, |_, frequency| frequency as f32 * frequency as f32);
    factors.iter_mut().for_each(|squared| *squared = if *squared == 0.0 { 1.0 } else { 1.0 / squared.sqrt() });
    factors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(order: usize, scale_learning_rate: bool) -> Fourier {
        let space = Space::Box { low: vec![0.0, -2.0], high: vec![1.0, 2.0] };
        Fourier::new(&FourierConfig { order, scale_learning_rate, ..FourierConfig::default() }, &space).unwrap()
    }

    fn encode(observation: &[f32]) -> Vec<f32> {
        let mut features = vec![f32::NAN; 9];
        build(2, false).encode(observation, &mut features);
        features
    }

    fn assert_near(features: &[f32], expected: [f32; 9]) {
        assert!(features.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{features:?}");
    }

    #[test]
    fn features_are_cosines_of_joint_frequencies() {
        // x = (1/2, 1/4): the frequencies (c, 0), (c, 1), (c, 2) give cos of π (c/2 + 0, 1/4, 1/2)
        let half = std::f32::consts::FRAC_1_SQRT_2;
        assert_near(&encode(&[0.5, -1.0]), [1.0, half, 0.0, 0.0, -half, -1.0, -1.0, -half, 0.0]);
    }

    #[test]
    fn at_the_lower_ends_and_below_all_cosines_are_one() {
        assert_near(&encode(&[0.0, -2.0]), [1.0; 9]);
        assert_near(&encode(&[-5.0, -5.0]), [1.0; 9]);
        assert_near(&encode(&[9.0, -2.0]), [1.0, 1.0, 1.0, -1.0, -1.0, -1.0, 1.0, 1.0, 1.0]); // as at (1, -2)
    }

    #[test]
    fn learning_rates_are_divided_by_the_length_of_the_frequency() {
        assert_eq!(build(2, false).learning_rate_factors(), None);
        let [two, five, eight] = [2.0, 5.0, 8.0].map(|squared: f32| 1.0 / squared.sqrt());
        let expected = [1.0, 1.0, 0.5, 1.0, two, five, 0.5, five, eight];
        assert_eq!(build(2, true).learning_rate_factors(), Some(expected.as_slice()));
    }

    #[test]
    fn an_order_out_of_reach_is_refused() {
        let space = Space::Box { low: vec![0.0; 8], high: vec![1.0; 8] };
        let error = |order| Fourier::new(&FourierConfig { order, ..FourierConfig::default() }, &space).unwrap_err();
        assert_eq!(error(0).key, "order");
        assert!(error(99).to_string().starts_with("order: 1.0e16 features"), "{}", error(99));
        assert_eq!(error(usize::MAX).key, "order");
    }
}
