//! Axes of objectives, with a place for what failed.

use crate::chart::{Axis, Form, Shape};
use crate::results::FAILED;

/// The share of an axis of objectives above and below the objectives.
const MARGIN: f64 = 0.06;

/// The colour numbers of marks, which have the same meaning in all figures of trials.
pub const TRIAL: usize = 0;
/// Of trials that were promoted.
pub const PROMOTED: usize = 1;
/// Of failed trials.
pub const FAILURE: usize = 2;
/// Of the chosen trial.
pub const CHOSEN: usize = 3;
/// Of the best so far.
pub const BEST: usize = 7;

/// A vertical axis for objectives.
pub struct ObjectiveAxis {
    low: f64,
    high: f64,
}

impl ObjectiveAxis {
    /// The axis of all these objectives; failed ones do not count.
    pub fn of(objectives: impl Iterator<Item = f64>) -> ObjectiveAxis {
        let sound = objectives.filter(|objective| objective.is_finite());
        let (low, high) = sound.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), o| (low.min(o), high.max(o)));
        match () {
            () if low > high => ObjectiveAxis { low: 0.0, high: 1.0 },
            () if low == high => {
                ObjectiveAxis { low: low - 0.1 * low.abs().max(1.0), high: high + 0.1 * high.abs().max(1.0) }
            }
            () => ObjectiveAxis { low, high },
        }
    }

    fn margin(&self) -> f64 {
        MARGIN * (self.high - self.low)
    }

    /// The axis, with room for failed trials at its lower end.
    pub fn axis(&self, label: &str) -> Axis {
        Axis::new(label).between(self.low - 2.0 * self.margin(), self.high + self.margin())
    }

    /// The height of an objective; that of a failed trial is at the lower edge.
    pub fn height(&self, objective: f64) -> f64 {
        if objective > FAILED { objective } else { self.low - 1.5 * self.margin() }
    }
}

/// A shape of one colour.
pub fn shape(name: &str, colour: usize, form: Form, points: Vec<(f64, f64)>) -> Shape {
    Shape { name: name.to_owned(), colour, form, points }
}
