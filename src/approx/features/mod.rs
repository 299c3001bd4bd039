//! Feature maps φ: what an approximator sees of an observation. Pure functions over slices, no burn.
//!
//! A map is dense, any numbers, or sparse: a fixed number of features are 1 and all others 0, so that a layer can add
//! up a few rows of its weights instead of multiplying all of them. Sparse maps cut the space into cells; dense ones
//! compute.
//!
//! A new map is one file, one variant of [`FeatureConfig`], of its table form and of [`FeatureMap`], and a line in each
//! `match` below. The tests at the end find it by its name.

mod bins;
mod cells;
mod counts;
mod fourier;
mod grid;
mod one_hot;
mod polynomial;
mod ranges;
mod rbf;
mod scaled;
mod tiles;

use schemars::JsonSchema;
use serde::de::Deserializer;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

pub use bins::BinsConfig;
pub use counts::Counts;
pub use fourier::FourierConfig;
pub use polynomial::PolynomialConfig;
pub use rbf::RbfConfig;
pub use scaled::ScaledConfig;
pub use tiles::TilesConfig;

use crate::approx::name_or_table::{self, NameOrTable};
use crate::invalid_value::InvalidValue;

use cells::Cells;
use fourier::Fourier;
use polynomial::Polynomial;
use rbf::Rbf;
use scaled::Scaled;
use tiles::Tiles;

/// The choice of a feature map: a name, such as `"tiles"`, or a table with one key, such as
/// `{ tiles = { tilings = 8, tiles = 8 } }`. A name alone stands for its table without settings.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(deny_unknown_fields, transform = crate::approx::name_or_table::add_names)]
pub enum FeatureConfig {
    /// The observation as it is.
    Identity {},
    /// Each component scaled linearly, its range to [−1, 1].
    Scaled(ScaledConfig),
    /// One feature per state of a discrete space: the table.
    OneHot {},
    /// One feature per cell of a grid.
    Bins(BinsConfig),
    /// Several displaced grids.
    Tiles(TilesConfig),
    /// Gaussian bumps on a grid of centres.
    Rbf(RbfConfig),
    /// Cosines of all whole frequencies up to an order.
    Fourier(FourierConfig),
    /// Products of powers up to an order.
    Polynomial(PolynomialConfig),
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
            FeatureConfig::OneHot {} => "one_hot",
            FeatureConfig::Bins(_) => "bins",
            FeatureConfig::Tiles(_) => "tiles",
            FeatureConfig::Rbf(_) => "rbf",
            FeatureConfig::Fourier(_) => "fourier",
            FeatureConfig::Polynomial(_) => "polynomial",
        }
    }
}

/// A feature map fitted to an observation space.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureMap(Map);

#[derive(Clone, Debug, PartialEq)]
enum Map {
    Identity { components: usize },
    Scaled(Scaled),
    OneHot(Cells),
    Bins(Cells),
    Tiles(Tiles),
    Rbf(Rbf),
    Fourier(Fourier),
    Polynomial(Polynomial),
}

/// The most features that a sparse map may have active, so that a buffer for their numbers fits on the stack.
const MAX_ACTIVE: usize = 1024;

impl FeatureMap {
    /// Fits the map to a space.
    ///
    /// # Errors
    /// Under a key that starts with the map's name: if a setting is out of reach, has the wrong length or gives too
    /// many features, or the space is not one that the map is for, such as one without a finite range.
    pub fn new(config: &FeatureConfig, space: &Space) -> Result<FeatureMap, InvalidValue> {
        let map = match config {
            FeatureConfig::Identity {} => Ok(Map::Identity { components: space.len() }),
            FeatureConfig::Scaled(config) => Scaled::new(config, space).map(Map::Scaled),
            FeatureConfig::OneHot {} => one_hot::cells(space).map(Map::OneHot),
            FeatureConfig::Bins(config) => bins::cells(config, space).map(Map::Bins),
            FeatureConfig::Tiles(config) => Tiles::new(config, space).map(Map::Tiles),
            FeatureConfig::Rbf(config) => Rbf::new(config, space).map(Map::Rbf),
            FeatureConfig::Fourier(config) => Fourier::new(config, space).map(Map::Fourier),
            FeatureConfig::Polynomial(config) => Polynomial::new(config, space).map(Map::Polynomial),
        };
        map.map(FeatureMap).map_err(|invalid| invalid.within(config.name()))
    }

