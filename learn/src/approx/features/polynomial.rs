//! `polynomial`: all products of the components' powers up to an order.
//!
//! Sutton & Barto 2018, section 9.5.1: φ_c(x) = Π xᵢ^cᵢ for c in {0, …, order}ᵈ. Here x is scaled to [−1, 1]ᵈ first, so
//! that no power outgrows the others. A value outside its range counts as the range's nearest end.

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

/// Settings of the feature map `polynomial`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PolynomialConfig {
    /// The largest power of each component; (order + 1)ᵈ features, where d components can vary.
    #[schemars(range(min = 1, max = 16_777_216))]
    pub order: usize,
    /// Lower end of each component's range; the observation space's where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<Vec<f64>>,
    /// Upper end of each component's range; the observation space's where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<Vec<f64>>,
}

impl Default for PolynomialConfig {
    fn default() -> Self {
        PolynomialConfig { order: 2, low: None, high: None }
    }
}

impl Part for PolynomialConfig {
    const ID: &'static str = "polynomial";
    const SUMMARY: &'static str = "products of powers up to an order";
}

impl FeatureSettings for PolynomialConfig {
    fn fit(&self, space: &Space) -> Result<FeatureMap, InvalidValue> {
        Polynomial::new(self, space).map(FeatureMap::dense)
    }
}

/// The products, row-major by power.
#[derive(Clone, Debug, Serialize)]
struct Polynomial {
    /// The range as 0 to 2, one above the scaled component.
    axes: Vec<ComponentScale>,
    /// How many powers each component has.
    powers: Vec<u32>,
    len: usize,
}

impl Polynomial {
    fn new(config: &PolynomialConfig, space: &Space) -> Result<Polynomial, InvalidValue> {
        let ranges = Ranges::new(&config.low, &config.high, space)?;
        let axes = ranges.axes(&vec![2; space.len()]);
        let powers = ranges.one_where_constant(vec![count(config.order, "order")? + 1; space.len()]);
        let len = count_features(&powers, 1, "order", "choose a lower order")?;
        Ok(Polynomial { axes, powers, len })
    }
}

impl DenseMap for Polynomial {
    fn constants(&self) -> serde_json::Value {
        constants(self)
    }

    fn len(&self) -> usize {
        self.len
    }

    fn encode(&self, observation: &[f32], features: &mut [f32]) {
        fill(
            features,
            &self.powers,
            1.0,
            |a, b| a * b,
            |component, power| (self.axes[component].position(observation[component]) - 1.0).powi(power as i32),
        );
    }

    /// The first feature is 1.
    fn constant_one(&self) -> Option<Vec<f32>> {
        Some(first_alone(self.len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(order: usize, components: usize) -> Result<Polynomial, InvalidValue> {
        let space = Space::Box { low: vec![0.0; components], high: vec![4.0; components] };
        Polynomial::new(&PolynomialConfig { order, ..PolynomialConfig::default() }, &space)
    }

    fn encode(order: usize, observation: &[f32]) -> Vec<f32> {
        let map = build(order, observation.len()).unwrap();
        let mut features = vec![f32::NAN; map.len()];
        map.encode(observation, &mut features);
        features
    }

    #[test]
    fn features_are_powers_of_the_scaled_component() {
        assert_eq!(encode(3, &[3.0]), [1.0, 0.5, 0.25, 0.125]);
        assert_eq!(encode(3, &[0.0]), [1.0, -1.0, 1.0, -1.0]);
        assert_eq!(encode(3, &[-8.0]), [1.0, -1.0, 1.0, -1.0]); // as at 0
    }

    #[test]
    fn all_products_of_powers_are_there() {
        // x = 1/2 and y = -1/2: 1, y, y², then x times these, then x² times these
        let expected = [1.0, -0.5, 0.25, 0.5, -0.25, 0.125, 0.25, -0.125, 0.0625];
        assert_eq!(encode(2, &[3.0, 1.0]), expected);
        assert_eq!(encode(2, &[2.0, 2.0]), [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn an_order_out_of_reach_is_refused() {
        assert_eq!(build(0, 2).unwrap_err().key, "order");
        let error = build(9, 10).unwrap_err();
        assert!(error.to_string().starts_with("order: 10000000000 features"), "{error}");
    }
}
