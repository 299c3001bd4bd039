//! Estimates and their uncertainty.

use crate::stats::{Bootstrap, ConfidenceInterval, interquartile_mean};

/// An estimate with its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its interval; `None` for a single run.
    pub interval: Option<ConfidenceInterval>,
}

impl Estimate {
    /// The interquartile mean of scores; `None` without scores.
    pub fn iqm(scores: &[f64], bootstrap: &Bootstrap) -> Option<Estimate> {
        let value = interquartile_mean(scores)?;
        Some(Estimate { value, interval: bootstrap.iqm_interval(scores) })
    }

    /// The estimate of one minus the quantity, a probability for example.
    pub fn complement(&self) -> Estimate {
        let turned =
            |interval: ConfidenceInterval| ConfidenceInterval { low: 1.0 - interval.high, high: 1.0 - interval.low };
        Estimate { value: 1.0 - self.value, interval: self.interval.map(turned) }
    }

    /// Both ends of the interval; without an interval, twice the estimate.
    pub fn ends(&self) -> (f64, f64) {
        self.interval.map_or((self.value, self.value), |interval| (interval.low, interval.high))
    }

    /// The width of the interval, if it is positive.
    pub fn width(&self) -> Option<f64> {
        self.interval.map(ConfidenceInterval::width).filter(|width| *width > 0.0)
    }
}
