//! A feature map of your own: hat functions along each component, the linear interpolation between knots. A linear
//! function of them is piecewise linear in each component (for Ṽ: Munos & Moore 1998, "Barycentric interpolators").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde::approx::{DenseMap, FeatureMap, FeatureSettings};
use tilde::envs::Space;
use tilde::invalid_value::{InvalidValue, require};
use tilde::registry::Part;

/// In a config: `features = "hats"`, or `features = { hats = { knots = 9 } }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HatsConfig {
    /// How many hats there are along each component, the first and the last at the ends of its range.
    pub knots: usize,
}

impl Default for HatsConfig {
    fn default() -> Self {
        HatsConfig { knots: 5 }
    }
}

impl Part for HatsConfig {
    const ID: &'static str = "hats";
    const SUMMARY: &'static str = "hat functions along each component";
}

impl FeatureSettings for HatsConfig {
    fn fit(&self, space: &Space) -> Result<FeatureMap, InvalidValue> {
        require((2..=1000).contains(&self.knots), "knots", || {
            format!("must lie between 2 and 1000, not at {}", self.knots)
        })?;
        let ranges: Vec<(f32, f32)> = (0..space.len()).map(|component| space.bounds(component)).collect();
        let is_finite = ranges.iter().all(|(low, high)| low < high && (high - low).is_finite());
        require(is_finite, "", || format!("needs a finite range for each component, but observations lie in {space}"))?;
        Ok(FeatureMap::dense(Hats { knots: self.knots, ranges }))
    }
}

#[derive(Debug)]
struct Hats {
    knots: usize,
    ranges: Vec<(f32, f32)>,
}

impl DenseMap for Hats {
    fn len(&self) -> usize {
        self.knots * self.ranges.len()
    }

    fn encode(&self, observation: &[f32], features: &mut [f32]) {
        let components = observation.iter().zip(&self.ranges).zip(features.chunks_exact_mut(self.knots));
        for ((x, (low, high)), hats) in components {
            let position = ((x - low) / (high - low)).clamp(0.0, 1.0) * (self.knots - 1) as f32;
            (0..).zip(hats).for_each(|(knot, hat)| *hat = (1.0 - (position - knot as f32).abs()).max(0.0));
        }
    }
}
