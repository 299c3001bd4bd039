//! `tiles`: tile coding, several displaced grids, each of which holds the observation in one tile.
//!
//! Sutton & Barto 2018, section 9.5.4. Two deviations where the book leaves the choice: the section's software numbers
//! tiles as it meets them, here a tile has its number from the start, so that results do not depend on the order of
//! observations; and values outside the range count as its nearest end, where the software's grids have no end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::counts::Counts;
use super::feature_map::constants;
use super::grid::{MAX_FEATURES, count_features, strides};
use super::ranges::{ComponentScale, Ranges};
use super::{FeatureMap, FeatureSettings, MAX_ACTIVE, SparseMap};
use crate::invalid_value::{InvalidValue, require};
use crate::registry::Part;

/// Settings of the feature map `tiles`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TilesConfig {
    /// How many grids there are, and so how many features are active. The book advises a power of two, at least four
    /// times the number of components. A number that shares a divisor with 3, 5, … has several grids displaced equally
    /// along the second, third, … component: three grids are not displaced along the second at all.
    #[schemars(range(min = 1, max = 1_024))]
    pub tilings: usize,
    /// How many tile widths span a component's range: one number, or a list with one per component, which makes
    /// generalisation reach farther along one component than along another. A grid has one tile more than that, so that
    /// it covers the whole range even when it is displaced.
    pub tiles: Counts,
    /// Lower end of each component's range; the observation space's where absent, and half a step below the smallest
    /// integer of a discrete component.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<Vec<f64>>,
    /// Upper end of each component's range; where absent, chosen like `low`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<Vec<f64>>,
    /// Into how many features the tiles are hashed, whatever their number; without it each tile has its own feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000_000))]
    pub memory: Option<usize>,
}

impl Default for TilesConfig {
    fn default() -> Self {
        TilesConfig { tilings: 8, tiles: Counts::All(8), low: None, high: None, memory: None }
    }
}

impl Part for TilesConfig {
    const ID: &'static str = "tiles";
    const SUMMARY: &'static str = "tile coding: several displaced grids";
}

impl FeatureSettings for TilesConfig {
    fn fit(&self, space: &Space) -> Result<FeatureMap, InvalidValue> {
        Tiles::new(self, space).map(FeatureMap::sparse)
    }
}

/// The displaced grids.
///
/// Tiling k is displaced by (1, 3, 5, …, 2d − 1) · k / tilings tile widths, less whole tiles. With the
/// displacement (1, 1, …, 1), observations would generalise much farther along the diagonal than across it; with this
/// one, they generalise nearly as far in every direction.
#[derive(Clone, Debug, Serialize)]
struct Tiles {
    tilings: usize,
    /// In tile widths of the component.
    axes: Vec<ComponentScale>,
    /// `[components, tilings]`: where in an undisplaced tile the displaced grid's next tile begins, from 0 to 1.
    borders: Vec<f32>,
    numbering: Numbering,
    len: usize,
}

/// How a tile becomes the number of a feature.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Numbering {
    /// Tiling after tiling, row-major in each.
    Own { strides: Vec<u32>, tiles_per_tiling: u32 },
    /// Tiling and coordinates, hashed.
    Hashed { memory: u32 },
}

impl Tiles {
    fn new(config: &TilesConfig, space: &Space) -> Result<Tiles, InvalidValue> {
        let tilings = config.tilings;
        require((1..=MAX_ACTIVE).contains(&tilings), "tilings", || {
            format!("must be a whole number from 1 to {MAX_ACTIVE}, not {tilings}")
        })?;
        let ranges = Ranges::of_cells(&config.low, &config.high, space)?;
        let tiles = config.tiles.of_each(space.len(), "tiles")?;
        let (numbering, len) = numbering(config, &tiles)?;
        Ok(Tiles { tilings, axes: ranges.axes(&tiles), borders: borders(tilings, space.len()), numbering, len })
    }

