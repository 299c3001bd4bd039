//! Feature maps φ: what an approximator sees of an observation. Pure functions over slices, no burn.
//!
//! A new map is one variant of [`FeatureConfig`], one of [`FeatureMap`], and a line in each `match` below.

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use crate::invalid::{Invalid, require};

/// The choice of a feature map: a name, such as `"identity"`, or a table with one key, such as
/// `{ scaled = { low = [-1.0], high = [1.0] } }`. A name alone stands for its table without settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureConfig {
    /// The observation as it is.
    Identity {},
    /// Each component scaled linearly, its range to [−1, 1].
    Scaled(ScaledConfig),
}

/// Settings of [`FeatureConfig::Scaled`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScaledConfig {
    /// Lower end of each component's range; the observation space's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<Vec<f64>>,
    /// Upper end of each component's range; the observation space's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<Vec<f64>>,
}

impl Default for FeatureConfig {
    fn default() -> Self {
        FeatureConfig::Identity {}
    }
}

impl FeatureConfig {
    /// The map's name in a config file.
    pub fn name(&self) -> &'static str {
        match self {
            FeatureConfig::Identity {} => "identity",
            FeatureConfig::Scaled(_) => "scaled",
        }
    }
}

/// A feature map fitted to an observation space.
#[derive(Clone, Debug, PartialEq)]
pub enum FeatureMap {
    /// φ(x) = x.
    Identity {
        /// Components of an observation.
        components: usize,
    },
    /// φᵢ(x) = (xᵢ − centreᵢ) · factorᵢ.
    Scaled {
        /// Middle of each range.
        centre: Vec<f32>,
        /// 2 / (high − low) of each range.
        factor: Vec<f32>,
    },
}

impl FeatureMap {
    /// Fits the map to a space.
    ///
    /// # Errors
    /// If given ranges have the wrong length or are empty, or the space has no finite range where one is needed.
    pub fn new(config: &FeatureConfig, space: &Space) -> Result<FeatureMap, Invalid> {
        match config {
            FeatureConfig::Identity {} => Ok(FeatureMap::Identity { components: space.len() }),
            FeatureConfig::Scaled(config) => scaled(config, space).map_err(|e| e.within("scaled")),
        }
    }

    /// How many features there are.
    #[allow(clippy::len_without_is_empty)] // there is always at least one
    pub fn len(&self) -> usize {
        match self {
            FeatureMap::Identity { components } => *components,
            FeatureMap::Scaled { centre, .. } => centre.len(),
        }
    }

    /// Writes φ(`observation`) to `features`, which is [`FeatureMap::len`] long.
    pub fn encode(&self, observation: &[f32], features: &mut [f32]) {
        match self {
            FeatureMap::Identity { .. } => features.copy_from_slice(observation),
            FeatureMap::Scaled { centre, factor } => {
                for (component, feature) in features.iter_mut().enumerate() {
                    *feature = (observation[component] - centre[component]) * factor[component];
                }
            }
        }
    }

    /// The features of a batch of observations that lie one after another: `[B · components]` to `[B · len]`.
    pub fn encode_batch(&self, observations: &[f32], batch: usize) -> Vec<f32> {
        let components = observations.len() / batch;
        let mut features = vec![0.0; batch * self.len()];
        let rows = features.chunks_exact_mut(self.len());
        observations.chunks_exact(components).zip(rows).for_each(|(from, to)| self.encode(from, to));
        features
    }
}

