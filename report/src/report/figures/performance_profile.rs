//! Performance profiles.

use super::figure::{Figure, line_chart, score_label};
use crate::chart::{Axis, CurvePoint, LineChart, Series};
use crate::report::comparison::Comparison;
use crate::report::variant_result::VariantResult;
use crate::stats::{Bootstrap, ConfidenceInterval, performance_profile, performance_profile_intervals};

/// A profile has at most about this many points; a screen shows no more.
const PROFILE_POINTS: usize = 200;

/// The share of runs above each score.
pub fn performance_profiles(comparison: &Comparison, band: &Bootstrap) -> Option<Figure> {
    let mut scores: Vec<f64> = comparison.variants.iter().flat_map(VariantResult::score_values).collect();
    scores.sort_by(f64::total_cmp);
    scores.dedup();
    let (low, high) = (*scores.first()?, *scores.last()?);
    if low == high {
        return None;
    }
    // A share changes only at scores. The first level is below all of them: there the share is 1.
    let every = scores.len().div_ceil(PROFILE_POINTS);
    let levels = std::iter::once(low - 0.02 * (high - low)).chain(scores.into_iter().step_by(every));
    let levels: Vec<f64> = levels.chain([high]).collect();
    let series = |variant: &VariantResult| {
        let scores = variant.score_values();
        let shares = performance_profile(&scores, &levels)?;
        let bands = performance_profile_intervals(band, &scores, &levels).unwrap_or_default();
        let point = |(index, y): (usize, f64)| {
            let band = bands.get(index).map_or((y, y), |ConfidenceInterval { low, high }| (*low, *high));
            CurvePoint { x: levels[index], y, band, runs: scores.len() }
        };
        let points = shares.into_iter().enumerate().map(point).collect();
        Some(Series { name: variant.name.clone(), variant: variant.index, points, faint: Vec::new() })
    };
    Some(Figure {
        id: "performance-profile".to_owned(),
        title: "Performance profiles".to_owned(),
        caption: "Share of runs whose score is above τ, with pointwise 95 % intervals (Agarwal et al. 2021)."
            .to_owned(),
        chart: line_chart(LineChart {
            x: Axis::new(&format!("τ, a {}", score_label(comparison))),
            y: Axis::new("share of runs above τ").between(0.0, 1.0),
            series: comparison.variants.iter().filter_map(series).collect(),
            mark: None,
            stairs: true,
            grouped: false,
        })?,
    })
}
