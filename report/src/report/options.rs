//! What a user can choose about a report.

use crate::stats::Bootstrap;

/// How a report computes its figures.
#[derive(Clone, Debug, Default)]
pub struct ReportOptions {
    /// How confidence intervals are computed.
    pub bootstrap: Bootstrap,
    /// The return that counts as solved, instead of the environments' own thresholds.
    pub threshold: Option<f64>,
    /// The name of the variant that all others are tested against; without one, all variants are tested against each other.
    pub baseline: Option<String>,
}

impl ReportOptions {
    /// The bootstrap of the bands of curves. They have many points and need no more precision than a pixel.
    pub fn band_bootstrap(&self) -> Bootstrap {
        Bootstrap { resamples: self.bootstrap.resamples.min(2_000), ..self.bootstrap }
    }
}