fn scaled(config: &ScaledConfig, space: &Space) -> Result<FeatureMap, Invalid> {
    let bounds = |given: &Option<Vec<f64>>, key: &str, of_space: fn((f32, f32)) -> f32| -> Result<Vec<f64>, Invalid> {
        let Some(given) = given else {
            return Ok((0..space.len()).map(|component| f64::from(of_space(space.bounds(component)))).collect());
        };
        require(given.len() == space.len(), key, || {
            format!("has {} numbers, but an observation has {}", given.len(), space.len())
        })?;
        Ok(given.clone())
    };
    let low = bounds(&config.low, "low", |(low, _)| low)?;
    let high = bounds(&config.high, "high", |(_, high)| high)?;
    for (component, (low, high)) in low.iter().zip(&high).enumerate() {
        require(low.is_finite() && high.is_finite(), "", || {
            format!(
                "component {component} of the observation has no finite range ({low} to {high}): give `low` and `high`, \
                 one number per component"
            )
        })?;
        require(low < high && ((2.0 / (high - low)) as f32).is_finite(), "", || {
            format!("the range of component {component} is empty: {low} to {high}")
        })?;
    }
    Ok(FeatureMap::Scaled {
        centre: low.iter().zip(&high).map(|(low, high)| (0.5 * (low + high)) as f32).collect(),
        factor: low.iter().zip(&high).map(|(low, high)| (2.0 / (high - low)) as f32).collect(),
    })
}

/// The table form, which serde derives; the name form is turned into it.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", remote = "FeatureConfig")]
enum Tagged {
    Identity {},
    Scaled(ScaledConfig),
}

impl<'de> Deserialize<'de> for FeatureConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrTable;

        impl<'de> Visitor<'de> for NameOrTable {
            type Value = FeatureConfig;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the name of a feature map, or a table with that one key")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<FeatureConfig, E> {
                let table = toml::Table::from_iter([(name.to_owned(), toml::Table::new().into())]);
                Tagged::deserialize(table).map_err(|error| E::custom(error.message()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FeatureConfig, A::Error> {
                Tagged::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer.deserialize_any(NameOrTable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Slot {
        features: FeatureConfig,
    }

    fn parse(text: &str) -> Result<FeatureConfig, String> {
        toml::from_str::<Slot>(text).map(|slot| slot.features).map_err(|error| error.message().to_owned())
    }

    fn unit_box() -> Space {
        Space::Box { low: vec![-2.0, 0.0], high: vec![2.0, f32::INFINITY] }
    }

    #[test]
    fn a_name_stands_for_its_table_without_settings() {
        assert_eq!(parse("features = 'identity'"), Ok(FeatureConfig::Identity {}));
        assert_eq!(parse("features = 'scaled'"), Ok(FeatureConfig::Scaled(ScaledConfig::default())));
        assert_eq!(parse("features = { scaled = {} }"), parse("features = 'scaled'"));
        assert!(parse("features = 'scald'").unwrap_err().contains("expected `identity` or `scaled`"));
        assert!(parse("features = { scaled = { lo = [1.0] } }").is_err());
    }

    #[test]
    fn what_is_written_reads_back() {
        for text in ["'identity'", "{ scaled = { low = [-1.0], high = [1.0] } }"] {
            let config = parse(&format!("features = {text}")).unwrap();
            let written = toml::to_string(&toml::Table::from_iter([(
                "features".to_owned(),
                toml::Value::try_from(&config).unwrap(),
            )]));
            assert_eq!(parse(&written.unwrap()), Ok(config));
        }
    }

    #[test]
    fn scaled_maps_each_range_to_minus_one_and_one() {
        let config = ScaledConfig { low: None, high: Some(vec![2.0, 10.0]) };
        let map = FeatureMap::new(&FeatureConfig::Scaled(config), &unit_box()).unwrap();
        assert_eq!(map.encode_batch(&[-2.0, 0.0, 2.0, 10.0, 0.0, 7.5], 3), [-1.0, -1.0, 1.0, 1.0, 0.0, 0.5]);
    }

    #[test]
    fn scaled_asks_for_ranges_where_the_space_is_infinite() {
        let error = FeatureMap::new(&FeatureConfig::Scaled(ScaledConfig::default()), &unit_box()).unwrap_err();
        assert!(error.message.contains("component 1") && error.message.contains("`low` and `high`"), "{error}");
    }

    #[test]
    fn scaled_refuses_ranges_of_the_wrong_length_or_without_extent() {
        let build = |low, high| FeatureMap::new(&FeatureConfig::Scaled(ScaledConfig { low, high }), &unit_box());
        assert_eq!(build(Some(vec![0.0]), None).unwrap_err().key, "scaled.low");
        assert!(build(None, Some(vec![-2.0, 1.0])).unwrap_err().message.contains("empty"));
    }
}