    /// How many features there are.
    #[allow(clippy::len_without_is_empty)] // there is always at least one
    pub fn len(&self) -> usize {
        match &self.0 {
            Map::Identity { components } => *components,
            Map::Scaled(map) => map.len(),
            Map::OneHot(cells) | Map::Bins(cells) => cells.len(),
            Map::Tiles(map) => map.len(),
            Map::Rbf(map) => map.len(),
            Map::Fourier(map) => map.len(),
            Map::Polynomial(map) => map.len(),
        }
    }

    /// How many features of a sparse map are active for any observation: those are 1 and all others 0. `None` for a
    /// dense map.
    pub fn active(&self) -> Option<usize> {
        match &self.0 {
            Map::OneHot(_) | Map::Bins(_) => Some(1),
            Map::Tiles(map) => Some(map.active()),
            Map::Identity { .. } | Map::Scaled(_) | Map::Rbf(_) | Map::Fourier(_) | Map::Polynomial(_) => None,
        }
    }

    /// Writes φ(`observation`) to `features`, which is [`FeatureMap::len`] long.
    ///
    /// Of hashed tiles, several can meet in one feature, which is then their number.
    pub fn encode(&self, observation: &[f32], features: &mut [f32]) {
        match &self.0 {
            Map::Identity { .. } => features.copy_from_slice(observation),
            Map::Scaled(map) => map.encode(observation, features),
            Map::Rbf(map) => map.encode(observation, features),
            Map::Fourier(map) => map.encode(observation, features),
            Map::Polynomial(map) => map.encode(observation, features),
            Map::OneHot(_) | Map::Bins(_) | Map::Tiles(_) => self.encode_sparse(observation, features),
        }
    }

    fn encode_sparse(&self, observation: &[f32], features: &mut [f32]) {
        let mut active = [0; MAX_ACTIVE];
        let active = &mut active[..self.active().unwrap_or(0)];
        self.encode_active(observation, active);
        features.fill(0.0);
        active.iter().for_each(|&feature| features[feature as usize] += 1.0);
    }

    /// Writes the numbers of the active features to `active`, which is [`FeatureMap::active`] long.
    ///
    /// # Panics
    /// If the map is dense.
    #[inline]
    pub fn encode_active(&self, observation: &[f32], active: &mut [u32]) {
        match &self.0 {
            Map::OneHot(cells) | Map::Bins(cells) => active[0] = cells.number(observation),
            Map::Tiles(map) => map.encode_active(observation, active),
            dense => panic!("a dense map has no active features: {dense:?}"),
        }
    }

    /// Writes the features `[B · len]` of observations `[B · components]` that lie one after another.
    pub fn encode_all(&self, observations: &[f32], components: usize, features: &mut [f32]) {
        if let Map::Identity { .. } = self.0 {
            return features.copy_from_slice(observations);
        }
        let rows = features.chunks_exact_mut(self.len());
        observations.chunks_exact(components).zip(rows).for_each(|(from, to)| self.encode(from, to));
    }

    /// The same in a vector of their own, of `batch` observations.
    pub fn encode_batch(&self, observations: &[f32], batch: usize) -> Vec<f32> {
        let mut features = vec![0.0; batch * self.len()];
        self.encode_all(observations, observations.len() / batch, &mut features);
        features
    }

    /// Whether a weighted sum of the features can be any constant, so that a bias would be a second weight for the same
    /// thing.
    pub fn spans_constants(&self) -> bool {
        match &self.0 {
            Map::Identity { .. } | Map::Scaled(_) => false,
            Map::OneHot(_) | Map::Bins(_) | Map::Tiles(_) => true, // as many are active everywhere
            Map::Rbf(map) => map.normalized(),
            Map::Fourier(_) | Map::Polynomial(_) => true, // the first feature is 1
        }
    }