    #[inline]
    fn sides<'a>(&'a self, observation: &'a [f32]) -> impl Iterator<Item = Side<'a>> {
        let components = self.axes.iter().zip(observation).zip(self.borders.chunks_exact(self.tilings));
        components.map(|((axis, &value), borders)| {
            let position = axis.position(value);
            let tile = position as u32;
            Side { tile, rest: position - tile as f32, borders }
        })
    }
}

impl SparseMap for Tiles {
    fn constants(&self) -> serde_json::Value {
        constants(self)
    }

    fn len(&self) -> usize {
        self.len
    }

    /// One per tiling.
    fn active(&self) -> usize {
        self.tilings
    }

    /// Writes the number of each tiling's tile to `active`, `[tilings]`.
    #[inline]
    fn encode_active(&self, observation: &[f32], active: &mut [u32]) {
        assert_eq!(observation.len(), self.axes.len(), "an observation has one value per component");
        assert_eq!(active.len(), self.tilings, "there is one active feature per tiling");
        match &self.numbering {
            Numbering::Own { strides, tiles_per_tiling } => {
                (0..).zip(active.iter_mut()).for_each(|(tiling, number)| *number = tiling * tiles_per_tiling);
                for (side, stride) in self.sides(observation).zip(strides) {
                    let (here, next) = (side.tile * stride, (side.tile + 1) * stride);
                    side.for_each_tiling(active, |number, beyond| *number += if beyond { next } else { here });
                }
            }
            Numbering::Hashed { memory } => {
                (1..).zip(active.iter_mut()).for_each(|(tiling, hash)| *hash = mix(tiling));
                for side in self.sides(observation) {
                    side.for_each_tiling(active, |hash, beyond| *hash = mix(*hash ^ (side.tile + u32::from(beyond))));
                }
                active.iter_mut().for_each(|hash| *hash = squeeze(*hash, *memory));
            }
        }
    }
}

/// Where an observation lies along one component: in which undisplaced tile, and where in it, from 0 to 1.
struct Side<'a> {
    tile: u32,
    rest: f32,
    borders: &'a [f32],
}

impl Side<'_> {
    /// Says for each tiling whether the observation lies beyond the displaced tile's border, in the next tile.
    #[inline]
    fn for_each_tiling(&self, active: &mut [u32], update: impl Fn(&mut u32, bool)) {
        active.iter_mut().zip(self.borders).for_each(|(number, border)| update(number, self.rest >= *border));
    }
}

fn numbering(config: &TilesConfig, tiles: &[u32]) -> Result<(Numbering, usize), InvalidValue> {
    if let Some(memory) = config.memory {
        require((1..=MAX_FEATURES).contains(&memory), "memory", || {
            format!("must be a whole number from 1 to {MAX_FEATURES}, not {memory}")
        })?;
        return Ok((Numbering::Hashed { memory: memory as u32 }, memory));
    }
    let sizes: Vec<u32> = tiles.iter().map(|tiles| tiles + 1).collect();
    let remedy = "choose fewer tiles, or give a `memory`";
    let len = count_features(&sizes, config.tilings as u32, "tiles", remedy)?;
    Ok((Numbering::Own { strides: strides(&sizes), tiles_per_tiling: (len / config.tilings) as u32 }, len))
}

/// Tiling k is displaced by (2i + 1) k / tilings along component i, less whole tiles: what is left reaches the next
/// tile where it and the displacement make one.
fn borders(tilings: usize, components: usize) -> Vec<f32> {
    let border = |component, tiling| {
        let displaced = (2 * component + 1) * tiling % tilings;
        ((tilings - displaced) as f64 / tilings as f64) as f32
    };
    (0..components).flat_map(|component| (0..tilings).map(move |tiling| border(component, tiling))).collect()
}

