//! What every listed feature map has to keep.

use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::*;

#[derive(Serialize, Deserialize)]
struct Slot {
    features: FeatureConfig,
}

fn parse(text: &str) -> Result<FeatureConfig, String> {
    toml::from_str::<Slot>(text).map(|slot| slot.features).map_err(|error| error.message().to_owned())
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
    let defaults = feature_maps().all().into_iter().map(|entry| format!("'{}'", entry.id));
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
        for (space, places) in [(&unit, &inside), (&grid, &states)].into_iter().chain(lines.iter().map(|(s, p)| (s, p)))
        {
            let numbered = matches!(space, Space::Discrete { .. } | Space::MultiDiscrete { .. });
            let refused = config.id() == "one_hot" && !numbered;
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
    for entry in feature_maps().all() {
        let name = entry.id;
        let config = parse(&format!("features = '{name}'")).unwrap();
        assert_eq!(config.id(), name);
        assert_eq!(parse(&format!("features = {{ {name} = {{}} }}")), Ok(config));
        assert!(parse(&format!("features = {{ {name} = {{ lo = [1.0] }} }}")).unwrap_err().contains("`lo`"));
    }
    assert_eq!(parse("features = 'tiles'"), Ok(TilesConfig::default().into()));
    assert_eq!(FeatureConfig::default(), IdentityConfig {}.into());
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
fn what_is_wrong_is_found_under_the_maps_name() {
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
fn rows_are_encoded_together_as_they_are_one_by_one() {
    for (config, map, places) in maps() {
        let each = |row: &[f32; 2]| {
            let mut features = vec![f32::NAN; map.len()];
            map.encode(row, &mut features);
            features
        };
        let expected: Vec<f32> = places.iter().flat_map(each).collect();
        assert_eq!(map.encode_batch(places.as_flattened(), places.len()), expected, "{config:?}");
        let Some(count) = map.active() else { continue };
        let each = |row: &[f32; 2]| {
            let mut active = vec![u32::MAX; count];
            map.encode_active(row, &mut active);
            active
        };
        let mut active = vec![u32::MAX; places.len() * count];
        map.encode_active_all(places.as_flattened(), 2, &mut active);
        assert_eq!(active, places.iter().flat_map(each).collect::<Vec<u32>>(), "{config:?}");
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
        let mut column: Vec<f64> = features.iter().skip(feature).step_by(map.len()).map(|&x| f64::from(x)).collect();
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
        let asks = config.downcast_ref::<FourierConfig>().is_some_and(|config| config.scale_learning_rate);
        assert_eq!(map.learning_rate_factors().map(<[f32]>::len), asks.then_some(map.len()));
    }
}