    /// Weights `[len]` with which the sum of the features is 1 everywhere, where there are such.
    pub fn constant_one(&self) -> Option<Vec<f32>> {
        let first = |len: usize| (0..len).map(|feature| if feature == 0 { 1.0 } else { 0.0 }).collect();
        match &self.0 {
            _ if !self.spans_constants() => None,
            Map::Fourier(_) | Map::Polynomial(_) => Some(first(self.len())),
            _ => Some(vec![1.0 / self.active().unwrap_or(1) as f32; self.len()]),
        }
    }

    /// By what each feature's weights want the learning rate multiplied, `[len]`, where the map asks for that.
    pub fn learning_rate_factors(&self) -> Option<&[f32]> {
        match &self.0 {
            Map::Fourier(map) => map.learning_rate_factors(),
            _ => None,
        }
    }
}

/// The table form, which serde derives; the name form is turned into it.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, remote = "FeatureConfig")]
enum Tagged {
    Identity {},
    Scaled(ScaledConfig),
    OneHot {},
    Bins(BinsConfig),
    Tiles(TilesConfig),
    Rbf(RbfConfig),
    Fourier(FourierConfig),
    Polynomial(PolynomialConfig),
}

impl NameOrTable for FeatureConfig {
    const EXPECTED: &'static str = "the name of a feature map, or a table with that one key";

    fn from_table<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Tagged::deserialize(deserializer)
    }
}