/// The finaliser of MurmurHash3 (Appleby 2011, public domain): a bijection in which each bit of `hash` flips each bit
/// of the result about half the time.
#[inline]
fn mix(mut hash: u32) -> u32 {
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

/// A number below `memory`, all about equally often, without a division: the hash as a fraction of 2³², times `memory`.
#[inline]
fn squeeze(hash: u32, memory: u32) -> u32 {
    ((u64::from(hash) * u64::from(memory)) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(tilings: usize, tiles: &[usize], high: f32, memory: Option<usize>) -> Tiles {
        let space = Space::Box { low: vec![0.0; tiles.len()], high: vec![high; tiles.len()] };
        let config = TilesConfig { tilings, tiles: Counts::Each(tiles.to_vec()), memory, ..TilesConfig::default() };
        Tiles::new(&config, &space).unwrap()
    }

    fn active(tiles: &Tiles, observation: &[f32]) -> Vec<u32> {
        let mut active = vec![0; tiles.active()];
        tiles.encode_active(observation, &mut active);
        active
    }

    fn shared(tiles: &Tiles, one: &[f32], other: &[f32]) -> usize {
        active(tiles, one).iter().zip(active(tiles, other)).filter(|(one, other)| **one == *other).count()
    }

    #[test]
    fn along_one_component_each_tiling_is_displaced_by_a_quarter_more() {
        let tiles = build(4, &[4], 4.0, None); // five tiles of width 1 in each tiling
        assert_eq!(tiles.len(), 20);
        // 1.6, 1.85, 2.1 and 2.35 lie in the tiles 1, 1, 2, 2
        assert_eq!(active(&tiles, &[1.6]), [1, 5 + 1, 10 + 2, 15 + 2]);
        assert_eq!(active(&tiles, &[0.0]), [0, 5, 10, 15]);
        assert_eq!(active(&tiles, &[4.0]), [4, 5 + 4, 10 + 4, 15 + 4]);
        assert_eq!(active(&tiles, &[-3.0]), active(&tiles, &[0.0]));
        assert_eq!(active(&tiles, &[9.0]), active(&tiles, &[4.0]));
    }

    #[test]
    fn the_second_component_is_displaced_three_times_as_fast() {
        let tiles = build(4, &[2, 2], 2.0, None); // three by three tiles of width 1 in each tiling
        assert_eq!(tiles.len(), 36);
        // 0.6 + (0, 1/4, 2/4, 3/4) lies in the tiles 0, 0, 1, 1, and 1.3 + (0, 3/4, 2/4, 1/4) in 1, 2, 1, 1
        assert_eq!(active(&tiles, &[0.6, 1.3]), [1, 9 + 2, 18 + 3 + 1, 27 + 3 + 1]);
    }

    #[test]
    fn each_quarter_of_a_tile_costs_neighbours_one_of_four_tiles() {
        let tiles = build(4, &[4], 4.0, None);
        let neighbours = [1.2, 1.35, 1.6, 1.85, 2.1, 3.0];
        assert_eq!(neighbours.map(|other| shared(&tiles, &[1.1], &[other])), [4, 3, 2, 1, 0, 0]);
    }

    #[test]
    fn the_diagonal_is_favoured_as_little_as_published() {
        // From the middle of a tile of eight by eight, two eighths along each component. Going up, the first component
        // leaves the tilings displaced by 2 and 3 eighths, 2 and 3; the second 6 and 1. Going down, it is 4 and 5, and
        // 4 and 7.
        let tiles = build(8, &[2, 2], 16.0, None);
        let moves = [[2.0, 2.0], [2.0, -2.0], [-2.0, 2.0], [-2.0, -2.0]];
        let kept = moves.map(|[right, up]| shared(&tiles, &[4.5, 4.5], &[4.5 + right, 4.5 + up]));
        assert_eq!(kept, [4, 4, 4, 5]); // displaced by (1, 1) it would be [6, 4, 4, 6]
    }

    #[test]
    fn two_observations_share_the_tiles_that_the_books_software_would_share() {
        // there, component i of tiling k lies in the tile floor((floor(x · tilings) + k (2i + 1)) / tilings)
        let coordinates = |tiling: u32, at: [u32; 2]| [0, 1].map(|i| (at[i] + tiling * (2 * i as u32 + 1)) / 4);
        let tiles = build(4, &[3, 3], 12.0, None);
        let places: Vec<[u32; 2]> = (0..144).map(|place| [place / 12, place % 12]).collect();
        for one in &places {
            for other in &places {
                let expected = (0..4).filter(|&k| coordinates(k, *one) == coordinates(k, *other)).count();
                let middle = |place: &[u32; 2]| place.map(|at| at as f32 + 0.5);
                assert_eq!(shared(&tiles, &middle(one), &middle(other)), expected, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn more_tiles_along_a_component_generalise_less_along_it() {
        let tiles = build(8, &[8, 2], 8.0, None); // tiles of 1 by 4
        assert_eq!(shared(&tiles, &[2.0625, 2.25], &[2.5625, 2.25]), 4); // half a tile
        assert_eq!(shared(&tiles, &[2.0625, 2.25], &[2.0625, 2.75]), 7); // an eighth
    }

    #[test]
    fn every_number_is_a_features_at_the_corners_and_beyond() {
        for (tilings, memory) in [(1, None), (3, None), (8, None), (64, None), (8, Some(1)), (8, Some(100))] {
            let tiles = build(tilings, &[7, 1, 3], 0.3, memory);
            for corner in 0..64 {
                let at = [corner % 4, corner / 4 % 4, corner / 16].map(|i| [0.0, 0.3, -1e30, 1e30][i]);
                for (tiling, number) in active(&tiles, &at).into_iter().enumerate() {
                    assert!((number as usize) < tiles.len());
                    assert!(memory.is_some() || number as usize / (8 * 2 * 4) == tiling);
                }
            }
        }
    }

    #[test]
    fn one_tiling_with_a_tile_per_integer_tells_all_states_apart() {
        let config = TilesConfig { tilings: 1, tiles: Counts::All(4), ..TilesConfig::default() };
        let tiles = Tiles::new(&config, &Space::MultiDiscrete { sizes: vec![4, 4] }).unwrap();
        assert_eq!(active(&tiles, &[0.0, 3.0]), [3]);
        assert_eq!(active(&tiles, &[3.0, 1.0]), [3 * 5 + 1]);
    }

    #[test]
    fn the_hash_is_murmurs_and_fills_the_memory_evenly() {
        assert_eq!(mix(1), 0x514e_28b7); // MurmurHash3 of nothing, with the seed 1
        assert_eq!([squeeze(0, 10), squeeze(1 << 31, 10), squeeze(u32::MAX, 10)], [0, 5, 9]);
        let tiles = build(8, &[31, 31], 31.0, Some(64));
        let mut counts = [0_i64; 64];
        for place in 0..1024 {
            let at = [(place / 32) as f32, (place % 32) as f32];
            active(&tiles, &at).into_iter().for_each(|number| counts[number as usize] += 1);
        }
        // 8 · 1024 tiles in 64 features: 128 each, with a standard deviation of 11 if they are distributed at random
        assert!(counts.iter().all(|count| (count - 128).abs() < 5 * 11), "{counts:?}");
    }

    #[test]
    fn hashing_frees_the_number_of_tiles_from_the_number_of_features() {
        let space = Space::Box { low: vec![0.0; 12], high: vec![1.0; 12] };
        let error = Tiles::new(&TilesConfig::default(), &space).unwrap_err(); // 8 · 9^12 = 2 259 436 291 848
        assert!(error.to_string().starts_with("tiles: 2259436291848 features") && error.message.contains("`memory`"));
        let config = TilesConfig { memory: Some(4096), ..TilesConfig::default() };
        assert_eq!(Tiles::new(&config, &space).unwrap().len(), 4096);
    }

    #[test]
    fn numbers_out_of_reach_are_refused() {
        let space = Space::Box { low: vec![0.0], high: vec![1.0] };
        let key = |config: TilesConfig| Tiles::new(&config, &space).unwrap_err().key;
        assert_eq!(key(TilesConfig { tilings: 0, ..TilesConfig::default() }), "tilings");
        assert_eq!(key(TilesConfig { tilings: 1025, ..TilesConfig::default() }), "tilings");
        assert_eq!(key(TilesConfig { tiles: Counts::All(0), ..TilesConfig::default() }), "tiles");
        assert_eq!(key(TilesConfig { memory: Some(0), ..TilesConfig::default() }), "memory");
        assert_eq!(key(TilesConfig { memory: Some(100_000_001), ..TilesConfig::default() }), "memory");
    }
}
