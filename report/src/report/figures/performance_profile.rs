//! Performance profiles.

use super::figure::{Figure, line_chart, score_label};
use crate::chart::{Axis, Chart, CurvePoint, LineChart, Series};
use crate::report::comparison::Comparison;
use crate::report::variant_result::VariantResult;
use crate::stats::{Bootstrap, ConfidenceInterval, performance_profile, performance_profile_intervals};

/// A profile has at most about this many points; a screen shows no more.
const PROFILE_POINTS: usize = 200;

/// The share of runs above each score.
pub fn performance_profiles(comparison: &Comparison, band: &Bootstrap) -> Option<Figure> {
    let levels = profile_levels(comparison.variants.iter().flat_map(VariantResult::score_values).collect())?;
    let series = |variant: &VariantResult| {
        let scores = variant.score_values();
        let shares = performance_profile(&scores, &levels)?;
        let bands = performance_profile_intervals(band, &scores, &levels).unwrap_or_default();
        Some(profile_series(&variant.name, variant.index, &levels, &shares, &bands, scores.len()))
    };
    Some(Figure {
        id: "performance-profile".to_owned(),
        title: "Performance profiles".to_owned(),
        caption: "Share of runs whose score is above τ, with pointwise 95 % intervals (Agarwal et al. 2021)."
            .to_owned(),
        chart: profile_chart(score_label(comparison), comparison.variants.iter().filter_map(series).collect())?,
    })
}

/// The levels τ at which profiles of these scores are computed; `None` if all scores are equal, or there are none.
pub fn profile_levels(mut scores: Vec<f64>) -> Option<Vec<f64>> {
    scores.sort_by(f64::total_cmp);
    scores.dedup();
    let (low, high) = (*scores.first()?, *scores.last()?);
    if low == high {
        return None;
    }
    // A share changes only at scores. The first level is below all of them: there the share is 1.
    let every = scores.len().div_ceil(PROFILE_POINTS);
    let levels = std::iter::once(low - 0.02 * (high - low)).chain(scores.into_iter().step_by(every));
    Some(levels.chain([high]).collect())
}

/// A profile as a curve: the share at each level, with its interval if there are intervals.
pub fn profile_series(
    name: &str,
    variant: usize,
    levels: &[f64],
    shares: &[f64],
    bands: &[ConfidenceInterval],
    runs: usize,
) -> Series {
    let point = |(index, &y): (usize, &f64)| {
        let band = bands.get(index).map_or((y, y), |ConfidenceInterval { low, high }| (*low, *high));
        CurvePoint { x: levels[index], y, band, runs }
    };
    let points = shares.iter().enumerate().map(point).collect();
    Series { name: name.to_owned(), variant, points, faint: Vec::new() }
}

/// Profiles over τ, which is a score of this kind; `None` without any.
pub fn profile_chart(score: &str, series: Vec<Series>) -> Option<Chart> {
    line_chart(LineChart {
        x: Axis::new(&format!("τ, a {score}")),
        y: Axis::new("share of runs above τ").between(0.0, 1.0),
        series,
        mark: None,
        stairs: true,
        grouped: false,
    })
}