impl<'de> Deserialize<'de> for FeatureConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        name_or_table::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Slot {
        features: FeatureConfig,
    }

    fn parse(text: &str) -> Result<FeatureConfig, String> {
        toml::from_str::<Slot>(text).map(|slot| slot.features).map_err(|error| error.message().to_owned())
    }

    /// The names of all maps, from the message that lists them: nobody can forget one here.
    fn names() -> Vec<String> {
        let message = parse("features = 'nothing'").unwrap_err();
        let quoted = message.split('`').skip(1).step_by(2).map(str::to_owned);
        quoted.filter(|name| name != "nothing").collect()
    }

    /// All maps with their default settings, and settings that behave differently.
    fn configs() -> Vec<FeatureConfig> {
        let others = [
            "{ bins = { bins = [3, 2] } }",
            "{ tiles = { tilings = 16, tiles = [4, 1] } }",
            "{ tiles = { tilings = 16, memory = 37 } }",
            "{ rbf = { centres = [4, 1], width = 0.4 } }",
            "{ rbf = { normalized = true } }",
            "{ fourier = { order = 2, scale_learning_rate = true } }",
        ];
        let defaults = names().into_iter().map(|name| format!("'{name}'"));
        let all = defaults.chain(others.map(str::to_owned));
        all.map(|text| parse(&format!("features = {text}")).unwrap()).collect()
    }

    /// Each map on each space that it is for, with observations all over that space.
    fn maps() -> Vec<(FeatureConfig, FeatureMap, Vec<[f32; 2]>)> {
        let unit = Space::Box { low: vec![0.0; 2], high: vec![1.0; 2] };
        let grid = Space::MultiDiscrete { sizes: vec![3, 4] };
        let inside = (0..81).map(|place| [(place / 9) as f32 / 8.0, (place % 9) as f32 / 8.0]).collect::<Vec<_>>();
        let states = (0..12).map(|state| [(state / 4) as f32, (state % 4) as f32]).collect::<Vec<_>>();
        // One component cannot vary: a gridworld with one row, with one column, and a box without extent along one side.
        let flat = Space::Box { low: vec![0.0, 0.0], high: vec![1.0, 0.0] };
        let lines = [
            (Space::MultiDiscrete { sizes: vec![1, 30] }, (0..30).map(|i| [0.0, i as f32]).collect::<Vec<_>>()),
            (Space::MultiDiscrete { sizes: vec![30, 1] }, (0..30).map(|i| [i as f32, 0.0]).collect()),
            (flat, (0..30).map(|i| [i as f32 / 29.0, 0.0]).collect()),
            (Space::MultiBinary { shape: vec![2] }, vec![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]),
            (Space::Image { shape: [2, 1, 1] }, (0..256).map(|i| [i as f32, (i * i % 256) as f32]).collect()),
        ];
        let mut maps = Vec::new();
        for config in configs() {
            for (space, places) in
                [(&unit, &inside), (&grid, &states)].into_iter().chain(lines.iter().map(|(s, p)| (s, p)))
            {
                let numbered = matches!(space, Space::Discrete { .. } | Space::MultiDiscrete { .. });
                let refused = config == FeatureConfig::OneHot {} && !numbered;
                match FeatureMap::new(&config, space) {
                    Ok(map) => maps.push((config.clone(), map, places.clone())),
                    Err(error) => assert!(refused, "{error}"),
                }
            }
        }
        maps
    }

    #[test]
    fn a_name_stands_for_its_table_without_settings() {
        assert_eq!(names(), ["identity", "scaled", "one_hot", "bins", "tiles", "rbf", "fourier", "polynomial"]);
        for name in names() {
            let config = parse(&format!("features = '{name}'")).unwrap();
            assert_eq!(config.name(), name);
            assert_eq!(parse(&format!("features = {{ {name} = {{}} }}")), Ok(config));
            assert!(parse(&format!("features = {{ {name} = {{ lo = [1.0] }} }}")).unwrap_err().contains("`lo`"));
        }
        assert_eq!(parse("features = 'tiles'"), Ok(FeatureConfig::Tiles(TilesConfig::default())));
        assert_eq!(FeatureConfig::default(), FeatureConfig::Identity {});
        assert!(parse("features = 3").unwrap_err().contains("the name of a feature map"));
    }

    #[test]
    fn what_is_written_reads_back_with_all_defaults_filled_in() {
        for features in configs() {
            let written = toml::to_string(&Slot { features: features.clone() }).unwrap();
            assert_eq!(parse(&written), Ok(features));
        }
        let written = toml::to_string(&Slot { features: parse("features = 'tiles'").unwrap() }).unwrap();
        assert_eq!(written, "[features.tiles]\ntilings = 8\ntiles = 8\n");
    }

    #[test]
    fn findings_stand_under_the_maps_name() {
        let cart_pole = Space::Box { low: vec![-4.8, f32::NEG_INFINITY], high: vec![4.8, f32::INFINITY] };
        for name in ["scaled", "bins", "tiles", "rbf", "fourier", "polynomial"] {
            let config = parse(&format!("features = '{name}'")).unwrap();
            let error = FeatureMap::new(&config, &cart_pole).unwrap_err();
            assert_eq!(error.key, name);
            assert!(error.message.contains("component 1") && error.message.contains("`low` and `high`"), "{error}");
            let config = format!("features = {{ {name} = {{ low = [-4.8, -3], high = [4.8, 3] }} }}");
            assert!(FeatureMap::new(&parse(&config).unwrap(), &cart_pole).is_ok());
            let config = format!("features = {{ {name} = {{ high = [1.0] }} }}");
            assert_eq!(FeatureMap::new(&parse(&config).unwrap(), &cart_pole).unwrap_err().key, format!("{name}.high"));
        }
    }

    #[test]
    fn every_map_writes_as_many_finite_numbers_as_it_has_features() {
        for (config, map, places) in maps() {
            for observation in places {
                let mut features = vec![f32::NAN; map.len()];
                map.encode(&observation, &mut features);
                assert!(features.iter().all(|feature| feature.is_finite()), "{config:?} at {observation:?}");
            }
        }
    }

    #[test]
    fn a_component_that_cannot_vary_adds_no_dense_features() {
        let (row, chain) = (Space::MultiDiscrete { sizes: vec![1, 5] }, Space::Discrete { n: 5 });
        for name in ["rbf", "fourier", "polynomial"] {
            let config = parse(&format!("features = '{name}'")).unwrap();
            let map = |space| FeatureMap::new(&config, space).unwrap();
            for column in 0..5 {
                let (of_row, of_chain) = ([0.0, column as f32], [column as f32]);
                assert_eq!(map(&row).encode_batch(&of_row, 1), map(&chain).encode_batch(&of_chain, 1), "{name}");
            }
        }
    }

    #[test]
    fn every_sparse_map_writes_its_active_features_and_zeros() {
        for (config, map, places) in maps() {
            let Some(count) = map.active() else { continue };
            for observation in places {
                let mut active = vec![u32::MAX; count];
                map.encode_active(&observation, &mut active);
                let times = |feature: usize| active.iter().filter(|&&number| number as usize == feature).count() as f32;
                let expected: Vec<f32> = (0..map.len()).map(times).collect();
                assert_eq!(map.encode_batch(&observation, 1), expected, "{config:?} at {observation:?}");
                assert_eq!(expected.iter().sum::<f32>(), count as f32);
            }
        }
    }

    #[test]
    #[should_panic(expected = "a dense map has no active features")]
    fn a_dense_map_has_no_active_features() {
        let map = FeatureMap::new(&FeatureConfig::default(), &Space::Discrete { n: 3 }).unwrap();
        map.encode_active(&[0.0], &mut [0]);
    }

    /// How far the weighted sum of the features that comes closest to 1 everywhere is from it at worst: Gram and
    /// Schmidt's procedure takes the features' directions out of the vector of ones.
    fn distance_from_one(map: &FeatureMap, places: &[[f32; 2]]) -> f64 {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let less = |from: &mut [f64], unit: &[f64]| {
            let along = dot(from, unit);
            from.iter_mut().zip(unit).for_each(|(from, unit)| *from -= along * unit);
        };
        let features = map.encode_batch(places.as_flattened(), places.len());
        let mut units: Vec<Vec<f64>> = Vec::new();
        let mut ones = vec![1.0; places.len()];
        for feature in 0..map.len() {
            let mut column: Vec<f64> =
                features.iter().skip(feature).step_by(map.len()).map(|&x| f64::from(x)).collect();
            let before = dot(&column, &column);
            units.iter().chain(&units).for_each(|unit| less(&mut column, unit)); // twice is enough
            let length = dot(&column, &column).sqrt();
            if length > 1e-5 * before.sqrt() {
                column.iter_mut().for_each(|x| *x /= length);
                less(&mut ones, &column);
                units.push(column);
            }
        }
        ones.iter().fold(0.0, |worst, rest| rest.abs().max(worst))
    }

    #[test]
    fn a_map_spans_constants_exactly_where_a_weighted_sum_is_one_everywhere() {
        for (config, map, places) in maps() {
            // only maps with fewer features than places can fail to span something
            if map.len() >= places.len() && !map.spans_constants() {
                continue;
            }
            let distance = distance_from_one(&map, &places);
            assert_eq!(distance < 1e-5, map.spans_constants(), "{config:?}: {distance}");
        }
    }

    #[test]
    fn what_spans_constants_knows_how() {
        for (config, map, places) in maps() {
            let Some(weights) = map.constant_one() else {
                assert!(!map.spans_constants());
                continue;
            };
            for place in places {
                let features = map.encode_batch(&place, 1);
                let sum: f32 = features.iter().zip(&weights).map(|(feature, weight)| feature * weight).sum();
                assert!((sum - 1.0).abs() < 1e-5, "{config:?} at {place:?}: {sum}");
            }
        }
    }

    #[test]
    fn only_scaled_fourier_features_ask_for_learning_rates() {
        for (config, map, _) in maps() {
            let asks = matches!(&config, FeatureConfig::Fourier(config) if config.scale_learning_rate);
            assert_eq!(map.learning_rate_factors().map(<[f32]>::len), asks.then_some(map.len()));
        }
    }
}
