//! The weights of a linear function over the state space.

use super::plane::Plane;
use crate::approx::FeatureMap;
use crate::chart::{Cells, ColourScale, HeatMap};

/// At most this many maps of one function.
const MAPS: usize = 4;

/// The weights of some features over two components of the state.
pub struct WeightMap {
    /// What it shows, in words.
    pub title: String,
    /// What the numbers are.
    label: String,
    /// One for each cell of the plane, row by row; NaN where there is no state.
    values: Vec<f64>,
}

impl WeightMap {
    /// The weights of one output, `[features]`. Of features that are 1 in a part of the space (a table, bins, tiles): the weight of
    /// the feature that is active in each cell, a map for each of the first four tilings. Of others: φᵢ(x) wᵢ of the four
    /// features with the largest weights. `output` is the number of the output, if there are several.
    pub fn all(map: &FeatureMap, weights: &[f32], output: Option<usize>, plane: &Plane) -> Vec<WeightMap> {
        let of_action = output.map_or(String::new(), |action| format!(", action {action}"));
        match map.active() {
            Some(active) => (0..active.min(MAPS))
                .map(|tiling| WeightMap {
                    title: match active {
                        1 => format!("Weights{of_action}"),
                        _ => format!("Weights of tiling {} of {active}{of_action}", tiling + 1),
                    },
                    label: "weight of the active feature".to_owned(),
                    values: over(plane, |x| {
                        let mut numbers = vec![0; active];
                        map.encode_active(x, &mut numbers);
                        f64::from(weights[numbers[tiling] as usize])
                    }),
                })
                .collect(),
            None => {
                let mut largest: Vec<usize> = (0..weights.len()).collect();
                largest.sort_by(|&a, &b| weights[b].abs().total_cmp(&weights[a].abs()));
                let features = largest.into_iter().take(MAPS);
                features
                    .map(|feature| WeightMap {
                        title: format!("Feature {feature} of {} times its weight{of_action}", weights.len()),
                        label: format!("φ(x) w, w = {}", weights[feature]),
                        values: over(plane, |x| {
                            let mut features = vec![0.0; map.len()];
                            map.encode(x, &mut features);
                            f64::from(features[feature] * weights[feature])
                        }),
                    })
                    .collect()
            }
        }
    }

    /// The map as a chart.
    pub fn chart(&self, plane: &Plane) -> HeatMap {
        let [x, y] = plane.chart_axes();
        HeatMap {
            x,
            y,
            columns: plane.columns(),
            rows: plane.rows(),
            from_top: plane.from_top(),
            square: plane.is_grid(),
            cells: Cells::Numbers {
                values: self.values.clone(),
                label: self.label.clone(),
                scale: ColourScale::Diverging,
                ends: None,
            },
            overlays: Vec::new(),
        }
    }
}

/// A number for each cell: the mean over its observations, NaN without one.
fn over(plane: &Plane, value: impl Fn(&[f32]) -> f64) -> Vec<f64> {
    let cell = |row: usize, column: usize| {
        let (sum, count) =
            plane.observations(row, column).fold((0.0, 0.0), |(sum, count), x| (sum + value(&x), count + 1.0));
        sum / count
    };
    (0..plane.rows())
        .flat_map(|row| (0..plane.columns()).map(move |column| (row, column)))
        .map(|(r, c)| cell(r, c))
        .collect()
}
